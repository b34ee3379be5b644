// A style that others made for Shortbread (styles/README.md), drawn over our base map in a real browser. Screenshots stay in the build folder.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

using namespace keyaki;

namespace {

struct View {
    std::string name;
    std::string lon;
    std::string lat;
    std::string zoom;
};

/// `counts`: how many features each layer of the style shows; `texts`: what is written.
nlohmann::json shown(const std::filesystem::path &extract, const View &view) {
    const test::TemporaryFolder folder;
    const std::string archive = (folder.path() / "map.pmtiles").string();
    REQUIRE(test::run_keyaki({"tiles", "build", archive, "--from", extract.string()}).status == 0);
    std::filesystem::create_directories(KEYAKI_SCREENSHOTS);
    const test::CommandResult drawn = test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/base_map.mjs", archive, KEYAKI_MAPLIBRE,
                                                 std::string(KEYAKI_SCREENSHOTS) + "/" + view.name + ".png", view.lon, view.lat, view.zoom});
    UNSCOPED_INFO(drawn.out << drawn.error);
    REQUIRE(drawn.status == 0);
    const auto json = nlohmann::json::parse(drawn.out);
    CHECK(json["errors"].empty());
    return json;
}

void check_each(const nlohmann::json &shown, const std::vector<std::string> &layers) {
    for (const std::string &layer : layers) {
        INFO(layer);
        CHECK(shown["counts"].value(layer, 0) > 0);
    }
}

} // namespace

TEST_CASE("a VersaTiles style draws Neubrandenburg from our tiles") {
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/derived/neubrandenburg-2016.osm.pbf");
    check_each(shown(extract, {"neubrandenburg", "13.26", "53.555", "13"}),
               {"water-area", "water-river", "land-forest", "land-residential", "street-primary", "street-minor", "transport-rail:outline",
                "label-place-suburb", "label-street-primary", "label-water-river"});
}

TEST_CASE("a VersaTiles style draws Waseda from our tiles, with its names in Japanese") {
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/jp/tokyo-waseda-2020.osm");
    const auto waseda = shown(extract, {"waseda", "139.7065", "35.7066", "16"});
    check_each(waseda, {"building", "land-park", "site-education", "street-minor", "way-footway", "label-street-primary", "symbol-transit-bus"});
    CHECK(waseda["texts"].dump().find("諏訪通り") != std::string::npos);
}
