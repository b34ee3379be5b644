#include "importers/shortbread_file.hpp"

#include "geo/error.hpp"
#include "tests/importers/shortbread_support.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>

using namespace keyaki;
using namespace keyaki::importers;
using keyaki::test::read_shortbread_opl;
using keyaki::test::ReadShortbread;

namespace {

// A square of four nodes, and one more east of it.
//   4---3
//   |   |    5
//   1---2
const std::string square = "n1 x1 y1\nn2 x2 y1\nn3 x2 y2\nn4 x1 y2\nn5 x3 y1.5\n";

} // namespace

TEST_CASE("OPL in, Shortbread out: nodes, lines, areas with their labels, relations") {
    ReadShortbread read;
    read_shortbread_opl(square + "n6 Tamenity=cafe,name=喫茶 x1.5 y1.5\n"
                                 "w1 Thighway=primary,name=通り Nn1,n2,n5\n"
                                 "w2 T Nn1,n2,n3\nw3 T Nn3,n4,n1\n"
                                 "r1 Ttype=multipolygon,natural=water,name=池 Mw2@outer,w3@outer\n",
                        read);
    CHECK(read.report.osm.nodes == 6);
    CHECK(read.report.osm.features.at("pois") == 1);
    CHECK(read.report.osm.features.at("land") == 0);
    REQUIRE(read.sink.layer("streets").size() == 1);
    const test::KeptFeature &street = read.sink.layer("streets")[0];
    CHECK(street.feature.zoom_from == 8);
    CHECK(street.shape.vertices.size() == 3);
    CHECK(street.attributes.at("kind") == "primary");
    CHECK(read.sink.layer("street_labels")[0].attributes.at("name") == "通り");
    REQUIRE(read.sink.layer("water_polygons").size() == 1);
    const geo::GridShape &water = read.sink.layer("water_polygons")[0].shape;
    CHECK(water.vertices.size() == 4);
    CHECK(water.polygon_ends == std::vector<std::uint32_t>{1});
    REQUIRE(read.sink.layer("water_polygons_labels").size() == 1);
    const geo::LonLat label = geo::to_lon_lat(read.sink.layer("water_polygons_labels")[0].shape.vertices[0].point);
    CHECK(label.lon_deg == Approx(1.5).margin(0.01));
    CHECK(label.lat_deg == Approx(1.5).margin(0.01));
}

TEST_CASE("what shares a node in the file shares the number of a vertex on the map") {
    ReadShortbread read;
    read_shortbread_opl(square + "w1 Thighway=primary Nn1,n2,n5\nw2 Tlanduse=forest Nn1,n2,n3,n4,n1\n", read);
    const geo::GridShape &street = read.sink.layer("streets")[0].shape;
    std::set<std::uint32_t> numbers;
    const geo::GridShape &forest = read.sink.layer("land")[0].shape;
    for (const geo::GridVertex &vertex : forest.vertices) {
        CHECK(vertex.number < read.sink.vertices());
        numbers.insert(vertex.number);
    }
    CHECK(numbers.contains(street.vertices[0].number));
    CHECK(numbers.contains(street.vertices[1].number));
    CHECK_FALSE(numbers.contains(street.vertices[2].number));
}

TEST_CASE("a boundary is a way with the lowest level of its relations, drawn once") {
    ReadShortbread read;
    read_shortbread_opl(square + "w1 T Nn1,n2\nw2 Tmaritime=yes Nn2,n3\nw3 T Nn3,n4,n1\n"
                                 "r1 Ttype=boundary,boundary=administrative,admin_level=4,name=都 Mw1@outer,w2@outer,w3@outer\n"
                                 "r2 Ttype=boundary,boundary=administrative,admin_level=2 Mw2@outer\n"
                                 "r3 Ttype=boundary,boundary=disputed Mw1@\n"
                                 "r4 Ttype=boundary,boundary=administrative,admin_level=8 Mw3@outer\n",
                        read);
    REQUIRE(read.sink.layer("boundaries").size() == 3);
    const auto of = [&](std::size_t index) {
        const test::KeptFeature &line = read.sink.layer("boundaries")[index];
        return line.attributes.at("admin_level") + " " + line.attributes.at("maritime") + " " + line.attributes.at("disputed") + " " +
               std::to_string(line.feature.zoom_from);
    };
    CHECK(of(0) == "4 false true 7");
    CHECK(of(1) == "2 true false 0");
    CHECK(of(2) == "4 false false 7");
    REQUIRE(read.sink.layer("boundary_labels").size() == 1);
    CHECK(read.sink.layer("boundary_labels")[0].attributes.at("name") == "都");
}

TEST_CASE("an old style multipolygon is drawn with the tags of its outer way, with its hole") {
    ReadShortbread read;
    read_shortbread_opl(square + "n11 x1.2 y1.2\nn12 x1.4 y1.2\nn13 x1.3 y1.4\n"
                                 "w1 Tnatural=water Nn1,n2,n3,n4,n1\nw2 T Nn11,n12,n13,n11\nr1 Ttype=multipolygon Mw1@outer,w2@inner\n",
                        read);
    REQUIRE(read.sink.layer("water_polygons").size() == 1);
    CHECK(read.sink.layer("water_polygons")[0].shape.path_count() == 2);
}

TEST_CASE("texts that are no UTF-8 are mended, those of an old style multipolygon's outer way too") {
    ReadShortbread read;
    read_shortbread_opl(square + "n11 x1.2 y1.2\nn12 x1.4 y1.2\nn13 x1.3 y1.4\n"
                                 "w1 Tnatural=water,name=caf\xe9 Nn1,n2,n3,n4,n1\nw2 T Nn11,n12,n13,n11\nr1 Ttype=multipolygon Mw1@outer,w2@inner\n",
                        read);
    REQUIRE(read.sink.layer("water_polygons_labels").size() == 1);
    CHECK(read.sink.layer("water_polygons_labels")[0].attributes.at("name") == "caf\uFFFD");
}

TEST_CASE("a way that ends with two nodes at one place ends with the number of the last, by which the next way goes on") {
    ReadShortbread read;
    read_shortbread_opl("n1 x0.5 y1.5\nn2 x1.5 y1.5\nn3 x1.5 y1.5\nn4 x2.5 y1.5\nw1 Thighway=primary,name=a Nn1,n2,n3\n"
                        "w2 Thighway=primary,name=b Nn3,n4\n",
                        read);
    const auto &streets = read.sink.layer("streets");
    REQUIRE(streets.size() == 2);
    const auto &first = streets[0].shape.vertices.front().point.x < streets[1].shape.vertices.front().point.x ? streets[0] : streets[1];
    const auto &second = &first == &streets[0] ? streets[1] : streets[0];
    CHECK(first.shape.vertices.size() == 2);
    CHECK(first.shape.vertices.back().number == second.shape.vertices.front().number);
}

TEST_CASE("a street with a node that the file lacks is drawn as far as it is known") {
    ReadShortbread read;
    read_shortbread_opl(square + "w1 Thighway=primary Nn1,n2,n99,n3,n4\nw2 Tbuilding=yes Nn1,n2,n98,n1\n", read);
    CHECK(read.sink.layer("streets")[0].shape.path_count() == 2);
    CHECK(read.report.osm.cut_lines == 1);
    CHECK(read.report.osm.missing_nodes == 2);
    CHECK(read.report.osm.invalid_areas == 1);
    CHECK(read.report.osm.refusals.at(0).reason == "node n98 of w2 is not in the file");
}

TEST_CASE("nodes where the map has ended are on no tile") {
    ReadShortbread read;
    read_shortbread_opl("n1 Tamenity=cafe x1 y86\nn2 Tamenity=cafe x1 y-86\nn3 Tamenity=cafe x1 y85\n", read);
    CHECK(read.sink.layer("pois").size() == 1);
    CHECK(read.report.osm.nodes_off_earth == 2);
}

TEST_CASE("an extract that does not say what it covers has no sea, whatever coasts it has") {
    ReadShortbread read;
    read_shortbread_opl(square + "w1 Tnatural=coastline Nn1,n2,n3,n4,n1\n", read);
    CHECK(read.sink.layer("ocean").empty());
    CHECK(read.report.without_ocean == "the extract has a coastline, but does not say which box it covers");
}

TEST_CASE("real extracts give the same features with any number of threads") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "osm/small/monaco-planetiler.osm.pbf");
    ReadShortbread alone;
    test::read_shortbread(path, alone);
    ReadShortbread three;
    test::read_shortbread(path, three, {.threads = 3, .ocean = {}});
    CHECK(alone.report.osm == three.report.osm);
    CHECK(alone.sink.lines() == three.sink.lines());
    CHECK(alone.report.osm.features.at("streets") > 1000);
    CHECK(alone.report.osm.features.at("buildings") > 1000);
    CHECK(alone.report.without_ocean == "");
    REQUIRE(alone.sink.layer("ocean").size() == 1);
    const auto is_sea = [&](double lon_deg, double lat_deg) {
        const geo::GridPoint point = geo::to_grid(geo::LonLat{lon_deg, lat_deg});
        const geo::GridShape &sea = alone.sink.layer("ocean")[0].shape;
        bool inside = false;
        for (std::size_t ring = 0; ring < sea.path_count(); ++ring) {
            inside = inside != test::is_inside(sea.path(ring), point);
        }
        return inside;
    };
    CHECK(is_sea(7.440, 43.730));         // off the coast
    CHECK(is_sea(7.4245, 43.7348));       // Port Hercule
    CHECK_FALSE(is_sea(7.4256, 43.7311)); // Monaco-Ville
    CHECK_FALSE(is_sea(7.412, 43.745));   // the mountains behind
}
