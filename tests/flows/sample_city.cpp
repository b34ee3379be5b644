#include "tests/flows/sample_city.hpp"

#include "server/time.hpp"
#include "tests/support/shared_data.hpp"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace keyaki::test {

namespace {

void must_succeed(const CommandResult &result, const char *what) {
    if (result.status != 0) {
        throw std::runtime_error(std::string(what) + " ended with " + std::to_string(result.status) + ": " + result.error);
    }
}

/// Made once by a test's program; each SampleCity is a copy.
struct MadeCity {
    TemporaryFolder folder;
    std::filesystem::path database = folder / "city.sqlite";
    std::string key;
    MadeCity();
};

MadeCity::MadeCity() {
    must_succeed(run_keyaki({"import", "city", project_file("data/samples/kiyose/city.json").string(), "--database", database.string()}),
                 "the import");
    const nlohmann::json rally{{"id", "always"},
                               {"kind", "preparedness"},
                               {"title", {{"ja", "いつでも"}, {"en", "Always"}}},
                               {"starts", "2020-01-01T00:00:00+09:00"},
                               {"ends", "2099-12-31T23:59:59+09:00"},
                               {"budget", 100'000'000},
                               {"spots", {{"layer", "shelters"}, {"radius_m", 40}, {"points", 10}, {"per", "once"}}}};
    const auto file = folder.write("always.json", rally.dump());
    must_succeed(run_keyaki({"rally", "put", file.string(), "--database", database.string()}), "putting the rally");
    const CommandResult made = run_keyaki(
        {"key", "create", "--name", "test", "--scopes", "checkins:write,members:read,ledger:read", "--json", "--database", database.string()});
    must_succeed(made, "making the key");
    key = nlohmann::json::parse(made.out).at("key").get<std::string>();
}

} // namespace

SampleCity::SampleCity() {
    static const MadeCity made;
    // The commands that made it have ended, so nothing is left in a write-ahead log.
    std::filesystem::copy_file(made.database, database);
    key = made.key;
}

std::string check_in_body(const std::string &member, double metres_north, int fixes, double accuracy_m, const std::string &spot) {
    constexpr double metres_per_degree = 110'950; // of latitude at 35.8°, to within 0.1 %
    const std::int64_t now = server::now_us();
    auto list = nlohmann::json::array();
    for (int i = 0; i < fixes; ++i) {
        const std::int64_t taken_us = now - std::int64_t{1'000'000} * (1 + 4 * (fixes - 1 - i));
        list.push_back({{"lon", shelter_lon_deg},
                        {"lat", shelter_lat_deg + metres_north / metres_per_degree},
                        {"accuracy_m", accuracy_m},
                        {"taken_at", server::format_rfc3339(taken_us)}});
    }
    return nlohmann::json{{"member", member}, {"rally", "always"}, {"spot", spot}, {"platform", "android"}, {"fixes", list}}.dump();
}

} // namespace keyaki::test
