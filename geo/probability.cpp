#include "geo/presence.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

#include <boost/math/special_functions/owens_t.hpp>

namespace keyaki::geo {

namespace {

/// Beyond this many sigmas a normal distribution has less than 1e-17 left.
constexpr double tail_sigmas = 9;

/// Gauss's rule of six points on -1..1 (Abramowitz and Stegun 25.4.30): each node stands for itself and its negative.
constexpr std::array gauss_nodes{0.238619186083197, 0.661209386466265, 0.932469514203152};
constexpr std::array gauss_weights{0.467913934572691, 0.360761573048139, 0.171324492379170};

/// exp(-x) I0(x), x >= 0, to 1e-13: the power series (Abramowitz and Stegun 9.6.12) below, Hankel's asymptotic series (9.7.1) above.
double scaled_bessel_i0(double x) noexcept {
    double sum = 1;
    double term = 1;
    if (x < 20) {
        const double quarter = x * x / 4;
        for (int k = 1; term > 1e-16 * sum; ++k) {
            term *= quarter / (k * k);
            sum += term;
        }
        return sum * std::exp(-x);
    }
    for (int k = 1; k < 30; ++k) {
        const double odd = 2 * k - 1;
        const double next = term * odd * odd / (8 * k * x);
        if (next >= term || next < 1e-16) {
            break;
        }
        term = next;
        sum += term;
    }
    return sum / std::sqrt(2 * std::numbers::pi * x);
}

/// Rice's distribution: the share within `radius` of the origin, of a normal distribution around a point `distance` away; both in sigmas.
/// Its density r exp(-(r - d)^2 / 2) exp(-r d) I0(r d) is smooth at the scale of one, so panels of one sigma with Gauss's rule of six points
/// are exact to 1e-10.
double rice_share(double distance, double radius) noexcept {
    const double from = std::max(0.0, distance - tail_sigmas);
    const double to = std::min(radius, distance + tail_sigmas);
    if (to <= from) {
        return 0;
    }
    if (radius >= distance + tail_sigmas) {
        return 1;
    }
    const auto density = [distance](double r) { return r * std::exp(-0.5 * (r - distance) * (r - distance)) * scaled_bessel_i0(r * distance); };
    const int panels = static_cast<int>(std::ceil(to - from));
    const double half = (to - from) / panels / 2;
    double sum = 0;
    for (int panel = 0; panel < panels; ++panel) {
        const double middle = from + (2 * panel + 1) * half;
        for (std::size_t node = 0; node < gauss_nodes.size(); ++node) {
            sum += gauss_weights[node] * (density(middle - half * gauss_nodes[node]) + density(middle + half * gauss_nodes[node]));
        }
    }
    return std::clamp(sum * half, 0.0, 1.0);
}

/// As triangle_share below for an edge that is short against its distance and against sigma: the sector's share (1 - exp(-r^2 / 2)) / 2 pi per
/// radian, along the edge by Gauss's rule (to 1e-9 of the sector); six times as fast, and outlines of hundreds of corners are made of such edges.
double short_edge_share(PlanePoint u, PlanePoint v, double cross) noexcept {
    double sum = 0;
    for (std::size_t node = 0; node < gauss_nodes.size(); ++node) {
        for (const double at : {0.5 - gauss_nodes[node] / 2, 0.5 + gauss_nodes[node] / 2}) {
            const double east = u.east_m + at * (v.east_m - u.east_m);
            const double north = u.north_m + at * (v.north_m - u.north_m);
            const double squared = east * east + north * north;
            sum += gauss_weights[node] * (1 - std::exp(-0.5 * squared)) / squared;
        }
    }
    return sum / 2 * cross / (2 * std::numbers::pi);
}

/// The share of a standard normal distribution around the origin inside the triangle (origin, u, v), positive where it runs counter-clockwise:
/// the angle's share less what lies beyond the edge, by Owen's T function (Owen 1956, Tables for computing bivariate normal probabilities).
double triangle_share(PlanePoint u, PlanePoint v) {
    const double edge_east = v.east_m - u.east_m;
    const double edge_north = v.north_m - u.north_m;
    const double length = std::hypot(edge_east, edge_north);
    if (length == 0) {
        return 0;
    }
    const double cross = u.east_m * v.north_m - u.north_m * v.east_m;
    const double middle_distance = std::hypot(u.east_m + v.east_m, u.north_m + v.north_m) / 2;
    if (length < 1 && length < 0.5 * middle_distance) {
        return short_edge_share(u, v, cross);
    }
    const double height = std::abs(cross) / length;
    if (height < 1e-12) {
        return 0; // the origin lies on the edge's line: the triangle has no area
    }
    const double angle = std::atan2(cross, u.east_m * v.east_m + u.north_m * v.north_m) / (2 * std::numbers::pi);
    const double along_u = (u.east_m * edge_east + u.north_m * edge_north) / length;
    const double along_v = (v.east_m * edge_east + v.north_m * edge_north) / length;
    const double nearest_along = along_u > 0 ? along_u : along_v < 0 ? -along_v : 0.0;
    if (height * height + nearest_along * nearest_along > tail_sigmas * tail_sigmas) {
        return angle;
    }
    const double beyond = boost::math::owens_t(height, along_v / height) - boost::math::owens_t(height, along_u / height);
    return angle - std::copysign(beyond, cross);
}

double rings_share(const Fence &fence, PlanePoint estimate, double sigma_m) {
    const auto in_sigmas = [&](PlanePoint point) {
        return PlanePoint{(point.east_m - estimate.east_m) / sigma_m, (point.north_m - estimate.north_m) / sigma_m};
    };
    double sum = 0;
    for (std::size_t number = 0; number < fence.ring_count(); ++number) {
        const auto ring = fence.ring(number);
        PlanePoint from = in_sigmas(ring.front());
        for (const PlanePoint position : ring.subspan(1)) {
            const PlanePoint to = in_sigmas(position);
            sum += triangle_share(from, to);
            from = to;
        }
    }
    return std::clamp(sum, 0.0, 1.0);
}

} // namespace

double inside_probability(const Fence &fence, LonLat estimate, double sigma_m) {
    const double from_centre_m = distance_m(fence.centre(), estimate);
    if (from_centre_m - fence.outer_radius_m() > tail_sigmas * sigma_m) {
        return 0;
    }
    assert(sigma_m > 0);
    if (fence.shape() == FenceShape::circle) {
        return rice_share(from_centre_m / sigma_m, fence.radius_m() / sigma_m);
    }
    if (from_centre_m > 200'000) {
        // Past the fence's plane, with a sigma of more than 15 km: the density hardly changes over the fence.
        const double distance = from_centre_m / sigma_m;
        return std::min(1.0, fence.area_m2() / sigma_m / sigma_m / (2 * std::numbers::pi) * std::exp(-0.5 * distance * distance));
    }
    return rings_share(fence, fence.plane().to_plane(estimate), sigma_m);
}

} // namespace keyaki::geo
