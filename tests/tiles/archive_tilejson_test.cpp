#include "tiles/archive_tilejson.hpp"

#include "tiles/archive_description.hpp"
#include "tiles/limits.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

using namespace keyaki;
using tiles::safe_attribution;

TEST_CASE("of a stranger's attribution links to the web and text are left") {
    CHECK(safe_attribution("") == "");
    CHECK(safe_attribution("&copy; OpenStreetMap & others") == "&copy; OpenStreetMap &amp; others");
    CHECK(safe_attribution(R"(<a href="https://www.openstreetmap.org/copyright" target="_blank">&copy; OSM</a>, <b>city</b>)") ==
          R"(<a href="https://www.openstreetmap.org/copyright">&copy; OSM</a>, city)");
    CHECK(safe_attribution("<script>alert(1)</script>") == "alert(1)");
    CHECK(safe_attribution("<a href=\"javascript:alert(1)\">x</a>") == "x");
    CHECK(safe_attribution(R"(<a onclick="x" href='http://a/"onload="'>y)") == R"(<a href="http://a/&quot;onload=&quot;">y</a>)");
    CHECK(safe_attribution("<img src=x onerror=alert(1)>") == "");
    CHECK(safe_attribution("a < b > c <img") == "a  c &lt;img");
    CHECK(safe_attribution("<<a href=\"https://x\">") == "");
    CHECK(safe_attribution("</a></a>") == "");
    CHECK(safe_attribution(std::string(1'000'000, '<')).size() == tiles::max_attribution_bytes * 4);
}

TEST_CASE("an archive's TileJSON has what the specification wants") {
    tiles::ArchiveDescription description;
    description.name = "地図";
    description.attribution = "&copy; OSM";
    description.bounds = {139, 35, 140, 36};
    description.vector_layers = R"([{"id":"water","fields":{}}])";
    const auto json = nlohmann::json::parse(tiles::archive_tilejson(description, {"https://map.example.jp/tiles/base/{z}/{x}/{y}.mvt", 2, 14}));
    CHECK(json.at("tilejson") == "3.0.0");
    CHECK(json.at("name") == "地図");
    CHECK(json.at("tiles").at(0) == "https://map.example.jp/tiles/base/{z}/{x}/{y}.mvt");
    CHECK(json.at("minzoom") == 2);
    CHECK(json.at("maxzoom") == 14);
    CHECK(json.at("bounds").at(3) == 36);
    CHECK(json.at("center").at(2) == 8);
    CHECK(json.at("attribution") == "&copy; OSM");
    CHECK(json.at("vector_layers").at(0).at("id") == "water");
    CHECK_FALSE(json.contains("description"));
}

TEST_CASE("metadata of others: what is missing, of another type or too deep is as if it were not there") {
    const auto said = tiles::parse_archive_metadata(
        R"({"name":"a","description":7,"attribution":"b","type":"baselayer","vector_layers":[{"id":"w","fields":{}}],"extra":[1]})");
    REQUIRE(said);
    CHECK(said->name == "a");
    CHECK(said->description.empty());
    CHECK(said->attribution == "b");
    CHECK(said->is_base_layer);
    CHECK(said->vector_layers == R"([{"id":"w","fields":{}}])");
    CHECK(tiles::parse_archive_metadata(R"({"vector_layers":[{"id":7}]})")->vector_layers == "[]");
    CHECK(tiles::parse_archive_metadata("{}")->vector_layers == "[]");
    for (const char *text : {"", "[]", "7", "{", "{\"a\":}", "nul"}) {
        CHECK_FALSE(tiles::parse_archive_metadata(text));
    }
    CHECK_FALSE(tiles::parse_archive_metadata("{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}"));
}

TEST_CASE("the rows of an MBTiles' metadata are texts, with the layers in one of them") {
    tiles::ArchiveDescription description;
    description.name = "city";
    description.revision = 12;
    description.bounds = {139.5, 35.75, 139.55, 35.8};
    description.vector_layers = R"([{"id":"w","fields":{}}])";
    std::map<std::string, std::string> rows;
    for (const auto &[name, value] : tiles::mbtiles_metadata(description, 3, 14)) {
        rows[name] = value;
    }
    CHECK(rows == std::map<std::string, std::string>{{"name", "city"},
                                                     {"type", "overlay"},
                                                     {"format", "pbf"},
                                                     {"version", "12"},
                                                     {"bounds", "139.5000000,35.7500000,139.5500000,35.8000000"},
                                                     {"center", "139.5250000,35.7750000,12"},
                                                     {"minzoom", "3"},
                                                     {"maxzoom", "14"},
                                                     {"json", R"({"vector_layers":[{"id":"w","fields":{}}]})"}});
}
