#include "server/editing/feature_body.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "server/json_reader.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace keyaki;
using namespace keyaki::server;
using namespace keyaki::server::editing;

namespace {

/// "pointer: detail" of each error, parted by " | "; what the parser says where it is no JSON.
std::string errors_of(std::string_view text, BodyKind kind = BodyKind::feature) {
    try {
        static_cast<void>(parse_feature_body(text, kind));
    } catch (const FieldErrors &errors) {
        std::string all;
        for (const FieldError &error : errors.errors()) {
            all += (all.empty() ? "" : " | ") + error.pointer + ": " + error.detail;
        }
        return all;
    } catch (const geo::Error &error) {
        return error.what();
    }
    return "";
}

std::string with_geometry(std::string_view geometry) { return R"({"type":"Feature","properties":{},"geometry":)" + std::string(geometry) + "}"; }

geo::Geometry geometry_of(std::string_view geometry) {
    FeatureBody body = parse_feature_body(with_geometry(geometry), BodyKind::feature);
    Coordinates::Taken taken = std::move(*body.coordinates).take_as(*body.geometry_type);
    CHECK(taken.error == "");
    return taken.geometry;
}

} // namespace

TEST_CASE("a feature is read with its id, geometry and properties, whatever the order of its members") {
    const FeatureBody body = parse_feature_body(
        R"({"links":[{"href":"x","crs":{}}],"properties":{"名前":"池","n":5,"x":5.5,"b":true,"nothing":null},"bbox":[1,2,3,4],
            "geometry":{"coordinates":[139.5,35.7,60.2],"bbox":[1],"type":"Point"},"id":17,"type":"Feature","crs":null})",
        BodyKind::feature);
    CHECK(body.id == "17");
    CHECK(body.geometry_type == geo::GeometryType::point);
    geo::Properties expected;
    expected.set("名前", std::string("池"));
    expected.set("n", std::int64_t{5});
    expected.set("x", 5.5);
    expected.set("b", true);
    expected.set("nothing", std::monostate());
    CHECK(body.properties == expected);
}

TEST_CASE("geometries of every type come out as they went in") {
    CHECK(geometry_of(R"({"type":"Point","coordinates":[1,2]})") == geo::Geometry::point({1, 2}));
    CHECK(geometry_of(R"({"type":"LineString","coordinates":[[1,2],[3,4,9]]})") == geo::Geometry::line_string({{1, 2}, {3, 4}}));
    CHECK(geometry_of(R"({"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[5,2],[6,3],[6,2],[5,2]]]})") ==
          geo::Geometry::polygon({{{0, 0}, {9, 0}, {9, 9}, {0, 0}}, {{5, 2}, {6, 3}, {6, 2}, {5, 2}}}));
    const geo::Geometry points{geo::GeometryType::multi_point, {{1, 2}, {3, 4}}, {}, {}};
    CHECK(geometry_of(R"({"coordinates":[[1,2],[3,4]],"type":"MultiPoint"})") == points);
    const geo::Geometry lines{geo::GeometryType::multi_line_string, {{1, 2}, {3, 4}, {5, 6}, {7, 8}}, {2, 4}, {}};
    CHECK(geometry_of(R"({"coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]],"type":"MultiLineString"})") == lines);
    const geo::Geometry polygons{geo::GeometryType::multi_polygon, {{0, 0}, {1, 0}, {1, 1}, {0, 0}, {5, 5}, {6, 5}, {6, 6}, {5, 5}}, {4, 8}, {1, 2}};
    CHECK(geometry_of(R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]})") == polygons);
}

TEST_CASE("a body that is no feature is refused with the pointer of each mistake") {
    CHECK(errors_of("[]") == ": expected a GeoJSON feature, an object, found an array");
    CHECK(errors_of("7") == ": expected a GeoJSON feature, an object, found a number");
    CHECK(errors_of("{}") == "/type: expected \"Feature\", found nothing | /geometry: is required and is missing");
    CHECK(errors_of(R"({"type":"FeatureCollection","features":[]})") == "/type: expected \"Feature\", found \"FeatureCollection\"");
    CHECK(errors_of(with_geometry("null")) == "/geometry: every feature of a layer has a geometry, found null");
    CHECK(errors_of(with_geometry("5")) == "/geometry: expected an object, found a number");
    CHECK(errors_of(with_geometry(R"({"type":"Point"})")) == "/geometry/coordinates: is required and is missing");
    CHECK(errors_of(with_geometry(R"({"type":"Circle","coordinates":[1,2]})")) ==
          "/geometry/type: expected Point, LineString, Polygon, MultiPoint, MultiLineString or MultiPolygon, found \"Circle\"");
    CHECK(errors_of(with_geometry(R"({"type":"GeometryCollection","geometries":[]})")).find("/geometry/geometries: expected one geometry") !=
          std::string::npos);
    CHECK(errors_of(R"({"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"crs":{"name":"EPSG:6677"}})") ==
          "/crs: the CRS is said in the request's header Content-Crs, not in the body");
    CHECK(errors_of(R"({"type":7,"id":[],"geometry":{"type":"Point","coordinates":[1,2]},"properties":{"a":[1],"b/c":{"d":{}},"a":1}})") ==
          "/type: expected \"Feature\", found a number | /id: expected text or a whole number, found an array | "
          "/properties/a: expected text, a number, true, false or null, found an array | "
          "/properties/b~1c: expected text, a number, true, false or null, found an object | /properties/a: stands twice");
    CHECK(errors_of(R"({"type":"Feature","type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":null})") ==
          "/type: stands twice");
}

TEST_CASE("coordinates that are none are refused at their place") {
    const auto of = [](std::string_view coordinates) {
        return errors_of(with_geometry(R"({"type":"LineString","coordinates":)" + std::string(coordinates) + "}"));
    };
    CHECK(of("[]") == "/geometry/coordinates/0: expected positions, found an empty array");
    CHECK(of("[[1,2],[]]") == "/geometry/coordinates/1/0: expected positions, found an empty array");
    CHECK(of("[[1,2],[3]]") == "/geometry/coordinates/1/1: expected a position of two numbers, found one");
    CHECK(of("[[1,2],3]") == "/geometry/coordinates/0: expected an array of positions, found a number");
    CHECK(of("[[1,2],[3,\"4\"]]") == "/geometry/coordinates/1/1: expected a number, found text");
    CHECK(of("[[1,2],[3,null]]") == "/geometry/coordinates/1/1: expected a number, found null");
    CHECK(of("[[1,2],[3,4,5,6,7]]") == "/geometry/coordinates/1/4: expected a position of two numbers, found more than four");
    CHECK(of("[[1,2],[[3,4]]]").find("/geometry/coordinates/1/0") == 0);
    CHECK(of("[[1,2],[3,[4]]]") == "/geometry/coordinates/1/1: expected a number in a position, found an array");
    CHECK(of("[[[[[1,2]]]]]").find("found arrays that nest deeper") != std::string::npos);
    CHECK(of("{}") == "/geometry/coordinates: expected an array of numbers, found an object");
    FeatureBody body = parse_feature_body(with_geometry(R"({"type":"LineString","coordinates":[1,2]})"), BodyKind::feature);
    CHECK(std::move(*body.coordinates).take_as(geo::GeometryType::line_string).error ==
          "expected the coordinates of a LineString, with 2 brackets around each pair of numbers, found 1");
}

TEST_CASE("what is no JSON, nests too deeply or is too large is refused in a sentence") {
    CHECK(errors_of("").find("the body is not JSON") == 0);
    CHECK(errors_of(with_geometry(R"({"type":"Point","coordinates":[NaN,2]})")).find("the body is not JSON: parse error at line 1") == 0);
    CHECK(errors_of(with_geometry(R"({"type":"Point","coordinates":[1e999,2]})")).find("the body is not JSON") == 0);
    CHECK(errors_of("{\"type\":\"Feature\"").find("the body is not JSON") == 0);
    CHECK(errors_of("{\"a\":\"\xff\"}").find("the body is not JSON") == 0);
    CHECK(errors_of(std::string(100'000, '[')) == "the body nests deeper than 32 levels");
    std::string objects;
    for (int i = 0; i < 100; ++i) {
        objects += "{\"links\":";
    }
    CHECK(errors_of(objects) == "the body nests deeper than 32 levels");
    std::string many;
    for (std::size_t i = 0; i <= geo::max_properties_per_feature; ++i) {
        many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    }
    CHECK(errors_of(R"({"properties":{)" + many + "}}") == "expected a feature of at most 256 properties, found more");
    std::string line;
    for (std::size_t i = 0; i <= geo::max_positions_per_geometry; ++i) {
        line += i == 0 ? "[1,2]" : ",[1,2]";
    }
    CHECK(errors_of(with_geometry(R"({"type":"LineString","coordinates":[)" + line + "]}")) ==
          "expected a geometry of at most 1000000 positions, found more");
}

TEST_CASE("a patch names only what changes") {
    const FeatureBody body = parse_feature_body(R"({"properties":{"name":"新","old":null}})", BodyKind::patch);
    CHECK_FALSE(body.has_geometry);
    CHECK(*body.properties.find("old") == geo::Value(std::monostate()));
    CHECK(parse_feature_body(R"({"geometry":{"coordinates":[1,2]}})", BodyKind::patch).coordinates);
    CHECK(errors_of(R"({"properties":7})", BodyKind::patch) == "/properties: expected an object or null, found a number");
}
