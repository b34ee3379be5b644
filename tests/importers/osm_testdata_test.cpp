// The multipolygon tests of osm-testdata, case by case, through both ways from an extract: into the store (osm_file.hpp) and onto the map
// (shortbread_file.hpp). What became of each area is in osm_testdata.tsv.
#include "geo/predicates.hpp"
#include "importers/osm_rules.hpp"
#include "tests/importers/osm_support.hpp"
#include "tests/importers/osm_testdata_table.hpp"
#include "tests/importers/shortbread_support.hpp"
#include "tests/importers/wkt.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

using namespace keyaki;
using namespace keyaki::importers;
using keyaki::test::ImportedOsm;
using keyaki::test::OsmTestdataTable;
using keyaki::test::ReadShortbread;
using nlohmann::json;

namespace {

/// An area that a case expects, by the names of the test data's variants: for programs that go by ids of nodes ("default"), by places
/// ("location"), or mend ("fix"). No geometry where it says INVALID.
struct ExpectedArea {
    OsmType type = OsmType::way;
    std::int64_t id = 0;
    std::map<std::string, std::optional<geo::Geometry>> variants;
    std::map<std::string, std::string> tags;
};

/// What came out for one object.
struct FoundArea {
    std::string layer;
    std::string kind;
    geo::Geometry shape;
};
using FoundAreas = std::map<std::string, std::vector<FoundArea>>; ///< by "w1", "r1"

std::string name_of(OsmType type, std::int64_t id) { return (type == OsmType::way ? "w" : "r") + std::to_string(id); }

bool is_meaningless(const std::string &key) { return key.starts_with("test:") || key == "type"; }

std::map<std::string, ExpectedArea> expected_areas(const json &test) {
    std::map<std::string, ExpectedArea> expected;
    const json variants = test.value("areas", json::object());
    for (const auto &[variant, areas] : variants.items()) {
        for (const json &area : areas) {
            const OsmType type = area["from_type"] == "way" ? OsmType::way : OsmType::relation;
            const auto id = area["from_id"].get<std::int64_t>();
            ExpectedArea &one = expected[name_of(type, id)];
            one.type = type;
            one.id = id;
            const auto wkt = area["wkt"].get<std::string>();
            one.variants[variant] = wkt == "INVALID" ? std::nullopt : std::optional(test::multi_polygon_of_wkt(wkt));
            const json tags = area.value("tags", json::object());
            for (const auto &[key, value] : tags.items()) {
                if (!is_meaningless(key)) {
                    one.tags[key] = value.get<std::string>();
                }
            }
        }
    }
    return expected;
}

/// The case's file, with things that are shown in place of mere areas: a tag `area=yes`, and expected areas without tags, become forests.
std::string drawn_as_forest(const std::filesystem::path &file, std::map<std::string, ExpectedArea> &expected) {
    constexpr std::string_view forest = R"(<tag k="landuse" v="forest"/>)";
    constexpr std::string_view mere_area = R"(<tag k="area" v="yes"/>)";
    std::ostringstream read;
    read << std::ifstream(file).rdbuf();
    std::string text = read.str();
    for (std::size_t at = text.find(mere_area); at != std::string::npos; at = text.find(mere_area, at)) {
        text.replace(at, mere_area.size(), forest);
    }
    for (auto &[name, area] : expected) {
        const std::string element = area.type == OsmType::way ? "way" : "relation";
        if (area.tags.empty() && area.variants.at("default")) {
            const std::size_t begin = text.find("<" + element + " id=\"" + std::to_string(area.id) + "\"");
            text.insert(text.find("</" + element + ">", begin), forest);
        }
        if (area.tags.empty() || area.tags.contains("area")) {
            area.tags = {{"landuse", "forest"}};
        }
    }
    return text;
}

FoundAreas found_by_import(const std::filesystem::path &file) {
    FoundAreas found;
    const ImportedOsm imported = test::import_osm(file);
    for (const auto &[layer, features] : imported.layers) {
        for (const auto &[id, feature] : features) {
            if (feature.geometry.is_polygon()) {
                found[id].push_back({layer, std::get<std::string>(*feature.properties.find("kind")), feature.geometry});
            }
        }
    }
    return found;
}

/// Cells of the grid as they are: for GEOS a plane is a plane.
geo::Geometry plane_of(const geo::GridShape &shape) {
    geo::Geometry plane{geo::GeometryType::multi_polygon, {}, {}, shape.polygon_ends};
    for (std::size_t ring = 0; ring < shape.path_count(); ++ring) {
        std::vector<geo::LonLat> positions;
        for (const geo::GridVertex &vertex : shape.path(ring)) {
            positions.push_back({static_cast<double>(vertex.point.x), static_cast<double>(vertex.point.y)});
        }
        positions.push_back(positions.front());
        plane.add_part(positions);
    }
    return plane;
}

geo::Geometry on_grid(geo::Geometry geometry) {
    for (geo::LonLat &position : geometry.positions) {
        const geo::GridPoint point = geo::to_grid(position);
        position = {static_cast<double>(point.x), static_cast<double>(point.y)};
    }
    return geometry;
}

FoundAreas found_by_map(const std::filesystem::path &file) {
    FoundAreas found;
    ReadShortbread read;
    test::read_shortbread(file, read);
    for (std::size_t layer = 0; layer < shortbread_layer_count; ++layer) {
        const std::string name(shortbread_name(static_cast<ShortbreadLayer>(layer)));
        for (const test::KeptFeature &kept : read.sink.layer(name)) {
            if (kept.shape.type == geo::GeometryType::polygon) {
                const auto type = static_cast<OsmType>(kept.feature.id & 3U); // ids of the test data are positive: the number, a zero bit, the type
                found[name_of(type, static_cast<std::int64_t>(kept.feature.id >> 3U))].push_back(
                    {name, kept.attributes.contains("kind") ? kept.attributes.at("kind") : "", plane_of(kept.shape)});
            }
        }
    }
    return found;
}

bool equal(const geo::Geometry &a, const geo::Geometry &b) { return geo::contains(a, b) && geo::contains(b, a); }

/// What is said of one area: "equal", "none" where none is expected, or what differs.
std::string verdict(const ExpectedArea &expected, const std::vector<FoundArea> *found, bool is_on_grid) {
    const auto &wanted = expected.variants.at("default");
    if (found == nullptr) {
        return wanted ? "missing" : "none";
    }
    std::string equals;
    for (const auto &[variant, geometry] : expected.variants) {
        if (geometry && std::all_of(found->begin(), found->end(),
                                    [&](const FoundArea &area) { return equal(area.shape, is_on_grid ? on_grid(*geometry) : *geometry); })) {
            equals = variant;
        }
    }
    if (equals.empty()) {
        return wanted ? "different" : "area";
    }
    return equals == "default" ? "equal" : "equal to variant " + equals;
}

std::vector<OsmTag> views_of(const std::map<std::string, std::string> &tags) {
    std::vector<OsmTag> views;
    for (const auto &[key, value] : tags) {
        views.push_back({key, value});
    }
    return views;
}

/// The layers and kinds that the rules give to an area with the expected tags.
std::set<std::pair<std::string, std::string>> expected_kinds(const ExpectedArea &expected, bool is_map) {
    const std::vector<OsmTag> tags = views_of(expected.tags);
    const OsmObject object = expected.type == OsmType::way ? OsmObject::closed_way : OsmObject::multipolygon;
    std::set<std::pair<std::string, std::string>> kinds;
    if (!is_map) {
        for (const OsmMatch &match : match_osm_rules(object, tags)) {
            if (match.shape == OsmShape::polygon) {
                kinds.emplace(osm_layers()[match.layer].id, match.kind);
            }
        }
        return kinds;
    }
    for (const ShortbreadMatch &match : match_shortbread(object, tags)) {
        if (match.shape == OsmShape::polygon) {
            kinds.emplace(shortbread_name(match.layer), match.layer == ShortbreadLayer::buildings ? "" : match.kind);
        }
    }
    return kinds;
}

std::string outcome(const ExpectedArea &expected, const FoundAreas &found, bool is_map) {
    const auto place = found.find(name_of(expected.type, expected.id));
    const auto kinds = expected_kinds(expected, is_map);
    if (place == found.end()) {
        return !expected.tags.empty() && kinds.empty() ? "not drawn as an area" : verdict(expected, nullptr, is_map);
    }
    std::set<std::pair<std::string, std::string>> found_kinds;
    for (const FoundArea &area : place->second) {
        found_kinds.emplace(area.layer, area.kind);
    }
    return verdict(expected, &place->second, is_map) + (found_kinds == kinds ? "" : ", other tags");
}

/// A line for each area that the case expects, for each that came besides, and one where neither is.
void see_case(OsmTestdataTable &table, const std::filesystem::path &folder) {
    std::ifstream file(folder / "test.json");
    const json test = json::parse(file);
    const std::string number = folder.filename().string();
    std::map<std::string, ExpectedArea> expected = expected_areas(test);
    const test::TemporaryFolder scratch;
    const auto data = scratch.write("data.osm", drawn_as_forest(folder / "data.osm", expected));
    const FoundAreas imported = found_by_import(data);
    const FoundAreas drawn = found_by_map(data);
    for (const auto &[name, area] : expected) {
        table.see(number, name, area.variants.at("default") ? "area" : "invalid", outcome(area, imported, false), outcome(area, drawn, true));
    }
    std::set<std::string> others;
    for (const FoundAreas &found : {imported, drawn}) {
        for (const auto &[name, areas] : found) {
            if (!expected.contains(name)) {
                others.insert(name);
            }
        }
    }
    for (const std::string &name : others) {
        table.see(number, name, "nothing", imported.contains(name) ? "area" : "none", drawn.contains(name) ? "area" : "none");
    }
    if (expected.empty() && others.empty()) {
        table.see(number, "-", "nothing", "none", "none");
    }
}

} // namespace

TEST_CASE("each case of osm-testdata gives the areas that its table line says, and what is not as expected has a reason") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/edge/osm-testdata/grid/data");
    OsmTestdataTable table;
    std::size_t cases = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.path().filename() == "test.json") {
            INFO(entry.path().string());
            see_case(table, entry.path().parent_path());
            ++cases;
        }
    }
    CHECK(cases == 130);
    CHECK(table.differences() == std::vector<std::string>());
    CHECK(table.lines_without_reason() == std::vector<std::string>());
}
