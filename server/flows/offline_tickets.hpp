#pragma once

#include "data/store.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/spot_sets.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Gives a member leave to check in without a network at some spots, until the end of the day in Japan: {"member": …, "device_key": 64 hexadecimal
/// digits (Ed25519), "spots": [up to ten]}. The ticket is used once, by a check-in that is signed by that key and comes within 24 hours of its fixes.
/// The answer as JSON. Throws FieldErrors for a wrong body, Error conflict for a rally that is not open and for more tickets than a member has a day.
[[nodiscard]] std::string issue_offline_ticket(data::Store &store, SpotSets &spots, const VersionedRally &rally, std::string_view body,
                                               std::int64_t now_us);

} // namespace keyaki::server
