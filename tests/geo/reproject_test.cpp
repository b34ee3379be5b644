#include "geo/reproject.hpp"

#include "geo/error.hpp"
#include "geo/geodesic.hpp"

#include <cmath>
#include <thread>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

constexpr LonLat station{139.5194, 35.7747};

double degrees(double whole, double minutes, double seconds) { return whole + minutes / 60 + seconds / 3600; }

} // namespace

TEST_CASE("the origin of plane IX is at 36° N 139°50' E, x counts east and y north") {
    const Reprojector from_plane = Reprojector::to_storage("EPSG:6677");
    const LonLat origin = from_plane(0, 0);
    CHECK(origin.lon_deg == Approx(139 + 50 / 60.0).margin(1e-10));
    CHECK(origin.lat_deg == Approx(36).margin(1e-10));
    CHECK(from_plane(1000, 0).lon_deg > origin.lon_deg);
    CHECK(from_plane(0, 1000).lat_deg > origin.lat_deg);
    CHECK(from_plane.accuracy_m() == 0.0);
    CHECK_FALSE(from_plane.datum_shift_is_approximate());
    // Scale 0.9999 on the central meridian.
    CHECK(distance_m(origin, from_plane(0, 1000)) == Approx(1000 / 0.9999).margin(0.01));
}

TEST_CASE("storage and WGS 84 go through unchanged, in the order of files") {
    for (const char *crs : {"EPSG:6668", "EPSG:4326", "OGC:CRS84", "4326", "epsg:4326", "urn:ogc:def:crs:EPSG::4326",
                            "http://www.opengis.net/def/crs/EPSG/0/4326", " EPSG:4612 "}) {
        CAPTURE(crs);
        const LonLat position = Reprojector::to_storage(crs)(station.lon_deg, station.lat_deg);
        CHECK(position.lon_deg == Approx(station.lon_deg).margin(1e-9));
        CHECK(position.lat_deg == Approx(station.lat_deg).margin(1e-9));
    }
}

TEST_CASE("the old Tokyo datum is shifted to within its stated accuracy, and says that it is approximate") {
    // The old datum's origin stone, and its official coordinates on JGD2011 (政令第三百二十二号).
    const LonLat on_tokyo{degrees(139, 44, 40.5020), degrees(35, 39, 17.5148)};
    const LonLat on_jgd2011{degrees(139, 44, 28.8869), degrees(35, 39, 29.1572)};
    const Reprojector shift = Reprojector::to_storage("EPSG:4301");
    const LonLat shifted = shift(on_tokyo.lon_deg, on_tokyo.lat_deg);
    CHECK(distance_m(on_tokyo, on_jgd2011) > 400);
    CHECK(distance_m(shifted, on_jgd2011) < 2);
    CHECK(shift.crs().is_tokyo_datum);
    if (shift.datum_shift_is_approximate()) { // where tky2jgd is installed it is not
        REQUIRE(shift.accuracy_m());
        CHECK(*shift.accuracy_m() >= 9);
        CHECK(*shift.accuracy_m() <= 10);
    } else {
        CHECK(*shift.accuracy_m() < 2);
    }
    CHECK_FALSE(shift.operation_name().empty());
}

TEST_CASE("every CRS that Japanese files come in is known, goes to storage and back, and is never a pretence") {
    std::vector<int> codes{4326, 6668, 4612, 3857, 4301, 32653, 32654, 6690, 3100, 3095};
    for (int zone = 0; zone < 19; ++zone) {
        codes.insert(codes.end(), {6669 + zone, 2443 + zone, 30161 + zone});
    }
    for (const int code : codes) {
        CAPTURE(code);
        const Reprojector reprojector = Reprojector::to_storage("EPSG:" + std::to_string(code));
        const bool is_tokyo = code == 4301 || code == 3095 || (code >= 30161 && code <= 30179);
        CHECK(reprojector.crs().code == "EPSG:" + std::to_string(code));
        CHECK(reprojector.crs().is_tokyo_datum == is_tokyo);
        CHECK_FALSE((reprojector.datum_shift_is_approximate() && !is_tokyo));
        REQUIRE(reprojector.accuracy_m());
        CHECK(*reprojector.accuracy_m() <= (is_tokyo ? 10 : 2));
        CHECK(reprojector.operation_name().find("Ballpark") == std::string::npos);
        const CrsPoint point = reprojector.from_storage({135.5, 35});
        const LonLat back = reprojector(point.x, point.y);
        CHECK(distance_m(back, {135.5, 35}) < (is_tokyo ? 0.01 : 0.001));
    }
}

TEST_CASE("the same zone on the old and the new datum differ by the shift of some hundred metres") {
    for (int zone = 0; zone < 19; ++zone) {
        const Reprojector now = Reprojector::to_storage("EPSG:" + std::to_string(6669 + zone));
        const Reprojector old = Reprojector::to_storage("EPSG:" + std::to_string(30161 + zone));
        CAPTURE(zone);
        // 380 m in the north to 700 m on the southern islands; at the origin, because each zone's plane is bent far away from its own.
        CHECK(distance_m(old(0, 0), now(0, 0)) == Approx(540).margin(180));
    }
}

TEST_CASE("a CRS describes itself") {
    const CrsInfo plane = describe_crs("EPSG:6677");
    CHECK(plane.name == "JGD2011 / Japan Plane Rectangular CS IX");
    CHECK_FALSE(plane.is_geographic);
    CHECK(plane.official_order_is_north_first);
    CHECK(plane.first_axis == "Northing (north, metre)");
    CHECK(plane.second_axis == "Easting (east, metre)");
    const CrsInfo geographic = describe_crs("EPSG:4301");
    CHECK(geographic.is_geographic);
    CHECK(geographic.is_tokyo_datum);
    CHECK_FALSE(describe_crs("EPSG:3857").official_order_is_north_first);
}

TEST_CASE("an Esri .prj is recognised by what it means") {
    const char *tokyo = R"(GEOGCS["GCS_Tokyo",DATUM["D_Tokyo",SPHEROID["Bessel_1841",6377397.155,299.1528128]],)"
                        R"(PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]])";
    CHECK(describe_crs(tokyo).is_tokyo_datum);
    CHECK(describe_crs(tokyo).code == "EPSG:4301");
    CHECK(distance_m(Reprojector::to_storage(tokyo)(station.lon_deg, station.lat_deg), station) > 400);

    const char *plane_9 = R"(PROJCS["JGD_2011_Japan_Zone_9",GEOGCS["GCS_JGD_2011",DATUM["D_JGD_2011",SPHEROID["GRS_1980",6378137.0,298.257222101]],)"
                          R"(PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],)"
                          R"(PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",139.8333333333333],)"
                          R"(PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",36.0],UNIT["Meter",1.0]])";
    const CrsPoint expected = Reprojector::to_storage("EPSG:6677").from_storage(station);
    const LonLat position = Reprojector::to_storage(plane_9)(expected.x, expected.y);
    CHECK(distance_m(position, station) < 0.001);

    const char *ksj = R"(GEOGCS["GCS_JGD_2000",DATUM["D_JGD_2000",SPHEROID["GRS_1980",6378137.0,298.257222101]],)"
                      R"(PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]])";
    CHECK(describe_crs(ksj).code == "EPSG:4612");
}

TEST_CASE("WKT 1 of the old datum with TOWGS84 is still the old datum") {
    const char *bound = R"(GEOGCS["Tokyo",DATUM["Tokyo",SPHEROID["Bessel 1841",6377397.155,299.1528128,AUTHORITY["EPSG","7004"]],)"
                        R"(TOWGS84[-146.414,507.337,680.507,0,0,0,0],AUTHORITY["EPSG","6301"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],)"
                        R"(UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4301"]])";
    CHECK(describe_crs(bound).code == "EPSG:4301");
    CHECK(describe_crs(bound).is_tokyo_datum);
}

TEST_CASE("a CRS with heights is its horizontal part, also where that is the old datum") {
    const LonLat new_datum = Reprojector::to_storage("EPSG:6697")(station.lon_deg, station.lat_deg);
    CHECK(distance_m(new_datum, station) < 0.001);
    CHECK(describe_crs("EPSG:7414").is_tokyo_datum);
    const Reprojector from_old = Reprojector::to_storage("EPSG:7414");
    CHECK(from_old.datum_shift_is_approximate());
    CHECK(distance_m(from_old(139.5, 35.7), Reprojector::to_storage("EPSG:4301")(139.5, 35.7)) < 0.001);
    CHECK(distance_m(from_old(139.5, 35.7), {139.5, 35.7}) > 400);
}

TEST_CASE("what is no CRS of ours is refused with what was asked") {
    CHECK_THROWS_WITH(Reprojector::to_storage("EPSG:1"), Catch::Contains("\"EPSG:1\""));
    CHECK_THROWS_WITH(Reprojector::to_storage("+proj=longlat +datum=WGS84"), Catch::Contains("expected EPSG:<number>, OGC:CRS84 or WKT"));
    CHECK_THROWS_WITH(Reprojector::to_storage("/etc/passwd"), Catch::Contains("\"/etc/passwd\""));
    CHECK_THROWS_AS(Reprojector::to_storage(""), Error);
    CHECK_THROWS_AS(Reprojector::to_storage("GEOGCS[\"broken\""), Error);
    CHECK_THROWS_WITH(Reprojector::to_storage("EPSG:5773"), Catch::Contains("no horizontal CRS")); // heights
    CHECK_THROWS_WITH(Reprojector::to_storage("EPSG:4978"), Catch::Contains("no horizontal CRS")); // geocentric
    CHECK_THROWS_AS(Reprojector::to_storage(std::string(100'000, 'G')), Error);
    try {
        (void)Reprojector::to_storage("EPSG:99999999");
        FAIL("an unknown code was taken");
    } catch (const Error &error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
    }
}

TEST_CASE("a datum without a known way to ours is refused, not pretended") {
    // NAD27 in Ohio: PROJ would only offer a ballpark.
    CHECK_THROWS_WITH(Reprojector::to_storage("EPSG:3734"), Catch::Contains("no way from it to JGD2011") || Catch::Contains("EPSG:3734"));
    const char *nameless = R"(GEOGCS["unknown",DATUM["unknown",SPHEROID["Bessel 1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0],)"
                           R"(UNIT["degree",0.0174532925199433]])";
    CHECK_THROWS_WITH(Reprojector::to_storage(nameless), Catch::Contains("no way from it to JGD2011"));
}

TEST_CASE("a point that the CRS cannot express is refused and named") {
    const Reprojector degrees_in = Reprojector::to_storage("EPSG:4326");
    CHECK_THROWS_WITH(degrees_in(35.7747, 139.5194), Catch::Contains("x 35.7747 y 139.5194")); // latitude and longitude swapped
    CHECK_THROWS_AS(degrees_in(std::nan(""), 35), Error);
    CHECK_THROWS_AS(Reprojector::to_storage("EPSG:6677")(1e30, 1e30), Error);
    std::vector<LonLat> many(3000, station);
    many[2500] = {139, 95};
    CHECK_THROWS_WITH(degrees_in.to_storage_in_place(many), Catch::Contains("x 139 y 95"));
    CHECK_THROWS_AS(degrees_in.from_storage({std::nan(""), 0}), Error);
}

TEST_CASE("many points at once are the same as one by one") {
    const Reprojector plane = Reprojector::to_storage("EPSG:6677");
    Geometry line = Geometry::line_string(std::vector<LonLat>(3000, {-28'000, -25'000}));
    plane.to_storage_in_place(line);
    for (const LonLat position : line.positions) {
        REQUIRE(position == plane(-28'000, -25'000));
    }
}

TEST_CASE("each thread has its own and all get the same") {
    const LonLat expected = Reprojector::to_storage("EPSG:30169")(-28'000, -25'000);
    std::vector<LonLat> found(4);
    std::vector<std::thread> threads;
    for (LonLat &mine : found) {
        threads.emplace_back([&mine] { mine = Reprojector::to_storage("EPSG:30169")(-28'000, -25'000); });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(found == std::vector<LonLat>(4, expected));
}

} // namespace keyaki::geo
