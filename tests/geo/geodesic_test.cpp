#include "geo/geodesic.hpp"

#include "tests/support/shared_data.hpp"

#include <cmath>
#include <fstream>
#include <numbers>
#include <random>
#include <regex>
#include <sstream>

#include <catch2/catch.hpp>
#include <geodesic.h>

namespace keyaki::geo {

namespace {

double karney_m(LonLat a, LonLat b) {
    geod_geodesic grs80;
    geod_init(&grs80, 6378137, 1 / 298.257222101);
    double length = 0;
    geod_inverse(&grs80, a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg, &length, nullptr, nullptr);
    return length;
}

} // namespace

TEST_CASE("distances up to 2 km are the geodesic's to 0.02 mm, wherever on Earth, and to 0.005 mm in Japan") {
    std::mt19937_64 random(5);
    std::uniform_real_distribution<double> lon(-180, 180);
    std::uniform_real_distribution<double> lat(-90, 90);
    std::uniform_real_distribution<double> azimuth(0, 360);
    std::uniform_real_distribution<double> length(0, 2000);
    double worst_m = 0;
    double worst_in_japan_m = 0;
    for (int i = 0; i < 200'000; ++i) {
        const LonLat a{lon(random), lat(random)};
        const double wanted_m = length(random);
        const LonLat b = destination(a, azimuth(random), wanted_m);
        const double error_m = std::abs(distance_m(a, b) - wanted_m);
        worst_m = std::max(worst_m, error_m);
        if (std::abs(a.lat_deg) < 46) {
            worst_in_japan_m = std::max(worst_in_japan_m, error_m);
        }
    }
    CHECK(worst_m < 2e-5);
    CHECK(worst_in_japan_m < 5e-6);
}

TEST_CASE("long distances are the geodesic's") {
    // Karney's example: New York JFK to London Heathrow, 5551.759400 km on WGS 84.
    CHECK(distance_m({-73.8, 40.6}, {-0.5, 51.6}) == Approx(5551759.400).margin(0.01));
    CHECK(distance_m({139.5, 35.8}, {139.5, 35.8}) == 0);
    CHECK(distance_m({179.9999, 35}, {-179.9999, 35}) == Approx(karney_m({179.9999, 35}, {-179.9999, 35})).margin(1e-5));
    CHECK(distance_m({0, 89.9999}, {180, 89.9999}) == Approx(karney_m({0, 89.9999}, {180, 89.9999})).margin(1e-5));
}

TEST_CASE("the length of a line is the sum over its parts, not across the gaps") {
    Geometry lines{GeometryType::multi_line_string, {}, {}, {}};
    lines.add_part(std::vector<LonLat>{{139.5, 35.7}, {139.5, 35.701}, {139.501, 35.701}});
    lines.add_part(std::vector<LonLat>{{139.6, 35.7}, {139.6, 35.701}});
    const double north_m = karney_m({139.5, 35.7}, {139.5, 35.701});
    const double east_m = karney_m({139.5, 35.701}, {139.501, 35.701});
    CHECK(length_m(lines) == Approx(2 * north_m + east_m).margin(1e-4));
}

TEST_CASE("the area of a field between two meridians and two parallels is the closed formula's") {
    // Snyder 1987, (3-12): half of the zone's q function, on GRS 80.
    const double e = std::sqrt((2 - 1 / 298.257222101) / 298.257222101);
    const auto q = [e](double lat_deg) {
        const double s = std::sin(lat_deg * std::numbers::pi / 180);
        return (1 - e * e) * (s / (1 - e * e * s * s) + std::atanh(e * s) / e);
    };
    const double expected_m2 = 6378137.0 * 6378137.0 / 2 * (q(35.81) - q(35.76)) * (0.05 * std::numbers::pi / 180);
    std::vector<LonLat> ring; // parallels are no geodesics: many short edges
    for (int i = 0; i <= 1000; ++i) {
        ring.push_back({139.5 + i * 0.00005, 35.76});
    }
    for (int i = 1000; i >= 0; --i) {
        ring.push_back({139.5 + i * 0.00005, 35.81});
    }
    ring.push_back(ring.front());
    CHECK(area_m2(Geometry::polygon({ring})) == Approx(expected_m2).epsilon(1e-8));
    std::vector<LonLat> turned(ring.rbegin(), ring.rend());
    CHECK(area_m2(Geometry::polygon({turned})) == Approx(expected_m2).epsilon(1e-8));
}

TEST_CASE("holes take their area away whatever their winding") {
    const std::vector<LonLat> outer{{139, 35}, {139.02, 35}, {139.02, 35.02}, {139, 35.02}, {139, 35}};
    const std::vector<LonLat> hole{{139.005, 35.005}, {139.005, 35.015}, {139.015, 35.015}, {139.015, 35.005}, {139.005, 35.005}};
    const std::vector<LonLat> turned(hole.rbegin(), hole.rend());
    const double expected_m2 = area_m2(Geometry::polygon({outer})) - area_m2(Geometry::polygon({hole}));
    CHECK(area_m2(Geometry::polygon({outer, hole})) == Approx(expected_m2));
    CHECK(area_m2(Geometry::polygon({outer, turned})) == Approx(expected_m2));
}

TEST_CASE("the city of Kiyose has the area that the Geospatial Information Authority states") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "jp/kiyose/13221_boundary_geolonia_n03.geojson");
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    const std::string json = text.str();
    const std::regex pair(R"(\[\s*(1[34]\d\.\d+)\s*,\s*(3\d\.\d+)\s*\])");
    std::vector<LonLat> ring;
    for (auto match = std::sregex_iterator(json.begin(), json.end(), pair); match != std::sregex_iterator(); ++match) {
        ring.push_back({std::stod((*match)[1]), std::stod((*match)[2])});
    }
    REQUIRE(ring.size() > 500);
    REQUIRE(ring.front() == ring.back());
    CHECK(area_m2(Geometry::polygon({ring})) / 1e6 == Approx(10.23).epsilon(0.01)); // 全国都道府県市区町村別面積調: 10.23 km²
}

TEST_CASE("the local plane keeps distances as its contract says") {
    struct Bound {
        double reach_m;
        double error_m;
    };
    std::mt19937_64 random(9);
    std::uniform_real_distribution<double> lon(-180, 180);
    std::uniform_real_distribution<double> lat(-45, 45);
    std::uniform_real_distribution<double> azimuth(0, 360);
    std::uniform_real_distribution<double> share(0, 1);
    for (const Bound bound : {Bound{5'000, 0.0015}, Bound{10'000, 0.02}, Bound{30'000, 0.4}}) {
        double worst_m = 0;
        for (int i = 0; i < 20'000; ++i) {
            const LonLat origin{lon(random), lat(random)};
            const LocalPlane plane(origin);
            const LonLat a = destination(origin, azimuth(random), bound.reach_m * share(random));
            const LonLat b = destination(origin, azimuth(random), bound.reach_m * share(random));
            const PlanePoint pa = plane.to_plane(a);
            const PlanePoint pb = plane.to_plane(b);
            const double planar_m = std::hypot(pa.east_m - pb.east_m, pa.north_m - pb.north_m);
            worst_m = std::max(worst_m, std::abs(planar_m - distance_m(a, b)));
        }
        CAPTURE(bound.reach_m, worst_m);
        CHECK(worst_m < bound.error_m);
    }
}

TEST_CASE("the local plane comes back to where it was") {
    std::mt19937_64 random(10);
    std::uniform_real_distribution<double> lon(-180, 180);
    std::uniform_real_distribution<double> lat(-80, 80);
    std::uniform_real_distribution<double> azimuth(0, 360);
    std::uniform_real_distribution<double> length(0, 100'000);
    for (int i = 0; i < 20'000; ++i) {
        const LocalPlane plane({lon(random), lat(random)});
        const LonLat position = destination(plane.origin(), azimuth(random), length(random));
        REQUIRE(distance_m(plane.to_lon_lat(plane.to_plane(position)), position) < 1e-5);
    }
}

TEST_CASE("east and north of the local plane point east and north") {
    const LocalPlane plane({139.5265, 35.7857});
    const PlanePoint east = plane.to_plane(destination(plane.origin(), 90, 1000));
    const PlanePoint north = plane.to_plane(destination(plane.origin(), 0, 1000));
    CHECK(east.east_m == Approx(1000).margin(0.001));
    CHECK(east.north_m == Approx(0).margin(0.001));
    CHECK(north.east_m == Approx(0).margin(0.001));
    CHECK(north.north_m == Approx(1000).margin(0.001));
}

} // namespace keyaki::geo
