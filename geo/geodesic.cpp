#include "geo/geodesic.hpp"

#include <array>
#include <cassert>
#include <cmath>
#include <numbers>

#include <geodesic.h>

namespace keyaki::geo {

namespace {

// GRS 80, the ellipsoid of JGD2011 (EPSG:7019).
constexpr double equator_radius_m = 6378137;
constexpr double flattening = 1 / 298.257222101;
constexpr double eccentricity_squared = flattening * (2 - flattening);
constexpr double second_eccentricity_squared = eccentricity_squared / (1 - eccentricity_squared);
constexpr double radians = std::numbers::pi / 180;

const geod_geodesic &ellipsoid() noexcept {
    static const geod_geodesic grs80 = [] {
        geod_geodesic made{};
        geod_init(&made, equator_radius_m, flattening);
        return made;
    }();
    return grs80;
}

struct Radii {
    double meridian_m; ///< M: along the meridian
    double normal_m;   ///< N: along the prime vertical
};

Radii radii_at(double sine) noexcept {
    const double w_squared = 1 - eccentricity_squared * sine * sine;
    const double normal_m = equator_radius_m / std::sqrt(w_squared);
    return {normal_m * (1 - eccentricity_squared) / w_squared, normal_m};
}

/// The difference of two longitudes by the shorter way, -180..180.
double longitude_difference_deg(double to_deg, double from_deg) noexcept {
    const double difference = to_deg - from_deg;
    return difference > 180 ? difference - 360 : difference < -180 ? difference + 360 : difference;
}

double inverse_distance_m(LonLat a, LonLat b) noexcept {
    double length = 0;
    geod_inverse(&ellipsoid(), a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg, &length, nullptr, nullptr);
    return length;
}

} // namespace

double distance_m(LonLat a, LonLat b) noexcept {
    const double middle_lat_deg = (a.lat_deg + b.lat_deg) / 2;
    const double difference_lat_deg = b.lat_deg - a.lat_deg;
    // 0.014 degrees of latitude are 1.56 km; beyond 60 degrees meridians converge too fast for one middle latitude.
    if (std::abs(difference_lat_deg) < 0.014 && std::abs(middle_lat_deg) < 60) {
        const Radii radii = radii_at(std::sin(middle_lat_deg * radians));
        const double north_m = difference_lat_deg * radians * radii.meridian_m;
        const double east_m = longitude_difference_deg(b.lon_deg, a.lon_deg) * radians * radii.normal_m * std::cos(middle_lat_deg * radians);
        const double squared = north_m * north_m + east_m * east_m;
        if (squared < 1500.0 * 1500.0) {
            return std::sqrt(squared);
        }
    }
    return inverse_distance_m(a, b);
}

double length_m(const Geometry &line) {
    assert(line.is_line());
    double sum_m = 0;
    for (std::size_t part = 0; part < line.part_count(); ++part) {
        const auto positions = line.part(part);
        for (std::size_t i = 1; i < positions.size(); ++i) {
            sum_m += distance_m(positions[i - 1], positions[i]);
        }
    }
    return sum_m;
}

double area_m2(const Geometry &polygon) {
    assert(polygon.is_polygon());
    double sum_m2 = 0;
    for (std::size_t number = 0; number < polygon.polygon_count(); ++number) {
        for (std::size_t ring = polygon.first_ring(number); ring < polygon.polygon_ends[number]; ++ring) {
            geod_polygon sum{};
            geod_polygon_init(&sum, 0);
            for (const LonLat position : polygon.part(ring).subspan(1)) { // the first position comes again as the last
                geod_polygon_addpoint(&ellipsoid(), &sum, position.lat_deg, position.lon_deg);
            }
            double ring_m2 = 0;
            geod_polygon_compute(&ellipsoid(), &sum, 0, 1, &ring_m2, nullptr);
            sum_m2 += ring == polygon.first_ring(number) ? std::abs(ring_m2) : -std::abs(ring_m2);
        }
    }
    return sum_m2;
}

LonLat destination(LonLat origin, double azimuth_deg, double distance_m) noexcept {
    LonLat reached;
    geod_direct(&ellipsoid(), origin.lat_deg, origin.lon_deg, azimuth_deg, distance_m, &reached.lat_deg, &reached.lon_deg, nullptr);
    return reached;
}

LocalPlane::LocalPlane(LonLat origin) noexcept : m_origin(origin) {}

PlanePoint LocalPlane::to_plane(LonLat position) const noexcept {
    const double sine = std::sin(position.lat_deg * radians);
    const double cosine = std::cos(position.lat_deg * radians);
    // Snyder's letters: A, T, C of (8-9) and (8-10), central meridian at the origin, scale 1.
    const double a = longitude_difference_deg(position.lon_deg, m_origin.lon_deg) * radians * cosine;
    const double t = sine * sine / (cosine * cosine);
    const double c = second_eccentricity_squared * cosine * cosine;
    const Radii radii = radii_at(sine);
    // The arc of the meridian between both latitudes, by the radius in their middle: 2 mm off at 100 km.
    const double middle_sine = std::sin((position.lat_deg + m_origin.lat_deg) / 2 * radians);
    const double arc_m = (position.lat_deg - m_origin.lat_deg) * radians * radii_at(middle_sine).meridian_m;
    return {radii.normal_m * (a + (1 - t + c) * a * a * a / 6),
            arc_m + radii.normal_m * sine / cosine * (a * a / 2 + (5 - t + 9 * c) * a * a * a * a / 24)};
}

double meridian_arc_m(double lat_deg) noexcept {
    // Helmert 1880, by the third flattening; the next term is 0.03 mm.
    constexpr double n = flattening / (2 - flattening);
    const double sine = std::sin(2 * lat_deg * radians);
    const double cosine = std::cos(2 * lat_deg * radians);
    const double sine_4 = 2 * sine * cosine;
    const double sine_6 = sine_4 * cosine + (2 * cosine * cosine - 1) * sine;
    return equator_radius_m / (1 + n) *
           ((1 + n * n / 4 + n * n * n * n / 64) * lat_deg * radians - 1.5 * (n - n * n * n / 8) * sine +
            0.9375 * (n * n - n * n * n * n / 4) * sine_4 - 35.0 / 48 * n * n * n * sine_6);
}

PlacedPosition::PlacedPosition(LonLat position) noexcept : m_lon_deg(position.lon_deg), m_arc_m(keyaki::geo::meridian_arc_m(position.lat_deg)) {
    const double sine = std::sin(position.lat_deg * radians);
    const double cosine = std::cos(position.lat_deg * radians);
    // LocalPlane::to_plane, sorted by the powers of the difference in longitude, here in degrees.
    const double t = sine * sine / (cosine * cosine);
    const double c = second_eccentricity_squared * cosine * cosine;
    const Radii radii = radii_at(sine);
    const double a = radians * cosine;
    m_lat_degree_m = radii.meridian_m * radians;
    m_east_1 = radii.normal_m * a;
    m_east_3 = radii.normal_m * (1 - t + c) * a * a * a / 6;
    m_north_2 = radii.normal_m * sine / cosine * a * a / 2;
    m_north_4 = radii.normal_m * sine / cosine * (5 - t + 9 * c) * a * a * a * a / 24;
    // The arc there is the latitude's difference d by the radius in its middle: less than the true one by M'' d^3 / 24, M'' being the second
    // derivative in the middle, where the doubled latitude is 2 phi - d: cos(2 phi - d) = cos(2 phi) + d sin(2 phi).
    const double w_squared = 1 - eccentricity_squared * sine * sine;
    const double bend = eccentricity_squared / 8 / (w_squared * radii.meridian_m * radii.meridian_m);
    const double doubled_sine = 2 * sine * cosine;
    m_arc_3 = bend * (cosine * cosine - sine * sine + 1.25 * eccentricity_squared / w_squared * doubled_sine * doubled_sine);
    m_arc_4 = bend * doubled_sine / radii.meridian_m;
}

PlanePoint PlacedPosition::in_plane_of(double origin_lon_deg, double origin_arc_m) const noexcept {
    const double lon_deg = longitude_difference_deg(m_lon_deg, origin_lon_deg);
    const double squared = lon_deg * lon_deg;
    const double arc_m = m_arc_m - origin_arc_m;
    return {lon_deg * (m_east_1 + squared * m_east_3),
            arc_m - arc_m * arc_m * arc_m * (m_arc_3 + arc_m * m_arc_4) + squared * (m_north_2 + squared * m_north_4)};
}

LonLat LocalPlane::to_lon_lat(PlanePoint point) const noexcept {
    // Newton's steps with the plane's scale and turn at the last guess: each divides the error by some thousands within 100 km.
    LonLat guess = m_origin;
    for (int step = 0; step < 8; ++step) {
        const PlanePoint reached = to_plane(guess);
        const double sine = std::sin(guess.lat_deg * radians);
        const Radii radii = radii_at(sine);
        const double off_x_m = point.east_m - reached.east_m;
        const double off_y_m = point.north_m - reached.north_m;
        // Away from the central meridian true north leans towards it by the convergence, lambda sin(phi).
        const double convergence = longitude_difference_deg(guess.lon_deg, m_origin.lon_deg) * radians * sine;
        const double east_m = off_x_m * std::cos(convergence) + off_y_m * std::sin(convergence);
        const double north_m = off_y_m * std::cos(convergence) - off_x_m * std::sin(convergence);
        guess.lon_deg += east_m / (radii.normal_m * std::cos(guess.lat_deg * radians)) / radians;
        guess.lat_deg += north_m / radii.meridian_m / radians;
        if (std::abs(east_m) + std::abs(north_m) < 1e-7) {
            break;
        }
    }
    if (std::abs(guess.lon_deg) > 180) {
        guess.lon_deg -= std::copysign(360, guess.lon_deg);
    }
    return guess;
}

} // namespace keyaki::geo
