#pragma once

#include "data/store.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/spot_sets.hpp"
#include "server/http/accept.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server {

/// How far a member is in a rally, as JSON: stamps, runs, what was finished, tickets, coupons, and the next spot of each course and tour with its
/// riddle. Nothing of spots that the member has not opened.
[[nodiscard]] std::string progress_json(data::Store &store, const VersionedRally &rally, std::string_view member, http::Language language);

/// What a member is asked at a spot, as JSON: {"quiz": {…} or null, "riddle": {…} or null, "wait_s": …}. Throws FieldErrors for a spot that is not
/// there for this member.
[[nodiscard]] std::string question_json(data::Store &store, SpotSets &spots, const VersionedRally &rally, std::string_view spot,
                                        std::string_view member, http::Language language, std::int64_t now_us);

} // namespace keyaki::server
