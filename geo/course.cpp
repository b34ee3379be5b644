#include "geo/course.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace keyaki::geo {

double minimum_leg_time_s(double leg_length_m, double radius_i_m, double radius_j_m, double speed_mps) noexcept {
    assert(speed_mps > 0 && leg_length_m >= 0 && radius_i_m >= 0 && radius_j_m >= 0);
    return std::max(0.0, leg_length_m - 2 * (radius_i_m + radius_j_m)) / speed_mps;
}

int walking_minutes(double length_m) noexcept {
    assert(length_m >= 0);
    // A length measured as 800.0000001 m is 800 m: a micrometre of rounding is no further minute.
    return static_cast<int>(std::ceil((length_m - 1e-6) / 80));
}

} // namespace keyaki::geo
