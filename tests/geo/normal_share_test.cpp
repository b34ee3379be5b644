#include "geo/normal_share.hpp"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include <boost/math/distributions/non_central_chi_squared.hpp>
#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

/// An outline of corners in units, as runs of edges.
struct Outline {
    std::vector<std::int32_t> east;
    std::vector<std::int32_t> north;

    void add(std::int32_t at_east, std::int32_t at_north) {
        east.push_back(at_east);
        north.push_back(at_north);
    }
    void close() {
        do {
            add(east.front(), north.front());
        } while ((east.size() - 1) % edge_lanes != 0);
    }
};

Outline rectangle(std::int32_t half_east, std::int32_t half_north) {
    Outline outline;
    outline.add(-half_east, -half_north);
    outline.add(half_east, -half_north);
    outline.add(half_east, half_north);
    outline.add(-half_east, half_north);
    outline.close();
    return outline;
}

template <typename Wide>
double share_in(const Outline &outline, Wide east, Wide north, double sigma) {
    OutlineShare<Wide> share(east, north, static_cast<float>(1 / sigma));
    for (std::size_t run = 0; run + 1 < outline.east.size(); run += edge_lanes) {
        share.add_edges(&outline.east[run], &outline.north[run]);
    }
    return static_cast<double>(share.share());
}

double normal_share(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double rectangle_share(double half_east, double half_north, double east, double north, double sigma) {
    const auto side = [sigma](double half, double at) { return normal_share((half - at) / sigma) - normal_share((-half - at) / sigma); };
    return side(half_east, east) * side(half_north, north);
}

} // namespace

TEST_CASE("the share inside a rectangle is the product of its sides to 4e-6, inside, outside, on the edges and at the corners") {
    const Outline outline = rectangle(60'000, 30'000);
    double worst = 0;
    for (const double sigma : {1'000.0, 3'000.0, 10'000.0, 40'000.0, 300'000.0}) {
        for (std::int32_t east = -119'999; east <= 120'000; east += 4'000) {
            for (const std::int32_t north : {-1, 1, 9'001, 29'999, 30'001, 29'001, 45'001, 80'001}) {
                const double exact = rectangle_share(60'000, 30'000, east, north, sigma);
                worst = std::max(worst, std::abs(share_in<std::int32_t>(outline, east, north, sigma) - exact));
                worst = std::max(worst, std::abs(share_in<std::int64_t>(outline, east, north, sigma) - exact));
            }
        }
    }
    CHECK(worst < 4e-6);
}

TEST_CASE("one unit beside an edge, a corner or an edge's line the share goes on without a jump") {
    const Outline outline = rectangle(60'000, 30'000);
    double worst = 0;
    for (const double sigma : {2'000.0, 20'000.0}) {
        for (const std::int32_t corner_east : {-60'000, 0, 60'000, 100'000}) {
            for (const std::int32_t corner_north : {-30'000, 30'000, 200}) {
                for (const std::int32_t off_east : {-3, -1, 1, 3}) {
                    for (const std::int32_t off_north : {-3, -1, 1, 3}) {
                        const std::int32_t east = corner_east + off_east;
                        const std::int32_t north = corner_north + off_north;
                        worst = std::max(worst, std::abs(share_in<std::int32_t>(outline, east, north, sigma) -
                                                         rectangle_share(60'000, 30'000, east, north, sigma)));
                    }
                }
            }
        }
    }
    CHECK(worst < 4e-6);
}

TEST_CASE("far edges tell by their ends whether the position is inside") {
    const Outline outline = rectangle(60'000, 30'000);
    OutlineShare<std::int32_t> inside(1, 1, 1e-3F);
    inside.add_far_edges(-30'000, -30'000, false);
    inside.add_far_edges(-30'000, 30'000, true); // the east side, upwards
    inside.add_far_edges(30'000, -30'000, false);
    CHECK(inside.share() == 1);
    OutlineShare<std::int32_t> outside(-100'001, 1, 1e-3F);
    outside.add_far_edges(-30'000, 30'000, true);
    outside.add_far_edges(30'000, -30'000, true);
    CHECK(outside.share() == 0);
    CHECK(share_in<std::int32_t>(outline, 1, 1, 1'000) == 1);
}

TEST_CASE("the share inside a circle agrees with the non-central chi-squared distribution to 2e-6") {
    std::mt19937_64 random(12);
    std::uniform_real_distribution<double> in_sigmas(0.01, 30);
    std::uniform_real_distribution<double> beside(-5.5, 5.5);
    double worst = 0;
    for (int i = 0; i < 2'000; ++i) {
        const double radius = in_sigmas(random);
        const double distance = i % 2 == 0 ? in_sigmas(random) : std::abs(radius + beside(random));
        const boost::math::non_central_chi_squared law(2, distance * distance);
        worst = std::max(worst, std::abs(static_cast<double>(circle_share(distance, radius)) - boost::math::cdf(law, radius * radius)));
    }
    CHECK(worst < 2e-6);
    CHECK(circle_share(0, 1) == Approx(1 - std::exp(-0.5)).margin(1e-6));
    CHECK(circle_share(6'250, 6'250) == Approx(0.5).margin(1e-4));
    CHECK(circle_share(0, 1e-3) == Approx(5e-7).margin(1e-6));
    CHECK(circle_share(100, 1) == 0);
    CHECK(circle_share(1, 100) == 1);
}

TEST_CASE("a half plane holds the share at its reach, and hardly more") {
    for (const double share : {1e-3, 0.01, 0.02, 0.2, 0.49, 0.5}) {
        const double reach = half_plane_reach(share);
        CHECK(normal_share(-reach) <= share);
        CHECK(normal_share(-reach + 1e-3) >= share);
    }
}

} // namespace keyaki::geo
