#include "tiles/tilejson.hpp"

#include "tests/tiles/tile_support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>

using namespace keyaki;

namespace {

std::shared_ptr<const tiles::LayerSnapshot> layer(const std::string &name, std::uint64_t revision, int zoom_min, int zoom_max,
                                                  const std::vector<geo::Feature> &features, const std::string &attribution) {
    auto about = test::description(name, zoom_min, zoom_max);
    about.revision = revision;
    about.title_ja = name + "の層";
    about.attribution = attribution;
    return test::snapshot_of(features, about);
}

geo::Feature point(const std::string &id, double lon, double lat) {
    geo::Feature feature{id, geo::Geometry::point({lon, lat}), {}};
    feature.properties.set("rank", std::int64_t{3});
    return feature;
}

} // namespace

TEST_CASE("TileJSON names the layers with their revisions, fields, bounds and zooms") {
    const std::vector<tiles::TileLayer> layers{
        {layer("shelters", 12, 8, 14, {point("a", 139.5, 35.75), point("b", 139.5625, 35.8125)}, "清瀬市 & <b>防災課</b>"), "shelters"},
        {layer("parks", 3, 6, 13, {}, "清瀬市 & <b>防災課</b>"), "parks"}};
    const auto json = nlohmann::json::parse(tiles::tilejson(layers, {"https://map.example.jp", "", ""}));
    CHECK(json["tilejson"] == "3.0.0");
    CHECK(json["tiles"] == nlohmann::json::array({"https://map.example.jp/tiles/shelters@12,parks@3/{z}/{x}/{y}.mvt"}));
    CHECK(json["name"] == "sheltersの層, parksの層");
    CHECK(json["scheme"] == "xyz");
    CHECK(json["version"] == "1.15.0");
    CHECK(json["minzoom"] == 6);
    CHECK(json["maxzoom"] == 14);
    CHECK(json["bounds"] == nlohmann::json::array({139.5, 35.75, 139.5625, 35.8125}));
    CHECK(json["center"] == nlohmann::json::array({139.53125, 35.78125, 12}));
    CHECK(json["attribution"] == "清瀬市 &amp; &lt;b&gt;防災課&lt;/b&gt;");
    REQUIRE(json["vector_layers"].size() == 2);
    CHECK(json["vector_layers"][0]["id"] == "shelters");
    CHECK(json["vector_layers"][0]["fields"] == nlohmann::json({{"id", "String"}, {"rank", "Number"}}));
    CHECK(json["vector_layers"][0]["minzoom"] == 8);
    CHECK(json["vector_layers"][1]["fields"] == nlohmann::json::object());
}

TEST_CASE("TileJSON without features leaves bounds and center to their defaults") {
    const std::vector<tiles::TileLayer> layers{{layer("empty", 0, 0, 14, {}, ""), "empty"}};
    const auto json = nlohmann::json::parse(tiles::tilejson(layers, {"http://localhost:8080", "Drafts", "empty@draft"}));
    CHECK_FALSE(json.contains("bounds"));
    CHECK_FALSE(json.contains("center"));
    CHECK_FALSE(json.contains("attribution"));
    CHECK(json["name"] == "Drafts");
    CHECK(json["tiles"][0] == "http://localhost:8080/tiles/empty@draft/{z}/{x}/{y}.mvt");
}

TEST_CASE("the centre of a TileJSON lies within bounds and zooms") {
    for (const auto &features : {std::vector{point("a", 139.5, 35.7)}, std::vector{point("a", -180, -85), point("b", 179.9, 85)}}) {
        const std::vector<tiles::TileLayer> layers{{layer("l", 1, 3, 9, features, ""), "l"}};
        const auto json = nlohmann::json::parse(tiles::tilejson(layers, {"http://h", "", ""}));
        CHECK(json["center"][2] >= 3);
        CHECK(json["center"][2] <= 9);
        CHECK(json["center"][0] >= json["bounds"][0]);
        CHECK(json["center"][0] <= json["bounds"][2]);
        CHECK(json["center"][1] >= json["bounds"][1]);
        CHECK(json["center"][1] <= json["bounds"][3]);
    }
}
