#include "tiles/polygon_union.hpp"

#include "tiles/edge_dissolver.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

using namespace keyaki::tiles;

namespace {

void add_ring(TilePolygons &polygons, const std::vector<TilePoint> &ring) {
    polygons.rings.points.insert(polygons.rings.points.end(), ring.begin(), ring.end());
    polygons.rings.end_path();
}

void add_box(TilePolygons &polygons, std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
    add_ring(polygons, {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}});
    polygons.polygon_ends.push_back(static_cast<std::uint32_t>(polygons.rings.size()));
}

std::size_t first_ring(const TilePolygons &polygons, std::size_t polygon) { return polygon == 0 ? 0 : polygons.polygon_ends[polygon - 1]; }

/// How many of the polygons are around the middle of a square of two units.
int covers(const TilePolygons &polygons, std::int32_t x, std::int32_t y) {
    int count = 0;
    for (std::size_t polygon = 0; polygon < polygons.polygon_ends.size(); ++polygon) {
        bool inside = false;
        for (std::size_t path = first_ring(polygons, polygon); path < polygons.polygon_ends[polygon]; ++path) {
            const auto ring = polygons.rings.path(path);
            for (std::size_t index = 0; index < ring.size(); ++index) {
                const TilePoint a = ring[index];
                const TilePoint b = ring[(index + 1) % ring.size()];
                if ((a.y > y) != (b.y > y) && cross(a, b, {x, y}) != 0) {
                    inside = inside != ((cross(a, b, {x, y}) > 0) == (b.y > a.y));
                }
            }
        }
        count += inside ? 1 : 0;
    }
    return count;
}

bool all_valid(const TilePolygons &polygons) {
    bool valid = true;
    for (std::size_t polygon = 0; polygon < polygons.polygon_ends.size(); ++polygon) {
        TilePaths rings;
        for (std::size_t path = first_ring(polygons, polygon); path < polygons.polygon_ends[polygon]; ++path) {
            const auto ring = polygons.rings.path(path);
            rings.points.insert(rings.points.end(), ring.begin(), ring.end());
            rings.end_path();
        }
        valid = valid && is_valid_polygon(rings);
    }
    return valid;
}

/// Whether the union covers what the polygons cover, each place once.
bool is_union(const TilePolygons &polygons, const TilePolygons &united, std::int32_t size) {
    for (std::int32_t x = 1; x < size; x += 2) {
        for (std::int32_t y = 1; y < size; y += 2) {
            if (covers(united, x, y) != std::min(covers(polygons, x, y), 1)) {
                return false;
            }
        }
    }
    return true;
}

bool dissolves(const TilePolygons &polygons, TilePolygons &united) {
    std::vector<std::uint32_t> all(polygons.polygon_ends.size());
    std::iota(all.begin(), all.end(), 0U);
    EdgeDissolver dissolver;
    return dissolver.dissolve(polygons, all, united);
}

} // namespace

TEST_CASE("a board of squares is dissolved by its shared edges alone, whichever of them are there") {
    std::mt19937 random(4);
    for (int round = 0; round < 60; ++round) {
        TilePolygons squares;
        const unsigned share = 2 + random() % 8; // of ten: from islands to holes
        for (std::int32_t x = 0; x < 8; ++x) {
            for (std::int32_t y = 0; y < 8; ++y) {
                if (random() % 10 < share) {
                    add_box(squares, x * 10, y * 10, 10, 10);
                }
            }
        }
        TilePolygons united;
        REQUIRE(dissolves(squares, united));
        CHECK(all_valid(united));
        CHECK(is_union(squares, united, 80));
        CHECK(united.polygon_ends.size() <= squares.polygon_ends.size());
    }
}

TEST_CASE("boxes that overlap, lie within one another, or touch in the middle of an edge are united as well") {
    std::mt19937 random(5);
    for (int round = 0; round < 60; ++round) {
        TilePolygons boxes;
        for (int count = 0; count < 12; ++count) {
            const auto side = [&] { return static_cast<std::int32_t>(2 + 2 * (random() % 12)); };
            add_box(boxes, static_cast<std::int32_t>(2 * (random() % 25)), static_cast<std::int32_t>(2 * (random() % 25)), side(), side());
        }
        TilePolygons united;
        unite_polygons(boxes, united);
        CHECK(all_valid(united));
        CHECK(is_union(boxes, united, 80));
    }
}

TEST_CASE("triangles that cross between whole units are united to valid polygons that lie beside each other") {
    std::mt19937 random(6);
    const auto tenfold = [](TilePolygons polygons) { // so that places are not on edges
        for (TilePoint &point : polygons.rings.points) {
            point = {point.x * 10, point.y * 10};
        }
        return polygons;
    };
    int different = 0;
    int places = 0;
    for (int round = 0; round < 200; ++round) {
        TilePolygons triangles;
        const std::int32_t size = round % 2 == 0 ? 12 : 60; // in the small ones rounding often makes edges meet
        while (triangles.polygon_ends.size() < 8) {
            std::vector<TilePoint> ring(3);
            for (TilePoint &point : ring) {
                point = {static_cast<std::int32_t>(random() % static_cast<unsigned>(size)),
                         static_cast<std::int32_t>(random() % static_cast<unsigned>(size))};
            }
            if (cross(ring[0], ring[1], ring[2]) != 0) {
                add_ring(triangles, ring);
                triangles.polygon_ends.push_back(static_cast<std::uint32_t>(triangles.rings.size()));
            }
        }
        TilePolygons united;
        unite_polygons(triangles, united);
        CHECK(all_valid(united));
        const TilePolygons before = tenfold(triangles);
        const TilePolygons after = tenfold(united);
        for (std::int32_t x = 3; x < size * 10; x += 10) {
            for (std::int32_t y = 7; y < size * 10; y += 10) {
                const int covered = covers(after, x, y);
                CHECK(covered <= 1);
                different += covered == std::min(covers(before, x, y), 1) ? 0 : 1;
                ++places;
            }
        }
    }
    CHECK(different * 50 < places); // crossings move by up to half a unit
}

TEST_CASE("a polygon that fills another's hole closes it, and one within it stays by itself") {
    TilePolygons polygons;
    add_ring(polygons, {{0, 0}, {40, 0}, {40, 40}, {0, 40}});
    add_ring(polygons, {{10, 10}, {10, 30}, {30, 30}, {30, 10}});
    polygons.polygon_ends.push_back(2);
    TilePolygons with_island = polygons;
    add_box(with_island, 14, 14, 8, 8);
    TilePolygons united;
    REQUIRE(dissolves(with_island, united));
    CHECK(united.polygon_ends == std::vector<std::uint32_t>{2, 3});
    CHECK(is_union(with_island, united, 40));

    add_box(polygons, 10, 10, 20, 20);
    TilePolygons filled;
    REQUIRE(dissolves(polygons, filled));
    CHECK(filled.rings.size() == 1);
    CHECK(is_union(polygons, filled, 40));
}

TEST_CASE("the dissolver says which polygons it cannot unite") {
    TilePolygons polygons;
    add_box(polygons, 0, 0, 10, 10);
    add_box(polygons, 20, 0, 10, 10);
    add_box(polygons, 5, 5, 10, 10);
    const std::array<std::uint32_t, 3> all{0, 1, 2};
    EdgeDissolver dissolver;
    TilePolygons united;
    CHECK_FALSE(dissolver.dissolve(polygons, all, united));
    CHECK(united.polygon_ends.empty());
    REQUIRE_FALSE(dissolver.conflicts().empty());
    for (const auto &[one, other] : dissolver.conflicts()) {
        CHECK(std::minmax(one, other) == std::pair<const std::uint32_t &, const std::uint32_t &>(all[0], all[2]));
    }
}
