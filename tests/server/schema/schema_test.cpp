#include "server/schema/computed.hpp"
#include "server/schema/schema.hpp"
#include "server/schema/validate.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

using namespace keyaki;
using namespace keyaki::server;
using namespace keyaki::server::schema;

namespace {

Schema read(std::string_view text, std::vector<FieldError> &errors) {
    const nlohmann::json json = nlohmann::json::parse(text);
    ObjectReader reader(json, "", errors);
    Schema schema = read_schema(reader, errors);
    reader.finish();
    return schema;
}

Schema read(std::string_view text) {
    std::vector<FieldError> errors;
    Schema schema = read(text, errors);
    INFO((errors.empty() ? "" : errors.front().pointer + ": " + errors.front().detail));
    REQUIRE(errors.empty());
    return schema;
}

Schema stands() {
    return read(R"({"properties": [
        {"name": "name", "type": "text", "max_length": 6, "required": true, "title": {"ja": "名称", "en": "Name"}},
        {"name": "capacity", "type": "integer", "minimum": 0, "maximum": 1000},
        {"name": "price", "type": "number"},
        {"name": "open", "type": "boolean", "default": true},
        {"name": "since", "type": "date"},
        {"name": "kind", "type": "enum", "values": [{"value": "stand", "ja": "直売所", "en": "Farm stand"}, "shop"]},
        {"name": "page", "type": "url"},
        {"name": "season", "type": "season"},
        {"name": "length", "computed": "length_m"}],
        "other_properties": false})");
}

geo::Properties properties(std::initializer_list<geo::Properties::Entry> entries) {
    geo::Properties result;
    for (const auto &[name, value] : entries) {
        result.set(name, value);
    }
    return result;
}

/// What validate() says of one value beside a right name.
std::string finding(std::string_view name, geo::Value value, Source source = Source::json) {
    geo::Properties given = properties({{"name", std::string("庭先")}});
    given.set(name, std::move(value));
    const auto findings = validate(stands(), given, source);
    REQUIRE(findings.size() <= 1);
    return findings.empty() ? "" : findings.front().property + ": " + findings.front().detail;
}

} // namespace

TEST_CASE("a schema is kept as one text and reads back as it was declared") {
    const Schema schema = stands();
    CHECK(parse_schema_text(schema_text(schema)) == schema);
    CHECK(schema_text(parse_schema_text(schema_text(schema))) == schema_text(schema));
    CHECK(schema_text(Schema()).empty());
    CHECK(parse_schema_text("") == Schema());
    CHECK_THROWS_AS(parse_schema_text("{"), geo::Error);
    CHECK(schema.find("kind")->choices[1].title_ja == "shop");
    CHECK(schema.find("capacity")->title_en == "capacity");
}

TEST_CASE("everything that is wrong in a schema is named with its pointer at once") {
    std::vector<FieldError> errors;
    static_cast<void>(read(R"({"properties": [
        {"name": "a", "type": "colour"},
        {"name": "b", "type": "integer", "max_length": 5},
        {"name": "c", "type": "enum", "values": []},
        {"name": "d", "type": "enum", "values": ["x", "x"]},
        {"name": "e", "type": "text", "minimum": 3},
        {"name": "f", "type": "integer", "default": "many"},
        {"name": "f", "type": "text"},
        {"name": "g", "computed": "area_ha", "type": "text"},
        {"name": "h", "computed": "length_m", "required": true},
        {"type": "text", "length": 3},
        7]})",
                           errors));
    std::vector<std::string> pointers;
    for (const FieldError &error : errors) {
        pointers.push_back(error.pointer);
    }
    for (const char *pointer : {"/properties/0/type", "/properties/1/max_length", "/properties/2/values", "/properties/3/values/1",
                                "/properties/4/minimum", "/properties/5/default", "/properties/6/name", "/properties/7/type",
                                "/properties/8/computed", "/properties/9/name", "/properties/9/length", "/properties/10"}) {
        CAPTURE(pointer);
        CHECK(std::count(pointers.begin(), pointers.end(), pointer) >= 1);
    }
}

TEST_CASE("a value that is not of its declared type is named with what was expected and found") {
    CHECK(finding("capacity", std::int64_t{120}) == "");
    CHECK(finding("capacity", 120.0) == "");
    CHECK(finding("capacity", 12.5) == "capacity: expected a whole number from 0 to 1000, found 12.5");
    CHECK(finding("capacity", std::int64_t{1001}) == "capacity: expected a whole number from 0 to 1000, found 1001");
    CHECK(finding("capacity", std::string("120")) == "capacity: expected a whole number from 0 to 1000, found \"120\"");
    CHECK(finding("price", std::string("cheap")) == "price: expected a number, found \"cheap\"");
    CHECK(finding("open", std::int64_t{1}) == "open: expected true or false, found 1");
    CHECK(finding("since", std::string("2026-02-29")) == "since: expected a date such as 2026-04-01, found \"2026-02-29\"");
    CHECK(finding("kind", std::string("直売所")) == "kind: expected one of \"stand\", \"shop\", found \"直売所\"");
    CHECK(finding("page", std::string("javascript:alert(1)")) ==
          "page: expected a web address that begins with https:// or http://, found \"javascript:alert(1)\"");
    CHECK(finding("season", std::string("夏")) == "season: expected a season such as 6月上旬〜7月 or 通年, found \"夏\"");
    CHECK(finding("colour", std::string("red")) == "colour: is not a property of this layer");
    CHECK(finding("name", std::string("七文字の名前です")) == "name: expected at most 6 characters, found 8: \"七文字の名前です\"");
    CHECK(finding("name", std::monostate()) == "name: is required and is empty");
}

TEST_CASE("a feature without what is required is refused, and gets the defaults that are declared") {
    geo::Properties none;
    CHECK(validate(stands(), none, Source::json) == std::vector<Finding>{{"name", "is required and is missing"}});
    geo::Properties given = properties({{"season", std::string("６月上旬～7月")}, {"length", 5.0}, {"name", std::string("庭先")}});
    REQUIRE(validate(stands(), given, Source::json).empty());
    CHECK(given == properties({{"name", std::string("庭先")}, {"open", true}, {"season", std::string("6月上旬〜7月")}}));
    geo::Properties part = properties({{"name", std::string("庭先")}});
    REQUIRE(validate(stands(), part, Source::json, Missing::leave).empty());
    CHECK(part.find("open") == nullptr);
}

TEST_CASE("the cells of a table are understood as the schema declares them") {
    geo::Properties row = properties({{"name", std::string("庭先")},
                                      {"capacity", std::string("１，０００")},
                                      {"price", std::string("12.50")},
                                      {"open", std::string("無")},
                                      {"since", std::string("2026年4月1日")},
                                      {"kind", std::string("直売所")},
                                      {"page", std::string("")}});
    REQUIRE(validate(stands(), row, Source::file).empty());
    CHECK(*row.find("capacity") == geo::Value(std::int64_t{1000}));
    CHECK(*row.find("price") == geo::Value(12.5));
    CHECK(*row.find("open") == geo::Value(false));
    CHECK(*row.find("since") == geo::Value(std::string("2026-04-01")));
    CHECK(*row.find("kind") == geo::Value(std::string("stand")));
    CHECK(*row.find("page") == geo::Value(std::monostate()));
}

TEST_CASE("a layer without a schema takes properties as they come") {
    geo::Properties given = properties({{"b", std::string("x")}, {"a", std::int64_t{1}}});
    const geo::Properties before = given;
    CHECK(validate(Schema(), given, Source::json).empty());
    CHECK(given == before);
}

TEST_CASE("length, minutes on foot and hectares are worked out from the geometry") {
    geo::Feature road;
    road.id = "r";
    road.geometry = geo::Geometry::line_string({{139.5, 35.78}, {139.51, 35.78}}); // 904 m: 12 minutes
    road.properties.set("kind", std::string("path"));
    road.properties.set("minutes", std::int64_t{1});
    const Schema schema = read(R"({"properties": [{"name": "length", "computed": "length_m"}, {"name": "kind", "type": "text"},
                                                  {"name": "minutes", "computed": "walking_minutes"}, {"name": "area", "computed": "area_ha"}]})");
    complete(schema, road);
    REQUIRE(road.properties.size() == 3);
    CHECK(*road.properties.number("length") == Approx(904.3).margin(0.2));
    CHECK(*road.properties.find("minutes") == geo::Value(std::int64_t{12}));
    CHECK(road.properties.begin()->first == "length");
    CHECK(walking_minutes(0) == 0);
    CHECK(walking_minutes(80) == 1);
    CHECK(walking_minutes(80.1) == 2);

    geo::Feature park;
    park.id = "p";
    park.geometry = geo::Geometry::polygon({{{139.5, 35.78}, {139.501, 35.78}, {139.501, 35.781}, {139.5, 35.781}, {139.5, 35.78}}});
    complete(schema, park);
    REQUIRE(park.properties.size() == 1);
    CHECK(*park.properties.number("area") == Approx(1.0032).margin(0.001)); // 90.4 m by 110.95 m
}
