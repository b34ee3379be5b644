// OGC API – Features Part 1: Core 1.0.1 (17-069r4), classes core and geojson, from its annex A.
#include "tests/conformance/conformance.hpp"

#include "server/time.hpp"

#include <set>

using namespace keyaki::test::conformance;

namespace {

bool is_typed(const Json &link) { return link.is_object() && link.contains("type") && link["type"].is_string(); }

/// Ids of what a query of the events leaves.
std::set<std::string> events_of(const std::string &query) {
    std::set<std::string> ids;
    for (const Json &feature : all_items("/collections/events/items?limit=2&" + query)) {
        ids.insert(feature["id"].get<std::string>());
    }
    return ids;
}

} // namespace

TEST_CASE("the landing page leads to the description, the conformance and the data", "[features-1][req/core/root-op][req/core/root-success]") {
    const Json landing = get_json("/", {"Accept: application/json"});
    CHECK((is_typed(link_of(landing, "service-desc")) || is_typed(link_of(landing, "service-doc"))));
    CHECK(link_of(landing, "service-desc")["type"] == "application/vnd.oai.openapi+json;version=3.0");
    CHECK(link_of(landing, "conformance")["type"] == "application/json");
    CHECK(link_of(landing, "data")["type"] == "application/json");
    for (const Json &link : landing["links"]) {
        if (link["rel"] != "tiles") {
            CHECK(get(path_of(link["href"])).status == 200);
        }
    }
}

TEST_CASE("the API's description is where the landing page says", "[features-1][req/core/api-definition-op][req/core/api-definition-success]") {
    const Json landing = get_json("/?f=json");
    for (const char *relation : {"service-desc", "service-doc"}) {
        const Json link = link_of(landing, relation);
        REQUIRE(is_typed(link));
        const auto answer = get(path_of(link["href"]), {"Accept: " + link["type"].get<std::string>()});
        CHECK(answer.status == 200);
        CHECK(answer.header("content-type").rfind(link["type"].get<std::string>(), 0) == 0);
    }
}

TEST_CASE("the conformance declaration is a list of classes", "[features-1][req/core/conformance-op][req/core/conformance-success]") {
    const auto classes = get_json(path_of(link_of(get_json("/?f=json"), "conformance")["href"]))["conformsTo"].get<std::set<std::string>>();
    for (const char *one : {"core", "geojson", "html", "oas30"}) {
        CHECK(classes.contains(std::string("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/") + one));
    }
}

TEST_CASE("HTTP/1.1 is spoken as its standard says", "[features-1][req/core/http]") {
    const auto known = get("/collections");
    CHECK(known.status == 200);
    CHECK_FALSE(known.header("date").empty());
    CHECK(get("/collections/nothing").status == 404);
    CHECK(get("/collections/events/items/nothing").status == 404);
    const auto unacceptable = get("/collections", {"Accept: image/png"});
    CHECK(unacceptable.status == 406);
    CHECK(unacceptable.header("vary").find("Accept") != std::string_view::npos);
}

TEST_CASE("query parameters that are unknown or wrong are 400", "[features-1][req/core/query-param-unknown][req/core/query-param-invalid]") {
    for (const char *path : {"/", "/conformance", "/collections", "/collections/events", "/collections/events/items",
                             "/collections/events/items/walk", "/api", "/collections/events/schema", "/tiles", "/collections/events/tiles"}) {
        INFO(path);
        CHECK(get(std::string(path) + "?unknown=1").status == 400);
        CHECK(get(std::string(path) + "?f=pdf").status == 400);
    }
    for (const char *query :
         {"limit=unlimited", "limit=0", "limit=-1", "limit=", "limit=1.5", "limit=1&limit=2", "bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=a,b,c,d",
          "bbox=1,2,3,nan", "bbox=0,10,1,5", "datetime=yesterday", "datetime=2026-05-01/2026-04-01", "datetime=2026-04-01/P", "after=%ff&limit=x"}) {
        INFO(query);
        const auto answer = get(std::string("/collections/events/items?") + query);
        CHECK(answer.status == 400);
        CHECK(answer.header("content-type") == "application/problem+json");
    }
}

TEST_CASE("positions are longitude and latitude on WGS 84 unless said otherwise", "[features-1][req/core/crs84]") {
    const auto answer = get("/collections/shelters/items/daisan-chugakko");
    CHECK(Json::parse(answer.body)["geometry"]["coordinates"] == Json{keyaki::test::shelter_lon_deg, keyaki::test::shelter_lat_deg});
    CHECK(get_json("/collections/shelters")["extent"]["spatial"]["crs"] == "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
}

TEST_CASE("the list of collections has links to itself in each form, and every collection",
          "[features-1][req/core/fc-md-op][req/core/fc-md-success][req/core/fc-md-links][req/core/fc-md-items]") {
    const Json list = get_json(path_of(link_of(get_json("/?f=json"), "data")["href"]));
    CHECK(is_typed(link_of(list, "self", "application/json")));
    CHECK(is_typed(link_of(list, "alternate", "text/html")));
    CHECK(list["collections"].size() == 10);
}

TEST_CASE("each collection of the list leads to its items, and its extent holds all of them",
          "[features-1][req/core/fc-md-items-links][req/core/fc-md-extent]") {
    for (const Json &collection : member_of("/collections", "collections")) {
        const std::string id = collection["id"];
        INFO(id);
        CHECK(is_typed(link_of(collection, "items", "application/geo+json")));
        CHECK(is_typed(link_of(collection, "items", "text/html")));
        const Json box = collection["extent"]["spatial"]["bbox"][0];
        REQUIRE(box.size() == 4);
        const std::string query = "bbox=" + box[0].dump() + "," + box[1].dump() + "," + box[2].dump() + "," + box[3].dump();
        CHECK(get_json("/collections/" + id + "/items?limit=1&" + query)["numberMatched"] ==
              get_json("/collections/" + id + "/items?limit=1")["numberMatched"]);
    }
    const Json interval = get_json("/collections/events")["extent"]["temporal"]["interval"][0];
    CHECK(events_of("datetime=" + interval[0].get<std::string>() + "/" + interval[1].get<std::string>()).size() == 4);
}

TEST_CASE("a single collection says what the list says of it", "[features-1][req/core/sfc-md-op][req/core/sfc-md-success]") {
    for (const Json &listed : member_of("/collections", "collections")) {
        Json alone = get_json("/collections/" + listed["id"].get<std::string>());
        INFO(listed["id"]);
        for (const char *member : {"id", "title", "description", "extent", "itemType", "crs", "storageCrs"}) {
            CHECK(alone[member] == listed[member]);
        }
        CHECK(path_of(link_of(listed, "self")["href"]) == "/collections/" + listed["id"].get<std::string>());
        for (const Json &link : listed["links"]) {
            CHECK(std::any_of(alone["links"].begin(), alone["links"].end(), [&](const Json &one) { return one["href"] == link["href"]; }));
        }
    }
}

TEST_CASE("the items of every collection are given", "[features-1][req/core/fc-op][req/core/fc-response]") {
    for (const std::string &layer : layers()) {
        const auto answer = get(path_of(link_of(get_json("/collections/" + layer), "items", "application/geo+json")["href"]));
        CHECK(answer.status == 200);
        CHECK(answer.header("content-type") == "application/geo+json");
        CHECK(Json::parse(answer.body)["type"] == "FeatureCollection");
    }
}

TEST_CASE("limit is a whole number from one to a maximum, with a default", "[features-1][req/core/fc-limit-definition]") {
    const Json limit = get_json("/api")["components"]["parameters"]["limit"];
    CHECK(limit["name"] == "limit");
    CHECK(limit["in"] == "query");
    CHECK(limit["required"] == false);
    CHECK(limit["style"] == "form");
    CHECK(limit["explode"] == false);
    CHECK(limit["schema"]["type"] == "integer");
    CHECK(limit["schema"]["minimum"] == 1);
    CHECK(limit["schema"]["maximum"] > 1);
    CHECK(limit["schema"].contains("default"));
}

TEST_CASE("no page has more features than limit or than the maximum", "[features-1][req/core/fc-limit-response-1]") {
    CHECK(get_json("/collections/shelters/items?limit=1")["features"].size() == 1);
    CHECK(get_json("/collections/shelters/items?limit=29")["features"].size() == 29);
    CHECK(get_json("/collections/shelters/items?limit=30")["features"].size() == 30);
    CHECK(get_json("/collections/shelters/items?limit=1000000000")["features"].size() == 30);
    CHECK(get_json("/collections/shelters/items?limit=99999999999999999999")["features"].size() == 30);
}

TEST_CASE("bbox is four to six numbers", "[features-1][req/core/fc-bbox-definition]") {
    const Json bbox = get_json("/api")["components"]["parameters"]["bbox"];
    CHECK(bbox["schema"]["type"] == "array");
    CHECK(bbox["schema"]["minItems"] == 4);
    CHECK(bbox["schema"]["maxItems"] == 6);
    CHECK(bbox["schema"]["items"]["type"] == "number");
    CHECK(bbox["style"] == "form");
    CHECK(bbox["explode"] == false);
}

TEST_CASE("only features that meet the bbox come", "[features-1][req/core/fc-bbox-response]") {
    CHECK(events_of("bbox=139.515,35.765,139.525,35.775") == std::set<std::string>{"opening", "walk"});
    CHECK(events_of("bbox=139.515,35.765,-10,139.525,35.775,10") == std::set<std::string>{"opening", "walk"});
    CHECK(events_of("bbox=139.52,35.77,139.52,35.77") == std::set<std::string>{"opening", "walk"});
    CHECK(events_of("bbox=139.524,35.779,139.525,35.780") == std::set<std::string>{"walk"}); // along the line, where its box alone would not decide
    CHECK(events_of("bbox=139.528,35.771,139.529,35.772").empty());                          // within the line's box, beside the line
    CHECK(get_json("/collections/events/items?bbox=177,65,-177,70")["numberMatched"] == 0);
    CHECK(events_of("bbox=139,35,-170,36").size() == 4); // eastwards over the antimeridian
}

TEST_CASE("datetime is a text", "[features-1][req/core/fc-time-definition]") {
    const Json datetime = get_json("/api")["components"]["parameters"]["datetime"];
    CHECK(datetime["schema"]["type"] == "string");
    CHECK(datetime["style"] == "form");
    CHECK(datetime["explode"] == false);
}

TEST_CASE("only features with a time within datetime come, and those without any time", "[features-1][req/core/fc-time-response]") {
    CHECK(events_of("datetime=2026-04-01") == std::set<std::string>{"always", "opening"});
    CHECK(events_of("datetime=2026-04-01T03:00:00Z") == std::set<std::string>{"always", "opening"});
    CHECK(events_of("datetime=2026-04-02/2026-04-04") == std::set<std::string>{"always", "market"});
    CHECK(events_of("datetime=2026-04-03/..") == std::set<std::string>{"always", "market", "walk"});
    CHECK(events_of("datetime=2026-04-03/") == std::set<std::string>{"always", "market", "walk"});
    CHECK(events_of("datetime=../2026-04-03") == std::set<std::string>{"always", "market", "opening"});
    CHECK(events_of("datetime=/2026-04-03") == std::set<std::string>{"always", "market", "opening"});
    CHECK(events_of("datetime=2026-04-01T00:00:00%2B09:00/P3D") == std::set<std::string>{"always", "market", "opening"});
    CHECK(events_of("datetime=2026-04-01T00:00:00%2B09:00/P2DT23H").size() == 3);
    CHECK(events_of("datetime=2026-04-02&bbox=139.5,35.7,139.6,35.8") == std::set<std::string>{"always"});
    CHECK(get_json("/collections/shelters/items?datetime=2026-04-01")["numberMatched"] == 30); // a layer without times
}

TEST_CASE("a page of items has its links, typed, and leads to all others", "[features-1][req/core/fc-links][req/core/fc-rel-type]") {
    const Json page = get_json("/collections/shelters/items?limit=7&bbox=139,35,140,36");
    CHECK(path_of(link_of(page, "self", "application/geo+json")["href"]) == "/collections/shelters/items?limit=7&bbox=139,35,140,36");
    CHECK(is_typed(link_of(page, "alternate", "text/html")));
    CHECK(is_typed(link_of(page, "next", "application/geo+json")));
    std::set<std::string> ids;
    for (const Json &feature : all_items("/collections/shelters/items?limit=7&bbox=139,35,140,36")) {
        CHECK(ids.insert(feature["id"].get<std::string>()).second);
    }
    CHECK(ids.size() == 30);
}

TEST_CASE("numbers of features and the time of the answer are right where they are given",
          "[features-1][req/core/fc-timeStamp][req/core/fc-numberMatched][req/core/fc-numberReturned]") {
    for (const std::string &layer : layers()) {
        const std::string path = "/collections/" + layer + "/items";
        const Json page = get_json(path + "?limit=3");
        CHECK(page["numberReturned"] == page["features"].size());
        CHECK(page["numberMatched"] == all_items(path + "?limit=100").size());
        CHECK_FALSE(page.contains("timeStamp")); // optional, and left out: two answers with the same content are the same bytes
    }
}

TEST_CASE("every feature is given alone, as it is in its collection, with its links",
          "[features-1][req/core/f-op][req/core/f-success][req/core/f-links]") {
    for (const Json &listed : all_items("/collections/events/items")) {
        const auto answer = get("/collections/events/items/" + listed["id"].get<std::string>());
        CHECK(answer.status == 200);
        CHECK(answer.header("content-type") == "application/geo+json");
        const Json feature = Json::parse(answer.body);
        for (const char *member : {"type", "id", "geometry", "properties"}) {
            CHECK(feature[member] == listed[member]);
        }
        CHECK(path_of(link_of(feature, "self", "application/geo+json")["href"]) == "/collections/events/items/" + listed["id"].get<std::string>());
        CHECK(is_typed(link_of(feature, "alternate", "text/html")));
        CHECK(path_of(link_of(feature, "collection", "application/json")["href"]) == "/collections/events");
    }
}

TEST_CASE("features are GeoJSON", "[features-1][req/geojson/definition][req/geojson/content]") {
    for (const char *accept : {"application/geo+json", "application/geo+json, application/json", "application/json", "*/*"}) {
        CHECK(get("/collections/walking_courses/items", {std::string("Accept: ") + accept}).header("content-type") == "application/geo+json");
    }
    const std::set<std::string> types{"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"};
    for (const std::string &layer : layers()) {
        for (const Json &feature : all_items("/collections/" + layer + "/items")) {
            CHECK(feature["type"] == "Feature");
            CHECK(types.contains(feature["geometry"]["type"].get<std::string>()));
            CHECK(feature["geometry"]["coordinates"].is_array());
            CHECK(feature["properties"].is_object());
            CHECK((feature["id"].is_string() || feature["id"].is_number_integer()));
        }
    }
}
