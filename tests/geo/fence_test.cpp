#include "geo/fence.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"

#include <cmath>
#include <numbers>
#include <random>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

constexpr LonLat station{139.5194, 35.7747}; // Kiyose

LonLat off(double east_m, double north_m) { return LocalPlane(station).to_lon_lat({east_m, north_m}); }

Geometry ring_of(const std::vector<PlanePoint> &points) {
    std::vector<LonLat> ring;
    for (const PlanePoint point : points) {
        ring.push_back(off(point.east_m, point.north_m));
    }
    ring.push_back(ring.front());
    return Geometry::polygon({ring});
}

/// A plaza of 100 x 60 m with a pond of 20 x 20 m in its middle.
Geometry plaza() {
    return Geometry::polygon({{off(-50, -30), off(50, -30), off(50, 30), off(-50, 30), off(-50, -30)},
                              {off(-10, -10), off(-10, 10), off(10, 10), off(10, -10), off(-10, -10)}});
}

} // namespace

TEST_CASE("a circle contains its centre and ends at its radius") {
    const Fence fence = Fence::circle(station, 40);
    CHECK(fence.signed_distance_m(station) == Approx(40));
    for (double azimuth = 0; azimuth < 360; azimuth += 15) {
        CHECK(fence.contains(destination(station, azimuth, 39.999)));
        CHECK_FALSE(fence.contains(destination(station, azimuth, 40.001)));
        CHECK(fence.signed_distance_m(destination(station, azimuth, 5000)) == Approx(40 - 5000).margin(1e-4));
    }
    CHECK(fence.area_m2() == Approx(std::numbers::pi * 1600));
}

TEST_CASE("a polygon's distance is to its nearest edge, its hole is outside") {
    const Fence fence = Fence::polygon(plaza());
    CHECK(fence.signed_distance_m(off(0, 25)) == Approx(5).margin(1e-3));
    CHECK(fence.signed_distance_m(off(30, 0)) == Approx(20).margin(1e-3));
    CHECK(fence.signed_distance_m(off(0, 0)) == Approx(-10).margin(1e-3));
    CHECK(fence.signed_distance_m(off(53, 34)) == Approx(-5).margin(1e-3));
    CHECK(fence.contains(off(-50 + 1e-3, 0)));
    CHECK_FALSE(fence.contains(off(-50 - 1e-3, 0)));
    CHECK(fence.area_m2() == Approx(100 * 60 - 20 * 20).epsilon(1e-5));
    CHECK(fence.outer_radius_m() == Approx(std::hypot(50, 30)).epsilon(1e-5));
}

TEST_CASE("a fence of two polygons is both, and the gap between is outside") {
    Geometry two = ring_of({{0, 0}, {20, 0}, {20, 20}, {0, 20}});
    two.type = GeometryType::multi_polygon;
    const Geometry other = ring_of({{40, 0}, {60, 0}, {60, 20}, {40, 20}});
    two.add_part(other.part(0));
    two.end_polygon();
    const Fence fence = Fence::polygon(two);
    CHECK(fence.contains(off(10, 10)));
    CHECK(fence.contains(off(50, 10)));
    CHECK(fence.signed_distance_m(off(30, 10)) == Approx(-10).margin(1e-3));
}

TEST_CASE("a corridor reaches half its width to each side and around its ends") {
    const Fence fence = Fence::corridor(Geometry::line_string({off(-100, 0), off(100, 0), off(100, 100)}), 20);
    CHECK(fence.radius_m() == 10);
    CHECK(fence.signed_distance_m(off(0, 0)) == Approx(10).margin(1e-3));
    CHECK(fence.signed_distance_m(off(0, 10.5)) == Approx(-0.5).margin(1e-3));
    CHECK(fence.signed_distance_m(off(-107, 7.2)) == Approx(10 - std::hypot(7, 7.2)).margin(1e-3));
    CHECK(fence.contains(off(109, 50)));
    // 300 m of 20 m width, two half round ends, and at the bend a quarter disc outside less what both arms share inside.
    const double expected_m2 = 300 * 20 + std::numbers::pi * 100 + std::numbers::pi * 25 - 100;
    CHECK(fence.area_m2() == Approx(expected_m2).epsilon(1e-3));
}

TEST_CASE("far outside the distance is to the circle around the fence, never more than the distance itself") {
    const Fence fence = Fence::polygon(plaza());
    std::mt19937_64 random(4);
    std::uniform_real_distribution<double> azimuth(0, 360);
    for (const double away_m : {49'000.0, 51'000.0, 500'000.0, 19'000'000.0}) {
        const LonLat position = destination(station, azimuth(random), away_m);
        const double outside_m = -fence.signed_distance_m(position);
        CHECK(outside_m <= away_m - 30 + 1);
        CHECK(outside_m >= away_m - 60);
    }
}

TEST_CASE("the bounds hold everything within the margin and little else") {
    std::mt19937_64 random(8);
    std::uniform_real_distribution<double> share(-1, 1);
    const std::vector<Fence> fences{Fence::circle(station, 40), Fence::polygon(plaza()),
                                    Fence::corridor(Geometry::line_string({off(-300, -20), off(200, 150)}), 30), Fence::circle(station, 20'000)};
    for (const Fence &fence : fences) {
        for (const double margin_m : {0.0, 25.0}) {
            const LonLatBox box = fence.bounds(margin_m);
            const double reach_m = fence.outer_radius_m() + margin_m;
            for (int i = 0; i < 5000; ++i) {
                const LonLat position = fence.plane().to_lon_lat({share(random) * reach_m, share(random) * reach_m});
                if (fence.signed_distance_m(position) >= -margin_m) {
                    REQUIRE(box.contains(position));
                }
            }
            const double height_m = distance_m({fence.centre().lon_deg, box.south_deg}, {fence.centre().lon_deg, box.north_deg});
            CHECK(height_m <= 2 * reach_m * 1.01);
        }
    }
}

TEST_CASE("the bounds of a fence at the antimeridian end there") {
    const LonLatBox box = Fence::circle({179.9999, 0}, 1000).bounds();
    CHECK(box.east_deg == 180);
    CHECK(box.west_deg > 179.9);
}

TEST_CASE("a feature makes the fence that its geometry and numbers say") {
    CHECK(Fence::of_feature(Geometry::point(station), 40, std::nullopt).shape() == FenceShape::circle);
    CHECK(Fence::of_feature(plaza(), std::nullopt, std::nullopt).shape() == FenceShape::polygon);
    CHECK(Fence::of_feature(Geometry::line_string({off(0, 0), off(50, 0)}), std::nullopt, 12).shape() == FenceShape::corridor);
}

TEST_CASE("a fence that cannot be is refused with a sentence") {
    const auto line = Geometry::line_string({off(0, 0), off(50, 0)});
    CHECK_THROWS_WITH(Fence::of_feature(Geometry::point(station), std::nullopt, std::nullopt), "the fence of a Point needs radius_m, found none");
    CHECK_THROWS_WITH(Fence::of_feature(plaza(), 40, std::nullopt), "radius_m belongs to the fence of a Point, found it on a Polygon");
    CHECK_THROWS_WITH(Fence::of_feature(line, std::nullopt, std::nullopt), "the fence of a LineString needs width_m, found none");
    CHECK_THROWS_WITH(Fence::of_feature(Geometry::point(station), 0.5, std::nullopt), Catch::Contains("1 to 50000 m, found 0.5"));
    CHECK_THROWS_AS(Fence::circle(station, std::nan("")), Error);
    CHECK_THROWS_AS(Fence::circle({139, 89}, 40), Error);
    CHECK_THROWS_AS(Fence::circle({200, 35}, 40), Error);
    CHECK_THROWS_AS(Fence::corridor(line, 20'000), Error);
    CHECK_THROWS_WITH(Fence::polygon(ring_of({{0, 0}, {20, 20}, {20, 0}, {0, 20}})), Catch::Contains("Self-intersection at "));
    CHECK_THROWS_AS(Fence::of_feature(Geometry{GeometryType::multi_point, {station, station}, {}, {}}, 40, std::nullopt), Error);
    CHECK_THROWS_WITH(Fence::polygon(Geometry::polygon({{{139, 35}, {141, 35}, {141, 36}, {139, 35}}})),
                      Catch::Contains("half the extent of a fence"));
}

TEST_CASE("a fence of more positions than are allowed is refused with both numbers, before anything is worked out of it") {
    std::vector<LonLat> ring(max_fence_positions, station); // and one that closes it
    ring.push_back(station);
    try {
        (void)Fence::polygon(Geometry::polygon({ring}));
        FAIL("a fence of 100,001 positions was taken");
    } catch (const Error &error) {
        CHECK(error.kind() == ErrorKind::too_large);
        CHECK_THAT(error.what(), Catch::Contains("may have at most 100000 positions, found 100001"));
    }
}

TEST_CASE("a feature describes its own fence by radius_m or width_m, or by being an area; others have none") {
    Feature point{"a", Geometry::point(station), {}};
    CHECK_FALSE(Fence::of_feature(point).has_value());
    point.properties.set("radius_m", std::int64_t{40});
    CHECK(Fence::of_feature(point).value().radius_m() == 40);
    point.properties.set("radius_m", 12.5);
    CHECK(Fence::of_feature(point).value().radius_m() == 12.5);
    for (const Value &nothing : {Value{}, Value{std::string("40")}, Value{true}}) {
        point.properties.set("radius_m", nothing);
        CHECK_FALSE(Fence::of_feature(point).has_value());
    }
    point.properties.set("radius_m", 0.0);
    CHECK_THROWS_WITH(Fence::of_feature(point), Catch::Contains("1 to 50000 m, found 0"));

    Feature line{"b", Geometry::line_string({station, off(100, 0)}), {}};
    line.properties.set("radius_m", 40.0);
    CHECK_FALSE(Fence::of_feature(line).has_value());
    line.properties.set("width_m", 30.0);
    CHECK(Fence::of_feature(line).value().shape() == FenceShape::corridor);

    Feature area{"c", plaza(), {}};
    area.properties.set("radius_m", 40.0);
    CHECK(Fence::of_feature(area).value().shape() == FenceShape::polygon);
    const Geometry points{GeometryType::multi_point, {station, off(5, 5)}, {}, {}};
    CHECK_FALSE(Fence::of_feature(Feature{"d", points, {}}).has_value());
}

} // namespace keyaki::geo
