#include "server/geojson.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <limits>
#include <random>

using namespace keyaki;

namespace {

std::string written(const geo::Feature &feature) {
    std::string out;
    server::append_feature(out, feature);
    return out;
}

} // namespace

TEST_CASE("a feature is written as RFC 7946 says") {
    geo::Feature feature;
    feature.id = "kiyose-daiichi";
    feature.geometry = geo::Geometry::point({139.5262, 35.7857});
    feature.properties.set("name", std::string("清瀬第一"));
    feature.properties.set("capacity", std::int64_t{120});
    feature.properties.set("share", 0.5);
    feature.properties.set("open", true);
    feature.properties.set("note", std::monostate{});
    CHECK(written(feature) == R"({"type":"Feature","id":"kiyose-daiichi","geometry":{"type":"Point","coordinates":[139.5262,35.7857]},)"
                              R"("properties":{"name":"清瀬第一","capacity":120,"share":0.5,"open":true,"note":null}})");
}

TEST_CASE("a polygon with a hole and a multipolygon keep their rings") {
    geo::Geometry polygon = geo::Geometry::polygon({{{0, 0}, {4, 0}, {4, 4}, {0, 0}}, {{1, 1}, {2, 2}, {2, 1}, {1, 1}}});
    std::string out;
    server::append_geometry(out, polygon);
    CHECK(out == R"({"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]],[[1,1],[2,2],[2,1],[1,1]]]})");
    polygon.type = geo::GeometryType::multi_polygon;
    out.clear();
    server::append_geometry(out, polygon);
    CHECK(out == R"({"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]],[[1,1],[2,2],[2,1],[1,1]]]]})");
}

TEST_CASE("degrees are written with at most seven decimals and read back as they were") {
    std::mt19937_64 random(7);
    std::uniform_int_distribution<std::int64_t> lon(-1'800'000'000, 1'800'000'000);
    for (int i = 0; i < 20'000; ++i) {
        const double degrees = static_cast<double>(lon(random)) / 1e7;
        std::string out;
        server::append_geometry(out, geo::Geometry::point({degrees, -0.0000001}));
        const auto json = nlohmann::json::parse(out);
        REQUIRE(json["coordinates"][0].get<double>() == degrees);
        REQUIRE(json["coordinates"][1].get<double>() == -0.0000001);
    }
}

TEST_CASE("text is escaped, and bytes that are not UTF-8 do not break the document") {
    std::string out;
    server::append_json_string(out, std::string("a\"b\\c\n\x01") + "\xED\xA0\x80" + "\xF5\x80\x80\x80" + "髙\xE3\x81");
    const auto text = nlohmann::json::parse(out).get<std::string>();
    CHECK(text.rfind("a\"b\\c\n\x01", 0) == 0);
    CHECK(text.find("髙") != std::string::npos);
}

TEST_CASE("numbers that JSON does not have become null") {
    for (const double number : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        std::string out;
        server::append_json_value(out, number);
        CHECK(out == "null");
    }
}
