#include "importers/osm_rules.hpp"
#include "importers/osm_values.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

/// "roads/minor/residential water/…": layer, class and kind of each match.
std::string matches(OsmObject object, const std::vector<OsmTag> &tags) {
    std::string text;
    for (const OsmMatch &match : match_osm_rules(object, tags)) {
        text +=
            (text.empty() ? "" : " ") + std::string(osm_layers()[match.layer].id) + "/" + std::string(match.group) + "/" + std::string(match.kind);
    }
    return text;
}

geo::Properties first_properties(OsmObject object, const std::vector<OsmTag> &tags) {
    const OsmMatches found = match_osm_rules(object, tags);
    REQUIRE_FALSE(found.empty());
    return osm_properties(found[0], tags);
}

} // namespace

TEST_CASE("a street is a road, whether its way is closed or not") {
    CHECK(matches(OsmObject::open_way, {{"highway", "residential"}}) == "roads/minor/residential");
    CHECK(matches(OsmObject::closed_way, {{"highway", "residential"}, {"junction", "roundabout"}}) == "roads/minor/residential");
    CHECK(matches(OsmObject::open_way, {{"highway", "motorway_link"}}) == "roads/motorway/motorway_link");
}

TEST_CASE("a way that people walk is a path and no road") {
    CHECK(matches(OsmObject::open_way, {{"highway", "footway"}}) == "paths/footway/footway");
    CHECK(matches(OsmObject::open_way, {{"highway", "steps"}}) == "paths/steps/steps");
}

TEST_CASE("a closed footway is a line, and with area=yes a plaza") {
    CHECK(matches(OsmObject::closed_way, {{"highway", "pedestrian"}}) == "paths/pedestrian/pedestrian");
    CHECK(matches(OsmObject::closed_way, {{"area", "yes"}, {"highway", "pedestrian"}}) == "land_use/plaza/pedestrian");
    CHECK(matches(OsmObject::multipolygon, {{"highway", "pedestrian"}}) == "land_use/plaza/pedestrian");
}

TEST_CASE("area=no keeps a closed way from being an area") {
    CHECK(matches(OsmObject::closed_way, {{"area", "no"}, {"leisure", "park"}}).empty());
    CHECK(matches(OsmObject::open_way, {{"leisure", "park"}}).empty());
    CHECK(matches(OsmObject::closed_way, {{"leisure", "park"}}) == "parks/park/park");
}

TEST_CASE("a river is a line and its bed an area of the same layer") {
    CHECK(matches(OsmObject::open_way, {{"waterway", "river"}}) == "water/river/river");
    CHECK(matches(OsmObject::closed_way, {{"natural", "water"}, {"water", "river"}}) == "water/water/water");
}

TEST_CASE("a school's grounds are land use, and the school is a point of interest") {
    CHECK(matches(OsmObject::closed_way, {{"amenity", "school"}}) == "land_use/education/school points_of_interest/education/school");
    CHECK(matches(OsmObject::node, {{"amenity", "school"}}) == "points_of_interest/education/school");
    CHECK(matches(OsmObject::closed_way, {{"amenity", "school"}, {"building", "yes"}}) ==
          "buildings/other/building land_use/education/school points_of_interest/education/school");
}

TEST_CASE("an object is at most once in a layer: the first row decides") {
    CHECK(matches(OsmObject::node, {{"amenity", "cafe"}, {"shop", "bakery"}, {"tourism", "hotel"}}) == "points_of_interest/food/cafe");
    CHECK(matches(OsmObject::node, {{"tourism", "hotel"}, {"shop", "bakery"}, {"amenity", "cafe"}}) == "points_of_interest/food/cafe");
}

TEST_CASE("of several values the first is the main one") {
    CHECK(matches(OsmObject::node, {{"amenity", "cafe;bar"}}) == "points_of_interest/food/cafe");
    CHECK(matches(OsmObject::node, {{"shop", "bakery;confectionery"}}) == "points_of_interest/shop/bakery");
}

TEST_CASE("what is not there is not on the map") {
    CHECK(matches(OsmObject::closed_way, {{"building", "no"}}).empty());
    CHECK(matches(OsmObject::node, {{"shop", "vacant"}}).empty());
    CHECK(matches(OsmObject::open_way, {{"highway", "proposed"}}).empty());
    CHECK(matches(OsmObject::open_way, {{"disused:railway", "rail"}}).empty());
    CHECK(matches(OsmObject::open_way, {{"railway", "abandoned"}}).empty());
    CHECK(matches(OsmObject::node, {}).empty());
}

TEST_CASE("stations, stops and places are points") {
    CHECK(matches(OsmObject::node, {{"railway", "station"}}) == "stations/rail/station");
    CHECK(matches(OsmObject::closed_way, {{"building", "train_station"}, {"railway", "station"}}) ==
          "buildings/public/train_station stations/rail/station");
    CHECK(matches(OsmObject::node, {{"place", "neighbourhood"}}) == "places/district/neighbourhood");
    CHECK(matches(OsmObject::closed_way, {{"place", "neighbourhood"}}).empty());
}

TEST_CASE("every match has the shape that its layer holds") {
    for (const OsmObject object : {OsmObject::node, OsmObject::open_way, OsmObject::closed_way, OsmObject::multipolygon}) {
        for (const auto &[key, value] : std::vector<std::pair<std::string, std::string>>{{"highway", "bus_stop"},
                                                                                         {"highway", "primary"},
                                                                                         {"natural", "water"},
                                                                                         {"waterway", "river"},
                                                                                         {"building", "yes"},
                                                                                         {"boundary", "administrative"},
                                                                                         {"railway", "rail"},
                                                                                         {"railway", "station"},
                                                                                         {"leisure", "park"},
                                                                                         {"amenity", "hospital"},
                                                                                         {"place", "city"}}) {
            const std::vector<OsmTag> tags{{key, value}};
            for (const OsmMatch &match : match_osm_rules(object, tags)) {
                const OsmLayer &layer = osm_layers()[match.layer];
                CHECK((match.shape == OsmShape::point ? layer.points : match.shape == OsmShape::line ? layer.lines : layer.polygons));
            }
        }
    }
}

TEST_CASE("layer ids of OpenStreetMap are distinct and fit the store's rule") {
    std::set<std::string_view> ids;
    for (const OsmLayer &layer : osm_layers()) {
        CHECK(ids.insert(layer.id).second);
        CHECK(layer.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
        CHECK_FALSE(layer.title_ja.empty());
        CHECK_FALSE(layer.title_en.empty());
    }
}

TEST_CASE("a road carries its names, numbers as numbers and flags as booleans") {
    const geo::Properties road = first_properties(OsmObject::open_way, {{"bridge", "viaduct"},
                                                                        {"highway", "primary"},
                                                                        {"lanes", "2"},
                                                                        {"layer", "-1"},
                                                                        {"name", "小金井街道"},
                                                                        {"name:en", "Koganei Kaido"},
                                                                        {"name:ja_kana", "こがねいかいどう"},
                                                                        {"oneway", "-1"},
                                                                        {"source", "survey"},
                                                                        {"width", "5.5 m"}});
    CHECK(*road.find("kind") == geo::Value(std::string("primary")));
    CHECK(*road.find("class") == geo::Value(std::string("primary")));
    CHECK(*road.find("name") == geo::Value(std::string("小金井街道")));
    CHECK(*road.find("name_en") == geo::Value(std::string("Koganei Kaido")));
    CHECK(*road.find("name_kana") == geo::Value(std::string("こがねいかいどう")));
    CHECK(*road.find("lanes") == geo::Value(std::int64_t{2}));
    CHECK(*road.find("layer") == geo::Value(std::int64_t{-1}));
    CHECK(*road.find("bridge") == geo::Value(true));
    CHECK(*road.find("oneway") == geo::Value(std::int64_t{-1}));
    CHECK(*road.find("width_m") == geo::Value(5.5));
    CHECK(road.find("source") == nullptr);
    CHECK(road.size() == 10);
}

TEST_CASE("two tags for one property make one property, the first row's") {
    const geo::Properties shop =
        first_properties(OsmObject::node, {{"contact:phone", "+81-2"}, {"phone", "+81-1"}, {"shop", "farm"}, {"opening_hours", "09:00-18:00"}});
    CHECK(*shop.find("phone") == geo::Value(std::string("+81-1")));
    CHECK(*shop.find("opening_hours") == geo::Value(std::string("09:00-18:00")));
    CHECK(shop.size() == 4);
}

TEST_CASE("a value that does not read as its type is left out") {
    const geo::Properties building =
        first_properties(OsmObject::closed_way, {{"building", "yes"}, {"building:levels", "two"}, {"height", "about 12"}, {"name", "x"}});
    CHECK(building.find("levels") == nullptr);
    CHECK(building.find("height_m") == nullptr);
    CHECK(building.size() == 3);
}

TEST_CASE("lengths are read with their units") {
    CHECK(osm_value(OsmValueType::length_m, "12") == geo::Value(12.0));
    CHECK(osm_value(OsmValueType::length_m, "12.5 m") == geo::Value(12.5));
    CHECK(osm_value(OsmValueType::length_m, "1.5km") == geo::Value(1500.0));
    CHECK(std::get<double>(osm_value(OsmValueType::length_m, "40'")) == Approx(12.192));
    CHECK(std::get<double>(osm_value(OsmValueType::length_m, "7'6\"")) == Approx(2.286));
    for (const char *wrong : {"", "m", "12 miles", "7'6", "nan", "inf", "1e400", "12-15"}) {
        CHECK(osm_value(OsmValueType::length_m, wrong) == geo::Value());
    }
}

TEST_CASE("text that is not UTF-8 is mended, and UTF-8 is left as it is") {
    CHECK(is_utf8("欅並木 café 𠮷"));
    CHECK(as_utf8("欅並木 café 𠮷") == "欅並木 café 𠮷");
    for (const char *broken : {"\x80", "\xC0\xAF", "\xE6\xAC", "\xED\xA0\x80", "\xF4\x90\x80\x80", "abc\xFF"}) {
        CHECK_FALSE(is_utf8(broken));
        CHECK(is_utf8(as_utf8(broken)));
    }
    CHECK(as_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
}
