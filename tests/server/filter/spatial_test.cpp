#include "tests/server/filter/filter_support.hpp"

#include "server/filter/selection.hpp"
#include "server/filter/text_parser.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <random>

using namespace keyaki;
using namespace keyaki::server::filter;
using keyaki::test::selected;

namespace {

geo::Feature shaped(std::string id, geo::Geometry geometry) { return {std::move(id), std::move(geometry), {}}; }

geo::Geometry square(double west, double south, double east, double north) {
    return geo::Geometry::polygon({{{west, south}, {east, south}, {east, north}, {west, north}, {west, south}}});
}

/// On a grid of degrees: a point, a line, squares that touch, overlap, lie within and hold the square 0 0, 2 2.
std::shared_ptr<const tiles::LayerSnapshot> squares() {
    return test::layer_of({shaped("apart", square(5, 5, 6, 6)), shaped("beside", square(2, 0, 3, 2)), shaped("corner", square(1, 1, 3, 3)),
                           shaped("equal", square(0, 0, 2, 2)), shaped("inside", square(0.5, 0.5, 1, 1)), shaped("over", square(-1, -1, 4, 4)),
                           shaped("line", geo::Geometry::line_string({{-1, 1}, {3, 1}})), shaped("rim", geo::Geometry::point({0, 1})),
                           shaped("spot", geo::Geometry::point({1, 1.5})), shaped("within", geo::Geometry::line_string({{0.5, 1.5}, {1.5, 1.5}}))});
}

} // namespace

TEST_CASE("each spatial function selects as Simple Features define it") {
    const auto layer = squares();
    const std::string square = "POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))";
    const auto by = [&](const char *function) { return selected(*layer, fmt::format("{}(geometry, {})", function, square)); };
    CHECK(by("S_INTERSECTS") == "beside corner equal inside line over rim spot within");
    CHECK(by("S_DISJOINT") == "apart");
    CHECK(by("S_EQUALS") == "equal");
    CHECK(by("S_TOUCHES") == "beside rim");
    CHECK(by("S_WITHIN") == "equal inside spot within");
    CHECK(by("S_CONTAINS") == "equal over");
    CHECK(by("S_OVERLAPS") == "corner");
    CHECK(by("S_CROSSES") == "line");
}

TEST_CASE("a spatial function with the literal first is the mirrored one") {
    const auto layer = squares();
    const std::string square = "POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))";
    CHECK(selected(*layer, fmt::format("S_WITHIN({}, geometry)", square)) == "equal over");
    CHECK(selected(*layer, fmt::format("S_CONTAINS({}, geometry)", square)) == "equal inside spot within");
    CHECK(selected(*layer, "S_EQUALS(geometry, geometry)") == "apart beside corner equal inside line over rim spot within");
    CHECK(selected(*layer, "S_TOUCHES(geometry, geometry)").empty());
    CHECK(selected(*layer, "S_INTERSECTS(POINT(1 1), BBOX(0, 0, 2, 2)) AND S_INTERSECTS(geometry, POINT(5.5 5.5))") == "apart");
    CHECK(selected(*layer, "S_DISJOINT(POINT(1 1), BBOX(0, 0, 2, 2))").empty());
}

TEST_CASE("all of WKT's geometries and boxes may stand in a spatial function") {
    const auto layer = squares();
    CHECK(selected(*layer, "S_INTERSECTS(geometry, POINT(5.5 5.5))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, POINT Z (5.5 5.5 100))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, POINT(5.5 5.5 100))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, BBOX(5, 5, 6, 6))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, BBOX(5, 5, 0, 6, 6, 100))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, LINESTRING(5 5.5, 7 5.5))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, MULTIPOINT((5.5 5.5), (100 0)))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, MULTIPOINT(5.5 5.5, 100 0))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, MULTILINESTRING((5 5.5, 7 5.5), (100 0, 101 0)))") == "apart");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, MULTIPOLYGON(((5 5, 6 5, 6 6, 5 5)), ((100 0, 101 0, 101 1, 100 0))))") == "apart");
    CHECK(selected(*layer,
                   "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(5.5 5.5), LINESTRING(0 0.5, 0 1.5), POLYGON((100 0, 101 0, 101 1, 100 0))))") ==
          "apart equal line over rim");
    CHECK(selected(*layer, "S_DISJOINT(geometry, GEOMETRYCOLLECTION(POINT(5.5 5.5), LINESTRING(0 0.5, 0 1.5)))") ==
          "beside corner inside spot within");
    CHECK(selected(*layer, "S_WITHIN(geometry, GEOMETRYCOLLECTION(POLYGON((5 5, 6 5, 6 6, 5 6, 5 5)), POLYGON((100 0, 101 0, 101 1, 100 0))))") ==
          "apart");
    CHECK(selected(*layer,
                   "s_intersects(geometry, polygon((4.5 4.5, 6.5 4.5, 6.5 6.5, 4.5 6.5, 4.5 4.5), (4.9 4.9, 6.1 4.9, 6.1 6.1, 4.9 6.1, 4.9 4.9)))")
              .empty());
}

TEST_CASE("a box that crosses the antimeridian selects on both sides of it") {
    const auto layer = test::layer_of({test::place("east", {179.5, 0}), test::place("west", {-179.5, 0}), test::place("far", {0, 0})});
    CHECK(selected(*layer, "S_INTERSECTS(geometry, BBOX(179, -1, -179, 1))") == "east west");
    CHECK(selected(*layer, "S_WITHIN(geometry, BBOX(179, -1, -179, 1))") == "east west");
    CHECK(selected(*layer, "S_DISJOINT(geometry, BBOX(179, -1, -179, 1))") == "far");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, BBOX(-179, -1, 179, 1))") == "far");
}

TEST_CASE("a box without width or height is a line or a point") {
    const auto layer = squares();
    CHECK(selected(*layer, "S_INTERSECTS(geometry, BBOX(0, 1, 0, 1))") == "equal line over rim");
    CHECK(selected(*layer, "S_INTERSECTS(geometry, BBOX(5.5, 0, 5.5, 9))") == "apart");
}

TEST_CASE("the cells of a literal decide as GEOS does for each feature") {
    std::mt19937_64 random(7);
    const auto degree = [&](double from, double to) { return from + (to - from) * static_cast<double>(random() % 1'000'001) / 1e6; };
    std::vector<geo::Feature> features;
    for (int number = 0; number < 600; ++number) {
        const geo::LonLat at{degree(138.9, 140.1), degree(34.9, 36.1)};
        const double size = random() % 20 == 0 ? 0.3 : 0.003;
        const std::string id = fmt::format("{:05}", number);
        switch (random() % 3) {
        case 0: features.push_back(test::place(id, at)); break;
        case 1: features.push_back(shaped(id, geo::Geometry::line_string({at, {at.lon_deg + size, at.lat_deg - size}}))); break;
        default: features.push_back(shaped(id, square(at.lon_deg, at.lat_deg, at.lon_deg + size, at.lat_deg + size))); break;
        }
    }
    const auto layer = test::layer_of(features);
    const char *literals[] = {"POLYGON((139 35, 140 35.2, 139.7 36, 139.5 35.5, 139.1 35.9, 139 35))",
                              "POLYGON((139 35, 140 35, 140 36, 139 36, 139 35), (139.3 35.3, 139.6 35.3, 139.6 35.6, 139.3 35.6, 139.3 35.3))",
                              "BBOX(139.2, 35.2, 139.8, 35.8)", "LINESTRING(139 35, 140 36)"};
    for (const char *literal : literals) {
        for (const char *function : {"S_INTERSECTS", "S_DISJOINT", "S_WITHIN", "S_CONTAINS", "S_TOUCHES", "S_OVERLAPS", "S_CROSSES"}) {
            const std::string filter = fmt::format("{}(geometry, {})", function, literal);
            const BoundFilter bound = bind(parse_text(filter), queryables_of(*layer), crs84());
            const geo::PreparedGeometry judge(bound.root.geometry->members.front());
            std::string expected;
            layer->for_each([&](const tiles::FeatureRef &feature) {
                if (judge.holds(bound.root.relation, feature.geometry())) {
                    expected += (expected.empty() ? "" : " ") + std::string(feature.id());
                }
            });
            INFO(filter);
            CHECK(selected(*layer, filter) == expected);
        }
    }
}

TEST_CASE("the boxes of what must hold bound the search") {
    const auto layer = squares();
    const auto hint = [&](const char *filter) { return index_hint(bind(parse_text(filter), queryables_of(*layer), crs84()).root); };
    CHECK(hint("S_INTERSECTS(geometry, BBOX(0, 0, 2, 2))") == std::vector<geo::LonLatBox>{{0, 0, 2, 2}});
    CHECK(hint("id = 'a' AND S_WITHIN(geometry, BBOX(0, 0, 9, 9)) AND S_WITHIN(geometry, BBOX(0, 0, 2, 2))") ==
          std::vector<geo::LonLatBox>{{0, 0, 2, 2}});
    CHECK(hint("S_EQUALS(geometry, POINT(1 1)) OR S_TOUCHES(geometry, POINT(2 2))") == std::vector<geo::LonLatBox>{{1, 1, 1, 1}, {2, 2, 2, 2}});
    CHECK_FALSE(hint("id = 'a' OR S_INTERSECTS(geometry, BBOX(0, 0, 2, 2))").has_value());
    CHECK_FALSE(hint("NOT S_INTERSECTS(geometry, BBOX(0, 0, 2, 2))").has_value());
    CHECK_FALSE(hint("S_DISJOINT(geometry, BBOX(0, 0, 2, 2))").has_value());
    CHECK(hint("S_INTERSECTS(geometry, BBOX(179, 0, -179, 2))")->size() == 2);
}
