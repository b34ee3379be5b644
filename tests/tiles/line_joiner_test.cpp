#include "tiles/line_joiner.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace keyaki::tiles;

namespace {

using Lines = std::vector<std::vector<TilePoint>>;

TilePaths join(const Lines &lines, bool has_direction, double tolerance) {
    TilePaths paths;
    for (const auto &line : lines) {
        paths.points.insert(paths.points.end(), line.begin(), line.end());
        paths.end_path();
    }
    TilePaths out;
    LineJoiner joiner;
    joiner.join(paths, has_direction, tolerance, out);
    return out;
}

/// "0 0, 1 1 | 5 5, 6 6": the lines joined.
std::string joined(const Lines &lines, bool has_direction = false, double tolerance = -1) {
    const TilePaths out = join(lines, has_direction, tolerance);
    std::string text;
    for (std::size_t path = 0; path < out.size(); ++path) {
        text += text.empty() ? "" : " | ";
        for (const TilePoint point : out.path(path)) {
            text += (text.empty() || text.ends_with("| ") ? "" : ", ") + std::to_string(point.x) + " " + std::to_string(point.y);
        }
    }
    return text;
}

} // namespace

TEST_CASE("lines that meet end to end become one, turned around where that is needed") {
    CHECK(joined({{{0, 0}, {10, 0}}, {{10, 0}, {20, 5}}}) == "0 0, 10 0, 20 5");
    CHECK(joined({{{0, 0}, {10, 0}}, {{20, 5}, {10, 0}}, {{20, 5}, {30, 0}}}) == "0 0, 10 0, 20 5, 30 0");
}

TEST_CASE("lines with a direction are joined an end to a beginning only") {
    CHECK(joined({{{0, 0}, {10, 0}}, {{20, 5}, {10, 0}}}, true) == "0 0, 10 0 | 20 5, 10 0");
    CHECK(joined({{{10, 0}, {20, 5}}, {{0, 0}, {10, 0}}}, true) == "0 0, 10 0, 20 5");
}

TEST_CASE("where three lines meet each ends") {
    CHECK(joined({{{0, 0}, {10, 0}}, {{10, 0}, {20, 0}}, {{10, 0}, {10, 9}}}) == "0 0, 10 0 | 10 0, 20 0 | 10 0, 10 9");
}

TEST_CASE("lines that close a ring become one, once around") {
    CHECK(joined({{{0, 0}, {10, 0}}, {{10, 0}, {10, 10}}, {{10, 10}, {0, 0}}}) == "10 0, 10 10, 0 0, 10 0");
    CHECK(joined({{{0, 0}, {10, 0}, {5, 5}, {0, 0}}}) == "0 0, 10 0, 5 5, 0 0");
}

TEST_CASE("the vertex at a joint goes where it is on the line between its neighbours, and no other does") {
    CHECK(joined({{{0, 0}, {10, 1}}, {{10, 1}, {20, 0}}}, false, 2) == "0 0, 20 0");
    CHECK(joined({{{0, 0}, {10, 9}}, {{10, 9}, {20, 0}}}, false, 2) == "0 0, 10 9, 20 0");
    CHECK(joined({{{0, 0}, {10, 1}, {20, 0}}}, false, 2) == "0 0, 10 1, 20 0");
}

TEST_CASE("a bend of many joints stays within the tolerance of what it was") {
    constexpr double pi = 3.141592653589793;
    constexpr double tolerance = 2;
    const auto at = [&](int step) {
        const double angle = pi * step / 470;
        return TilePoint{static_cast<std::int32_t>(std::lround(1000 + 300 * std::cos(angle))),
                         static_cast<std::int32_t>(std::lround(1000 + 300 * std::sin(angle)))};
    };
    Lines half_circle;
    for (int step = 0; step < 470; ++step) {
        half_circle.push_back({at(step), at(step + 1)});
    }
    const TilePaths out = join(half_circle, false, tolerance);
    REQUIRE(out.size() == 1);
    const auto line = out.path(0);
    CHECK(line.size() < 100); // it is made simpler all the same
    for (int step = 0; step <= 470; ++step) {
        const TilePoint point = at(step);
        double nearest = 1e9;
        for (std::size_t index = 1; index < line.size(); ++index) {
            const double dx = line[index].x - line[index - 1].x;
            const double dy = line[index].y - line[index - 1].y;
            const double px = point.x - line[index - 1].x;
            const double py = point.y - line[index - 1].y;
            const double share = std::clamp((px * dx + py * dy) / (dx * dx + dy * dy), 0.0, 1.0);
            nearest = std::min(nearest, std::hypot(px - share * dx, py - share * dy));
        }
        INFO(step);
        CHECK(nearest <= tolerance);
    }
}
