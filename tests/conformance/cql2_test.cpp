// OGC CQL2 1.0 (21-065r2): each requirements class on a live server, in text and in JSON. What the operators mean in every corner is the business of
// tests/server/filter.
#include "tests/conformance/conformance.hpp"

#include "server/http/request.hpp"

#include <set>

using namespace keyaki::test::conformance;
using keyaki::server::http::percent_encode;

namespace {

using Ids = std::set<std::string>;

Ids selected(const std::string &filter, const char *language) {
    Ids ids;
    const std::string path = "/collections/events/items?filter-lang=" + std::string(language) + "&filter=" + percent_encode(filter);
    for (const Json &feature : all_items(path)) {
        ids.insert(feature["id"].get<std::string>());
    }
    return ids;
}

struct Case {
    const char *text;
    const char *json;
    Ids selects;
};

/// Of the four events: opening (1 April, a point), market (3 April, a point), walk (5 April, a line), always (no day, a point).
void check(const std::vector<Case> &cases) {
    for (const Case &one : cases) {
        INFO(one.text);
        CHECK(selected(one.text, "cql2-text") == one.selects);
        CHECK(selected(one.json, "cql2-json") == one.selects);
    }
}

bool refuses(const std::string &filter) { return get("/collections/events/items?filter=" + percent_encode(filter)).status == 400; }

} // namespace

TEST_CASE("Basic CQL2: comparisons, IS NULL, AND, OR, NOT and truth values",
          "[cql2][req/basic-cql2/cql2-filter][req/basic-cql2/property][req/basic-cql2/binary-comparison-predicate][req/basic-cql2/null-predicate]"
          "[req/cql2-text/basic-cql2][req/cql2-json/basic-cql2]") {
    check({
        {"name = '朝市'", R"({"op":"=","args":[{"property":"name"},"朝市"]})", {"market"}},
        {"name <> '朝市'", R"({"op":"<>","args":[{"property":"name"},"朝市"]})", {"opening", "walk", "always"}},
        {"day < DATE('2026-04-03')", R"({"op":"<","args":[{"property":"day"},{"date":"2026-04-03"}]})", {"opening"}},
        {"day <= DATE('2026-04-03')", R"({"op":"<=","args":[{"property":"day"},{"date":"2026-04-03"}]})", {"opening", "market"}},
        {"day > DATE('2026-04-03')", R"({"op":">","args":[{"property":"day"},{"date":"2026-04-03"}]})", {"walk"}},
        {"day >= DATE('2026-04-03')", R"({"op":">=","args":[{"property":"day"},{"date":"2026-04-03"}]})", {"market", "walk"}},
        {"day IS NULL", R"({"op":"isNull","args":[{"property":"day"}]})", {"always"}},
        {"NOT day IS NULL AND name <> '朝市'",
         R"({"op":"and","args":[{"op":"not","args":[{"op":"isNull","args":[{"property":"day"}]}]},{"op":"<>","args":[{"property":"name"},"朝市"]}]})",
         {"opening", "walk"}},
        {"name = '朝市' OR name = '常設'",
         R"({"op":"or","args":[{"op":"=","args":[{"property":"name"},"朝市"]},{"op":"=","args":[{"property":"name"},"常設"]}]})",
         {"market", "always"}},
        {"NOT day > DATE('2026-04-03')",
         R"({"op":"not","args":[{"op":">","args":[{"property":"day"},{"date":"2026-04-03"}]}]})",
         {"opening", "market"}},
        {"TRUE", "true", {"opening", "market", "walk", "always"}},
        {"FALSE", "false", {}},
    });
    CHECK(refuses("name = 5"));
    CHECK(refuses("nothing = 5"));
    CHECK(refuses("geometry = 5"));
}

TEST_CASE(
    "LIKE, BETWEEN and IN",
    "[cql2][req/advanced-comparison-operators/like-predicate][req/advanced-comparison-operators/between-predicate]"
    "[req/advanced-comparison-operators/in-predicate][req/cql2-text/advanced-comparison-operators][req/cql2-json/advanced-comparison-operators]") {
    check({
        {"name LIKE '朝%'", R"({"op":"like","args":[{"property":"name"},"朝%"]})", {"market"}},
        {"name LIKE '_会_'", R"({"op":"like","args":[{"property":"name"},"_会_"]})", {"opening"}},
        {"name NOT LIKE '%\\%%'",
         R"({"op":"not","args":[{"op":"like","args":[{"property":"name"},"%\\%%"]}]})",
         {"opening", "market", "walk", "always"}},
        {"day BETWEEN DATE('2026-04-02') AND DATE('2026-04-05')",
         R"({"op":"between","args":[{"property":"day"},{"date":"2026-04-02"},{"date":"2026-04-05"}]})",
         {"market", "walk"}},
        {"id IN ('walk', 'always')", R"({"op":"in","args":[{"property":"id"},["walk","always"]]})", {"walk", "always"}},
        {"id NOT IN ('walk', 'always')", R"({"op":"not","args":[{"op":"in","args":[{"property":"id"},["walk","always"]]}]})", {"opening", "market"}},
    });
}

TEST_CASE("CASEI and ACCENTI",
          "[cql2][req/case-insensitive-comparison/casei-function][req/accent-insensitive-comparison/accenti-function]"
          "[req/cql2-text/case-insensitive-comparison][req/cql2-json/case-insensitive-comparison][req/cql2-text/accent-insensitive-comparison]"
          "[req/cql2-json/accent-insensitive-comparison]") {
    check({
        {"CASEI(id) = CASEI('MARKET')",
         R"({"op":"=","args":[{"op":"casei","args":[{"property":"id"}]},{"op":"casei","args":["MARKET"]}]})",
         {"market"}},
        {"ACCENTI(id) = ACCENTI('wálk')",
         R"({"op":"=","args":[{"op":"accenti","args":[{"property":"id"}]},{"op":"accenti","args":["wálk"]}]})",
         {"walk"}},
        {"CASEI(id) LIKE CASEI('%AL%')",
         R"({"op":"like","args":[{"op":"casei","args":[{"property":"id"}]},{"op":"casei","args":["%AL%"]}]})",
         {"walk", "always"}},
    });
}

TEST_CASE("spatial functions with points, boxes and all other geometries",
          "[cql2][req/basic-spatial-functions/spatial-functions][req/basic-spatial-functions/spatial-predicate]"
          "[req/basic-spatial-functions-plus/spatial-data-types][req/spatial-functions/spatial-data-types][req/spatial-functions/spatial-functions]"
          "[req/cql2-text/basic-spatial-functions][req/cql2-text/basic-spatial-functions-plus][req/cql2-text/spatial-functions]"
          "[req/cql2-json/basic-spatial-functions][req/cql2-json/basic-spatial-functions-plus][req/cql2-json/spatial-functions]") {
    check({
        {"S_INTERSECTS(geometry, POINT(139.52 35.77))",
         R"({"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[139.52,35.77]}]})",
         {"opening", "walk"}},
        {"S_INTERSECTS(geometry, BBOX(139.525, 35.775, 139.535, 35.785))",
         R"({"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[139.525,35.775,139.535,35.785]}]})",
         {"market", "walk"}},
        {"S_DISJOINT(geometry, LINESTRING(139.52 35.77, 139.53 35.78))",
         R"({"op":"s_disjoint","args":[{"property":"geometry"},{"type":"LineString","coordinates":[[139.52,35.77],[139.53,35.78]]}]})",
         {"always"}},
        {"S_EQUALS(geometry, POINT(139.53 35.78))",
         R"({"op":"s_equals","args":[{"property":"geometry"},{"type":"Point","coordinates":[139.53,35.78]}]})",
         {"market"}},
        {"S_TOUCHES(geometry, MULTIPOINT((139.52 35.77), (100 0)))",
         R"({"op":"s_touches","args":[{"property":"geometry"},{"type":"MultiPoint","coordinates":[[139.52,35.77],[100,0]]}]})",
         {"walk"}},
        {"S_WITHIN(geometry, POLYGON((139.51 35.76, 139.535 35.76, 139.535 35.785, 139.51 35.785, 139.51 35.76)))",
         R"({"op":"s_within","args":[{"property":"geometry"},
            {"type":"Polygon","coordinates":[[[139.51,35.76],[139.535,35.76],[139.535,35.785],[139.51,35.785],[139.51,35.76]]]}]})",
         {"opening", "market"}},
        {"S_CROSSES(geometry, MULTILINESTRING((139.52 35.78, 139.53 35.78), (100 0, 101 0)))",
         R"({"op":"s_crosses","args":[{"property":"geometry"},{"type":"MultiLineString","coordinates":[[[139.52,35.78],[139.53,35.78]],[[100,0],[101,0]]]}]})",
         {"walk"}},
        {"S_OVERLAPS(geometry, LINESTRING(139.52 35.77, 139.53 35.79, 139.53 35.80))", // which holds all of the walk
         R"({"op":"s_overlaps","args":[{"property":"geometry"},{"type":"LineString","coordinates":[[139.52,35.77],[139.53,35.79],[139.53,35.8]]}]})",
         {}},
        {"S_CONTAINS(geometry, LINESTRING(139.52 35.77, 139.53 35.79))",
         R"({"op":"s_contains","args":[{"property":"geometry"},{"type":"LineString","coordinates":[[139.52,35.77],[139.53,35.79]]}]})",
         {"walk"}},
        {"S_INTERSECTS(geometry, MULTIPOLYGON(((139.539 35.789, 139.541 35.789, 139.541 35.791, 139.539 35.791, 139.539 35.789))))",
         R"({"op":"s_intersects","args":[{"property":"geometry"},
            {"type":"MultiPolygon","coordinates":[[[[139.539,35.789],[139.541,35.789],[139.541,35.791],[139.539,35.791],[139.539,35.789]]]]}]})",
         {"always"}},
        {"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(139.53 35.78), POINT(139.54 35.79)))",
         R"({"op":"s_intersects","args":[{"property":"geometry"},{"type":"GeometryCollection","geometries":[
            {"type":"Point","coordinates":[139.53,35.78]},{"type":"Point","coordinates":[139.54,35.79]}]}]})",
         {"market", "always"}},
    });
}

TEST_CASE("temporal functions of instants and intervals",
          "[cql2][req/temporal-functions/temporal-predicates][req/temporal-functions/temporal-functions][req/cql2-text/temporal-functions]"
          "[req/cql2-json/temporal-functions]") {
    check({
        {"T_AFTER(day, DATE('2026-04-03'))", R"({"op":"t_after","args":[{"property":"day"},{"date":"2026-04-03"}]})", {"walk"}},
        {"T_BEFORE(day, DATE('2026-04-03'))", R"({"op":"t_before","args":[{"property":"day"},{"date":"2026-04-03"}]})", {"opening"}},
        {"T_EQUALS(day, DATE('2026-04-03'))", R"({"op":"t_equals","args":[{"property":"day"},{"date":"2026-04-03"}]})", {"market"}},
        {"T_INTERSECTS(day, INTERVAL('2026-04-02', '..'))",
         R"({"op":"t_intersects","args":[{"property":"day"},{"interval":["2026-04-02",".."]}]})",
         {"market", "walk"}},
        {"T_DISJOINT(day, INTERVAL('2026-04-02', '..'))",
         R"({"op":"t_disjoint","args":[{"property":"day"},{"interval":["2026-04-02",".."]}]})",
         {"opening"}},
        {"T_DURING(INTERVAL(day, day), INTERVAL('2026-04-01', '2026-04-05'))",
         R"({"op":"t_during","args":[{"interval":[{"property":"day"},{"property":"day"}]},{"interval":["2026-04-01","2026-04-05"]}]})",
         {"market"}},
        {"T_CONTAINS(INTERVAL('2026-04-01', '2026-04-05'), INTERVAL(day, day))",
         R"({"op":"t_contains","args":[{"interval":["2026-04-01","2026-04-05"]},{"interval":[{"property":"day"},{"property":"day"}]}]})",
         {"market"}},
        {"T_STARTS(INTERVAL(day, '2026-04-06'), INTERVAL('2026-04-03', '..'))",
         R"({"op":"t_starts","args":[{"interval":[{"property":"day"},"2026-04-06"]},{"interval":["2026-04-03",".."]}]})",
         {"market"}},
        {"T_STARTEDBY(INTERVAL('2026-04-03', '..'), INTERVAL(day, '2026-04-06'))",
         R"({"op":"t_startedBy","args":[{"interval":["2026-04-03",".."]},{"interval":[{"property":"day"},"2026-04-06"]}]})",
         {"market"}},
        {"T_FINISHES(INTERVAL(day, '2026-04-06'), INTERVAL('2026-04-02', '2026-04-06'))",
         R"({"op":"t_finishes","args":[{"interval":[{"property":"day"},"2026-04-06"]},{"interval":["2026-04-02","2026-04-06"]}]})",
         {"market", "walk"}},
        {"T_FINISHEDBY(INTERVAL('2026-04-02', '2026-04-06'), INTERVAL(day, '2026-04-06'))",
         R"({"op":"t_finishedBy","args":[{"interval":["2026-04-02","2026-04-06"]},{"interval":[{"property":"day"},"2026-04-06"]}]})",
         {"market", "walk"}},
        {"T_MEETS(INTERVAL('2026-03-01', day), INTERVAL('2026-04-03', '..'))",
         R"({"op":"t_meets","args":[{"interval":["2026-03-01",{"property":"day"}]},{"interval":["2026-04-03",".."]}]})",
         {"market"}},
        {"T_METBY(INTERVAL('2026-04-03', '..'), INTERVAL('2026-03-01', day))",
         R"({"op":"t_metBy","args":[{"interval":["2026-04-03",".."]},{"interval":["2026-03-01",{"property":"day"}]}]})",
         {"market"}},
        {"T_OVERLAPS(INTERVAL('2026-03-01', day), INTERVAL('2026-04-02', '2026-05-01'))",
         R"({"op":"t_overlaps","args":[{"interval":["2026-03-01",{"property":"day"}]},{"interval":["2026-04-02","2026-05-01"]}]})",
         {"market", "walk"}},
        {"T_OVERLAPPEDBY(INTERVAL('2026-04-02', '2026-05-01'), INTERVAL('2026-03-01', day))",
         R"({"op":"t_overlappedBy","args":[{"interval":["2026-04-02","2026-05-01"]},{"interval":["2026-03-01",{"property":"day"}]}]})",
         {"market", "walk"}},
    });
    CHECK(refuses("T_DURING(day, INTERVAL('2026-04-02', '..'))")); // of intervals alone
}

TEST_CASE("properties and literals on either side, and arithmetic",
          "[cql2][req/property-property/withdraw-permissions][req/arithmetic/arithmetic][req/cql2-text/property-property]"
          "[req/cql2-json/property-property][req/cql2-text/arithmetic][req/cql2-json/arithmetic]") {
    check({
        {"name = name", R"({"op":"=","args":[{"property":"name"},{"property":"name"}]})", {"opening", "market", "walk", "always"}},
        {"'朝市' = name", R"({"op":"=","args":["朝市",{"property":"name"}]})", {"market"}},
        {"1 = 2", R"({"op":"=","args":[1,2]})", {}},
        {"(2 + 3) * 4 - 10 / 4 = 17.5 AND 7 % 4 = 3 AND 7 div 2 = 3 AND 2 ^ 3 = 8",
         R"({"op":"and","args":[
            {"op":"=","args":[{"op":"-","args":[{"op":"*","args":[{"op":"+","args":[2,3]},4]},{"op":"/","args":[10,4]}]},17.5]},
            {"op":"=","args":[{"op":"%","args":[7,4]},3]},{"op":"=","args":[{"op":"div","args":[7,2]},3]},{"op":"=","args":[{"op":"^","args":[2,3]},8]}]})",
         {"opening", "market", "walk", "always"}},
    });
}

TEST_CASE("quotes within a character literal are doubled or escaped", "[cql2][req/cql2-text/escaping]") {
    CHECK(selected("'it''s' = 'it\\'s'", "cql2-text").size() == 4);
}
