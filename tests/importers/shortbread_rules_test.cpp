#include "importers/shortbread_attributes.hpp"
#include "importers/shortbread_rules.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;

namespace {

/// "streets/primary@8 street_labels/primary@12": layer, kind and first zoom of each match.
std::string matches(OsmObject object, const std::vector<OsmTag> &tags) {
    std::string text;
    for (const ShortbreadMatch &match : match_shortbread(object, tags)) {
        text += (text.empty() ? "" : " ") + std::string(shortbread_name(match.layer)) + "/" + std::string(match.kind) + "@" +
                std::to_string(match.zoom_from);
    }
    return text;
}

std::string text_of(const ShortbreadValue &value) {
    return std::visit(
        [](const auto &held) {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, bool>) {
                return std::string(held ? "true" : "false");
            } else if constexpr (std::is_same_v<Held, std::string_view>) {
                return "'" + std::string(held) + "'";
            } else {
                return std::to_string(held);
            }
        },
        value);
}

/// "kind='primary' oneway=true@14": the fields of the first match of that layer; the zoom where it is not the feature's first.
std::string fields(OsmObject object, std::string_view layer, const std::vector<OsmTag> &tags, const ShortbreadSize &size = {}) {
    for (const ShortbreadMatch &match : match_shortbread(object, tags)) {
        if (shortbread_name(match.layer) != layer) {
            continue;
        }
        ShortbreadAttributes attributes;
        attributes.read(match, tags, size);
        std::string text;
        for (const ShortbreadAttribute &one : attributes.all()) {
            text += (text.empty() ? "" : " ") + std::string(one.name) + "=" + text_of(one.value) +
                    (one.zoom_from == 0 ? "" : "@" + std::to_string(one.zoom_from));
        }
        return text;
    }
    return "no such layer";
}

ShortbreadMatch first_match(OsmObject object, const std::vector<OsmTag> &tags) {
    const ShortbreadMatches found = match_shortbread(object, tags);
    REQUIRE_FALSE(found.empty());
    return found[0];
}

} // namespace

TEST_CASE("Shortbread: streets come by their class, links with their road, and are labelled later than drawn") {
    CHECK(matches(OsmObject::open_way, {{"highway", "motorway"}, {"ref", "A 20"}}) == "streets/motorway@5 street_labels/motorway@10");
    CHECK(matches(OsmObject::open_way, {{"highway", "primary_link"}, {"name", "x"}}) == "streets/primary@8 street_labels/primary_link@13");
    CHECK(matches(OsmObject::open_way, {{"highway", "residential"}}) == "streets/residential@12");
    CHECK(matches(OsmObject::closed_way, {{"highway", "service"}}) == "streets/service@13");
    CHECK(matches(OsmObject::open_way, {{"highway", "proposed"}, {"name", "x"}}).empty());
}

TEST_CASE("Shortbread: a railway's main line is drawn before its sidings") {
    CHECK(matches(OsmObject::open_way, {{"railway", "rail"}}) == "streets/rail@8");
    CHECK(matches(OsmObject::open_way, {{"railway", "rail"}, {"service", "yard"}}) == "streets/rail@10");
    CHECK(matches(OsmObject::open_way, {{"railway", "abandoned"}}).empty());
}

TEST_CASE("Shortbread: a street that is an area is one only by area=yes, and is labelled inside") {
    const std::vector<OsmTag> plaza{{"area", "yes"}, {"highway", "pedestrian"}, {"name", "Markt"}};
    CHECK(matches(OsmObject::closed_way, plaza) == "street_polygons/pedestrian@14 streets_polygons_labels/pedestrian@14");
    CHECK(matches(OsmObject::closed_way, {{"highway", "pedestrian"}}) == "streets/pedestrian@13");
    CHECK(matches(OsmObject::closed_way, {{"area:aeroway", "runway"}}) == "street_polygons/runway@11");
}

TEST_CASE("Shortbread: of water a river is told from a lake, and names have a layer of their own") {
    CHECK(matches(OsmObject::closed_way, {{"natural", "water"}}) == "water_polygons/water@4");
    CHECK(matches(OsmObject::multipolygon, {{"name", "Havel"}, {"natural", "water"}, {"water", "river"}}) ==
          "water_polygons/river@4 water_polygons_labels/river@4");
    CHECK(matches(OsmObject::open_way, {{"name", "荒川"}, {"waterway", "river"}}) == "water_lines/river@9 water_lines_labels/river@12");
    CHECK(matches(OsmObject::closed_way, {{"waterway", "dam"}}) == "dam_polygons/dam@12");
    CHECK(matches(OsmObject::open_way, {{"waterway", "dam"}}) == "dam_lines/dam@12");
    CHECK(matches(OsmObject::closed_way, {{"area", "no"}, {"man_made", "pier"}}) == "pier_lines/pier@12");
}

TEST_CASE("Shortbread: what is drawn of rivers and written on water depends on its size") {
    const ShortbreadMatch river = first_match(OsmObject::open_way, {{"waterway", "river"}});
    CHECK(shortbread_zoom(river, {.length_m = 1000}) == 9);
    CHECK(shortbread_zoom(river, {.length_m = 40}) == 10);
    CHECK(shortbread_zoom(river, {.length_m = 2}) == 15);
    const ShortbreadMatch stream = first_match(OsmObject::open_way, {{"waterway", "stream"}});
    CHECK(shortbread_zoom(stream, {.length_m = 2}) == 14);
    const ShortbreadMatch label = match_shortbread(OsmObject::closed_way, std::vector<OsmTag>{{"name", "琵琶湖"}, {"natural", "water"}})[1];
    CHECK(shortbread_zoom(label, {.area_m2 = 1e10}) == 4);
    CHECK(shortbread_zoom(label, {.area_m2 = 1e6}) == 11);
    CHECK(shortbread_zoom(label, {.area_m2 = 100}) == 14);
}

TEST_CASE("Shortbread: places need a name, and capitals are kinds of their own") {
    CHECK(matches(OsmObject::node, {{"name", "東京"}, {"place", "city"}, {"capital", "yes"}}) == "place_labels/capital@4");
    CHECK(matches(OsmObject::node, {{"name", "さいたま"}, {"place", "city"}, {"capital", "4"}}) == "place_labels/state_capital@4");
    CHECK(matches(OsmObject::node, {{"name", "清瀬"}, {"place", "city"}}) == "place_labels/city@6");
    CHECK(matches(OsmObject::node, {{"place", "city"}}).empty());
    CHECK(matches(OsmObject::node, {{"name", "中里"}, {"place", "neighbourhood"}}) == "place_labels/neighbourhood@10");
}

TEST_CASE("Shortbread: countries and states are labelled by their area") {
    const std::vector<OsmTag> japan{{"admin_level", "2"}, {"boundary", "administrative"}, {"name", "日本"}};
    const ShortbreadMatch match = first_match(OsmObject::multipolygon, japan);
    CHECK(shortbread_name(match.layer) == "boundary_labels");
    CHECK(shortbread_zoom(match, {.area_m2 = 3e12}) == 2);
    CHECK(shortbread_zoom(match, {.area_m2 = 3.8e11}) == 4);
    CHECK(shortbread_zoom(match, {.area_m2 = 1e9}) == 5);
    CHECK(fields(OsmObject::multipolygon, "boundary_labels", japan, {.area_m2 = 1e6}) == "name='日本' admin_level=2 way_area=100.000000");
    CHECK(matches(OsmObject::multipolygon, {{"admin_level", "7"}, {"boundary", "administrative"}, {"name", "清瀬市"}}).empty());
}

TEST_CASE("Shortbread: a school is a site and a point of interest, and an address is told once") {
    CHECK(matches(OsmObject::closed_way, {{"addr:housenumber", "3"}, {"amenity", "school"}, {"building", "yes"}}) ==
          "sites/school@14 buildings/yes@14 pois/school@14");
    CHECK(matches(OsmObject::closed_way, {{"addr:housenumber", "3"}, {"building", "yes"}}) == "buildings/yes@14 addresses/3@14");
    CHECK(fields(OsmObject::node, "addresses", {{"addr:housename", "Kate"}, {"addr:housenumber", "3"}}) == "housename='Kate' housenumber='3'");
}

TEST_CASE("Shortbread: what is not there is not on the map") {
    CHECK(matches(OsmObject::closed_way, {{"building", "no"}}).empty());
    CHECK(matches(OsmObject::open_way, {{"natural", "water"}}).empty());
    CHECK(matches(OsmObject::closed_way, {{"area", "no"}, {"leisure", "park"}}).empty());
    CHECK(matches(OsmObject::node, {}).empty());
}

TEST_CASE("Shortbread: a street carries the schema's fields with their defaults, each from its zoom on") {
    CHECK(fields(OsmObject::open_way, "streets", {{"bridge", "viaduct"}, {"highway", "trunk_link"}, {"oneway", "-1"}}) ==
          "kind='trunk' link=true@11 rail=false tunnel=false@11 bridge=true@11 oneway=true@14 oneway_reverse=true@14 surface=''@11 bicycle=''@14 "
          "horse=''@14");
    CHECK(fields(OsmObject::open_way, "streets", {{"covered", "yes"}, {"railway", "tram"}, {"oneway", "yes"}}) ==
          "kind='tram' link=false@11 rail=true tunnel=true@11 bridge=false@11 oneway=false@14 oneway_reverse=false@14 surface=''@11 bicycle=''@14 "
          "horse=''@14");
}

TEST_CASE("Shortbread: names come in the languages that the map is read in, as they are tagged") {
    CHECK(fields(OsmObject::open_way, "street_labels",
                 {{"highway", "primary"}, {"name", "新青梅街道"}, {"name:de", "d"}, {"name:en", "Shin-Ome Kaido"}, {"name:ja", "新青梅街道"}}) ==
          "kind='primary' name='新青梅街道' name_en='Shin-Ome Kaido' name_de='d' name_ja='新青梅街道' tunnel=false");
}

TEST_CASE("Shortbread: reference numbers stand in lines, counted in letters") {
    CHECK(fields(OsmObject::open_way, "street_labels", {{"highway", "motorway"}, {"ref", "E 30;東北"}}) ==
          "kind='motorway' tunnel=false ref='E 30\n東北' ref_rows=2 ref_cols=4");
}

TEST_CASE("Shortbread: a point of interest says by which keys it is one, and what belongs to them") {
    CHECK(fields(OsmObject::node, "pois", {{"amenity", "cafe"}, {"cuisine", "coffee_shop"}, {"shop", "bakery"}, {"sport", "golf"}}) ==
          "amenity='cafe' cuisine='coffee_shop' shop='bakery'");
    CHECK(fields(OsmObject::node, "pois", {{"amenity", "recycling"}, {"recycling:paper", "yes"}}) ==
          "amenity='recycling' recycling:glass_bottles=false recycling:paper=true recycling:clothes=false recycling:scrap_metal=false");
    CHECK(fields(OsmObject::node, "pois", {{"amenity", "parking"}, {"tourism", "museum"}, {"shop", "kiosk"}}) == "shop='kiosk'");
}

TEST_CASE("Shortbread: a population that is no number is what is usual for the place") {
    CHECK(fields(OsmObject::node, "place_labels", {{"name", "x"}, {"place", "town"}, {"population", "12000"}}) ==
          "kind='town' name='x' population=12000");
    CHECK(fields(OsmObject::node, "place_labels", {{"name", "x"}, {"place", "town"}, {"population", "ca. 5"}}) ==
          "kind='town' name='x' population=5000");
}

TEST_CASE("Shortbread: streets lie from tunnels to bridges and from paths to motorways, places from the largest down") {
    const auto rank = [](OsmObject object, const std::vector<OsmTag> &tags) { return shortbread_rank(first_match(object, tags), tags, {}).fine; };
    const std::int32_t path = rank(OsmObject::open_way, {{"highway", "path"}});
    const std::int32_t primary = rank(OsmObject::open_way, {{"highway", "primary"}});
    const std::int32_t tunnel = rank(OsmObject::open_way, {{"highway", "motorway"}, {"tunnel", "yes"}});
    const std::int32_t bridge = rank(OsmObject::open_way, {{"bridge", "yes"}, {"highway", "path"}});
    CHECK(tunnel < path);
    CHECK(path < primary);
    CHECK(primary < bridge);
    CHECK(rank(OsmObject::node, {{"name", "x"}, {"place", "city"}, {"population", "900000"}}) <
          rank(OsmObject::node, {{"name", "x"}, {"place", "town"}}));
}

TEST_CASE("Shortbread: only what has a direction keeps it") {
    const std::vector<OsmTag> one_way{{"highway", "primary"}, {"oneway", "yes"}};
    CHECK(shortbread_direction_from(first_match(OsmObject::open_way, one_way), one_way) == 14);
    const std::vector<OsmTag> both_ways{{"highway", "primary"}};
    CHECK(shortbread_direction_from(first_match(OsmObject::open_way, both_ways), both_ways) > 14);
    const std::vector<OsmTag> river{{"waterway", "river"}};
    CHECK(shortbread_direction_from(first_match(OsmObject::open_way, river), river) == 0);
}

TEST_CASE("Shortbread: layers have distinct names and their fields are listed with types") {
    std::set<std::string_view> names;
    for (std::size_t layer = 0; layer < shortbread_layer_count; ++layer) {
        CHECK(names.insert(shortbread_name(static_cast<ShortbreadLayer>(layer))).second);
    }
    const auto fields_of_pois = shortbread_fields(ShortbreadLayer::pois);
    const auto has = [&](std::string_view name, std::string_view type) {
        return std::any_of(fields_of_pois.begin(), fields_of_pois.end(),
                           [&](const ShortbreadField &field) { return field.name == name && field.type == type; });
    };
    CHECK(has("atm", "Boolean"));
    CHECK(has("name_ja", "String"));
    CHECK(has("housenumber", "String"));
}

TEST_CASE("a layer's smallest zoom is that of its first row, and sea and boundaries are there at every zoom") {
    CHECK(shortbread_zoom_min(ShortbreadLayer::ocean) == 0);
    CHECK(shortbread_zoom_min(ShortbreadLayer::boundaries) == 0);
    CHECK(shortbread_zoom_min(ShortbreadLayer::boundary_labels) == 2);
    CHECK(shortbread_zoom_min(ShortbreadLayer::streets) == 5);
    CHECK(shortbread_zoom_min(ShortbreadLayer::street_labels) == 10);
    CHECK(shortbread_zoom_min(ShortbreadLayer::buildings) == 14);
}
