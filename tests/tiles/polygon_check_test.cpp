#include "tiles/polygon_check.hpp"

#include "tiles/limits.hpp"
#include "tiles/polygon_repair.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <random>

using namespace keyaki::tiles;

namespace {

TilePaths rings_of(const std::vector<std::vector<TilePoint>> &rings) {
    TilePaths paths;
    for (const auto &ring : rings) {
        paths.points.insert(paths.points.end(), ring.begin(), ring.end());
        paths.end_path();
    }
    return paths;
}

std::vector<TilePoint> cleaned(std::vector<TilePoint> ring) {
    clean_ring(ring);
    return ring;
}

const std::vector<TilePoint> square{{0, 0}, {10, 0}, {10, 10}, {0, 10}};

} // namespace

TEST_CASE("cleaning leaves a clean ring alone") { CHECK(cleaned(square) == square); }

TEST_CASE("cleaning takes doubled points, spikes and points on straight lines, also over the ring's end") {
    CHECK(cleaned({{0, 0}, {0, 0}, {5, 0}, {10, 0}, {10, 10}, {10, 10}, {0, 10}, {0, 0}}) == square);
    CHECK(cleaned({{0, 0}, {10, 0}, {10, 5}, {30, 5}, {10, 5}, {10, 10}, {0, 10}}) == square);
    CHECK(cleaned({{5, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}) == std::vector<TilePoint>{{10, 0}, {10, 10}, {0, 10}, {0, 0}});
    CHECK(cleaned({{0, 0}, {5, 5}, {10, 10}, {5, 5}}).empty());
    CHECK(cleaned({{1, 1}, {1, 1}, {1, 1}}).empty());
    CHECK(cleaned({}).empty());
}

TEST_CASE("edges that touch or cross are seen") {
    CHECK(edges_are_apart(rings_of({square})));
    CHECK_FALSE(edges_are_apart(rings_of({{{0, 0}, {10, 10}, {10, 0}, {0, 10}}})));                 // crosses itself
    CHECK_FALSE(edges_are_apart(rings_of({{{0, 0}, {10, 0}, {5, 5}, {10, 10}, {0, 10}, {5, 5}}}))); // touches itself at a point
    CHECK_FALSE(edges_are_apart(rings_of({square, {{2, 0}, {4, 5}, {2, 5}}})));                     // a hole touches
    CHECK(edges_are_apart(rings_of({square, {{2, 2}, {2, 5}, {4, 5}}})));
}

TEST_CASE("a ring that turns one way but twice around crosses itself; one that turns one way once does not") {
    std::vector<TilePoint> star;
    std::vector<TilePoint> pentagon;
    for (int corner = 0; corner < 5; ++corner) {
        const auto at = [](double angle) {
            return TilePoint{static_cast<std::int32_t>(std::lround(100 * std::cos(angle))),
                             static_cast<std::int32_t>(std::lround(100 * std::sin(angle)))};
        };
        star.push_back(at(4 * std::numbers::pi * corner / 5));
        pentagon.push_back(at(2 * std::numbers::pi * corner / 5));
    }
    for (int start = 0; start < 5; ++start) {
        for (int way = 0; way < 2; ++way) {
            CHECK_FALSE(edges_are_apart(rings_of({star})));
            CHECK(edges_are_apart(rings_of({pentagon})));
            std::reverse(star.begin(), star.end());
            std::reverse(pentagon.begin(), pentagon.end());
        }
        std::rotate(star.begin(), star.begin() + 1, star.end());
        std::rotate(pentagon.begin(), pentagon.begin() + 1, pentagon.end());
    }
    CHECK(edges_are_apart(rings_of({{{0, 0}, {0, 10}, {10, 10}, {10, 0}}}))); // upright edges first
    CHECK_FALSE(edges_are_apart(rings_of({{{0, 0}, {10, 0}, {10, 10}, {5, -5}, {0, 10}}})));
}

TEST_CASE("pairs, sweep and GEOS agree on random rings") {
    std::mt19937 random(3);
    std::size_t apart = 0;
    for (int round = 0; round < 4000; ++round) {
        const int corners = 3 + static_cast<int>(random() % 90);
        const double wildness = round % 4 == 0 ? 1.0 : 0.2;
        std::vector<TilePoint> ring;
        for (int corner = 0; corner < corners; ++corner) {
            const double angle = 6.283185307179586 * corner / corners;
            const double radius = 60 * (1 - wildness * static_cast<double>(random() % 1000) / 1000);
            ring.push_back(
                {static_cast<std::int32_t>(std::lround(radius * std::cos(angle))), static_cast<std::int32_t>(std::lround(radius * std::sin(angle)))});
        }
        clean_ring(ring);
        if (ring.empty()) {
            continue;
        }
        const TilePaths rings = rings_of({ring});
        // One ring: whatever touches itself is invalid, so the check is exact.
        REQUIRE(edges_are_apart(rings) == is_valid_polygon(rings));
        apart += edges_are_apart(rings) ? 1U : 0U;
    }
    CHECK(apart > 500);
    CHECK(apart < 3900);
}

TEST_CASE("inside and outside of a ring") {
    CHECK(is_inside({5, 5}, square));
    CHECK_FALSE(is_inside({15, 5}, square));
    CHECK_FALSE(is_inside({-1, 0}, square));
    const std::vector<TilePoint> horseshoe{{0, 0}, {30, 0}, {30, 30}, {20, 30}, {20, 10}, {10, 10}, {10, 30}, {0, 30}};
    CHECK_FALSE(is_inside({15, 20}, horseshoe));
    CHECK(is_inside({5, 20}, horseshoe));
}

TEST_CASE("repair parts a ring that hangs together along the clip edge") {
    // Two lobes joined by the edge x = 0, as Sutherland and Hodgman leave them.
    TilePolygons out;
    repair_polygon(rings_of({{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 20}, {10, 20}, {10, 30}, {0, 30}}}), out);
    CHECK(out.polygon_ends.size() == 2);
    std::int64_t area = 0;
    for (std::size_t ring = 0; ring < out.rings.size(); ++ring) {
        area += std::abs(doubled_area(std::as_const(out.rings).path(ring)));
    }
    CHECK(area == 2 * 200);
}

TEST_CASE("repair keeps a hole that touches its exterior at a point") {
    TilePolygons out;
    repair_polygon(rings_of({square, {{0, 0}, {2, 5}, {5, 2}}}), out);
    REQUIRE(out.polygon_ends == std::vector<std::uint32_t>{2});
    CHECK(out.rings.size() == 2);
}
