#include "tiles/shape_simplifier.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <utility>
#include <vector>

using namespace keyaki;
using namespace keyaki::tiles;

namespace {

constexpr std::uint32_t origin = 0x80000000;

/// A wiggly border of many vertices from west to east, numbered from `first`.
std::vector<geo::GridVertex> border(std::uint32_t first, std::mt19937 &random) {
    std::vector<geo::GridVertex> line;
    for (std::uint32_t step = 0; step <= 400; ++step) {
        line.push_back({{origin + step * 4000, origin + static_cast<std::uint32_t>(random() % 6000)}, first + step});
    }
    return line;
}

/// The part of the border between two of its vertices, closed by two corners north (negative) or south of it.
geo::GridShape area(const std::vector<geo::GridVertex> &border, std::size_t from, std::size_t to, std::int64_t south, bool is_turned,
                    std::uint32_t corner_number) {
    geo::GridShape shape{geo::GeometryType::polygon, {}, {}, {}};
    shape.vertices.assign(border.begin() + static_cast<std::ptrdiff_t>(from), border.begin() + static_cast<std::ptrdiff_t>(to) + 1);
    const auto corner = [&](std::size_t at, std::uint32_t number) {
        return geo::GridVertex{{border[at].point.x, static_cast<std::uint32_t>(border[at].point.y + south)}, number};
    };
    shape.vertices.push_back(corner(to, corner_number));
    shape.vertices.push_back(corner(from, corner_number + 1));
    if (is_turned) {
        std::reverse(shape.vertices.begin(), shape.vertices.end());
        std::rotate(shape.vertices.begin(), shape.vertices.begin() + 77, shape.vertices.end());
    }
    shape.end_path();
    shape.end_polygon();
    return shape;
}

/// Edges of a ring in units, each in one direction, without those that are not near the border.
std::set<std::pair<std::pair<int, int>, std::pair<int, int>>> border_edges(const UnitShape &shape, std::int32_t low, std::int32_t high) {
    std::set<std::pair<std::pair<int, int>, std::pair<int, int>>> edges;
    const auto ring = shape.paths.path(0);
    for (std::size_t index = 0; index < ring.size(); ++index) {
        const TilePoint a = ring[index];
        const TilePoint b = ring[(index + 1) % ring.size()];
        if (std::min(a.y, b.y) >= low && std::max(a.y, b.y) <= high) {
            edges.insert(std::minmax(std::pair{a.x, a.y}, std::pair{b.x, b.y}));
        }
    }
    return edges;
}

} // namespace

TEST_CASE("two areas and a line that share a border are simplified alike along it at every zoom") {
    std::mt19937 random(11);
    const std::vector<geo::GridVertex> shared = border(0, random);
    const geo::GridShape north = area(shared, 0, 400, -4'000'000, false, 1000);
    const geo::GridShape south = area(shared, 0, 400, 4'000'000, true, 1002);
    geo::GridShape line{geo::GeometryType::line_string, shared, {}, {}};
    line.end_path();
    VertexCorners corners(2000);
    corners.add(north, 5);
    corners.add(south, 6);
    corners.add(line, 5);
    ShapeSimplifier simplifier(corners, 14);
    for (std::uint8_t zoom = 6; zoom <= 14; ++zoom) {
        UnitShape drawn_north;
        UnitShape drawn_south;
        UnitShape drawn_line;
        simplifier.draw(north, zoom, drawn_north);
        simplifier.draw(south, zoom, drawn_south);
        simplifier.draw(line, zoom, drawn_line);
        const int shift = 20 - zoom;
        const auto low = static_cast<std::int32_t>(origin >> shift) - 1;
        const auto high = static_cast<std::int32_t>((origin + 6000) >> shift) + 1;
        const auto northern = border_edges(drawn_north, low, high);
        CHECK(northern == border_edges(drawn_south, low, high));
        CHECK(northern.size() == drawn_line.paths.points.size() - 1);
        CHECK((zoom == 14 || drawn_line.paths.points.size() < 400));
    }
}

TEST_CASE("areas side by side that share parts of a border keep the vertex at which they part") {
    std::mt19937 random(12);
    const std::vector<geo::GridVertex> shared = border(0, random);
    const geo::GridShape whole = area(shared, 0, 400, -4'000'000, false, 1000);
    const geo::GridShape west = area(shared, 0, 150, 4'000'000, true, 1002);
    const geo::GridShape east = area(shared, 150, 400, 4'000'000, true, 1004);
    VertexCorners corners(2000);
    for (const geo::GridShape *shape : {&whole, &west, &east}) {
        corners.add(*shape, 5);
    }
    CHECK(corners.corner_from(150) == 5);
    ShapeSimplifier simplifier(corners, 14);
    constexpr std::uint8_t zoom = 8;
    UnitShape drawn[3];
    simplifier.draw(whole, zoom, drawn[0]);
    simplifier.draw(west, zoom, drawn[1]);
    simplifier.draw(east, zoom, drawn[2]);
    const auto low = static_cast<std::int32_t>(origin >> (20 - zoom)) - 1;
    const auto high = low + 4;
    auto together = border_edges(drawn[1], low, high);
    together.merge(border_edges(drawn[2], low, high));
    CHECK(border_edges(drawn[0], low, high) == together);
}

TEST_CASE("a ring by itself is drawn alike wherever it begins and whichever way it runs") {
    std::mt19937 random(13);
    geo::GridShape shape{geo::GeometryType::polygon, {}, {}, {}};
    for (int step = 0; step < 300; ++step) {
        const double angle = step * 2 * 3.14159265 / 300;
        const double radius = 1e6 + static_cast<double>(random() % 100'000);
        shape.vertices.push_back(
            {{static_cast<std::uint32_t>(2e9 + radius * std::cos(angle)), static_cast<std::uint32_t>(2e9 + radius * std::sin(angle))}});
    }
    shape.end_path();
    shape.end_polygon();
    geo::GridShape turned = shape;
    std::reverse(turned.vertices.begin(), turned.vertices.end());
    std::rotate(turned.vertices.begin(), turned.vertices.begin() + 123, turned.vertices.end());
    const VertexCorners corners(1);
    ShapeSimplifier simplifier(corners, 14);
    UnitShape one;
    UnitShape other;
    const auto sorted = [](const UnitShape &drawn) {
        std::vector<std::pair<int, int>> points;
        for (const TilePoint point : drawn.paths.points) {
            points.emplace_back(point.x, point.y);
        }
        std::sort(points.begin(), points.end());
        return points;
    };
    simplifier.draw(shape, 7, one);
    simplifier.draw(turned, 7, other);
    CHECK(one.paths.points.size() > 10);
    CHECK(one.paths.points.size() < 200);
    CHECK(sorted(one) == sorted(other));
}

TEST_CASE("what is nothing at a zoom is left out, a hole with its exterior") {
    geo::GridShape shape{geo::GeometryType::polygon, {}, {}, {}};
    for (const std::uint32_t side : {3000U, 1000U}) {
        for (const auto &[x, y] : std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 0}, {side, 0}, {side, side}, {0, side}}) {
            shape.vertices.push_back({{origin + x, origin + y}});
        }
        shape.end_path();
    }
    shape.end_polygon();
    const VertexCorners corners(1);
    ShapeSimplifier simplifier(corners, 14);
    UnitShape drawn;
    simplifier.draw(shape, 14, drawn);
    CHECK(drawn.paths.size() == 2);
    CHECK(drawn.polygon_ends == std::vector<std::uint32_t>{2});
    simplifier.draw(shape, 3, drawn);
    CHECK(drawn.empty());
    CHECK(drawn.polygon_ends.empty());
}
