#include "server/flows/course_plan.hpp"

#include "geo/course.hpp"
#include "geo/geodesic.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::server {

double CoursePlan::least_leg_s(std::size_t from, std::size_t to) const {
    const double way_m = along_m.empty() ? geo::distance_m(places[from], places[to]) : std::abs(along_m[to] - along_m[from]);
    return geo::minimum_leg_time_s(way_m, radii_m[from], radii_m[to], rally::pace_mps(pace));
}

double reach_m(const geo::Fence &fence) {
    return fence.shape() == geo::FenceShape::circle ? fence.radius_m() : std::min(fence.outer_radius_m(), 500.0);
}

} // namespace keyaki::server
