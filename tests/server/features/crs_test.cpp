// Coordinates in the systems that layers are given and asked for in.
#include "server/features/crs.hpp"

#include "geo/error.hpp"
#include "geo/reproject.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace keyaki;
using namespace keyaki::server;

namespace {

const Crs &epsg(int number) { return require_crs("http://www.opengis.net/def/crs/EPSG/0/" + std::to_string(number), "crs"); }

geo::LonLat in(const Crs &crs, geo::LonLat position) {
    geo::Geometry geometry = geo::Geometry::point(position);
    to_crs_in_place(crs, geometry);
    return geometry.positions.front();
}

constexpr geo::LonLat kiyose{139.5262, 35.7857};

} // namespace

TEST_CASE("the list begins with CRS84, holds the nineteen plane systems, and each is what PROJ says it is") {
    CHECK(supported_crs()[0].uri == "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    CHECK(storage_crs().code == "EPSG:6668");
    std::set<std::string> uris;
    for (const Crs &crs : supported_crs()) {
        INFO(crs.code);
        CHECK(uris.insert(crs.uri).second);
        const geo::CrsInfo info = geo::describe_crs(crs.code);
        CHECK(info.official_order_is_north_first == crs.is_north_first);
        CHECK(info.is_geographic == (crs.way == Crs::Way::degrees));
        CHECK((crs.code == "EPSG:6697" || crs.code == "OGC:CRS84" || info.name == crs.name)); // PROJ describes 6697's horizontal part
    }
    for (int number = 6669; number <= 6687; ++number) {
        CHECK(epsg(number).way == Crs::Way::projection);
    }
}

TEST_CASE("coordinates come in the authority's order of axes") {
    CHECK(in(crs84(), kiyose) == kiyose);
    for (const int number : {4326, 6668, 6697}) {
        CHECK(in(epsg(number), kiyose) == geo::LonLat{kiyose.lat_deg, kiyose.lon_deg});
    }
    // Of EPSG's system IX, origin 36° N 139°50' E: X counts north, Y east. As GDAL transforms it.
    const geo::LonLat plane = in(epsg(6677), kiyose);
    CHECK(plane.lon_deg == Approx(-23732.1959).margin(0.001));
    CHECK(plane.lat_deg == Approx(-27764.2671).margin(0.001));
    const geo::LonLat mercator = in(epsg(3857), kiyose);
    CHECK(mercator.lon_deg == Approx(15531985.5363).margin(0.001));
    CHECK(mercator.lat_deg == Approx(4271173.9467).margin(0.001));
    const geo::CrsPoint exact = geo::Reprojector::to_storage("EPSG:6677").from_storage(kiyose);
    CHECK(plane.lon_deg == exact.y);
    CHECK(plane.lat_deg == exact.x);
}

TEST_CASE("an unknown CRS is refused by the parameter's name") {
    for (const char *uri : {"", "EPSG:4326", "http://www.opengis.net/def/crs/EPSG/0/4301", "http://www.opengis.net/def/crs/EPSG/0/2451",
                            "http://www.opengis.net/def/crs/EPSG/0/4326 ", "http://www.example.org/"}) {
        CAPTURE(uri);
        CHECK_THROWS_WITH(require_crs(uri, "bbox-crs"), Catch::StartsWith("bbox-crs: expected one of the CRSs"));
    }
}

TEST_CASE("a box in degrees is read in the order of its CRS, over the antimeridian too") {
    CHECK(parse_bbox("139.4,35.7,139.6,35.9", crs84()).boxes == std::vector{geo::LonLatBox{139.4, 35.7, 139.6, 35.9}});
    CHECK(parse_bbox("35.7,139.4,35.9,139.6", epsg(6668)).boxes == std::vector{geo::LonLatBox{139.4, 35.7, 139.6, 35.9}});
    CHECK(parse_bbox("35.7,139.4,0,35.9,139.6,10", epsg(6697)).boxes == std::vector{geo::LonLatBox{139.4, 35.7, 139.6, 35.9}});
    CHECK(parse_bbox("177,65,-177,70", crs84()).boxes.size() == 2);
    CHECK(parse_bbox("65,177,70,-177", epsg(4326)).boxes.size() == 2);
    CHECK_THROWS_AS(parse_bbox("139.4,35.7,139.6,35.9", epsg(4326)), geo::Error);
}

TEST_CASE("a box of a plane system holds just what lies in it there") {
    const Crs &crs = epsg(6677);
    const geo::LonLat here = in(crs, kiyose);
    const auto around = [&](double north_m, double east_m) {
        return std::to_string(here.lon_deg - north_m) + "," + std::to_string(here.lat_deg - east_m) + "," + std::to_string(here.lon_deg + north_m) +
               "," + std::to_string(here.lat_deg + east_m);
    };
    const BoxArea area = parse_bbox(around(1000, 2000), crs);
    REQUIRE(area.boxes.size() == 1);
    CHECK_FALSE(area.is_exact);
    CHECK(area.boxes.front().contains(kiyose));
    // Corners of the rectangle lie within the lon/lat box, which is larger; just outside of the rectangle is not met.
    const geo::Reprojector back = geo::Reprojector::to_storage(crs.code);
    const auto meets = [&](double north_m, double east_m) {
        const geo::LonLat position = back(here.lat_deg + east_m, here.lon_deg + north_m);
        CHECK(area.boxes.front().contains(position));
        return has_common_point(crs, area.plane, geo::Geometry::point(position));
    };
    CHECK(meets(999.99, 1999.99));
    CHECK(meets(-999.99, -1999.99));
    CHECK_FALSE(meets(1000.01, 0));
    CHECK_FALSE(meets(0, -2000.01));
    CHECK_THROWS_WITH(parse_bbox("10,0,0,10", crs), Catch::StartsWith("bbox: expected the lower corner before the upper one"));
}

TEST_CASE("a box of Web Mercator is a box of the globe, and one without an end is everything") {
    const BoxArea all = parse_bbox("-1e12,-1e12,1e12,1e12", epsg(3857));
    REQUIRE(all.boxes.size() == 1);
    CHECK(all.boxes.front().contains({-180, -89.9}));
    CHECK(all.boxes.front().contains({180, 89.9}));
    const BoxArea everywhere = parse_bbox("-1e12,-1e12,1e12,1e12", epsg(6677));
    CHECK(everywhere.boxes.empty());
    CHECK(has_common_point(epsg(6677), everywhere.plane, geo::Geometry::point(kiyose)));
}

TEST_CASE("layers far from Japan are not offered in Japan's systems") {
    CHECK(can_express(epsg(6677), {122, 20, 154, 46}));
    CHECK_FALSE(can_express(epsg(6677), {13.2, 53.5, 13.3, 53.6}));
    CHECK_FALSE(can_express(epsg(6677), {-180, -85, 180, 85}));
    CHECK(can_express(epsg(3857), {-180, -85, 180, 85}));
    CHECK(can_express(epsg(6677), {}));
}
