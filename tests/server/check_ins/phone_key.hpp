#pragma once

#include "tests/server/check_ins/small_city.hpp"
#include "tests/support/device_key.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace keyaki::test {

/// A phone's key that nobody has had before.
struct PhoneKey : DeviceKey {
    PhoneKey();
};

/// An offline ticket of the rally "r", as the server gives it.
[[nodiscard]] std::string ticket_for(SmallCity &city, const PhoneKey &key, const std::string &member, const nlohmann::json &spots);
/// A visit that was made without a network: signed by the phone when it was there.
[[nodiscard]] nlohmann::json signed_body(SmallCity &city, const PhoneKey &key, const std::string &ticket, const Visit &visit);

} // namespace keyaki::test
