#include "geo/predicates.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

const Geometry ring_road = Geometry::polygon({{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{2, 2}, {2, 8}, {8, 8}, {8, 2}, {2, 2}}});

} // namespace

TEST_CASE("a box in the hole of a polygon does not meet it, one on its edge does") {
    CHECK_FALSE(intersects(ring_road, LonLatBox{4, 4, 6, 6}));
    CHECK(intersects(ring_road, LonLatBox{4, 4, 8, 6}));
    CHECK(intersects(ring_road, LonLatBox{0.5, 0.5, 1, 1}));
    CHECK(intersects(ring_road, LonLatBox{10, 10, 11, 11}));
    CHECK_FALSE(intersects(ring_road, LonLatBox{10.1, 10, 11, 11}));
    CHECK_FALSE(intersects(ring_road, LonLatBox{}));
}

TEST_CASE("a line that crosses a box without a position inside meets it, one around its corner does not") {
    CHECK(intersects(Geometry::line_string({{-1, -1}, {11, 11}}), LonLatBox{4, 4, 6, 6}));
    CHECK_FALSE(intersects(Geometry::line_string({{0, 10}, {4, 6.1}, {9, 10}}), LonLatBox{0, 0, 6, 6}));
}

TEST_CASE("a box that has shrunk to a line or a point still meets what it touches") {
    CHECK(intersects(ring_road, LonLatBox{1, -5, 1, 20}));
    CHECK(intersects(ring_road, LonLatBox{1, 1, 1, 1}));
    CHECK_FALSE(intersects(ring_road, LonLatBox{5, 5, 5, 5}));
    CHECK(intersects(Geometry::point({5, 5}), LonLatBox{5, 5, 5, 5}));
}

TEST_CASE("a polygon contains its inside and its boundary, not its hole") {
    CHECK(contains(ring_road, {1, 1}));
    CHECK(contains(ring_road, {0, 5}));
    CHECK(contains(ring_road, {2, 5}));
    CHECK_FALSE(contains(ring_road, {5, 5}));
    CHECK_FALSE(contains(ring_road, {11, 5}));
}

TEST_CASE("a geometry contains another only where all of it is inside") {
    CHECK(contains(ring_road, Geometry::line_string({{1, 1}, {1, 9}, {9, 9}})));
    CHECK_FALSE(contains(ring_road, Geometry::line_string({{1, 5}, {9, 5}})));
    CHECK(contains(ring_road, ring_road));
}

TEST_CASE("two geometries meet or do not") {
    CHECK(intersects(ring_road, Geometry::line_string({{1, 5}, {5, 5}})));
    CHECK_FALSE(intersects(ring_road, Geometry::line_string({{4, 5}, {5, 5}})));
    Geometry points{GeometryType::multi_point, {{5, 5}, {1, 1}}, {}, {}};
    CHECK(intersects(ring_road, points));
}

TEST_CASE("what lies wholly elsewhere neither meets nor is contained, whatever its kind") {
    const Geometry lines{GeometryType::multi_line_string, {{20, 20}, {21, 21}, {30, 20}, {31, 21}}, {2, 4}, {}};
    const Geometry points{GeometryType::multi_point, {{20, 20}, {-20, -20}}, {}, {}};
    CHECK_FALSE(intersects(ring_road, lines));
    CHECK_FALSE(contains(ring_road, lines));
    CHECK_FALSE(intersects(points, LonLatBox{0, 0, 10, 10}));  // its bounds hold the box, none of its points is in it
    CHECK_FALSE(intersects(lines, LonLatBox{24, 20, 26, 21})); // between the two lines
    CHECK(intersects(lines, LonLatBox{30.2, 20.4, 30.6, 20.6}));
}

TEST_CASE("the position for a label lies on its geometry") {
    CHECK(contains(ring_road, point_on_surface(ring_road)));
    const Geometry bend = Geometry::line_string({{0, 0}, {5, 5}, {10, 0}});
    CHECK(contains(bend, point_on_surface(bend)));
    CHECK(point_on_surface(Geometry::point({3, 4})) == LonLat{3, 4});
}

} // namespace keyaki::geo
