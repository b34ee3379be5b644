// Which fences is a position in? Over a live server, from a layer that is published to the answer, and what a stranger must not get.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

using namespace keyaki;
using nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;

namespace {

constexpr double middle_lon_deg = 139.5265;
constexpr double middle_lat_deg = 35.7857;

json circle(const std::string &id, double radius_m, double east_deg = 0) {
    return {{"type", "Feature"},
            {"id", id},
            {"properties", {{"radius_m", radius_m}}},
            {"geometry", {{"type", "Point"}, {"coordinates", {middle_lon_deg + east_deg, middle_lat_deg}}}}};
}

/// A square of about 90 by 110 m with the middle in it.
json square(const std::string &id) {
    const auto at = [](double east, double north) { return json{middle_lon_deg + east * 0.0005, middle_lat_deg + north * 0.0005}; };
    return {{"type", "Feature"},
            {"id", id},
            {"properties", {{"name", "広場"}}},
            {"geometry", {{"type", "Polygon"}, {"coordinates", {{at(-1, -1), at(1, -1), at(1, 1), at(-1, 1), at(-1, -1)}}}}}};
}

/// The sample city with a layer `zones` of the features, published; and its server.
struct ZonedCity {
    test::SampleCity city;

    explicit ZonedCity(const json &features) { publish(features); }
    void publish(const json &features) {
        const auto file = city.folder.write("zones.geojson", json{{"type", "FeatureCollection"}, {"features", features}}.dump());
        const auto done =
            test::run_keyaki({"import", "layer", "zones", file.string(), "--publish", "--message", "test", "--database", city.database.string()});
        INFO(done.error);
        REQUIRE(done.status == 0);
    }
};

json question(double accuracy_m = 10, std::size_t positions = 1) {
    json body{{"positions", json::array()}};
    for (std::size_t i = 0; i < positions; ++i) {
        body["positions"].push_back({{"lon", middle_lon_deg}, {"lat", middle_lat_deg}, {"accuracy_m", accuracy_m}});
    }
    return body;
}

HttpAnswer ask(HttpClient &client, const std::string &layer, const std::string &body, const std::string &type = "application/json") {
    return client.post("/collections/" + layer + "/fences", body, {"Content-Type: " + type});
}

std::vector<std::string> ids_of(const json &position) {
    std::vector<std::string> ids;
    for (const json &fence : position["fences"]) {
        ids.push_back(fence["id"].get<std::string>());
    }
    return ids;
}

} // namespace

TEST_CASE("a position gets the fences it may be in, with their probabilities and the revision, and nobody keeps the answer") {
    const ZonedCity zoned({circle("far", 40, 0.1), circle("near", 40), circle("wide", 500), square("square")});
    test::LiveServer server(zoned.city.database);
    HttpClient client(server.address());

    const HttpAnswer answer = ask(client, "zones", question(30).dump());
    CAPTURE(answer.body);
    REQUIRE(answer.status == 200);
    CHECK(answer.header("keyaki-revision") == "zones=1");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("etag").empty());
    const json found = json::parse(answer.body);
    CHECK(found["revision"] == "zones=1");
    REQUIRE(found["positions"].size() == 1);
    CHECK(ids_of(found["positions"][0]) == std::vector<std::string>{"wide", "square", "near"});
    CHECK(found["positions"][0]["fences"][0]["probability"] == 1.0);
    CHECK(found["positions"][0]["fences"][2]["probability"].get<double>() == Approx(.868).margin(.002)); // the table of the check-in rules
    CHECK(answer.body.find("lon") == std::string::npos);
    CHECK(answer.body.find("distance") == std::string::npos);

    // A batch goes by the pool, a second question by the event thread: the same fences.
    const json many = json::parse(ask(client, "zones", question(30, 100).dump()).body);
    REQUIRE(many["positions"].size() == 100);
    CHECK(many["positions"][99] == found["positions"][0]);
    CHECK(ask(client, "zones", question(30).dump()).body == answer.body);
}

TEST_CASE("after a publish the newest fences answer, and the revision before by its number") {
    ZonedCity zoned(json::array({circle("a", 40)}));
    test::LiveServer server(zoned.city.database);
    HttpClient client(server.address());
    const json before = json::parse(ask(client, "zones", question().dump()).body);
    CHECK(ids_of(before["positions"][0]) == std::vector<std::string>{"a"});

    zoned.publish(json::array({circle("b", 60)}));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    HttpAnswer newest;
    do {
        newest = ask(client, "zones", question().dump());
    } while (newest.header("keyaki-revision") != "zones=2" && std::chrono::steady_clock::now() < deadline);
    REQUIRE(newest.header("keyaki-revision") == "zones=2");
    CHECK(ids_of(json::parse(newest.body)["positions"][0]) == std::vector<std::string>{"b"});
    const HttpAnswer first = ask(client, "zones@1", question().dump());
    CHECK(first.header("keyaki-revision") == "zones=1");
    CHECK(json::parse(first.body) == before);
    CHECK(ask(client, "zones@3", question().dump()).status == 404);
    CHECK(ask(client, "zones@x", question().dump()).status == 400);
    CHECK(ask(client, "nothing", question().dump()).status == 404);
}

TEST_CASE("a question that is wrong in itself is refused with every wrong field named") {
    const ZonedCity zoned(json::array({circle("a", 40)}));
    test::LiveServer server(zoned.city.database);
    HttpClient client(server.address());
    const auto status_of = [&](const std::string &body) { return ask(client, "zones", body).status; };

    json wrong = question();
    wrong["positions"][0]["lat"] = 91;
    wrong["positions"][0]["accuracy_m"] = 0;
    wrong["at_least"] = 2;
    wrong["member"] = "m-1";
    const HttpAnswer answer = ask(client, "zones", wrong.dump());
    CHECK(answer.status == 422);
    CHECK(answer.header("content-type") == "application/problem+json");
    std::vector<std::string> pointers;
    const json problem = json::parse(answer.body);
    for (const json &error : problem["errors"]) {
        pointers.push_back(error["pointer"].get<std::string>());
    }
    CHECK(pointers == std::vector<std::string>{"/at_least", "/positions/0/lat", "/positions/0/accuracy_m", "/member"});

    for (const std::string body : {"", "{", "null", "\xff\xfe", "{\"positions\":[{\"lon\":1e999}]}"}) {
        CAPTURE(body);
        CHECK((status_of(body) == 400 || status_of(body) == 422));
    }
    CHECK(status_of(std::string(20'000, '[')) == 400);
    CHECK(status_of(std::string(33 * 1024, ' ')) == 413);
    CHECK(status_of(question(10, 101).dump()) == 422);
    CHECK(ask(client, "zones", question().dump(), "text/plain").status == 415);
    CHECK(client.post("/collections/zones/fences?lon=139.5", question().dump(), {"Content-Type: application/json"}).status == 400);
    CHECK(client.get("/collections/zones/fences").status == 405);
    CHECK(status_of(question().dump()) == 200);
}

TEST_CASE("a layer that is not public tells nothing of its fences, not even that it is there") {
    const test::SampleCity city;
    const json features{{"type", "FeatureCollection"}, {"features", json::array({circle("a", 40)})}};
    city.folder.write("zones.geojson", features.dump());
    std::ifstream sample(test::project_file("data/samples/kiyose/city.json"));
    json manifest = json::parse(sample);
    manifest["layers"] =
        json::array({{{"id", "zones"}, {"title", {{"ja", "区域"}, {"en", "Zones"}}}, {"visibility", "staff"}, {"file", "zones.geojson"}}});
    manifest["rallies"] = json::array();
    const auto file = city.folder.write("zones.json", manifest.dump());
    const auto imported = test::run_keyaki({"import", "city", file.string(), "--database", city.database.string()});
    INFO(imported.error);
    REQUIRE(imported.status == 0);
    test::LiveServer server(city.database);
    HttpClient client(server.address(), city.key);
    const HttpAnswer hidden = ask(client, "zones", question().dump());
    const HttpAnswer absent = ask(client, "zoned", question().dump());
    CHECK(hidden.status == 404);
    CHECK(absent.status == 404);
    CHECK(json::parse(hidden.body)["title"] == json::parse(absent.body)["title"]);
    CHECK(ask(client, "zones@1", question().dump()).status == 404);
}

TEST_CASE("the API's description has the question for fences with its limits") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    HttpClient client(server.address());
    const json post = json::parse(client.get("/api").body)["paths"]["/collections/{layer}/fences"]["post"];
    const json schema = post["requestBody"]["content"]["application/json"]["schema"];
    CHECK(schema["required"] == json::array({"positions"}));
    CHECK(schema["properties"]["positions"]["maxItems"] == 100);
    CHECK(schema["properties"]["positions"]["items"]["required"] == json::array({"lon", "lat", "accuracy_m"}));
    CHECK(schema["properties"]["platform"]["enum"].size() == 4);
    CHECK(post["responses"]["200"]["content"]["application/json"]["schema"]["properties"].contains("revision"));
}
