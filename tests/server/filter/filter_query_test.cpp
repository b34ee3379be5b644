#include "server/filter/filter_query.hpp"

#include "server/filter/queryables_schema.hpp"
#include "server/filter/selection.hpp"
#include "tests/server/filter/filter_support.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server::filter;
using keyaki::test::sentence_of;

namespace {

std::size_t matched(const FilterQuery &query) {
    const auto layer = test::shelters();
    const auto filter = bind_query(query, queryables_of(*layer));
    return filter ? select(*layer, *filter).matched : layer->size();
}

FilterQuery with_properties(std::vector<std::pair<std::string, std::string>> properties) { return {{}, "cql2-text", crs84(), std::move(properties)}; }

} // namespace

TEST_CASE("a filter and property parameters must all hold") {
    CHECK(matched({}) == 8);
    CHECK(matched(with_properties({{"open", "true"}})) == 2);
    CHECK(matched(with_properties({{"open", "true"}, {"capacity", "300"}})) == 1);
    CHECK(matched(with_properties({{"capacity", "120.5"}})) == 1);
    CHECK(matched(with_properties({{"name", "清瀬小学校"}})) == 1);
    CHECK(matched(with_properties({{"id", "b"}})) == 1);
    CHECK(matched(with_properties({{"code", "7"}})) == 2); // a number of one feature, a text of another
    CHECK(matched(with_properties({{"code", "true"}})) == 1);
    CHECK(matched(with_properties({{"open", "1"}})) == matched(with_properties({{"open", "true"}}))); // so GDAL's OAPIF driver writes them
    CHECK(matched(with_properties({{"open", "0"}})) == matched(with_properties({{"open", "false"}})));
    FilterQuery both = with_properties({{"open", "true"}});
    both.filter = "capacity < 100";
    CHECK(matched(both) == 1);
    both.filter = R"({"op":"<","args":[{"property":"capacity"},100]})";
    both.language = "cql2-json";
    CHECK(matched(both) == 1);
}

TEST_CASE("a value that is not of its property's type is refused, and so is another language") {
    const auto said = [](FilterQuery query) { return sentence_of([&] { (void)matched(query); }); };
    CHECK(said(with_properties({{"capacity", "many"}})) == "capacity: expected a number, found \"many\"");
    CHECK(said(with_properties({{"open", "yes"}})) == "open: expected true or false, found \"yes\"");
    CHECK(said(with_properties({{"geometry", "POINT(1 1)"}})) ==
          "geometry: expected a parameter of the request or a property with a single value, found \"a geometry\"");
    CHECK(said({"TRUE", "cql-text", crs84(), {}}) == "filter-lang: expected cql2-text or cql2-json, found \"cql-text\"");
    CHECK(said({"", "cql2-text", crs84(), {}}).starts_with("filter, at character 1: expected"));
    const Queryables dated({{"day", QueryableType::date, false}});
    CHECK(sentence_of([&] {
              (void)bind_query(with_properties({{"day", "soon"}}), dated);
          }) == "day: expected a date such as 2026-04-01 or a timestamp such as 2026-04-01T00:00:00Z, found \"soon\"");
}

TEST_CASE("the coordinates of a filter are read in its CRS") {
    FilterQuery query;
    query.filter = "S_INTERSECTS(geometry, BBOX(35.7, 139.495, 35.8, 139.525))"; // latitude first
    query.crs = {[](double first, double second) { return geo::LonLat{second, first}; }, false};
    CHECK(matched(query) == 3);
    // A plane in which a unit is a thousandth of a degree.
    query.filter = "S_WITHIN(geometry, BBOX(139495, 35700, 139525, 35800)) AND S_INTERSECTS(geometry, POINT(139510 35780))";
    query.crs = {[](double x, double y) { return geo::LonLat{x / 1000, y / 1000}; }, true};
    CHECK(matched(query) == 1);
    query.filter = "S_WITHIN(geometry, BBOX(139525, 35700, 139495, 35800))";
    CHECK(sentence_of([&] { (void)matched(query); }).starts_with("filter, at character 20: expected a box whose second corner is larger"));
}

TEST_CASE("queryables are a JSON Schema that names what may be asked for and nothing else") {
    const auto schema = queryables_schema(queryables_of(*test::shelters()), {geo::GeometryType::point}, "https://x/queryables", "避難所");
    CHECK(
        schema.dump() ==
        R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"https://x/queryables","type":"object","title":"避難所","properties":{)"
        R"("built":{"title":"built","type":"string"},"capacity":{"title":"capacity","type":"number"},)"
        R"("code":{"title":"code","type":["string","number","boolean"]},)"
        R"("geometry":{"title":"geometry","x-ogc-role":"primary-geometry","format":"geometry-point"},)"
        R"("id":{"title":"id","type":"string","x-ogc-role":"id"},"level":{"title":"level","type":"number"},"name":{"title":"name","type":"string"},)"
        R"("open":{"title":"open","type":"boolean"}},"additionalProperties":false})");
    const Queryables typed({{"day", QueryableType::date, false}, {"at", QueryableType::timestamp, false}, {"n", QueryableType::integer, false}});
    CHECK(queryables_schema(typed, {}, "x", "y")["properties"].dump() ==
          R"({"at":{"title":"at","type":"string","format":"date-time"},"day":{"title":"day","type":"string","format":"date"},)"
          R"("n":{"title":"n","type":"integer"}})");
    using geo::GeometryType;
    const auto format = [](std::vector<GeometryType> types) {
        return queryables_schema(Queryables({{"geometry", QueryableType::geometry, false}}), types, "x", "y")["properties"]["geometry"]["format"];
    };
    CHECK(format({GeometryType::multi_polygon}) == "geometry-multipolygon");
    CHECK(format({GeometryType::polygon, GeometryType::multi_polygon}) == "geometry-polygon-or-multipolygon");
    CHECK(format({GeometryType::line_string, GeometryType::point}) == "geometry-any");
    CHECK(format({}) == "geometry-any");
}

TEST_CASE("a property that is declared a date compares as one, and a text beside it is read as one") {
    const auto layer = test::layer_of(
        {test::place("a", {139.5, 35.7}, {{"day", std::string("2026-04-01")}}), test::place("b", {139.5, 35.7}, {{"day", std::string("soon")}})});
    const Queryables queryables({{"day", QueryableType::date, false}});
    const auto count = [&](const char *text) { return select(*layer, *bind_query({text, "cql2-text", crs84(), {}}, queryables)).matched; };
    CHECK(count("day = '2026-04-01'") == 1);
    CHECK(count("day < TIMESTAMP('2026-04-02T00:00:00Z')") == 1);
    CHECK(count("day IS NULL") == 1); // what is no date is none
    CHECK(count("T_AFTER(day, DATE('2025-01-01'))") == 1);
    CHECK(sentence_of([&] { (void)count("day = 'soon'"); }) ==
          "filter, at character 7: expected a date or timestamp to compare with property \"day\", a date or timestamp, found a text");
}
