#include "geo/course.hpp"

#include "geo/geodesic.hpp"

#include <catch2/catch.hpp>

namespace keyaki::geo {

TEST_CASE("a leg takes at least the way between its fences at full speed") {
    CHECK(minimum_leg_time_s(1000, 40, 40, 2.8) == Approx((1000 - 160) / 2.8));
    CHECK(minimum_leg_time_s(1000, 25, 100, max_cycling_speed_mps) == Approx((1000 - 250) / 8.5));
}

TEST_CASE("a leg within both fences takes no time") {
    CHECK(minimum_leg_time_s(160, 40, 40, max_walking_speed_mps) == 0);
    CHECK(minimum_leg_time_s(0, 40, 40, max_walking_speed_mps) == 0);
}

TEST_CASE("walking minutes count 80 m each and a started minute whole") {
    CHECK(walking_minutes(0) == 0);
    CHECK(walking_minutes(1) == 1);
    CHECK(walking_minutes(80) == 1);
    CHECK(walking_minutes(80.1) == 2);
    CHECK(walking_minutes(800.0000001) == 10);
    CHECK(walking_minutes(3000) == 38);
}

TEST_CASE("spots lie along the path, each on the lap that its place in the order says") {
    const LocalPlane plane(LonLat{139.5194, 35.7747});
    const auto at = [&plane](double east_m, double north_m) { return plane.to_lon_lat({east_m, north_m}); };
    const std::vector<LonLat> straight{at(0, 0), at(1000, 0)};
    const auto along = along_path_m(straight, std::vector<LonLat>{at(0, 10), at(400, -20), at(1000, 0)});
    REQUIRE(along);
    CHECK((*along)[0] == Approx(0).margin(5));
    CHECK((*along)[1] == Approx(400).margin(5));
    CHECK((*along)[2] == Approx(1000).margin(5));

    const std::vector<LonLat> loop{at(0, 0), at(300, 0), at(300, 300), at(0, 300), at(0, 0)};
    const auto round = along_path_m(loop, std::vector<LonLat>{at(0, 0), at(300, 150), at(0, 0)});
    REQUIRE(round);
    CHECK((*round)[0] == Approx(0).margin(5));
    CHECK((*round)[1] == Approx(450).margin(5));
    CHECK((*round)[2] == Approx(1200).margin(5));

    // A figure of eight through the middle twice.
    const std::vector<LonLat> eight{at(0, 0), at(100, 100), at(200, 0), at(100, -100), at(0, 0), at(-100, 100), at(-200, 0)};
    const auto second = along_path_m(eight, std::vector<LonLat>{at(200, 0), at(0, 0), at(-200, 0)});
    REQUIRE(second);
    CHECK((*second)[0] < (*second)[1]);
    CHECK((*second)[1] == Approx(4 * 141.4).margin(6));
}

TEST_CASE("a path of one position, or longer than a day's ride, places no spots") {
    CHECK_FALSE(along_path_m(std::vector<LonLat>{{139, 35}}, std::vector<LonLat>{{139, 35}}));
    CHECK_FALSE(along_path_m(std::vector<LonLat>{{139, 35}, {141, 35}}, std::vector<LonLat>{{139, 35}}));
    CHECK(path_of(Geometry::point({139, 35})).empty());
    CHECK(path_of(Geometry::line_string({{139, 35}, {139, 35}, {139.1, 35}})).size() == 2);
}

} // namespace keyaki::geo
