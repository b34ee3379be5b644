#include "server/filter/json_parser.hpp"
#include "server/filter/text_parser.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server::filter;

namespace {

/// A filter in both encodings of the standard; shapes of its clauses 6 and 7.
struct Pair {
    const char *text;
    const char *json;
};

void check(std::initializer_list<Pair> pairs) {
    for (const Pair &pair : pairs) {
        INFO(pair.text);
        CHECK(parse_text(pair.text) == parse_json_filter(pair.json));
    }
}

} // namespace

TEST_CASE("comparisons are the same tree in text and in JSON") {
    check({
        {"city='清瀬'", R"({"op":"=","args":[{"property":"city"},"清瀬"]})"},
        {"a <> 1.5", R"({"op":"<>","args":[{"property":"a"},1.5]})"},
        {"a < -1", R"({"op":"<","args":[{"property":"a"},-1]})"},
        {"a > 1e3", R"({"op":">","args":[{"property":"a"},1e3]})"},
        {"a <= .5", R"({"op":"<=","args":[{"property":"a"},0.5]})"},
        {"a >= 5.", R"({"op":">=","args":[{"property":"a"},5.0]})"},
        {"1 = a", R"({"op":"=","args":[1,{"property":"a"}]})"},
        {"\"from\" = \"to\"", R"({"op":"=","args":[{"property":"from"},{"property":"to"}]})"},
        {"open = false", R"({"op":"=","args":[{"property":"open"},false]})"},
        {"true", "true"},
        {"a = 9223372036854775807", R"({"op":"=","args":[{"property":"a"},9223372036854775807]})"},
        {"a = -9223372036854775808", R"({"op":"=","args":[{"property":"a"},-9223372036854775808]})"},
        {"a = 18446744073709551615", R"({"op":"=","args":[{"property":"a"},18446744073709551615]})"},
        {"updated >= date('1970-01-01')", R"({"op":">=","args":[{"property":"updated"},{"date":"1970-01-01"}]})"},
        {"updated = TIMESTAMP('1969-07-20T20:17:40.5Z')", R"({"op":"=","args":[{"property":"updated"},{"timestamp":"1969-07-20T20:17:40.5Z"}]})"},
        {"a = 'it''s \\'so\\''", R"({"op":"=","args":[{"property":"a"},"it's 'so'"]})"},
        {"a = 'a\\b'", R"({"op":"=","args":[{"property":"a"},"a\\b"]})"},
        {"a = ''", R"({"op":"=","args":[{"property":"a"},""]})"},
    });
}

TEST_CASE("logic is the same tree in text and in JSON") {
    check({
        {"a AND b AND c", R"({"op":"and","args":[{"property":"a"},{"property":"b"},{"property":"c"}]})"},
        {"a OR b AND NOT c",
         R"({"op":"or","args":[{"property":"a"},{"op":"and","args":[{"property":"b"},{"op":"not","args":[{"property":"c"}]}]}]})"},
        {"(a or b) and c", R"({"op":"and","args":[{"op":"or","args":[{"property":"a"},{"property":"b"}]},{"property":"c"}]})"},
        {"((a))", R"({"property":"a"})"},
        {"a IS NULL", R"({"op":"isNull","args":[{"property":"a"}]})"},
        {"a IS NOT NULL", R"({"op":"not","args":[{"op":"isNull","args":[{"property":"a"}]}]})"},
        {"NOT a IS NULL", R"({"op":"not","args":[{"op":"isNull","args":[{"property":"a"}]}]})"},
    });
}

TEST_CASE("LIKE, BETWEEN, IN and what overlooks case and accents are the same tree in text and in JSON") {
    check({
        {"name LIKE 'Smith%'", R"({"op":"like","args":[{"property":"name"},"Smith%"]})"},
        {"name NOT LIKE 'Smith\\%'", R"({"op":"not","args":[{"op":"like","args":[{"property":"name"},"Smith\\%"]}]})"},
        {"CASEI(name) LIKE CASEI('smith%')",
         R"({"op":"like","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["smith%"]}]})"},
        {"depth BETWEEN 100.0 and 150", R"({"op":"between","args":[{"property":"depth"},100.0,150]})"},
        {"depth not between 1 and a+1",
         R"({"op":"not","args":[{"op":"between","args":[{"property":"depth"},1,{"op":"+","args":[{"property":"a"},1]}]}]})"},
        {"city IN ('Toronto','東京')", R"({"op":"in","args":[{"property":"city"},["Toronto","東京"]]})"},
        {"n NOT IN (1)", R"({"op":"not","args":[{"op":"in","args":[{"property":"n"},[1]]}]})"},
        {"ACCENTI(a) = accenti(casei('é'))",
         R"({"op":"=","args":[{"op":"accenti","args":[{"property":"a"}]},{"op":"accenti","args":[{"op":"casei","args":["é"]}]}]})"},
    });
}

TEST_CASE("arithmetic and functions are the same tree in text and in JSON") {
    check({
        {"balance-150.0 > 0", R"({"op":">","args":[{"op":"-","args":[{"property":"balance"},150.0]},0]})"},
        {"a + b * c ^ 2 = 1",
         R"({"op":"=","args":[{"op":"+","args":[{"property":"a"},{"op":"*","args":[{"property":"b"},{"op":"^","args":[{"property":"c"},2]}]}]},1]})"},
        {"1 - 2 - 3 = a", R"({"op":"=","args":[{"op":"-","args":[{"op":"-","args":[1,2]},3]},{"property":"a"}]})"},
        {"a div 2 % 3 / 4 = 1", R"({"op":"=","args":[{"op":"/","args":[{"op":"%","args":[{"op":"div","args":[{"property":"a"},2]},3]},4]},1]})"},
        {"-a = 1", R"({"op":"=","args":[{"op":"*","args":[-1,{"property":"a"}]},1]})"},
        {"avg(wind, 'x', true) < 4", R"({"op":"<","args":[{"op":"avg","args":[{"property":"wind"},"x",true]},4]})"},
        {"now() = a", R"({"op":"=","args":[{"op":"now","args":[]},{"property":"a"}]})"},
    });
}

TEST_CASE("spatial functions and geometries are the same tree in text and in JSON") {
    check({
        {"S_INTERSECTS(geometry,POINT(36.319836 32.288087))",
         R"({"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[36.319836,32.288087]}]})"},
        {"s_equals(geometry, POINT Z (-1 2 3))", R"({"op":"s_equals","args":[{"property":"geometry"},{"type":"Point","coordinates":[-1,2,3]}]})"},
        {"S_DISJOINT(geometry, LINESTRING(0 0, 1 1))",
         R"({"op":"s_disjoint","args":[{"property":"geometry"},{"type":"LineString","coordinates":[[0,0],[1,1]]}]})"},
        {"S_TOUCHES(geometry, POLYGON((0 0, 9 0, 9 9, 0 0), (1 1, 2 1, 2 2, 1 1)))",
         R"({"op":"s_touches","args":[{"property":"geometry"},
            {"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]}]})"},
        {"S_WITHIN(geometry, MULTIPOINT((1 2), (3 4)))",
         R"({"op":"s_within","args":[{"property":"geometry"},{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}]})"},
        {"S_OVERLAPS(geometry, MULTILINESTRING((0 0, 1 1), (2 2, 3 3)))",
         R"({"op":"s_overlaps","args":[{"property":"geometry"},{"type":"MultiLineString","coordinates":[[[0,0],[1,1]],[[2,2],[3,3]]]}]})"},
        {"S_CROSSES(geometry, MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((2 2, 3 2, 3 3, 2 2))))",
         R"({"op":"s_crosses","args":[{"property":"geometry"},
            {"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[2,2],[3,2],[3,3],[2,2]]]]}]})"},
        {"S_CONTAINS(GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(0 0, 1 1)), geometry)",
         R"({"op":"s_contains","args":[{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},
            {"type":"LineString","coordinates":[[0,0],[1,1]]}]},{"property":"geometry"}]})"},
        {"S_INTERSECTS(geometry, BBOX(160.6,-55.95,-170,-25.89))",
         R"({"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[160.6,-55.95,-170,-25.89]}]})"},
        {"S_INTERSECTS(geometry, BBOX(1,2,3,4,5,6))", R"({"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2,3,4,5,6]}]})"},
    });
}

TEST_CASE("temporal functions and intervals are the same tree in text and in JSON") {
    check({
        {"T_INTERSECTS(at, INTERVAL('1969-07-16T05:32:00Z', '1969-07-24T16:50:35Z'))",
         R"({"op":"t_intersects","args":[{"property":"at"},{"interval":["1969-07-16T05:32:00Z","1969-07-24T16:50:35Z"]}]})"},
        {"T_DURING(INTERVAL(touchdown, liftOff), INTERVAL('1969-07-16', '..'))",
         R"({"op":"t_during","args":[{"interval":[{"property":"touchdown"},{"property":"liftOff"}]},{"interval":["1969-07-16",".."]}]})"},
        {"T_FINISHEDBY(a, b)", R"({"op":"t_finishedBy","args":[{"property":"a"},{"property":"b"}]})"},
        {"t_metby(a, b)", R"({"op":"t_metBy","args":[{"property":"a"},{"property":"b"}]})"},
        {"T_OVERLAPPEDBY(a, b) or T_STARTEDBY(a, b)",
         R"({"op":"or","args":[{"op":"t_overlappedBy","args":[{"property":"a"},{"property":"b"}]},
            {"op":"t_startedBy","args":[{"property":"a"},{"property":"b"}]}]})"},
        {"T_BEFORE(a, DATE('2026-01-01'))", R"({"op":"t_before","args":[{"property":"a"},{"date":"2026-01-01"}]})"},
    });
}

TEST_CASE("keywords are the same in any case and may be names where no bracket follows") {
    CHECK(parse_text("Not a Is nUlL aNd TRUE") == parse_text("NOT a IS NULL AND true"));
    CHECK(parse_text("date = point") == parse_text("\"date\" = \"point\""));
    CHECK(parse_text("a\t=\n1") == parse_text("a=1"));
}
