// Layers are made, described and edited feature by feature while the server runs: OGC API – Features Part 4, as QGIS and other clients use it.
#include "tests/flows/sample_city.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace keyaki;
using nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;

namespace {

const HttpClient::Headers geojson{"Content-Type: application/geo+json"};
const HttpClient::Headers merge_patch{"Content-Type: application/merge-patch+json"};

HttpClient::Headers with(HttpClient::Headers headers, std::string more) {
    headers.push_back(std::move(more));
    return headers;
}

std::string key_with(const test::SampleCity &city, const std::string &scopes) {
    const auto made = test::run_keyaki({"key", "create", "--name", scopes, "--scopes", scopes, "--json", "--database", city.database.string()});
    REQUIRE(made.status == 0);
    return json::parse(made.out)["key"];
}

/// One server with the sample city for all cases: each makes a layer of its own.
struct Served {
    test::SampleCity city;
    std::string key = key_with(city, "layers:write,layers:publish");
    std::string writer_key = key_with(city, "layers:write");
    test::LiveServer server{city.database};
};

Served &served() {
    static Served one;
    return one;
}

std::string feature(const json &geometry, const json &properties, const json &id = nullptr) {
    json body{{"type", "Feature"}, {"geometry", geometry}, {"properties", properties}};
    if (!id.is_null()) {
        body["id"] = id;
    }
    return body.dump();
}

json point(double lon_deg, double lat_deg) { return {{"type", "Point"}, {"coordinates", {lon_deg, lat_deg}}}; }

/// A staff member's client and a layer that is new.
struct Staff : HttpClient {
    explicit Staff(const std::string &layer, json description = json::object()) : HttpClient(served().server.address(), served().key), name(layer) {
        description["id"] = layer;
        const HttpAnswer made = post("/collections", description.dump(), {"Content-Type: application/json"});
        CAPTURE(made.body);
        REQUIRE(made.status == 201);
        CHECK(made.header("location") == served().server.address() + "/collections/" + layer);
    }
    [[nodiscard]] std::string items(const std::string &id = "") const { return "/collections/" + name + "/items" + (id.empty() ? "" : "/" + id); }
    [[nodiscard]] std::string draft_items(const std::string &id = "") const {
        return "/collections/" + name + "@draft/items" + (id.empty() ? "" : "/" + id);
    }
    HttpAnswer create(const json &geometry, const json &properties, const json &id = nullptr) {
        return post(items(), feature(geometry, properties, id), geojson);
    }
    int revision() { return json::parse(get("/collections/" + name + "/description").body)["keyaki:revision"]; }

    std::string name;
};

std::vector<std::string> pointers_of(const HttpAnswer &answer) {
    std::vector<std::string> pointers;
    const json problem = json::parse(answer.body);
    for (const json &error : problem.at("errors")) {
        pointers.push_back(error["pointer"]);
    }
    return pointers;
}

} // namespace

TEST_CASE("the requests with which QGIS edits a layer do what they say: create, move, change, delete") {
    Staff qgis("qgis_layer");
    REQUIRE(qgis.create(point(139.5, 35.78), {{"name", "first"}}).status == 201);

    // What it asks before it lets anybody edit: the methods of the list, and of one feature, though there is none of that id.
    const HttpAnswer list = qgis.send("OPTIONS", qgis.items());
    CHECK(list.status == 200);
    CHECK(list.header("allow").find("POST") != std::string_view::npos);
    const HttpAnswer one = qgis.send("OPTIONS", qgis.items("unknown_id"));
    CHECK(one.status == 200);
    CHECK(one.header("allow") == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");

    // No id, no If-Match, Content-Crs without brackets, the axes in the authority's order (latitude first in EPSG:4326).
    const std::string crs = "Content-Crs: http://www.opengis.net/def/crs/EPSG/0/4326";
    const HttpAnswer created = qgis.post(qgis.items(), feature(point(35.7857, 139.5268), {{"name", "新しい"}, {"capacity", 12}}), with(geojson, crs));
    CAPTURE(created.body);
    REQUIRE(created.status == 201);
    const std::string location(created.header("location"));
    const std::string id = location.substr(location.rfind("/items/") + 7);
    CHECK(qgis.revision() == 2);
    const auto shown = [&] { return json::parse(qgis.get(qgis.items(id)).body); };
    CHECK(shown()["geometry"]["coordinates"] == json{139.5268, 35.7857});
    const std::string tile = "/tiles/qgis_layer/14/14542/6445.mvt";
    const std::string tile_before = qgis.get(tile).body;
    CHECK(tile_before.find("新しい") != std::string::npos);

    const HttpAnswer moved = qgis.send("PATCH", qgis.items(id), json{{"geometry", point(35.786, 139.527)}}.dump(), with(merge_patch, crs));
    CHECK(moved.status == 200);
    CHECK(qgis.revision() == 3);
    CHECK(shown()["geometry"]["coordinates"] == json{139.527, 35.786});
    CHECK(qgis.get(tile).body != tile_before);

    const HttpAnswer renamed = qgis.send("PATCH", qgis.items(id), R"({"properties":{"name":"改名","capacity":null}})", merge_patch);
    CHECK(renamed.status == 200);
    CHECK(qgis.revision() == 4);
    CHECK(shown()["properties"] == json{{"name", "改名"}});
    CHECK(shown()["geometry"]["coordinates"] == json{139.527, 35.786});
    CHECK(qgis.get(tile).body.find("改名") != std::string::npos);

    const HttpAnswer put = qgis.send("PUT", qgis.items(id), feature(point(139.5268, 35.7857), {{"name", "全部"}}, id), geojson);
    CHECK(put.status == 200);
    CHECK(shown()["properties"] == json{{"name", "全部"}});
    CHECK(put.header("keyaki-revision") == "qgis_layer=5");

    CHECK(qgis.send("DELETE", qgis.items(id)).status == 204);
    CHECK(qgis.get(qgis.items(id)).status == 404);
    CHECK(qgis.get(tile).body.find("全部") == std::string::npos);
    CHECK(qgis.revision() == 6);

    // None of these said which version it had seen, and the revisions say so: but for the two that created something.
    const json shown_layer =
        json::parse(test::run_keyaki({"layer", "show", "qgis_layer", "--json", "--database", served().city.database.string()}).out);
    REQUIRE(shown_layer["revisions"].size() == 6);
    for (std::size_t place = 0; place < 6; ++place) { // the newest first
        CAPTURE(place);
        CHECK(shown_layer["revisions"][place].value("without_if_match", 0) == (place < 4 ? 1 : 0));
    }
}

TEST_CASE("If-Match guards a feature: a stale, weak or foreign tag changes nothing and shows both versions") {
    Staff hanako("guarded");
    const HttpAnswer created = hanako.create(point(139.5, 35.78), {{"n", 1}}, "a");
    REQUIRE(created.status == 201);
    const std::string first(hanako.get(hanako.items("a")).header("etag"));
    CHECK(first == created.header("etag"));
    HttpClient taro(served().server.address(), served().key);
    const auto put = [&](HttpClient &client, int n, const std::string &tag) {
        return client.send("PUT", hanako.items("a"), feature(point(139.5, 35.78), {{"n", n}}), with(geojson, "If-Match: " + tag));
    };
    const HttpAnswer second = put(taro, 2, first);
    REQUIRE(second.status == 200);
    CHECK(second.header("etag") != first);
    CHECK(second.header("etag") == hanako.get(hanako.items("a")).header("etag"));

    const HttpAnswer stale = put(hanako, 3, first);
    REQUIRE(stale.status == 412);
    const json conflict = json::parse(stale.body);
    CHECK(conflict["type"] == "/problems/version-conflict");
    CHECK(conflict["conflict"]["sent_against"]["feature"]["properties"]["n"] == 1);
    CHECK(conflict["conflict"]["sent_against"]["etag"] == first);
    CHECK(conflict["conflict"]["present"]["feature"]["properties"]["n"] == 2);
    CHECK(conflict["conflict"]["present"]["etag"] == second.header("etag"));
    CHECK(conflict["instance"].is_string());

    const std::string present(second.header("etag"));
    CHECK(put(hanako, 3, "W/" + present).status == 412);
    CHECK(put(hanako, 3, "\"nonsense\"").status == 412);
    CHECK(put(hanako, 3, "nonsense").status == 400);
    CHECK(hanako.send("PUT", hanako.items("b"), feature(point(139.5, 35.78), {{"n", 1}}), with(geojson, "If-Match: *")).status == 412);
    CHECK(hanako.send("PUT", hanako.items("b"), feature(point(139.5, 35.78), {{"n", 1}}), geojson).status == 404);
    CHECK(hanako.send("DELETE", hanako.items("a"), "", {"If-Match: " + first}).status == 412);
    CHECK(hanako.revision() == 2);
    CHECK(put(hanako, 3, "\"x\", " + present).status == 200);
    CHECK(put(hanako, 4, "*").status == 200);
    CHECK(json::parse(hanako.get(hanako.items("a")).body)["properties"]["n"] == 4);
}

TEST_CASE("what a client got and sends back changes nothing and makes no revision") {
    Staff staff("echoed");
    REQUIRE(staff.create({{"type", "LineString"}, {"coordinates", {{139.123456789, 35.1234567891}, {139.2, 35.2}}}}, {{"x", 5.0}, {"n", 5}}, "a")
                .status == 201);
    const HttpAnswer got = staff.get(staff.items("a"));
    const HttpAnswer echoed = staff.send("PUT", staff.items("a"), got.body, with(geojson, "If-Match: " + std::string(got.header("etag"))));
    CAPTURE(echoed.body);
    REQUIRE(echoed.status == 200);
    CHECK(echoed.header("etag") == got.header("etag"));
    CHECK(staff.revision() == 1);
    CHECK(staff.send("PATCH", staff.items("a"), "{}", merge_patch).status == 200);
    CHECK(staff.revision() == 1);
}

TEST_CASE("a default is for new features: an older one that is sent back as it was answered does not get it") {
    Staff staff("default_layer");
    REQUIRE(staff.create(point(139.5, 35.78), {{"name", "old"}}, "old").status == 201);
    const json declared{{"properties", {{{"name", "beds"}, {"type", "integer"}, {"default", 4}}}}, {"other_properties", true}};
    REQUIRE(staff.send("PATCH", "/collections/default_layer", declared.dump(), merge_patch).status == 200);
    const int revision = staff.revision();
    const std::string got = staff.get(staff.items("old")).body;
    CHECK(staff.send("PUT", staff.items("old"), got, geojson).status == 200);
    CHECK(staff.revision() == revision);
    CHECK_FALSE(json::parse(staff.get(staff.items("old")).body)["properties"].contains("beds"));
    const HttpAnswer made = staff.create(point(139.5, 35.78), {{"name", "new"}}, "new");
    CHECK(json::parse(made.body)["properties"]["beds"] == 4);
}

TEST_CASE("coordinates come in the CRS that the request names, in the authority's order of axes") {
    Staff staff("plane");
    const std::string plane = "http://www.opengis.net/def/crs/EPSG/0/6677";
    // Northing and easting of zone IX.
    const HttpAnswer made =
        staff.post(staff.items(), feature(point(-23755.0, -27830.0), json::object(), "a"), with(geojson, "Content-Crs: <" + plane + ">"));
    CAPTURE(made.body);
    REQUIRE(made.status == 201);
    const json coordinates = json::parse(staff.get(staff.items("a")).body)["geometry"]["coordinates"];
    CHECK(coordinates[0].get<double>() == Approx(139.5256).margin(0.001));
    CHECK(coordinates[1].get<double>() == Approx(35.7857).margin(0.001));
    for (const char *wrong :
         {"http://www.opengis.net/def/crs/EPSG/0/1", "EPSG:4326", "<>", "http://www.opengis.net/def/crs/EPSG/0/4301", "ftp://x/"}) {
        CAPTURE(wrong);
        const HttpAnswer refused =
            staff.post(staff.items(), feature(point(1, 1), json::object()), with(geojson, std::string("Content-Crs: ") + wrong));
        CHECK(refused.status == (std::string_view(wrong) == "<>" ? 201 : 400));
    }
    const HttpAnswer off = staff.post(staff.items(), feature(point(139.5, 35.7), json::object()),
                                      with(geojson, "Content-Crs: http://www.opengis.net/def/crs/EPSG/0/4326"));
    CHECK(off.status == 422);
    CHECK(pointers_of(off) == std::vector<std::string>{"/geometry/coordinates"});
}

TEST_CASE("bodies that are no feature of the layer are refused, each with its pointer, and nothing is changed") {
    Staff staff("strict_layer", {{"geometry", "polygon"},
                                 {"invalid_geometry", "refuse"},
                                 {"properties",
                                  {{{"name", "name"}, {"type", "text"}, {"required", true}, {"max_length", 5}},
                                   {{"name", "season"}, {"type", "season"}},
                                   {{"name", "area"}, {"computed", "area_ha"}}}},
                                 {"other_properties", false}});
    const json square{{"type", "Polygon"}, {"coordinates", {{{139.5, 35.7}, {139.501, 35.7}, {139.501, 35.701}, {139.5, 35.701}, {139.5, 35.7}}}}};
    const json bow{{"type", "Polygon"}, {"coordinates", {{{139.5, 35.7}, {139.501, 35.701}, {139.501, 35.7}, {139.5, 35.701}, {139.5, 35.7}}}}};
    const auto refused_at = [&](const std::string &body, const std::vector<std::string> &pointers) {
        const HttpAnswer refused = staff.post(staff.items(), body, geojson);
        CAPTURE(body, refused.body);
        CHECK(refused.status == 422);
        CHECK(refused.header("content-type") == "application/problem+json");
        CHECK(pointers_of(refused) == pointers);
    };
    refused_at(feature(point(1, 2), {{"name", "a"}}), {"/geometry/type"});
    refused_at(feature(bow, {{"name", "a"}}), {"/geometry"});
    refused_at(feature(square, {{"season", "夏"}, {"colour", 1}}), {"/properties/name", "/properties/season", "/properties/colour"});
    refused_at(feature(square, {{"name", "長すぎる名前"}}), {"/properties/name"});
    refused_at(feature(nullptr, {{"name", "a"}}), {"/geometry"});
    refused_at(feature(square, {{"name", "a"}}, "a\nb"), {"/id"});
    refused_at("[]", {""});
    CHECK(staff.post(staff.items(), "{\"type\":", geojson).status == 400);
    CHECK(staff.post(staff.items(), std::string(1000, '['), geojson).status == 400);
    CHECK(staff.post(staff.items(), feature(square, {{"name", "a"}}), {"Content-Type: text/plain"}).status == 415);
    CHECK(staff.send("PATCH", staff.items("a"), "{}", geojson).status == 415);
    CHECK(staff.post(staff.items() + "?dry=1", feature(square, {{"name", "a"}}), geojson).status == 400);
    CHECK(staff.post("/collections/nowhere/items", feature(square, json::object()), geojson).status == 404);
    CHECK(staff.post("/collections/strict_layer@1/items", feature(square, json::object()), geojson).status == 405);
    CHECK(staff.revision() == 0);

    const HttpAnswer made = staff.create(square, {{"name", "a"}, {"season", "６月上旬～7月"}, {"area", 99}}, "a");
    CAPTURE(made.body);
    REQUIRE(made.status == 201);
    const json shown = json::parse(staff.get(staff.items("a")).body);
    CHECK(shown["properties"]["season"] == "6月上旬〜7月");
    CHECK(shown["properties"]["area"].get<double>() == Approx(1.0036).margin(0.001));
    CHECK(made.header("etag") == staff.get(staff.items("a")).header("etag"));
    // A client that moves the feature sends back what it got of what is computed.
    json wider = shown;
    wider["geometry"]["coordinates"] = {{{139.5, 35.7}, {139.502, 35.7}, {139.502, 35.701}, {139.5, 35.701}, {139.5, 35.7}}};
    const HttpAnswer moved = staff.send("PUT", staff.items("a"), wider.dump(), geojson);
    CAPTURE(moved.body);
    REQUIRE(moved.status == 200);
    CHECK(json::parse(moved.body)["properties"]["area"].get<double>() == Approx(2.0072).margin(0.002));
    // One that splits it sends the same attributes with the other half; one that would change what is computed is told that it cannot.
    REQUIRE(staff.create(square, wider["properties"], "other half").status == 201);
    const HttpAnswer set = staff.send("PATCH", staff.items("a"), R"({"properties":{"area":99}})", merge_patch);
    CHECK(set.status == 422);
    CHECK(pointers_of(set) == std::vector<std::string>{"/properties/area"});
    CHECK(staff.create(square, {{"name", "b"}}, "a").status == 409);
    CHECK(staff.send("PATCH", staff.items("a"), R"({"id":"b"})", merge_patch).status == 422);
    CHECK(staff.send("PATCH", staff.items("a"), R"({"properties":{"name":null}})", merge_patch).status == 422);
    CHECK(staff.send("PATCH", staff.items("a"), R"({"geometry":null})", merge_patch).status == 422);
    CHECK(staff.revision() == 3);
}

TEST_CASE("a polygon that crosses itself is repaired where the layer says so, and the answer says what was mended") {
    Staff staff("mended", {{"geometry", "polygon"}});
    const json bow{{"type", "Polygon"}, {"coordinates", {{{139.5, 35.7}, {139.501, 35.701}, {139.501, 35.7}, {139.5, 35.701}, {139.5, 35.7}}}}};
    const HttpAnswer made = staff.create(bow, json::object(), "a");
    REQUIRE(made.status == 201);
    CHECK(made.header("keyaki-repaired") == "self_intersection");
    CHECK(json::parse(staff.get(staff.items("a")).body)["geometry"]["type"] == "MultiPolygon");
    // One that means it: a star of 5,000 points crosses itself millions of times.
    json ring = json::array();
    for (int i = 0; i <= 5'001; ++i) {
        const double angle = i % 5'001 * 2'499.0 / 5'001 * 2 * 3.14159265358979;
        ring.push_back({139.5 + 0.01 * std::cos(angle), 35.7 + 0.01 * std::sin(angle)});
    }
    const HttpAnswer star = staff.create({{"type", "Polygon"}, {"coordinates", {ring}}}, json::object(), "star");
    CHECK(star.status == 422);
    CHECK(json::parse(star.body)["errors"][0]["detail"].get<std::string>().find("crosses itself more than 1000 times") != std::string::npos);
}

TEST_CASE("a draft is edited feature by feature, seen by staff alone, and not published past") {
    Staff staff("drafted");
    REQUIRE(staff.create(point(139.5, 35.78), {{"n", 1}}, "a").status == 201);
    HttpClient writer(served().server.address(), served().writer_key);
    const HttpAnswer edited = writer.send("PATCH", staff.draft_items("a"), R"({"properties":{"n":2}})", merge_patch);
    CAPTURE(edited.body);
    REQUIRE(edited.status == 200);
    CHECK(edited.header("keyaki-revision") == "drafted=draft");
    const HttpAnswer made = writer.post(staff.draft_items(), feature(point(139.6, 35.7), {{"n", 9}}), geojson);
    CHECK(made.status == 201);
    CHECK(made.header("location").find("/collections/drafted@draft/items/") != std::string_view::npos);
    CHECK(json::parse(writer.get(staff.draft_items("a")).body)["properties"]["n"] == 2);
    CHECK(writer.get(staff.draft_items("a")).header("etag") == edited.header("etag"));
    CHECK(json::parse(writer.get(staff.items("a")).body)["properties"]["n"] == 1);

    // The published feature is changed by the draft too: an edit of it now would be lost when the draft is published.
    const HttpAnswer past = staff.send("PATCH", staff.items("a"), R"({"properties":{"n":3}})", merge_patch);
    CHECK(past.status == 409);
    CHECK(json::parse(past.body)["type"] == "/problems/changed-in-draft");
    CHECK(json::parse(past.body)["conflict"]["present"]["feature"]["properties"]["n"] == 2);
    CHECK(staff.create(point(139.7, 35.7), {{"n", 5}}, "beside").status == 201);
    CHECK(json::parse(writer.get(staff.draft_items("beside")).body)["properties"]["n"] == 5);

    // Who may only write drafts may not publish.
    CHECK(writer.send("PATCH", staff.items("beside"), R"({"properties":{"n":3}})", merge_patch).status == 403);
    HttpClient stranger(served().server.address());
    CHECK(stranger.send("DELETE", staff.items("a")).status == 401);
    CHECK(stranger.send("DELETE", staff.draft_items("a")).status == 401);
    CHECK(stranger.get(staff.draft_items("a")).status == 401);
}

TEST_CASE("a layer is made and described by staff, and every mistake in its description is named") {
    Staff staff("described", {{"title", {{"ja", "公園"}}}, {"geometry", "polygon"}, {"minzoom", 8}});
    const HttpAnswer shown = staff.get("/collections/described/description");
    const json before = json::parse(shown.body);
    CHECK(before["title"] == json{{"ja", "公園"}, {"en", "公園"}});
    CHECK(before["visibility"] == "public");
    const auto post = [&](const json &body) { return staff.post("/collections", body.dump(), {"Content-Type: application/json"}); };
    CHECK(pointers_of(post({{"id", "Parks"}, {"geometry", "circle"}, {"minzoom", 9}, {"maxzoom", 3}, {"colour", "red"}})) ==
          std::vector<std::string>{"/id", "/geometry", "/minzoom", "/colour"});
    CHECK(post({{"id", "described"}}).status == 409);
    CHECK(post({{"id", "layer_x"}}).status == 409);
    CHECK(staff.post("/collections", "{", {"Content-Type: application/json"}).status == 400);
    CHECK(HttpClient(served().server.address()).post("/collections", "{}", {"Content-Type: application/json"}).status == 401);

    const auto patch = [&](const json &body, const std::string &tag) {
        return staff.send("PATCH", "/collections/described", body.dump(), with(merge_patch, "If-Match: " + tag));
    };
    const HttpAnswer changed = patch({{"title", {{"en", "Parks"}}}, {"attribution", "清瀬市"}}, std::string(shown.header("etag")));
    CAPTURE(changed.body);
    REQUIRE(changed.status == 200);
    CHECK(json::parse(changed.body)["title"] == json{{"ja", "公園"}, {"en", "Parks"}});
    CHECK(patch({{"title", {{"en", "Gardens"}}}}, std::string(shown.header("etag"))).status == 412);
    CHECK(patch({{"id", "gardens"}}, "*").status == 422);
    CHECK(staff.send("PATCH", "/collections/nowhere", "{}", merge_patch).status == 404);
    CHECK(staff.revision() == 0); // nothing is published yet, so nothing about it is a revision

    const json square{{"type", "Polygon"}, {"coordinates", {{{139.5, 35.7}, {139.501, 35.7}, {139.501, 35.701}, {139.5, 35.701}, {139.5, 35.7}}}}};
    REQUIRE(staff.create(square, {{"kind", "pond"}}, "a").status == 201);
    const HttpAnswer misfit = patch({{"properties", {{{"name", "kind"}, {"type", "integer"}}}}}, "*");
    CHECK(misfit.status == 422);
    CHECK(misfit.body.find("feature a does not fit: kind: expected a whole number, found \\\"pond\\\"") != std::string::npos);
    CHECK(patch({{"geometry", "line"}}, "*").status == 409);
    const HttpAnswer declared =
        patch({{"properties", {{{"name", "kind"}, {"type", "enum"}, {"values", {"pond", "lawn"}}}, {{"name", "ha"}, {"computed", "area_ha"}}}}}, "*");
    REQUIRE(declared.status == 200);
    CHECK(staff.revision() == 2);
    CHECK(json::parse(staff.get(staff.items("a")).body)["properties"]["ha"].get<double>() > 1);
    CHECK(json::parse(staff.get("/collections/described@1/items/a").body)["properties"] == json{{"kind", "pond"}});
    CHECK(staff.get("/tiles/described/14/14542/6448.mvt").body.find("ha") != std::string::npos);
    CHECK(staff.create(square, {{"kind", "sea"}}).status == 422);
}

TEST_CASE("what a layer's schema declares can be filtered by before any feature has it") {
    Staff staff(
        "plain_layer",
        {{"properties",
          {{{"name", "floors"}, {"type", "integer"}}, {{"name", "opened"}, {"type", "date"}}, {{"name", "length"}, {"computed", "length_m"}}}}});
    REQUIRE(staff.create(point(139.5, 35.78), {{"name", "a"}}, "a").status == 201);
    const json queryables = json::parse(staff.get("/collections/plain_layer/queryables", {"Accept: application/schema+json"}).body)["properties"];
    CHECK(queryables["floors"]["type"] == "integer");
    CHECK(queryables["opened"]["format"] == "date");
    CHECK(queryables["length"]["type"] == "number");
    const auto matched = [&](const std::string &query) {
        const HttpAnswer answer = staff.get(staff.items() + "?" + query);
        CAPTURE(answer.body);
        REQUIRE(answer.status == 200);
        return json::parse(answer.body)["numberMatched"].get<int>();
    };
    CHECK(matched("filter=floors%20%3E%203") == 0);
    CHECK(matched("filter=floors%20IS%20NULL%20AND%20length%20IS%20NULL") == 1);
    CHECK(matched("floors=3") == 0);
    CHECK(matched("sortby=-opened") == 1);
    CHECK(staff.get(staff.items() + "?filter=doors%20%3E%203").status == 400);
    REQUIRE(staff.create(point(139.5, 35.78), {{"floors", 4}, {"opened", "2026-04-01"}}, "b").status == 201);
    CHECK(matched("filter=floors%20%3E%203%20AND%20opened%20%3D%20DATE('2026-04-01')") == 1);
}

TEST_CASE("the summary of a layer gives its totals, by a property where one is named") {
    Staff staff("green", {{"geometry", "polygon"}});
    const auto plot = [](double lon_deg) {
        return json{{"type", "Polygon"},
                    {"coordinates", {{{lon_deg, 35.7}, {lon_deg + 0.001, 35.7}, {lon_deg + 0.001, 35.701}, {lon_deg, 35.701}, {lon_deg, 35.7}}}}};
    };
    REQUIRE(staff.create(plot(139.5), {{"kind", "protected"}}).status == 201);
    REQUIRE(staff.create(plot(139.6), {{"kind", "protected"}}).status == 201);
    REQUIRE(staff.create(plot(139.7), {{"kind", "park"}}).status == 201);
    const HttpAnswer answer = staff.get("/collections/green/summary?group=kind");
    CAPTURE(answer.body);
    REQUIRE(answer.status == 200);
    const json summary = json::parse(answer.body);
    CHECK(summary["revision"] == 3);
    CHECK(summary["count"] == 3);
    CHECK(summary["area_ha"].get<double>() == Approx(3 * 1.0037).epsilon(0.001));
    CHECK_FALSE(summary.contains("length_m"));
    CHECK(summary["groups"].size() == 2);
    CHECK(summary["groups"][1]["value"] == "protected");
    CHECK(summary["groups"][1]["area_ha"].get<double>() == Approx(2 * 1.0037).epsilon(0.001));
    CHECK(json::parse(staff.get("/collections/green@1/summary").body)["count"] == 1);
    CHECK(staff.get("/collections/green/summary?group=colour").status == 400);
    CHECK(staff.get("/collections/green/summary?grup=kind").status == 400);
    CHECK(staff.get("/collections/nowhere/summary").status == 404);
    CHECK(answer.header("keyaki-revision") == "green=3");
}
