#include "geo/course.hpp"

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

} // namespace keyaki::geo
