#include "geo/course.hpp"

#include "geo/geodesic.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace keyaki::geo {

namespace {

constexpr double step_m = 5;

struct Step {
    PlanePoint place;
    double along_m = 0;
};

/// The path at every few metres, with its corners; empty where it is too long.
std::vector<Step> steps_of(std::span<const LonLat> path, const LocalPlane &plane) {
    std::vector<Step> steps{{plane.to_plane(path.front()), 0}};
    for (const LonLat position : path.subspan(1)) {
        const Step from = steps.back();
        const PlanePoint to = plane.to_plane(position);
        const double length_m = std::hypot(to.east_m - from.place.east_m, to.north_m - from.place.north_m);
        if (!(from.along_m + length_m <= max_course_m)) {
            return {};
        }
        const double pieces = std::max(1.0, std::ceil(length_m / step_m));
        for (double piece = 1; piece <= pieces; ++piece) {
            const double share = piece / pieces;
            steps.push_back(
                {{from.place.east_m + share * (to.east_m - from.place.east_m), from.place.north_m + share * (to.north_m - from.place.north_m)},
                 from.along_m + share * length_m});
        }
    }
    return steps;
}

} // namespace

double minimum_leg_time_s(double leg_length_m, double radius_i_m, double radius_j_m, double speed_mps) noexcept {
    assert(speed_mps > 0 && leg_length_m >= 0 && radius_i_m >= 0 && radius_j_m >= 0);
    return std::max(0.0, leg_length_m - 2 * (radius_i_m + radius_j_m)) / speed_mps;
}

int walking_minutes(double length_m) noexcept {
    assert(length_m >= 0);
    // A length measured as 800.0000001 m is 800 m: a micrometre of rounding is no further minute.
    return static_cast<int>(std::ceil((length_m - 1e-6) / 80));
}

std::vector<LonLat> path_of(const Geometry &line) {
    std::vector<LonLat> path;
    if (line.is_line()) {
        for (const LonLat position : line.positions) {
            if (path.empty() || !(path.back() == position)) {
                path.push_back(position);
            }
        }
    }
    return path;
}

std::optional<std::vector<double>> along_path_m(std::span<const LonLat> path, std::span<const LonLat> spots) {
    if (path.size() < 2) {
        return std::nullopt;
    }
    const LocalPlane plane(path[path.size() / 2]);
    const std::vector<Step> steps = steps_of(path, plane);
    if (steps.empty()) {
        return std::nullopt;
    }
    // cost[i]: least sum of distances of the spots so far, the last of them at step i or before; chosen[k][i]: where that last one is.
    std::vector<double> cost(steps.size(), 0);
    std::vector<std::vector<std::size_t>> chosen;
    for (const LonLat spot : spots) {
        const PlanePoint place = plane.to_plane(spot);
        std::vector<std::size_t> at(steps.size());
        double least = std::numeric_limits<double>::infinity();
        std::size_t least_at = 0;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const double here = cost[i] + std::hypot(steps[i].place.east_m - place.east_m, steps[i].place.north_m - place.north_m);
            if (here < least) {
                least = here;
                least_at = i;
            }
            cost[i] = least;
            at[i] = least_at;
        }
        chosen.push_back(std::move(at));
    }
    std::vector<double> along_m(spots.size());
    std::size_t last = steps.size() - 1;
    for (std::size_t k = spots.size(); k-- > 0;) {
        last = chosen[k][last];
        along_m[k] = steps[last].along_m;
    }
    return along_m;
}

} // namespace keyaki::geo
