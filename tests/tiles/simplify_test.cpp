#include "tiles/simplify.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numbers>
#include <random>

using namespace keyaki;

namespace {

constexpr std::uint32_t middle = 1U << 31;

std::vector<std::uint8_t> zooms_of_line(const std::vector<geo::GridPoint> &line) {
    std::vector<std::uint8_t> zooms(line.size());
    tiles::line_vertex_zooms(line, zooms);
    return zooms;
}

double distance(geo::GridPoint point, geo::GridPoint a, geo::GridPoint b) {
    const double dx = double(b.x) - a.x;
    const double dy = double(b.y) - a.y;
    const double length = dx * dx + dy * dy;
    const double px = double(point.x) - a.x;
    const double py = double(point.y) - a.y;
    const double along = length == 0 ? 0 : std::clamp((px * dx + py * dy) / length, 0.0, 1.0);
    return std::hypot(px - along * dx, py - along * dy);
}

/// The largest distance of a left-out vertex from the line that a zoom draws.
double worst_distance(const std::vector<geo::GridPoint> &line, const std::vector<std::uint8_t> &zooms, int zoom) {
    double worst = 0;
    std::size_t from = 0;
    for (std::size_t to = 1; to < line.size(); ++to) {
        if (zooms[to] > zoom) {
            continue;
        }
        for (std::size_t index = from + 1; index < to; ++index) {
            worst = std::max(worst, distance(line[index], line[from], line[to]));
        }
        from = to;
    }
    return worst;
}

} // namespace

TEST_CASE("ends are always drawn, a vertex on a straight line never needs to be") {
    CHECK(zooms_of_line({{0, 0}, {100, 100}, {200, 200}}) == std::vector<std::uint8_t>{0, tiles::never_needed, 0});
    CHECK(zooms_of_line({{0, 0}, {1, 1}}) == std::vector<std::uint8_t>{0, 0});
    CHECK(zooms_of_line({}).empty());
}

TEST_CASE("a vertex 64 cells off is drawn from zoom 15 on, where a unit is 32 cells") {
    const auto zooms = zooms_of_line({{middle, middle}, {middle + 1000, middle + 64}, {middle + 2000, middle}});
    CHECK(zooms[1] == 14); // 64 is rounded towards keeping: below 64 * sqrt(2)
}

TEST_CASE("every zoom's line stays within one unit of the whole line") {
    std::mt19937 random(1);
    for (int round = 0; round < 40; ++round) {
        std::vector<geo::GridPoint> line{{middle, middle}};
        const int reach = 1 << (4 + round % 14);
        for (int step = 0; step < 400; ++step) {
            line.push_back({line.back().x + static_cast<std::uint32_t>(static_cast<int>(random() % (2U * static_cast<unsigned>(reach))) - reach / 2),
                            line.back().y + static_cast<std::uint32_t>(static_cast<int>(random() % (2U * static_cast<unsigned>(reach))) - reach)});
        }
        const auto zooms = zooms_of_line(line);
        for (int zoom = 0; zoom <= 20; ++zoom) {
            REQUIRE(worst_distance(line, zooms, zoom) <= std::exp2(20 - zoom));
        }
    }
}

TEST_CASE("a spiral that makes Douglas and Peucker quadratic is cut in the middle, and still within one unit") {
    std::vector<geo::GridPoint> spiral;
    for (int step = 0; step < 200'000; ++step) {
        const double angle = step * 0.01;
        const double radius = 1000 + step * 4.0;
        spiral.push_back({middle + static_cast<std::uint32_t>(static_cast<std::int64_t>(radius * std::cos(angle))),
                          middle + static_cast<std::uint32_t>(static_cast<std::int64_t>(radius * std::sin(angle)))});
    }
    const auto zooms = zooms_of_line(spiral);
    for (const int zoom : {4, 8, 12}) {
        CHECK(worst_distance(spiral, zooms, zoom) <= std::exp2(20 - zoom));
    }
}

TEST_CASE("a ring is held by two far vertices and loses the small ones first") {
    std::vector<geo::GridPoint> ring;
    for (int corner = 0; corner < 64; ++corner) {
        const double angle = 2 * std::numbers::pi * corner / 64;
        const double radius = corner % 2 == 0 ? 100'000 : 99'000;
        ring.push_back({middle + static_cast<std::uint32_t>(static_cast<std::int64_t>(radius * std::cos(angle))),
                        middle + static_cast<std::uint32_t>(static_cast<std::int64_t>(radius * std::sin(angle)))});
    }
    std::vector<std::uint8_t> zooms(ring.size());
    tiles::ring_vertex_zooms(ring, zooms);
    const auto drawn = [&](int zoom) { return std::count_if(zooms.begin(), zooms.end(), [&](std::uint8_t of) { return of <= zoom; }); };
    CHECK(drawn(0) == 2);
    CHECK(drawn(20) == 64);
    for (int zoom = 1; zoom <= 20; ++zoom) {
        CHECK(drawn(zoom) >= drawn(zoom - 1));
    }
}
