#include "geo/mercator.hpp"

#include "geo/limits.hpp"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace keyaki::geo {

TEST_CASE("the grid begins in the north-west and ends in the south-east") {
    CHECK(to_grid(LonLat{-180, 90}) == GridPoint{0, 0});
    CHECK(to_grid(LonLat{-180, max_mercator_lat_deg}) == GridPoint{0, 0});
    CHECK(to_grid(LonLat{180, -90}) == GridPoint{UINT32_MAX, UINT32_MAX});
    CHECK(to_grid(LonLat{0, 0}) == GridPoint{1U << 31, 1U << 31});
}

TEST_CASE("every position of seven decimals comes back from the grid") {
    std::mt19937_64 random(20260401);
    std::uniform_int_distribution<std::int64_t> lon_e7(-1'800'000'000, 1'799'999'999);
    std::uniform_int_distribution<std::int64_t> lat_e7(-850'500'000, 850'500'000);
    for (int i = 0; i < 2'000'000; ++i) {
        const LonLat position{static_cast<double>(lon_e7(random)) / 1e7, static_cast<double>(lat_e7(random)) / 1e7};
        const LonLat back = rounded_e7(to_lon_lat(to_grid(position)));
        if (back != position) { // a CHECK for each would take most of the time
            FAIL("lon " << position.lon_deg << " lat " << position.lat_deg << " came back as " << back.lon_deg << " " << back.lat_deg);
        }
    }
}

TEST_CASE("the corners of what seven decimals can say come back too") {
    for (const double lon : {-180.0, -179.9999999, -0.0000001, 0.0, 0.0000001, 139.5265, 179.9999999}) {
        for (const double lat : {-85.05, -85.0499999, -0.0000001, 0.0, 0.0000001, 35.7857, 85.0499999, 85.05}) {
            const LonLat back = rounded_e7(to_lon_lat(to_grid(LonLat{lon, lat})));
            CHECK(back.lon_deg == lon);
            CHECK(back.lat_deg == lat);
        }
    }
}

TEST_CASE("the fast way to seven decimals gives what the slow one does, to the last bit") {
    const auto require_same = [](GridPoint point) {
        const LonLat slow = rounded_e7(to_lon_lat(point));
        const LonLat fast = to_lon_lat_e7(point).degrees();
        if (fast != slow || std::signbit(fast.lon_deg) != std::signbit(slow.lon_deg) || std::signbit(fast.lat_deg) != std::signbit(slow.lat_deg)) {
            FAIL("cell " << point.x << " " << point.y << ": " << fast.lon_deg << " " << fast.lat_deg << ", not " << slow.lon_deg << " "
                         << slow.lat_deg);
        }
    };
    std::mt19937 random(20261126);
    for (int i = 0; i < 1'000'000; ++i) {
        require_same({static_cast<std::uint32_t>(random()), static_cast<std::uint32_t>(random())});
    }
    // Where one polynomial ends and the next begins, the middle of the world and its edges.
    constexpr std::uint32_t band = 1U << 22U;
    for (std::uint32_t edge = 0, count = 0; count < 1024; ++count, edge += band) {
        for (std::uint32_t near = 0; near < 5; ++near) {
            require_same({edge + near, edge - near});
            require_same({edge - near, edge + near});
            require_same({edge + band / 2 + near, edge + band / 2 - near});
        }
    }
}

TEST_CASE("rounding to seven decimals gives the double that the decimals are read as, and no negative zero") {
    CHECK(rounded_e7({139.526512349, 35.785712349}).lon_deg == std::stod("139.5265123"));
    CHECK(rounded_e7({139.526512349, 35.785712349}).lat_deg == std::stod("35.7857123"));
    CHECK_FALSE(std::signbit(rounded_e7({-1e-9, -1e-9}).lon_deg));
}

TEST_CASE("metres of EPSG:3857 agree with the register's example") {
    // EPSG guidance note 7-2, method 1024: 24°22'54.433" N 100°20'00" W is E -11169055.58 N 2800000.00.
    const MercatorMetres metres = to_mercator_metres(LonLat{-100 - 20 / 60.0, 24 + 22 / 60.0 + 54.433 / 3600});
    CHECK(metres.x_m == Approx(-11169055.58).margin(0.005));
    CHECK(metres.y_m == Approx(2800000.00).margin(0.02));
    const LonLat back = to_lon_lat(metres);
    CHECK(back.lon_deg == Approx(-100.3333333333).margin(1e-9));
    CHECK(back.lat_deg == Approx(24.3817869444).margin(1e-9));
}

TEST_CASE("metres and cells of the grid name the same places") {
    std::mt19937_64 random(3);
    std::uniform_int_distribution<std::uint32_t> any;
    for (int i = 0; i < 10'000; ++i) {
        const GridPoint point{any(random), any(random)};
        REQUIRE(to_grid(to_mercator_metres(point)) == point);
        const LonLat position = to_lon_lat(point);
        const MercatorMetres by_degrees = to_mercator_metres(position);
        const MercatorMetres by_cell = to_mercator_metres(point);
        REQUIRE(std::abs(by_degrees.x_m - by_cell.x_m) < 1e-6);
        REQUIRE(std::abs(by_degrees.y_m - by_cell.y_m) < 1e-5);
    }
    CHECK(to_grid(MercatorMetres{-3e7, 3e7}) == GridPoint{0, 0});
    CHECK(to_grid(MercatorMetres{3e7, -3e7}) == GridPoint{UINT32_MAX, UINT32_MAX});
}

TEST_CASE("many positions at once are the same as one by one") {
    const std::vector<LonLat> positions{{139.5, 35.8}, {0, 0}, {-73.9, 40.7}};
    std::vector<GridPoint> grid(positions.size());
    to_grid(positions, grid);
    for (std::size_t i = 0; i < positions.size(); ++i) {
        CHECK(grid[i] == to_grid(positions[i]));
    }
}

} // namespace keyaki::geo
