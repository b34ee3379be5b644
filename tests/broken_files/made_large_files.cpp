#include "tests/broken_files/made_files.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace keyaki::test {

namespace {

constexpr int vertices = 1'000'000;

/// A geometry of `count` positions; `position(i)` gives degrees from 139.5, 35.7.
template <typename Position>
std::string geometry_of(const char *type, int depth, int count, bool closes, const Position &position) {
    std::string text = fmt::format(R"({{"type":"{}","coordinates":{})", type, std::string(static_cast<std::size_t>(depth), '['));
    auto out = std::back_inserter(text);
    for (int i = 0; i < count; ++i) {
        const auto [x, y] = position(closes && i == count - 1 ? 0 : i);
        fmt::format_to(out, "{}[{:.7f},{:.7f}]", i == 0 ? "" : ",", 139.5 + x, 35.7 + y);
    }
    return text + std::string(static_cast<std::size_t>(depth), ']') + "}";
}

std::pair<double, double> at_angle(double angle, double radius) { return {radius * std::cos(angle), radius * std::sin(angle)}; }

constexpr double turn = 6.283185307179586;

} // namespace

void make_large_files(const TakeMadeFile &take) {
    take({FileKind::city, "hundred megabytes in one line.csv", "name,lat,lon\n" + std::string(100'000'000, 'x')});
    take({FileKind::city, "hundred megabytes in one quote.csv", "name,lat,lon\n\"" + std::string(100'000'000, '\n')});
    const auto circle = [](int i) { return at_angle(turn * i / (vertices - 1), 0.05); };
    take({FileKind::city, "valid ring.geojson", geometry_of("Polygon", 2, vertices, true, circle)});
    take({FileKind::city, "ring of too many.geojson", geometry_of("Polygon", 2, vertices + 1, true, circle)});
    // Out along one arm of a spiral, back along the other.
    take({FileKind::city, "spiral ring.geojson", geometry_of("Polygon", 2, vertices, true, [](int i) {
              constexpr int half = vertices / 2;
              const bool is_back = i >= half;
              const double way = static_cast<double>(is_back ? vertices - 1 - i : i) / half;
              return at_angle(turn * 200 * way, 0.01 + 0.04 * way + (is_back ? 0.0001 : 0));
          })});
    take({FileKind::city, "self-crossing ring.geojson",
          geometry_of("Polygon", 2, vertices, true, [](int i) { return at_angle(turn * 499 * i / 1000, 0.05 + 1e-8 * i); })});
    take({FileKind::city, "line.geojson", geometry_of("LineString", 1, vertices, false, circle)});
    take({FileKind::city, "line that stays in one place.geojson",
          geometry_of("LineString", 1, vertices, false, [](int) { return std::pair(0.0, 0.0); })});
    std::string points = R"({"type":"MultiPoint","coordinates":[)";
    for (int i = 0; i < vertices; ++i) {
        points += i == 0 ? "[139.5,35.7]" : ",[139.5,35.7]";
    }
    take({FileKind::city, "points.geojson", points + "]}"});
}

} // namespace keyaki::test
