// Multipolygons whose tags are on their outer ways.
#include "tests/importers/osm_support.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::importers;
using keyaki::test::import_opl;
using keyaki::test::ImportedOsm;

namespace {

// An outer ring of two by two with a ring of one by one inside.
constexpr std::string_view rings = "n1 x1 y1\nn2 x3 y1\nn3 x3 y3\nn4 x1 y3\nn5 x1.5 y1.5\nn6 x2.5 y1.5\nn7 x2.5 y2.5\nn8 x1.5 y2.5\n";
constexpr std::string_view inner = "w2 Nn5,n6,n7,n8,n5\n";
constexpr std::string_view relation = "r1 Ttype=multipolygon,source=survey Mw1@outer,w2@inner\n";

ImportedOsm import_lines(std::initializer_list<std::string_view> lines) {
    std::string text(rings);
    for (const std::string_view line : lines) {
        text += line;
    }
    return import_opl(text);
}

std::size_t ring_count(const ImportedOsm &imported, const std::string &layer, const std::string &id) {
    return imported.feature(layer, id).geometry.part_count();
}

} // namespace

TEST_CASE("an area of the old style comes once, with its hole and the tags of its outer way") {
    const ImportedOsm imported = import_lines({"w1 Tlanduse=forest,name=Wald Nn1,n2,n3,n4,n1\n", inner, relation});
    CHECK(imported.size() == 1);
    CHECK(ring_count(imported, "land_use", "r1") == 2);
    CHECK(*imported.feature("land_use", "r1").properties.find("name") == geo::Value(std::string("Wald")));
    CHECK(imported.report.refused == 0);
}

TEST_CASE("an inner way that is something else stays an area of its own, one of the same tags does not") {
    const ImportedOsm pond = import_lines({"w1 Tlanduse=forest Nn1,n2,n3,n4,n1\n", "w2 Tnatural=water Nn5,n6,n7,n8,n5\n", relation});
    CHECK(pond.size() == 2);
    CHECK(ring_count(pond, "water", "w2") == 1);
    const ImportedOsm same = import_lines({"w1 Tlanduse=forest Nn1,n2,n3,n4,n1\n", "w2 Tlanduse=forest Nn5,n6,n7,n8,n5\n", relation});
    CHECK(same.size() == 1);
    CHECK(ring_count(same, "land_use", "r1") == 2);
}

TEST_CASE("outer ways of one ring give their common tags, those that differ stay what they are alone") {
    const ImportedOsm halves = import_lines({"w1 Tlanduse=forest Nn1,n2,n3\n", "w3 Tlanduse=forest,source=gps Nn3,n4,n1\n", inner,
                                             "r1 Ttype=multipolygon Mw1@outer,w3@outer,w2@inner\n"});
    CHECK(halves.size() == 1);
    CHECK(ring_count(halves, "land_use", "r1") == 2);
    const ImportedOsm differing =
        import_lines({"w1 Tlanduse=forest Nn1,n2,n3,n4,n1\n", "w2 Tlanduse=meadow Nn5,n6,n7,n8,n5\n", "r1 Ttype=multipolygon Mw1@outer,w2@outer\n"});
    CHECK(differing.size() == 2);
    CHECK(differing.has("land_use", "w1"));
    CHECK(differing.has("land_use", "w2"));
}

TEST_CASE("where the ring or a way of it is not there, the closed ways are taken alone and the report says so") {
    const ImportedOsm missing = import_lines({"w1 Tlanduse=forest Nn1,n2,n3,n4,n1\n", relation});
    CHECK(missing.size() == 1);
    CHECK(ring_count(missing, "land_use", "w1") == 1);
    REQUIRE(missing.report.refusals.size() == 1);
    CHECK(missing.report.refusals[0] == OsmRefusal{"r1", "not all of its ways are in the file; its closed ways were taken alone"});
    const ImportedOsm open = import_lines({"w1 Tlanduse=forest Nn1,n2,n3,n4,n1\n", "w2 Nn5,n6,n7\n", relation});
    CHECK(open.has("land_use", "w1"));
    REQUIRE(open.report.refusals.size() == 1);
    CHECK_THAT(open.report.refusals[0].reason, Catch::Contains("its ring is open") && Catch::Contains("taken alone"));
}

TEST_CASE("an old relation of nothing mapped says nothing, and tags on the relation count alone") {
    const ImportedOsm nothing = import_lines({"w1 Nn1,n2,n3,n4,n1\n", relation});
    CHECK(nothing.size() == 0);
    CHECK(nothing.report.refused == 0);
    const ImportedOsm present =
        import_lines({"w1 Tlanduse=meadow Nn1,n2,n3,n4,n1\n", inner, "r1 Ttype=multipolygon,landuse=forest Mw1@outer,w2@inner\n"});
    CHECK(present.size() == 2);
    CHECK(ring_count(present, "land_use", "r1") == 2);
    CHECK(ring_count(present, "land_use", "w1") == 1);
}
