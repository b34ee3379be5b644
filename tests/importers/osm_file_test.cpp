#include "importers/osm_file.hpp"

#include "geo/error.hpp"
#include "geo/predicates.hpp"
#include "geo/validity.hpp"
#include "tests/importers/osm_support.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::importers;
using keyaki::test::import_opl;
using keyaki::test::import_osm;
using keyaki::test::ImportedOsm;

namespace {

// A square of four nodes, and one more east of it.
//   4---3
//   |   |    5
//   1---2
constexpr std::string_view square = "n1 Tname=no%20%feature x1 y1\nn2 x2 y1\nn3 x2 y2\nn4 x1 y2\nn5 x3 y1.5\n";

std::string error_of(const std::filesystem::path &path, const OsmOptions &options = {}) {
    try {
        static_cast<void>(read_osm_file(path, options, [](std::string_view, geo::Feature &&) {}));
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("nodes, ways and relations become features with their letter and number as id") {
    const ImportedOsm imported = import_opl(std::string(square) + "n6 Tamenity=cafe,name=喫茶 x1.5 y1.5\n"
                                                                  "w1 Thighway=residential Nn1,n2,n5\n"
                                                                  "w2 T Nn1,n2,n3\nw3 T Nn3,n4,n1\n"
                                                                  "r1 Ttype=multipolygon,landuse=forest Mw2@outer,w3@outer\n");
    CHECK(imported.report.format == "OPL");
    CHECK(imported.report.nodes == 6);
    CHECK(imported.report.ways == 3);
    CHECK(imported.report.relations == 1);
    CHECK(imported.size() == 3);
    CHECK(imported.feature("points_of_interest", "n6").geometry == geo::Geometry::point({1.5, 1.5}));
    CHECK(*imported.feature("points_of_interest", "n6").properties.find("name") == geo::Value(std::string("喫茶")));
    CHECK(imported.feature("roads", "w1").geometry == geo::Geometry::line_string({{1, 1}, {2, 1}, {3, 1.5}}));
    const geo::Geometry &forest = imported.feature("land_use", "r1").geometry;
    CHECK(forest.type == geo::GeometryType::polygon);
    CHECK(forest.positions.size() == 5);
    CHECK_FALSE(geo::invalidity(forest));
    CHECK(imported.report.features.at("roads") == 1);
    CHECK(imported.report.features.at("parks") == 0);
}

TEST_CASE("exteriors run counter-clockwise and holes clockwise, whichever way they were drawn") {
    const ImportedOsm imported = import_opl("n1 x0 y0\nn2 x9 y0\nn3 x9 y9\nn4 x0 y9\nn5 x3 y3\nn6 x6 y3\nn7 x6 y6\nn8 x3 y6\n"
                                            "w1 Nn1,n4,n3,n2,n1\nw2 Nn5,n6,n7,n8,n5\n"
                                            "r1 Ttype=multipolygon,leisure=park Mw1@outer,w2@inner\n");
    geo::Geometry park = imported.feature("parks", "r1").geometry;
    CHECK(park.part_count() == 2);
    CHECK(park.polygon_count() == 1);
    CHECK_FALSE(geo::normalise_rings(park));
}

TEST_CASE("a point of interest that is an area stands inside of it, also of a hollow one") {
    // An L with thin arms: its centre of gravity lies outside.
    const ImportedOsm imported = import_opl("n1 x0 y0\nn2 x10 y0\nn3 x10 y1\nn4 x1 y1\nn5 x1 y10\nn6 x0 y10\n"
                                            "w1 Tamenity=school Nn1,n2,n3,n4,n5,n6,n1\n");
    const geo::Geometry &point = imported.feature("points_of_interest", "w1").geometry;
    REQUIRE(point.type == geo::GeometryType::point);
    CHECK(geo::contains(imported.feature("land_use", "w1").geometry, point.positions[0]));
}

TEST_CASE("a way ends where its nodes are not in the file and begins anew after them") {
    const ImportedOsm imported = import_opl(std::string(square) + "w1 Thighway=residential Nn1,n2,n77,n3,n4\n"
                                                                  "w2 Thighway=service Nn1,n78\n"
                                                                  "w3 Tbuilding=yes Nn1,n2,n79,n1\n");
    const geo::Geometry &street = imported.feature("roads", "w1").geometry;
    CHECK(street.type == geo::GeometryType::multi_line_string);
    CHECK(street.part_ends == std::vector<std::uint32_t>{2, 4});
    CHECK(imported.size() == 1);
    CHECK(imported.report.missing_nodes == 3);
    CHECK(imported.report.cut_lines == 1);
    CHECK(imported.report.invalid_areas == 1);
    REQUIRE(imported.report.refusals.size() == 2);
    CHECK(imported.report.refusals[0] == OsmRefusal{"w2", "no two neighbouring nodes of it are in the file"});
    CHECK(imported.report.refusals[1] == OsmRefusal{"w3", "node n79 of w3 is not in the file"});
}

TEST_CASE("the report tells a person what was read and what was refused") {
    const ImportedOsm imported = import_opl(std::string(square) + "w1 Thighway=residential Nn1,n2\nw3 Tbuilding=yes Nn1,n2,n79,n1\n");
    const std::string text = describe(imported.report);
    CHECK_THAT(text, Catch::Contains("read: 5 nodes, 2 ways, 0 relations") && Catch::Contains("roads: 1 features") &&
                         Catch::Contains("objects refused: 1\nrefused w3: node n79 of w3 is not in the file"));
    CHECK_THAT(text, !Catch::Contains("deleted"));
}

TEST_CASE("an area that crosses itself is refused with the place") {
    const ImportedOsm imported = import_opl(std::string(square) + "w1 Tbuilding=yes Nn1,n3,n2,n4,n1\n");
    CHECK(imported.size() == 0);
    CHECK(imported.report.invalid_areas == 1);
    REQUIRE(imported.report.refused == 1);
    CHECK(imported.report.refusals[0] == OsmRefusal{"w1", "its boundary w1 crosses itself at 1.5000000 1.5000000"});
}

TEST_CASE("a relation whose ways are not all in the file is refused and counted") {
    const ImportedOsm imported = import_opl(std::string(square) + "w1 Nn1,n2,n3\nr1 Ttype=multipolygon,natural=wood Mw1@outer,w99@outer\n"
                                                                  "r2 Ttype=multipolygon,natural=wood Mn1@label\n"
                                                                  "r3 Ttype=route,route=bus Mw1@\n");
    CHECK(imported.size() == 0);
    CHECK(imported.report.incomplete_relations == 1);
    CHECK(imported.report.refusals == std::vector<OsmRefusal>{{"r1", "not all of its ways are in the file"}});
}

TEST_CASE("ways without nodes, with one node, and with one place are no features and do no harm") {
    const ImportedOsm imported = import_opl(std::string(square) + "n6 x1 y1\nw1 Thighway=residential N\nw2 Tbuilding=yes N\n"
                                                                  "w3 Thighway=residential Nn1\nw4 Thighway=residential Nn1,n6\n"
                                                                  "w5 Tbuilding=yes Nn1,n6,n1,n6,n1\nw6 Tnatural=water Nn1,n2,n1\n");
    CHECK(imported.size() == 0);
    CHECK(imported.report.ways == 6);
    CHECK(imported.report.refused == 4);
}

TEST_CASE("objects in any order give the same features") {
    const std::string nodes(square);
    const std::string ways = "w1 Thighway=residential Nn1,n2,n5\nw2 T Nn1,n2,n3\nw3 T Nn3,n4,n1\n";
    const std::string relations = "r1 Ttype=multipolygon,landuse=forest Mw2@outer,w3@outer\n";
    const ImportedOsm ordered = import_opl(nodes + ways + relations);
    const ImportedOsm backwards = import_opl(relations + "w3 T Nn3,n4,n1\nw2 T Nn1,n2,n3\nw1 Thighway=residential Nn1,n2,n5\n"
                                                         "n5 x3 y1.5\nn4 x1 y2\nn3 x2 y2\nn2 x2 y1\nn1 x1 y1\n");
    CHECK(backwards.layers == ordered.layers);
    CHECK_FALSE(ordered.report.unordered);
    CHECK(backwards.report.unordered);
}

TEST_CASE("of objects with the same id the first counts") {
    const ImportedOsm imported = import_opl(std::string(square) + "n6 Tamenity=cafe x1 y1\nn6 Tamenity=bar x2 y2\nn2 x50 y50\n"
                                                                  "w1 Thighway=residential Nn1,n2\nw1 Thighway=primary Nn1,n3\n"
                                                                  "w2 Nn1,n2,n3\nw3 Nn3,n4,n1\nw3 Nn3,n4,n1\nw2 Nn1,n2,n3\n"
                                                                  "r1 Ttype=multipolygon,landuse=forest Mw2@outer,w3@outer,w2@outer\n"
                                                                  "r1 Ttype=multipolygon,landuse=meadow Mw2@outer,w3@outer\n");
    CHECK(imported.size() == 3);
    CHECK(*imported.feature("points_of_interest", "n6").properties.find("kind") == geo::Value(std::string("cafe")));
    CHECK(imported.feature("roads", "w1").geometry == geo::Geometry::line_string({{1, 1}, {2, 1}}));
    CHECK(*imported.feature("land_use", "r1").properties.find("kind") == geo::Value(std::string("forest")));
    CHECK(imported.report.duplicate_objects == 6);
}

TEST_CASE("deleted objects and nodes without a position on Earth are left out") {
    const ImportedOsm imported = import_opl("n1 dD Tamenity=cafe x1 y1\nn2 Tamenity=cafe x200 y1\nn3 Tamenity=cafe x1 y-91\n"
                                            "n4 Tamenity=cafe\nn5 Tamenity=cafe x180 y-85\nn6 Tamenity=cafe x180 y-90\n"
                                            "w1 dD Thighway=primary Nn1,n5\n");
    CHECK(imported.size() == 1);
    REQUIRE(imported.report.refusals.size() == 1);
    CHECK(imported.report.refusals[0].object == "n6");
    CHECK_THAT(imported.report.refusals[0].reason, Catch::Contains("where the map ends"));
    CHECK(imported.has("points_of_interest", "n5"));
    CHECK(imported.report.deleted_objects == 2);
    CHECK(imported.report.nodes_off_earth == 3);
}

TEST_CASE("ids below zero and at the ends of 64 bits are ids like others") {
    const ImportedOsm imported = import_opl("n-1 x1 y1\nn-9223372036854775807 x2 y1\nn9223372036854775806 x2 y2\nn0 x3 y3\n"
                                            "w-5 Thighway=residential Nn-1,n-9223372036854775807,n9223372036854775806,n0\n");
    CHECK(imported.feature("roads", "w-5").geometry == geo::Geometry::line_string({{1, 1}, {2, 1}, {2, 2}, {3, 3}}));
}

TEST_CASE("text that is not UTF-8 is mended and counted") {
    const ImportedOsm imported = import_opl("n1 Tamenity=cafe,name=a\xFF"
                                            "b x1 y1\nn2 Tshop=\xFE x1 y1\n");
    CHECK(*imported.feature("points_of_interest", "n1").properties.find("name") == geo::Value(std::string("a\xEF\xBF\xBD"
                                                                                                          "b")));
    CHECK(*imported.feature("points_of_interest", "n2").properties.find("kind") == geo::Value(std::string("\xEF\xBF\xBD")));
    CHECK(imported.report.repaired_texts == 2);
}

TEST_CASE("a box keeps features that meet it, whole") {
    const std::string lines = "n1 x0 y0\nn2 x10 y0\nn3 x10 y10\nn4 x0 y10\nn5 x20 y5\nn6 Tamenity=cafe x5 y5\nn7 Tamenity=bar x8 y8\n"
                              "n8 Tamenity=pub x6 y4\n"
                              "w1 Tlanduse=forest Nn1,n2,n3,n4,n1\n" // encloses the box
                              "w2 Thighway=primary Nn1,n5\n"         // its box meets the box, no node inside
                              "w3 Thighway=service Nn2,n5\n"         // south-east of it
                              "w4 Nn1,n2,n3\nw5 Nn3,n4,n1\n"
                              "r1 Ttype=multipolygon,leisure=park Mw4@outer,w5@outer\n"
                              "r2 Ttype=multipolygon,leisure=park Mw3@outer\n";
    OsmOptions options;
    options.bbox = geo::LonLatBox{4, 4, 6, 6};
    const ImportedOsm boxed = import_opl(lines, options);
    const ImportedOsm all = import_opl(lines);
    CHECK(boxed.has("land_use", "w1"));
    CHECK(boxed.has("roads", "w2"));
    CHECK(boxed.has("parks", "r1"));
    CHECK(boxed.has("points_of_interest", "n6"));
    CHECK(boxed.has("points_of_interest", "n8")); // on the edge
    CHECK(boxed.size() == 5);
    for (const auto &[layer, features] : boxed.layers) {
        for (const auto &[id, feature] : features) {
            CHECK(feature == all.feature(layer, id));
        }
    }
    CHECK(boxed.report.missing_nodes == 0);
    options.bbox = geo::LonLatBox{};
    CHECK_THROWS_AS(import_opl(lines, options), geo::Error);
}

TEST_CASE("what the sink throws ends the import and arrives as it was thrown") {
    const test::TemporaryFolder folder;
    const auto path = folder.write("a.opl", "n1 Tamenity=cafe x1 y1\n");
    CHECK_THROWS_AS(static_cast<void>(read_osm_file(path, {}, [](std::string_view, geo::Feature &&) { throw std::out_of_range("full"); })),
                    std::out_of_range);
}

TEST_CASE("progress grows and ends at its total") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/jp/tokyo-waseda-2020.osm");
    std::uint64_t last = 0;
    std::uint64_t total = 0;
    static_cast<void>(read_osm_file(
        path, {}, [](std::string_view, geo::Feature &&) {},
        [&](std::uint64_t done, std::uint64_t total_or_0, std::string_view unit) {
            CHECK(done >= last);
            CHECK(unit == "bytes");
            last = done;
            total = total_or_0;
        }));
    CHECK(total == 2 * std::filesystem::file_size(path));
    CHECK(last == total);
}

TEST_CASE("a file that is none is refused with a sentence that names it") {
    const test::TemporaryFolder folder;
    CHECK_THAT(error_of(folder / "absent.osm"), Catch::Contains("absent.osm") && Catch::Contains("No such file"));
    CHECK_THAT(error_of(folder.path()), Catch::Contains("is a folder"));
    CHECK_THAT(error_of(folder.write("empty.osm.pbf", "")), Catch::Contains("empty.osm.pbf: is empty"));
    CHECK_THAT(error_of(folder.write("a.osm", "{\"type\": \"FeatureCollection\"}")), Catch::Contains("is not an OpenStreetMap file"));
    CHECK_THAT(error_of(folder.write("a.kml", "<?xml version='1.0'?><kml></kml>")), Catch::Contains("does not begin with the element <osm>"));
    CHECK_THAT(error_of(folder.write("a.osc", "<?xml version='1.0'?><osmChange version='0.6'></osmChange>")), Catch::Contains("change file"));
    CHECK_THAT(error_of(folder.write("a.o5m", std::string_view("\xFF\xE0\x04o5m2\xFE", 8))), Catch::Contains("is in the format o5m"));
    CHECK_THAT(error_of(folder.write("a.osm.gz", "\x1F\x8Bnothing")), Catch::Contains("damaged"));
    CHECK_THAT(error_of(folder.write("a.osm.bz2", "BZhnothing")), Catch::Contains("damaged"));
    CHECK_THAT(error_of(folder.write("b.osm", "<osm version='0.6'><node id='1' lat='1' lon='999999999'/></osm>")), Catch::Contains("damaged"));
}
