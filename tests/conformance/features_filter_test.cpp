// OGC API – Features Part 3: Filtering 1.0 (19-079r2), classes queryables, queryables-query-parameters, filter and features-filter.
#include "tests/conformance/conformance.hpp"

#include "server/http/request.hpp"

#include <algorithm>
#include <set>

using namespace keyaki::test::conformance;
using keyaki::server::http::percent_encode;

namespace {

using Ids = std::set<std::string>;

std::string items_of(const std::string &layer, const std::string &filter, const std::string &more = "") {
    return "/collections/" + layer + "/items?limit=1000&filter=" + percent_encode(filter) + more;
}

Ids ids_at(const std::string &path) {
    Ids ids;
    for (const Json &feature : all_items(path)) {
        ids.insert(feature["id"].get<std::string>());
    }
    return ids;
}

Json queryables_of(const std::string &layer) { return get_json("/collections/" + layer + "/queryables", {"Accept: application/schema+json"}); }

constexpr const char *crs_of_plane = "http://www.opengis.net/def/crs/EPSG/0/6677";

} // namespace

TEST_CASE("each layer has queryables as JSON Schema at their own address, and a link to them",
          "[features-3][req/queryables/get-queryables-op][req/queryables/get-queryables-response][req/queryables/queryables-link]"
          "[req/features-filter/get-queryables-op][req/features-filter/queryables-link]") {
    for (const std::string &layer : layers()) {
        INFO(layer);
        const Json link = link_of(get_json("/collections/" + layer), "http://www.opengis.net/def/rel/ogc/1.0/queryables");
        REQUIRE_FALSE(link.is_null());
        CHECK(path_of(link["href"]) == "/collections/" + layer + "/queryables");
        CHECK(get(path_of(link["href"]), {"Accept: application/schema+json"}).header("content-type") == "application/schema+json");
        const Json schema = queryables_of(layer);
        CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
        CHECK(path_of(schema["$id"]) == "/collections/" + layer + "/queryables");
        CHECK(schema["type"] == "object");
        CHECK_FALSE(schema["properties"].empty());
        CHECK(schema["properties"]["geometry"]["format"].get<std::string>().starts_with("geometry-"));
        CHECK_FALSE(schema["properties"]["geometry"].contains("type"));
    }
    CHECK(queryables_of("events")["properties"]["day"]["format"] == "date");
    CHECK(queryables_of("shelters")["properties"]["hazard_flood"]["type"] == "boolean");
}

TEST_CASE("a property that is no queryable is 400", "[features-3][req/queryables/expression-construction]") {
    for (const std::string &layer : layers()) {
        CHECK(queryables_of(layer)["additionalProperties"] == false);
        CHECK(get(items_of(layer, "this_is_not_a_queryable IS NULL")).status == 400);
        CHECK(get("/collections/" + layer + "/items?this_is_not_a_queryable=1").status == 400);
    }
}

TEST_CASE("each queryable with a single value is a parameter", "[features-3][req/queryables-query-parameters/parameters]") {
    CHECK(ids_at("/collections/events/items?name=" + percent_encode("朝市")) == Ids{"market"});
    CHECK(ids_at("/collections/events/items?day=2026-04-05") == Ids{"walk"});
    CHECK(ids_at("/collections/events/items?id=always") == Ids{"always"});
    for (const Json &feature : all_items("/collections/shelters/items?hazard_flood=true&hazard_landslide=false")) {
        CHECK(feature["properties"]["hazard_flood"] == true);
        CHECK(feature["properties"]["hazard_landslide"] == false);
    }
    for (const std::string &layer : layers()) { // every one is known, whatever it selects
        const Json schema = queryables_of(layer);
        for (const auto &[name, property] : schema["properties"].items()) {
            if (property.contains("type") && property["type"] == "string" && !property.contains("format")) {
                INFO(layer << " " << name);
                CHECK(get("/collections/" + layer + "/items?" + percent_encode(name) + "=x").status == 200);
            }
        }
    }
    CHECK(get("/collections/shelters/items?hazard_flood=maybe").status == 400);
}

TEST_CASE("filter selects, in either language, and what is no filter is 400",
          "[features-3][req/filter/filter-param][req/filter/filter-lang-param][req/filter/response][req/features-filter/filter-param]"
          "[req/features-filter/filter-lang-param][req/features-filter/response]") {
    CHECK(ids_at(items_of("events", "day IS NULL")) == Ids{"always"});
    CHECK(ids_at(items_of("events", "day IS NULL", "&filter-lang=cql2-text")) == Ids{"always"});
    CHECK(ids_at(items_of("events", R"({"op":"isNull","args":[{"property":"day"}]})", "&filter-lang=cql2-json")) == Ids{"always"});
    for (const char *more : {"", "&filter-lang=cql2-text", "&filter-lang=cql2-json"}) {
        CHECK(get(items_of("events", "THIS IS NOT A FILTER", more)).status == 400);
    }
    CHECK(get(items_of("events", "day IS NULL", "&filter-lang=cql-text")).status == 400);
    const Json page = get_json(items_of("events", "day IS NOT NULL"));
    CHECK(page["numberMatched"] == 3);
    CHECK(page["numberReturned"] == 3);
}

TEST_CASE("coordinates of a filter are CRS84 unless filter-crs says otherwise",
          "[features-3][req/filter/filter-crs-wgs84][req/filter/filter-crs-param][req/features-filter/filter-crs-param]") {
    CHECK(ids_at(items_of("events", "S_INTERSECTS(geometry, BBOX(139.519, 35.769, 139.521, 35.771))")) == Ids{"opening", "walk"});
    CHECK(get(items_of("events", "S_INTERSECTS(geometry, BBOX(1000000, 1000000, 2000000, 2000000))")).status == 400);
    for (const std::string &layer : layers()) {
        const Json box = get_json("/collections/" + layer)["extent"]["spatial"]["bbox"][0];
        std::string filter = "S_INTERSECTS(geometry, BBOX(";
        for (const Json &number : box) {
            filter += number.dump() + ",";
        }
        filter.back() = ')';
        INFO(layer);
        CHECK(ids_at(items_of(layer, filter + ")")) == ids_at("/collections/" + layer + "/items?limit=1000"));
    }
    const std::string geographic = "&filter-crs=http://www.opengis.net/def/crs/EPSG/0/4326";
    CHECK(ids_at(items_of("events", "S_INTERSECTS(geometry, BBOX(35.769, 139.519, 35.771, 139.521))", geographic)) == Ids{"opening", "walk"});
    // The market's place in the plane, found by asking for it there; northing first.
    const Json market = get_json(std::string("/collections/events/items/market?crs=") + crs_of_plane)["geometry"]["coordinates"];
    const std::string point = "POINT(" + market[0].dump() + " " + market[1].dump() + ")";
    const std::string box = "BBOX(" + std::to_string(market[0].get<double>() - 5) + "," + std::to_string(market[1].get<double>() - 5) + "," +
                            std::to_string(market[0].get<double>() + 5) + "," + std::to_string(market[1].get<double>() + 5) + ")";
    const std::string plane = std::string("&filter-crs=") + crs_of_plane;
    CHECK(ids_at(items_of("events", "S_WITHIN(geometry, " + box + ")", plane)) == Ids{"market"});
    CHECK(get(items_of("events", "S_INTERSECTS(geometry, " + point + ")", plane)).status == 200);
    CHECK(get(items_of("events", "day IS NULL", "&filter-crs=http://example.com/crs")).status == 400);
}

TEST_CASE("a filter and the other parameters must all hold", "[features-3][req/filter/mixing-expressions]") {
    const std::string filter = "day > DATE('2026-04-01')";
    CHECK(ids_at(items_of("events", filter)) == Ids{"market", "walk"});
    CHECK(ids_at(items_of("events", filter, "&bbox=139.519,35.769,139.521,35.771")) == Ids{"walk"});
    CHECK(ids_at(items_of("events", filter, "&datetime=2026-04-01/2026-04-03")) == Ids{"market"});
    CHECK(ids_at(items_of("events", filter, "&name=" + percent_encode("朝市"))) == Ids{"market"});
    CHECK(ids_at(items_of("events", filter, "&bbox=1,2,3,4")).empty());
}

TEST_CASE("sorted pages hold each feature once, in order, and their token fits no other query") {
    std::vector<std::string> names;
    const std::string path = "/collections/shelters/items?limit=7&sortby=-hazard_flood,name_en&filter=" + percent_encode("name IS NOT NULL");
    Ids ids;
    for (const Json &feature : all_items(path)) {
        names.push_back(std::string(feature["properties"]["hazard_flood"] == true ? "0" : "1") + feature["properties"]["name_en"].get<std::string>());
        CHECK(ids.insert(feature["id"]).second);
    }
    CHECK(std::is_sorted(names.begin(), names.end()));
    CHECK(ids == ids_at("/collections/shelters/items?limit=1000"));
    const Json next = link_of(get_json(path), "next");
    REQUIRE_FALSE(next.is_null());
    std::string other = path_of(next["href"]);
    other.replace(other.find("name_en"), 7, "address");
    CHECK(get(other).status == 400);
    CHECK(get("/collections/shelters/items?sortby=nothing").status == 400);
    CHECK(get("/collections/shelters/items?sortby=name&after=x").status == 400);
}

TEST_CASE("the API's description has a parameter for each property of a layer, with its type, at the layer's own path") {
    const Json document = get_json("/api");
    const Json operation = document["paths"]["/collections/shelters/items"]["get"];
    const auto type_of = [&](const std::string &name) {
        for (const Json &parameter : operation["parameters"]) {
            if (parameter.value("name", "") == name) {
                return parameter["schema"].value("type", "");
            }
        }
        return std::string("(none)");
    };
    CHECK(type_of("hazard_flood") == "boolean");
    CHECK(type_of("name") == "string");
    CHECK(type_of("geometry") == "(none)");
    CHECK(get_json("/collections/shelters/items?hazard_flood=true&limit=1")["numberMatched"] == 25);
}
