// The story of a year: staff import this year's list of shelters, in the encoding of their spreadsheet, over last year's; look at what would change;
// publish; take it back. Citizens have the map open all the while.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <iconv.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <vector>

using namespace keyaki;
using nlohmann::json;
using test::HttpClient;

namespace {

std::string to_cp932(std::string text) {
    const iconv_t converter = iconv_open("CP932", "UTF-8");
    REQUIRE(converter != reinterpret_cast<iconv_t>(-1)); // NOLINT(performance-no-int-to-ptr): how iconv says no
    std::string converted(text.size() * 2, '\0');
    char *from = text.data();
    std::size_t from_bytes = text.size();
    char *to = converted.data();
    std::size_t to_bytes = converted.size();
    const bool is_done = iconv(converter, &from, &from_bytes, &to, &to_bytes) != static_cast<std::size_t>(-1);
    iconv_close(converter);
    REQUIRE(is_done);
    converted.resize(converted.size() - to_bytes);
    return converted;
}

struct Shelter {
    std::string id;
    std::string name;
    std::string address;
    double lat_deg;
    double lon_deg;
};

/// The sample's shelters, which are official facts.
std::vector<Shelter> known_shelters() {
    std::ifstream file(test::project_file("data/samples/kiyose/shelters.geojson"));
    std::vector<Shelter> shelters;
    const json collection = json::parse(file);
    for (const json &feature : collection["features"]) {
        const json &at = feature["geometry"]["coordinates"];
        shelters.push_back({feature["id"], feature["properties"]["name"], feature["properties"]["address"], at[1], at[0]});
    }
    return shelters;
}

/// A table as a spreadsheet in Japan writes it.
std::string table_of(const std::vector<Shelter> &shelters) {
    std::string table = "ID,name,住所,緯度,経度\r\n";
    for (const Shelter &shelter : shelters) {
        table += shelter.id + "," + shelter.name + "," + shelter.address + "," + std::to_string(shelter.lat_deg) + "," +
                 std::to_string(shelter.lon_deg) + "\r\n";
    }
    return to_cp932(table);
}

test::CommandResult command(const test::SampleCity &city, std::vector<std::string> words) {
    words.insert(words.end(), {"--database", city.database.string()});
    test::CommandResult result = test::run_keyaki(std::move(words));
    INFO(result.out << result.error);
    REQUIRE(result.status == 0);
    return result;
}

} // namespace

TEST_CASE("this year's shelters are looked at, published onto an open map, and taken back, and everything is as before under new numbers") {
    const test::SampleCity city;
    std::vector<Shelter> shelters = known_shelters();
    command(city, {"import", "layer", "shelters", city.folder.write("last-year.csv", table_of(shelters)).string(), "--key", "ID", "--publish"});
    shelters.erase(shelters.begin() + 2, shelters.begin() + 4);                          // two closed
    shelters[0].lat_deg += 130 / 110'959.0;                                              // one moved 130 m to the north
    shelters.push_back({"new-1", "新設小学校", "清瀬市上清戸1-1-1", 35.7801, 139.5251}); // three new
    shelters.push_back({"new-2", "新設中学校", "清瀬市上清戸1-1-2", 35.7805, 139.5258});
    shelters.push_back({"new-3", "新設公園", "清瀬市上清戸1-1-3", 35.7799, 139.5262});
    const std::filesystem::path this_year = city.folder.write("this-year.csv", table_of(shelters));

    const json made = json::parse(command(city, {"key", "create", "--name", "hanako", "--scopes", "layers:write,layers:publish", "--json"}).out);
    test::LiveServer server(city.database);
    HttpClient anyone(server.address());
    const auto tile_of = [&](const std::string &layer) { return anyone.get("/tiles/" + layer + "/13/7270/3223.mvt"); };
    const std::string before = anyone.get("/collections/shelters/items?limit=1000").body;
    const std::string tile_before = tile_of("shelters").body;

    const test::CommandResult browsed = test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/story.mjs", server.address() + "/",
                                                   made["key"].get<std::string>(), KEYAKI_SCREENSHOTS, this_year.string()});
    UNSCOPED_INFO(browsed.out << browsed.error);
    CHECK(browsed.status == 0);
    CHECK(browsed.out.find("ok ") != std::string::npos);

    CHECK(json::parse(anyone.get("/collections/shelters/items?limit=1000").body)["features"] == json::parse(before)["features"]);
    CHECK(tile_of("shelters").body == tile_before);
    CHECK(tile_of("shelters").header("keyaki-revision") == "shelters=4");
    CHECK(tile_of("shelters@3").body != tile_before);
    HttpClient staff(server.address(), made["key"]);
    const json history = json::parse(staff.get("/collections/shelters/revisions").body)["revisions"];
    REQUIRE(history.size() == 4);
    CHECK(history[1]["message"] == "今年の一覧");
    CHECK(history[1]["added"] == 3);
    CHECK(history[1]["removed"] == 2);
    CHECK(history[1]["changed"] == 1);
    CHECK(history[0]["content_of"] == 2);
    CHECK(history[0]["author"].get<std::string>().find("hanako") != std::string::npos);
}
