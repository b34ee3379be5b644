#pragma once

#include "tests/support/http_client.hpp"
#include "tests/support/live_server.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <string>

namespace keyaki::test {

/// A database of its own with the sample city, a key that may do everything with check-ins, and a rally that is on whatever the date.
struct SampleCity {
    TemporaryFolder folder;
    std::filesystem::path database = folder / "city.sqlite";
    std::string key; ///< checkins:write, members:read, ledger:read

    SampleCity();
};

/// Where the sample's shelter daisan-chugakko is.
inline constexpr double shelter_lon_deg = 139.534844;
inline constexpr double shelter_lat_deg = 35.791556;

/// A check-in's body at the shelter, `metres_north` of it, with `fixes` of `accuracy_m`, four seconds apart, the last a second old.
[[nodiscard]] std::string check_in_body(const std::string &member, double metres_north = 0, int fixes = 2, double accuracy_m = 10,
                                        const std::string &spot = "shelters/daisan-chugakko");

} // namespace keyaki::test
