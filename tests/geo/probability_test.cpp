#include "geo/presence.hpp"

#include <cmath>
#include <numbers>
#include <random>

#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

constexpr LonLat station{139.5194, 35.7747};

LonLat off(double east_m, double north_m) { return LocalPlane(station).to_lon_lat({east_m, north_m}); }

double normal_share(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

/// A rectangle around the station, sides along the axes.
Geometry rectangle(double half_east_m, double half_north_m) {
    return Geometry::polygon({{off(-half_east_m, -half_north_m), off(half_east_m, -half_north_m), off(half_east_m, half_north_m),
                               off(-half_east_m, half_north_m), off(-half_east_m, -half_north_m)}});
}

double rectangle_share(double half_east_m, double half_north_m, double east_m, double north_m, double sigma_m) {
    const auto side = [sigma_m](double half_m, double at_m) {
        return normal_share((half_m - at_m) / sigma_m) - normal_share((-half_m - at_m) / sigma_m);
    };
    return side(half_east_m, east_m) * side(half_north_m, north_m);
}

/// The rule of the midpoint over the circle cut into strips: another way than the code's.
double circle_by_strips(double distance_m, double radius_m, double sigma_m) {
    constexpr int strips = 20'000;
    double sum = 0;
    for (int i = 0; i < strips; ++i) {
        // x = R sin(t) makes the strip's height smooth at both ends.
        const double t = (i + 0.5) / strips * std::numbers::pi - std::numbers::pi / 2;
        const double x = radius_m * std::sin(t);
        const double half_m = radius_m * std::cos(t);
        sum += std::exp(-0.5 * std::pow((x - distance_m) / sigma_m, 2)) * std::erf(half_m / sigma_m / std::numbers::sqrt2) * half_m;
    }
    return sum / sigma_m / std::sqrt(2 * std::numbers::pi) * std::numbers::pi / strips;
}

} // namespace

TEST_CASE("the share inside a circle is the table of the check-in rules") {
    // R = 40 m; rows: reported accuracy on Android before the floor; columns: distance of the estimate.
    struct Row {
        double accuracy_m;
        double shares[8];
    };
    const double distances_m[] = {0, 20, 30, 40, 50, 60, 80, 100};
    const Row rows[] = {{10, {1.000, .998, .921, .467, .057, .001, 0, 0}},
                        {20, {.990, .898, .712, .433, .183, .050, .001, 0}},
                        {30, {.868, .734, .579, .397, .232, .112, .014, .001}},
                        {50, {.518, .457, .391, .313, .235, .164, .065, .019}},
                        {100, {.167, .160, .152, .141, .129, .115, .086, .059}}};
    const Fence fence = Fence::circle(station, 40);
    for (const Row &row : rows) {
        for (std::size_t column = 0; column < 8; ++column) {
            CAPTURE(row.accuracy_m, distances_m[column]);
            const LonLat estimate = destination(station, 70, distances_m[column]);
            CHECK(inside_probability(fence, estimate, row.accuracy_m / 1.510) == Approx(row.shares[column]).margin(0.00051));
        }
    }
}

TEST_CASE("the same 30 m at 60 m away mean .112 on Android, .122 on iOS and .039 in a browser") {
    const Fence fence = Fence::circle(station, 40);
    const LonLat estimate = destination(station, 200, 60);
    CHECK(inside_probability(fence, estimate, *sigma_m(Platform::android, 30)) == Approx(.112).margin(.001));
    CHECK(inside_probability(fence, estimate, *sigma_m(Platform::ios, 30)) == Approx(.122).margin(.001));
    CHECK(inside_probability(fence, estimate, *sigma_m(Platform::web, 30)) == Approx(.039).margin(.001));
    CHECK(sigma_m(Platform::unknown, 30) == sigma_m(Platform::android, 30));
}

TEST_CASE("the share inside a circle is exact to 1e-6 from pin-point to kilometres of sigma") {
    double worst = 0;
    for (const double radius_m : {1.0, 10.0, 25.0, 40.0, 100.0, 1000.0}) {
        const Fence fence = Fence::circle(station, radius_m);
        for (const double sigma : {0.1, 0.3, 1.0, 3.0, 8.0, 20.0, 66.0, 300.0, 2000.0, 10'000.0}) {
            for (const double sigmas_off : {-6.0, -3.0, -1.0, -0.1, 0.0, 0.1, 1.0, 3.0, 6.0}) {
                const double distance = radius_m + sigmas_off * sigma;
                if (distance < 0 || radius_m / sigma > 1000) { // the strips below would need to be finer
                    continue;
                }
                const double computed = inside_probability(fence, destination(station, 45, distance), sigma);
                worst = std::max(worst, std::abs(computed - circle_by_strips(distance, radius_m, sigma)));
            }
        }
    }
    CHECK(worst < 1e-6);
}

TEST_CASE("the share inside a circle agrees with the non-central chi-squared distribution") {
    std::mt19937_64 random(12);
    std::uniform_real_distribution<double> in_sigmas(0.01, 30);
    double worst = 0;
    for (int i = 0; i < 500; ++i) {
        const double radius = in_sigmas(random);
        const double distance = in_sigmas(random);
        constexpr double sigma = 20;
        const boost::math::non_central_chi_squared law(2, distance * distance);
        const Fence fence = Fence::circle(station, std::max(1.0, radius * sigma));
        const double expected = boost::math::cdf(law, std::pow(fence.radius_m() / sigma, 2));
        worst = std::max(worst, std::abs(inside_probability(fence, destination(station, 10, distance * sigma), sigma) - expected));
    }
    CHECK(worst < 1e-6);
}

TEST_CASE("the limits of the share: certain inside, nothing outside, a half on the edge, area over spread for the vaguest") {
    const Fence fence = Fence::circle(station, 100);
    CHECK(inside_probability(fence, station, 0.1) == 1);
    CHECK(inside_probability(fence, destination(station, 0, 200), 0.1) == 0);
    CHECK(inside_probability(fence, destination(station, 0, 100), 0.1) == Approx(0.5).margin(0.001));
    CHECK(inside_probability(fence, station, 10'000) == Approx(0.5e-4).epsilon(1e-3));
    CHECK(inside_probability(fence, station, 1e300) == 0);
    const Fence area = Fence::polygon(rectangle(50, 50));
    CHECK(inside_probability(area, station, 0.1) == 1);
    CHECK(inside_probability(area, off(200, 0), 0.1) == 0);
    CHECK(inside_probability(area, off(50, 0), 0.1) == Approx(0.5).margin(0.005));
    CHECK(inside_probability(area, off(50, 50), 0.1) == Approx(0.25).margin(0.005));
    CHECK(inside_probability(area, {-58, -34}, 1e7) == Approx(0).margin(1e-9));
}

TEST_CASE("the share inside a rectangle is the product of its sides") {
    std::mt19937_64 random(13);
    std::uniform_real_distribution<double> half(2, 150);
    std::uniform_real_distribution<double> at(-250, 250);
    std::uniform_real_distribution<double> log_sigma(std::log(0.1), std::log(1e4));
    double worst = 0;
    for (int i = 0; i < 3000; ++i) {
        const double half_east_m = half(random);
        const double half_north_m = half(random);
        const double east_m = at(random);
        const double north_m = at(random);
        const double sigma = std::exp(log_sigma(random));
        const double computed = inside_probability(Fence::polygon(rectangle(half_east_m, half_north_m)), off(east_m, north_m), sigma);
        // Corners in degrees and back in the fence's plane are a micrometre off: at sigma 0.1 m that is 1e-5 of it.
        worst = std::max(worst, std::abs(computed - rectangle_share(half_east_m, half_north_m, east_m, north_m, sigma)) - 2e-5 / sigma * 0.4);
    }
    CHECK(worst < 1e-6);
}

TEST_CASE("the share inside a polygon with a hole is the polygon's less the hole's") {
    const auto outer = rectangle(50, 30);
    const auto inner = rectangle(10, 10);
    Geometry holed = outer;
    holed.polygon_ends.clear();
    std::vector<LonLat> hole(inner.positions.rbegin(), inner.positions.rend());
    holed.add_part(hole);
    holed.end_polygon();
    for (const double sigma : {0.5, 5.0, 20.0, 200.0}) {
        for (const double east_m : {0.0, 8.0, 30.0, 70.0}) {
            const double expected = rectangle_share(50, 30, east_m, 3, sigma) - rectangle_share(10, 10, east_m, 3, sigma);
            CHECK(inside_probability(Fence::polygon(holed), off(east_m, 3), sigma) == Approx(expected).margin(2e-6));
        }
    }
}

TEST_CASE("an outline of many short edges has the same share as the same outline of four") {
    std::vector<LonLat> ring;
    const PlanePoint corners[] = {{-50, -30}, {50, -30}, {50, 30}, {-50, 30}, {-50, -30}};
    for (std::size_t side = 0; side < 4; ++side) {
        for (int i = 0; i < 40; ++i) {
            const double share = i / 40.0;
            ring.push_back(off(corners[side].east_m + share * (corners[side + 1].east_m - corners[side].east_m),
                               corners[side].north_m + share * (corners[side + 1].north_m - corners[side].north_m)));
        }
    }
    ring.push_back(ring.front());
    const Fence fence = Fence::polygon(Geometry::polygon({ring}));
    double worst = 0;
    for (const double sigma : {1.0, 3.0, 8.0, 30.0, 200.0, 5000.0}) {
        for (double east_m = -80; east_m <= 80; east_m += 5) {
            for (const double north_m : {0.0, 11.0, 29.9, 30.0, 45.0}) {
                const double expected = rectangle_share(50, 30, east_m, north_m, sigma);
                worst = std::max(worst, std::abs(inside_probability(fence, off(east_m, north_m), sigma) - expected) - 1e-5 / sigma);
            }
        }
    }
    CHECK(worst < 1e-6);
}

TEST_CASE("a polygon of many corners has the share of its circle") {
    std::vector<LonLat> ring;
    for (int i = 0; i < 720; ++i) {
        ring.push_back(destination(station, -0.5 * i, 40));
    }
    ring.push_back(ring.front());
    const Fence many = Fence::polygon(Geometry::polygon({ring}));
    const Fence circle = Fence::circle(station, 40);
    for (const double sigma : {2.0, 8.0, 30.0, 500.0}) {
        for (const double away_m : {0.0, 20.0, 40.0, 55.0, 120.0}) {
            const LonLat estimate = destination(station, 33, away_m);
            CHECK(inside_probability(many, estimate, sigma) == Approx(inside_probability(circle, estimate, sigma)).margin(3e-4));
        }
    }
}

TEST_CASE("across a long straight corridor the share is the strip's, past its end it fades") {
    const Fence fence = Fence::corridor(Geometry::line_string({off(-2000, 0), off(2000, 0)}), 30);
    for (const double sigma : {2.0, 8.0, 25.0, 100.0}) {
        for (const double away_m : {0.0, 10.0, 15.0, 30.0, 60.0}) {
            const double expected = normal_share((15 - away_m) / sigma) - normal_share((-15 - away_m) / sigma);
            CAPTURE(sigma, away_m);
            CHECK(inside_probability(fence, off(100, away_m), sigma) == Approx(expected).margin(2e-5 / sigma + 1e-6));
        }
    }
    CHECK(inside_probability(fence, off(2000, 0), 30) < 0.7 * inside_probability(fence, off(0, 0), 30));
}

TEST_CASE("shares are a random sample's, for a crooked polygon with a hole") {
    Geometry crooked = Geometry::polygon({{off(-60, -20), off(10, -45), off(70, -10), off(20, 0), off(55, 50), off(-40, 35), off(-60, -20)},
                                          {off(-20, -10), off(-25, 15), off(5, 10), off(-20, -10)}});
    const Fence fence = Fence::polygon(crooked);
    std::mt19937_64 random(14);
    std::normal_distribution<double> normal;
    for (const PlanePoint at : {PlanePoint{0, 0}, PlanePoint{60, 30}, PlanePoint{-15, 5}}) {
        for (const double sigma : {10.0, 40.0}) {
            constexpr int samples = 20'000;
            int inside = 0;
            for (int i = 0; i < samples; ++i) {
                inside += fence.contains(off(at.east_m + sigma * normal(random), at.north_m + sigma * normal(random))) ? 1 : 0;
            }
            // Five standard errors of a share of 20,000.
            CHECK(inside_probability(fence, off(at.east_m, at.north_m), sigma) == Approx(inside / double{samples}).margin(0.018));
        }
    }
}

} // namespace keyaki::geo
