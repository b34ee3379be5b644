#include "server/filter/json_parser.hpp"
#include "server/filter/limits.hpp"
#include "server/filter/selection.hpp"
#include "server/filter/text_parser.hpp"
#include "tests/server/filter/filter_support.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace keyaki;
using namespace keyaki::server::filter;
using keyaki::test::sentence_of;

namespace {

struct Case {
    std::string filter;
    std::string sentence;
};

void check_text(const std::vector<Case> &cases) {
    for (const Case &one : cases) {
        INFO(one.filter.substr(0, 200));
        CHECK(sentence_of([&] { (void)parse_text(one.filter); }) == "filter, at " + one.sentence);
    }
}

void check_json(const std::vector<Case> &cases) {
    for (const Case &one : cases) {
        INFO(one.filter.substr(0, 200));
        CHECK(sentence_of([&] { (void)parse_json_filter(one.filter); }) == one.sentence);
    }
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

} // namespace

TEST_CASE("text that is no filter is refused with the character, what was expected and what was found") {
    check_text({
        {"", "character 1: expected a property, a literal or a bracket, found the end of the filter"},
        {"   ", "character 4: expected a property, a literal or a bracket, found the end of the filter"},
        {"THIS IS NOT A FILTER", "character 13: expected NULL after IS, found \"A\""},
        {"a =", "character 4: expected a property, a literal or a bracket, found the end of the filter"},
        {"a = 1 b", "character 7: expected an operator or the end of the filter, found \"b\""},
        {"a == 1", "character 4: expected a property, a literal or a bracket, found \"=\""},
        {"a != 1", "character 3: expected a name, a literal or an operator, found \"!\""},
        {"a = 1 = 2", "character 7: expected an operator or the end of the filter, found \"=\""},
        {"(a = 1", "character 7: expected ) for the bracket at character 1, found the end of the filter"},
        {"a = 1)", "character 6: expected an operator or the end of the filter, found \")\""},
        {"a = 'x", "character 5: expected a closing ' for \"'x\", found the end of the filter"},
        {"a = 'x\\'", "character 5: expected a closing ' for \"'x\\'\", found the end of the filter"},
        {"\"a = 1", "character 1: expected a closing \" for \"\"a = 1\", found the end of the filter"},
        {"\"\" = 1", "character 1: expected a property's name, found \"\"\"\""},
        {"a AND", "character 6: expected a property, a literal or a bracket, found the end of the filter"},
        {"OR a", "character 1: expected a property, a literal or a bracket, found \"OR\""},
        {"NOT", "character 4: expected a property, a literal or a bracket, found the end of the filter"},
        {"a IS 1", "character 6: expected NULL after IS, found \"1\""},
        {"a NOT = 1", "character 7: expected LIKE, BETWEEN or IN after NOT, found \"=\""},
        {"a BETWEEN 1 OR 2", "character 13: expected AND between the two ends of BETWEEN, found \"OR\""},
        {"a IN 1", "character 6: expected ( after IN, found \"1\""},
        {"a IN ()", "character 7: expected a property, a literal or a bracket, found \")\""},
        {"a IN (1,", "character 9: expected a property, a literal or a bracket, found the end of the filter"},
        {"a IN (1 2)", "character 9: expected ) or , in the list of IN, found \"2\""},
        {"CASEI() = 'x'", "character 1: expected one argument in the brackets of CASEI, found 0"},
        {"S_INTERSECTS(geometry)", "character 1: expected two arguments in the brackets of S_INTERSECTS, found 1"},
        {"a = 1e999", "character 5: expected a number that a double holds, found \"1e999\""},
        {"a = +b", "character 6: expected a number after +, found \"b\""},
        {"DATE('2026-02-30') = a", "character 6: expected a date such as '2026-04-01', found \"'2026-02-30'\""},
        {"DATE(2026) = a", "character 6: expected a text such as '2026-04-01', found \"2026\""},
        {"TIMESTAMP('2026-02-03') = a", "character 11: expected a timestamp such as '2026-04-01T00:00:00Z', found \"'2026-02-03'\""},
        {"T_AFTER(a, INTERVAL('x', '..'))", "character 21: expected a date, a timestamp or '..' as an end of INTERVAL, found \"'x'\""},
        {"T_AFTER(a, INTERVAL('..'))", "character 25: expected , between the ends of INTERVAL, found \")\""},
        {"S_WITHIN(geometry, POINT(1))", "character 27: expected a coordinate, found \")\""},
        {"S_WITHIN(geometry, POINT(1, 2))", "character 27: expected a coordinate, found \",\""},
        {"S_WITHIN(geometry, LINESTRING(1 2))", "character 30: expected a line of at least 2 positions, found 1"},
        {"S_WITHIN(geometry, POLYGON((0 0, 1 1, 0 0)))",
         "character 28: expected a ring of at least 4 positions whose last is its first, found 3 positions"},
        {"S_WITHIN(geometry, POLYGON((0 0, 1 0, 1 1, 2 2)))",
         "character 28: expected a ring of at least 4 positions whose last is its first, found 4 positions with another one last"},
        {"S_WITHIN(geometry, BBOX(1, 2, 3))", "character 20: expected 4 or 6 numbers in BBOX, found 3"},
        {"S_WITHIN(geometry, GEOMETRYCOLLECTION(BBOX(1, 2, 3, 4)))",
         "character 39: expected POINT, LINESTRING, POLYGON or one of their MULTI forms, found \"BBOX\""},
        {"A_CONTAINS(a, b)", "character 1: expected a function that is offered here, found \"A_CONTAINS\": no property is an array"},
        {"a = 清瀬'", "character 7: expected a closing ' for \"'\", found the end of the filter"},
        {"a = 1;DROP TABLE x", "character 6: expected a name, a literal or an operator, found \";\""},
        {"a = \x01", "character 5: expected a name, a literal or an operator, found the control character U+0001"},
        {std::string("a = 1\0", 6), "character 6: expected a name, a literal or an operator, found the control character U+0000"},
        {"a = '\xFF'", "character 1: expected UTF-8, found bytes that are not"},
    });
}

TEST_CASE("JSON that is no filter is refused with the pointer, what was expected and what was found") {
    check_json({
        {"", "filter is not JSON: line 1, column 1 cannot be read as such"},
        {"{", "filter is not JSON: line 1, column 2 cannot be read as such"},
        {"null", "filter, at /: expected an operation, a property or a literal, found nothing"},
        {"[]", "filter, at /: expected an operation, a property or a literal, found an array of 0"},
        {"{}", "filter, at /: expected \"op\", \"property\", \"date\", \"timestamp\", \"interval\", \"bbox\" or a geometry's \"type\", found an "
               "empty object"},
        {R"({"op":"="})", "filter, at /: expected an object with \"op\" and an array \"args\", found an object with \"op\""},
        {R"({"op":"=","args":{}})", "filter, at /: expected an object with \"op\" and an array \"args\", found an object with \"args\""},
        {R"({"op":"=","args":[1,2],"x":1})", "filter, at /: expected an object with \"op\" and an array \"args\", found an object with \"args\""},
        {R"({"op":5,"args":[1,2]})", "filter, at /op: expected an operator's name, found 5"},
        {R"({"op":"=","args":[1]})", "filter, at /args: expected exactly 2 for \"=\", found an array of 1"},
        {R"({"op":"and","args":[true]})", "filter, at /args: expected at least 2 for \"and\", found an array of 1"},
        {R"({"op":"not","args":[true,true]})", "filter, at /args: expected exactly 1 for \"not\", found an array of 2"},
        {R"({"op":"=","args":[1,null]})", "filter, at /args/1: expected an operation, a property or a literal, found nothing"},
        {R"({"op":"in","args":[1,2]})", "filter, at /args: expected a value and an array of at least one, found an array of 2"},
        {R"({"op":"in","args":[1,[]]})", "filter, at /args: expected a value and an array of at least one, found an array of 2"},
        {R"({"property":5})", "filter, at /property: expected a property's name, found 5"},
        {R"({"property":""})", "filter, at /property: expected a property's name, found \"\""},
        {R"({"property":"a","x":1})", "filter, at /: expected an object with \"property\" alone, found an object with \"property\""},
        {R"({"date":"yesterday"})", "filter, at /date: expected a date such as \"2026-04-01\", found \"yesterday\""},
        {R"({"timestamp":5})", "filter, at /timestamp: expected a timestamp such as \"2026-04-01T00:00:00Z\", found 5"},
        {R"({"interval":["2026-01-01"]})", "filter, at /interval: expected an array of begin and end, found an array of 1"},
        {R"({"interval":[5,".."]})", "filter, at /interval/0: expected an instant, \"..\" or a property, found 5"},
        {R"({"interval":[{"interval":["..",".."]},".."]})",
         "filter, at /interval/0: expected an instant, \"..\" or a property, found an object with \"interval\""},
        {R"({"type":"Circle","coordinates":[1,2]})", "filter, at /type: expected a type of GeoJSON's geometries, found \"Circle\""},
        {R"({"type":"Point"})", "filter, at /coordinates: expected coordinates, found nothing"},
        {R"({"type":"Point","coordinates":[1]})", "filter, at /coordinates: expected a position of two or three numbers, found an array of 1"},
        {R"({"type":"Point","coordinates":[1,"2"]})", "filter, at /coordinates/1: expected a number, found \"2\""},
        {R"({"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]})",
         "filter, at /coordinates/0: expected a ring of at least 4 positions whose last is its first, found 3 positions"},
        {R"({"type":"GeometryCollection","geometries":[]})", "filter, at /geometries: expected an array of geometries, found an array of 0"},
        {R"({"bbox":[1,2,3]})", "filter, at /bbox: expected a bbox of 4 or 6 numbers, found an array of 3"},
        {R"({"op":"=","args":[{"property":"a"},1e999]})", "filter holds a number that no computer's double can hold"},
        {R"({"op":"a_equals","args":[1,2]})",
         "filter, at /op: expected a function that is offered here, found \"a_equals\": no property is an array"},
    });
}

TEST_CASE("a filter that does not fit the layer is refused when it is bound") {
    const auto layer = test::shelters();
    const Queryables queryables = queryables_of(*layer);
    const std::vector<Case> cases{
        {"size = 1", "character 1: expected a property that the layer has (see its queryables), found \"size\""},
        {"a AND size", "character 1: expected a property that the layer has (see its queryables), found \"a\""},
        {"name = 1", "character 8: expected a text to compare with property \"name\", a text, found a number"},
        {"capacity = '1'", "character 12: expected a number to compare with property \"capacity\", a number, found a text"},
        {"capacity = name", "character 12: expected a number to compare with property \"capacity\", a number, found property \"name\", a text"},
        {"capacity = DATE('2026-01-01')",
         "character 12: expected a number to compare with property \"capacity\", a number, found a date or timestamp"},
        {"'2026-01-01' = DATE('2026-01-01')", "character 16: expected a text to compare with a text, found a date or timestamp"},
        {"geometry = 1", "character 1: expected a scalar to compare, found property \"geometry\", a geometry"},
        {"capacity = POINT(1 2)", "character 12: expected a number to compare with property \"capacity\", a number, found a geometry"},
        {"capacity", "character 1: expected a filter that is true or false, found property \"capacity\", a number"},
        {"'x'", "character 1: expected a filter that is true or false, found a text"},
        {"capacity AND open", "character 1: expected a truth value for and, found property \"capacity\", a number"},
        {"NOT name", "character 5: expected a truth value for not, found property \"name\", a text"},
        {"capacity LIKE '1%'", "character 1: expected a text for like, found property \"capacity\", a number"},
        {"name LIKE 5", "character 11: expected a text for like, found a number"},
        {"name LIKE name", "character 11: expected a text as pattern of LIKE, perhaps in CASEI or ACCENTI, found one that is not constant"},
        {"name LIKE '" + std::string(300, '_') + "'", "character 11: expected a pattern of at most 255 characters besides %, found more"},
        {"name + 1 = 2", "character 1: expected a number for +, found property \"name\", a text"},
        {"CASEI(capacity) = 'x'", "character 7: expected a text for casei, found property \"capacity\", a number"},
        {"capacity BETWEEN 1 AND 'x'", "character 24: expected a number to compare with property \"capacity\", a number, found a text"},
        {"capacity IN (1, 'x')", "character 17: expected a number to compare with property \"capacity\", a number, found a text"},
        {"S_INTERSECTS(name, POINT(1 2))", "character 14: expected a geometry for s_intersects, found property \"name\", a text"},
        {"S_INTERSECTS(geometry, 5)", "character 24: expected a geometry for s_intersects, found a number"},
        {"S_INTERSECTS(geometry, POINT(1000000 1000000))",
         "character 24: expected longitudes within ±180 and latitudes within ±90, found 1000000 1000000"},
        {"S_INTERSECTS(geometry, BBOX(1000000, 1000000, 2000000, 2000000))",
         "character 24: expected longitudes within ±180 and latitudes within ±90, found 1000000 1000000"},
        {"S_INTERSECTS(geometry, BBOX(0, 2, 1, 1))", "character 24: expected south <= north in a box, found 2 > 1"},
        {"S_WITHIN(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))", "character 20: expected a valid geometry, found Self-intersection at 1 1"},
        {"S_WITHIN(geometry, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(0 0, 1 1)))",
         "character 1: expected points, lines or polygons for s_within, found a collection of several of them, which only s_intersects and "
         "s_disjoint take"},
        {"T_AFTER(capacity, DATE('2026-01-01'))", "character 9: expected an instant or interval for t_after, found property \"capacity\", a number"},
        {"T_DURING(built, INTERVAL('2026-01-01', '..'))", "character 10: expected an interval for t_during, found an instant, which only t_after, "
                                                          "t_before, t_disjoint, t_equals and t_intersects take"},
        {"T_AFTER(built, INTERVAL('2026-01-02', '2026-01-01'))",
         "character 16: expected an interval whose begin is not behind its end, found one that is"},
        {"T_AFTER(built, INTERVAL('2026-01-02', '2026-01-03T00:00:00Z'))",
         "character 16: expected two dates or two timestamps as ends of an interval, found one of each"},
        {"T_AFTER(INTERVAL(capacity, '..'), built)",
         "character 18: expected an instant as end of an interval, found property \"capacity\", a number"},
        {"buffer(geometry, 5) = 1", "character 1: expected CASEI, ACCENTI or one of the S_ and T_ functions, found \"buffer\""},
    };
    for (const Case &one : cases) {
        INFO(one.filter.substr(0, 200));
        CHECK(sentence_of([&] { (void)bind(parse_text(one.filter), queryables, crs84()); }) == "filter, at " + one.sentence);
    }
    CHECK(sentence_of([&] {
              (void)bind(parse_json_filter(R"({"op":"and","args":[true,{"op":"=","args":[{"property":"x"},1]}]})"), queryables, crs84());
          }) == "filter, at /args/1/args/0: expected a property that the layer has (see its queryables), found \"x\"");
}

TEST_CASE("nesting is refused before it can fill the stack") {
    for (const std::string &opening :
         {std::string("("), std::string("NOT "), std::string("CASEI("), std::string("-("), std::string("f("), std::string("S_INTERSECTS("),
          std::string("INTERVAL(INTERVAL("), std::string("a IN ("), std::string("a LIKE (")}) {
        INFO(opening);
        CHECK_FALSE(sentence_of([&] { (void)parse_text(repeated(opening, 60'000 / opening.size())); }).empty());
    }
    CHECK(sentence_of([] { (void)parse_text(repeated("(", 100) + "TRUE" + repeated(")", 100)); }) ==
          "filter, at character 49: expected at most 48 levels of brackets and operators, found more");
    CHECK(sentence_of([] { (void)parse_text(repeated("NOT ", 100) + "TRUE"); }).ends_with("levels of brackets and operators, found more"));
    CHECK(sentence_of([] { (void)parse_text("0" + repeated("+1", 100) + " = a"); }).ends_with("expected at most 48 levels of operators, found more"));
    CHECK(sentence_of([] { (void)parse_json_filter(repeated(R"({"op":"not","args":[)", 2'000) + "true" + repeated("]}", 2'000)); }) ==
          "filter nests deeper than 104 levels");
    CHECK(sentence_of([] { (void)parse_json_filter(repeated("[", 60'000)); }) == "filter nests deeper than 104 levels");
    CHECK(sentence_of([] {
              (void)parse_json_filter(repeated(R"({"op":"not","args":[)", 48) + "true" + repeated("]}", 48));
          }).ends_with("expected at most 48 levels of operators, found more"));
    CHECK(parse_text(repeated("(", 40) + "a" + repeated(")", 40)) == parse_text("a"));
}

TEST_CASE("a filter has at most 64 KB and 10,000 parts") {
    CHECK(sentence_of([] { (void)parse_text(std::string(65'537, ' ')); }) == "filter, at byte 65536: expected at most 65536 bytes, found 65537");
    CHECK(sentence_of([] { (void)parse_json_filter(std::string(65'537, ' ')); }) == "filter, at /: expected at most 65536 bytes, found 65537");
    CHECK(sentence_of([] {
              (void)parse_text("a IN (1" + repeated(",1", 20'000) + ")");
          }).ends_with("expected at most 10000 literals, names and operators, found more"));
}

TEST_CASE("a list of thousands is looked up and not gone through") {
    std::vector<geo::Feature> features;
    for (int number = 0; number < 20'000; ++number) {
        features.push_back(test::place(fmt::format("{}", number), {139.5, 35.7}, {{"n", std::int64_t{number}}, {"t", fmt::format("t{}", number)}}));
    }
    const auto layer = test::layer_of(features);
    std::string numbers = "n IN (-1";
    std::string texts = "t NOT IN ('x'";
    for (int number = 0; number < 6'000; ++number) {
        numbers += fmt::format(",{}", number * 2);
        texts += fmt::format(",'t{}'", number);
    }
    const auto count = [&](const std::string &filter) { return select(*layer, bind(parse_text(filter), queryables_of(*layer), crs84())).matched; };
    CHECK(count(numbers + ")") == 6'000);
    CHECK(count(texts + ")") == 14'000);
}

TEST_CASE("a filter that takes too long over a layer is given up") {
    std::vector<geo::Feature> features;
    for (int number = 0; number < 2'000; ++number) {
        features.push_back(test::place(fmt::format("{}", number), {139.5, 35.7}, {{"a", std::int64_t{number}}, {"b", std::int64_t{1}}}));
    }
    const auto layer = test::layer_of(features);
    const BoundFilter filter = bind(parse_text("a > b"), queryables_of(*layer), crs84());
    const std::string said = sentence_of([&] { (void)select(*layer, filter, {}, std::chrono::milliseconds(-1)); });
    CHECK(said.starts_with("filter: expected one that is decided within -1 ms, gave up after 64 features"));
}
