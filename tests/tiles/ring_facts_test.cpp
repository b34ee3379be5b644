#include "tiles/polygon_check.hpp"
#include "tiles/ring_facts.hpp"
#include "tiles/simplify.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

using namespace keyaki;

namespace {

constexpr std::uint32_t middle = 1U << 31;

using Ring = std::vector<geo::GridPoint>;

std::vector<std::uint8_t> zooms_of(const Ring &ring) {
    std::vector<std::uint8_t> zooms(ring.size());
    tiles::ring_vertex_zooms(ring, zooms);
    return zooms;
}

tiles::RingFacts facts_of(const Ring &ring) { return tiles::ring_facts(ring, zooms_of(ring)); }

Ring square(std::uint32_t side_cells) {
    return {{middle, middle}, {middle + side_cells, middle}, {middle + side_cells, middle + side_cells}, {middle, middle + side_cells}};
}

/// As a zoom draws it: those vertices, in its units.
std::vector<tiles::TilePoint> drawn(const Ring &ring, const std::vector<std::uint8_t> &zooms, int vertex_zoom, int unit_zoom) {
    std::vector<tiles::TilePoint> path;
    const int shift = 20 - unit_zoom;
    for (std::size_t index = 0; index < ring.size(); ++index) {
        const auto unit = [&](std::uint32_t cell) {
            const auto cells = static_cast<std::int64_t>(cell) - middle;
            return static_cast<std::int32_t>(shift <= 0 ? cells << -shift : (cells + (std::int64_t{1} << (shift - 1))) >> shift);
        };
        if (zooms[index] <= vertex_zoom) {
            path.push_back({unit(ring[index].x), unit(ring[index].y)});
        }
    }
    return path;
}

/// Whether it may be written as it is, but for vertices on the line of their neighbours.
void require_simple(std::vector<tiles::TilePoint> path, bool is_clockwise) {
    tiles::clean_ring(path);
    REQUIRE(path.size() >= 3);
    CHECK((tiles::doubled_area(path) > 0) == is_clockwise);
    tiles::TilePaths rings;
    rings.points = path;
    rings.end_path();
    CHECK(tiles::edges_are_apart(rings));
}

/// A ring around a middle whose radius jumps, some of them crossing themselves.
Ring jagged(std::mt19937 &random, bool crosses) {
    std::uniform_real_distribution<double> share(0, 1);
    const int corners = 4 + static_cast<int>(share(random) * 30);
    const double radius_cells = std::exp2(4 + share(random) * 16);
    Ring ring;
    for (int corner = 0; corner < corners; ++corner) {
        const double angle = 2 * std::numbers::pi * (corner + (crosses ? 3 * share(random) : 0.5 * share(random))) / corners;
        const double radius = radius_cells * (0.2 + 0.8 * share(random));
        ring.push_back(
            {static_cast<std::uint32_t>(middle + radius * std::cos(angle)), static_cast<std::uint32_t>(middle + radius * std::sin(angle))});
    }
    if (share(random) < 0.5) {
        std::reverse(ring.begin(), ring.end());
    }
    return ring;
}

} // namespace

TEST_CASE("A square stays simple from the zoom on where its side is more than the square root of two units") {
    // At zoom 14 a unit has 64 cells, and 64 * sqrt(2) is 90.5.
    CHECK(facts_of(square(91)).apart_whole_from == 14);
    CHECK(facts_of(square(90)).apart_whole_from == 15);
    CHECK(facts_of(square(91)).is_clockwise);
    Ring turned = square(91);
    std::reverse(turned.begin(), turned.end());
    CHECK_FALSE(facts_of(turned).is_clockwise);
    CHECK(facts_of(turned).apart_whole_from == 14);
}

TEST_CASE("Nothing is said of rings whose edges meet, of triangles, and of rings too large or too long to look at") {
    const auto never = tiles::RingFacts::never;
    const auto at = [](std::uint32_t x, std::uint32_t y) { return geo::GridPoint{middle + x, middle + y}; };
    CHECK(facts_of({at(0, 0), at(1000, 1000), at(1000, 0), at(0, 1000)}).apart_whole_from == never);             // crossing
    CHECK(facts_of({at(0, 0), at(1000, 0), at(1000, 1000), at(500, 0), at(0, 1000)}).apart_whole_from == never); // touching
    CHECK(facts_of({at(0, 0), at(1000, 0), at(1000, 0), at(0, 1000)}).apart_whole_from == never);                // twice the same
    CHECK(facts_of({at(0, 0), at(1000, 0), at(0, 1000)}).apart_whole_from == never);
    CHECK(facts_of(square(1U << 24U)).apart_whole_from == never);
    CHECK(facts_of(square((1U << 24U) - 1)).apart_whole_from == 0);
    Ring round;
    for (int corner = 0; corner < 49; ++corner) {
        const double angle = 2 * std::numbers::pi * corner / 49;
        round.push_back(at(static_cast<std::uint32_t>(5000 + 5000 * std::cos(angle)), static_cast<std::uint32_t>(5000 + 5000 * std::sin(angle))));
    }
    CHECK(facts_of(round).apart_whole_from == never);
    round.pop_back();
    CHECK(facts_of(round).apart_whole_from < never);
}

TEST_CASE("What a ring's facts say holds at every zoom, wherever the ring lies between units") {
    std::mt19937 random(20261126);
    std::size_t known = 0;
    std::size_t simplified = 0;
    for (int round = 0; round < 4000; ++round) {
        Ring ring = jagged(random, round % 4 == 0);
        const std::uint32_t moved = random() & 0xFFFFU;
        std::for_each(ring.begin(), ring.end(), [&](geo::GridPoint &point) { point = {point.x + moved, point.y + (moved >> 3U)}; });
        const auto zooms = zooms_of(ring);
        const tiles::RingFacts facts = tiles::ring_facts(ring, zooms);
        for (int zoom = 4; zoom <= 20; ++zoom) {
            CAPTURE(round, zoom, moved);
            if (facts.apart_whole_from <= zoom) {
                require_simple(drawn(ring, zooms, 255, zoom), facts.is_clockwise);
                ++known;
            }
            if (facts.apart_from <= zoom) {
                const auto path = drawn(ring, zooms, zoom, zoom);
                simplified += path.size() < ring.size() ? 1U : 0U;
                require_simple(path, facts.is_clockwise);
            }
        }
    }
    CHECK(known > 10'000);
    CHECK(simplified > 500);
}
