#include "geo/grid_shape.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <initializer_list>
#include <utility>

using namespace keyaki::geo;

namespace {

void add_ring(GridShape &shape, std::initializer_list<GridPoint> points) {
    for (const GridPoint point : points) {
        shape.vertices.push_back({{point.x * 1000, point.y * 1000}});
    }
    shape.end_path();
}

/// By the number of edges that a line to the west crosses.
bool is_inside(const GridShape &shape, GridPoint point) {
    bool inside = false;
    for (std::size_t path = 0; path < shape.path_count(); ++path) {
        const auto ring = shape.path(path);
        for (std::size_t index = 0; index < ring.size(); ++index) {
            const GridPoint a = ring[index].point;
            const GridPoint b = ring[(index + 1) % ring.size()].point;
            if ((a.y > point.y) != (b.y > point.y)) {
                const double share = (point.y - static_cast<double>(a.y)) / (static_cast<double>(b.y) - a.y);
                inside = inside != (a.x + share * (static_cast<double>(b.x) - a.x) < point.x);
            }
        }
    }
    return inside;
}

} // namespace

TEST_CASE("the area of a shape leaves out its holes, whichever way they are wound") {
    GridShape shape{GeometryType::polygon, {}, {}, {}};
    add_ring(shape, {{0, 0}, {10, 0}, {10, 10}, {0, 10}});
    add_ring(shape, {{2, 2}, {4, 2}, {4, 4}, {2, 4}});
    shape.end_polygon();
    CHECK(area_cells(shape) == Approx(96e6));
    GridShape line{GeometryType::line_string, {}, {}, {}};
    add_ring(line, {{0, 0}, {3, 4}, {3, 5}});
    CHECK(length_cells(line) == Approx(6000));
}

TEST_CASE("a label lies inside of its polygon: of a square in its middle, of a ring and a crescent beside it") {
    GridShape square{GeometryType::polygon, {}, {}, {}};
    add_ring(square, {{1, 1}, {3, 1}, {3, 3}, {1, 3}});
    square.end_polygon();
    CHECK(label_point(square) == GridPoint{2000, 2000});
    GridShape ring{GeometryType::polygon, {}, {}, {}};
    add_ring(ring, {{0, 0}, {9, 0}, {9, 9}, {0, 9}});
    add_ring(ring, {{1, 1}, {8, 1}, {8, 8}, {1, 8}});
    ring.end_polygon();
    CHECK(is_inside(ring, label_point(ring)));
    GridShape crescent{GeometryType::polygon, {}, {}, {}};
    add_ring(crescent, {{0, 0}, {10, 0}, {10, 10}, {9, 10}, {9, 1}, {1, 1}, {1, 10}, {0, 10}});
    crescent.end_polygon();
    CHECK(is_inside(crescent, label_point(crescent)));
}

TEST_CASE("of several polygons the largest has the label") {
    GridShape shape{GeometryType::polygon, {}, {}, {}};
    add_ring(shape, {{0, 0}, {1, 0}, {1, 1}, {0, 1}});
    shape.end_polygon();
    add_ring(shape, {{10, 10}, {20, 10}, {20, 20}, {10, 20}});
    shape.end_polygon();
    CHECK(label_point(shape) == GridPoint{15000, 15000});
}
