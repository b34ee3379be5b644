// A layer is edited, published and taken back while the server runs: tiles, features and fences change together.
#include "tests/flows/sample_city.hpp"

#include "tests/support/comes_true.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

using namespace keyaki;
using nlohmann::json;
using test::HttpClient;

namespace {

json sample_layer(const std::string &name) {
    std::ifstream file(test::project_file("data/samples/kiyose/" + name + ".geojson"));
    return json::parse(file);
}

/// Asks until the layer is served at that revision; false after five seconds.
bool comes_to_revision(HttpClient &client, const std::string &layer, int revision) {
    const std::string wanted = layer + "=" + std::to_string(revision);
    return test::comes_true([&] { return client.head("/collections/" + layer).header("keyaki-revision") == wanted; }, std::chrono::seconds(5));
}

test::CommandResult command(const test::SampleCity &city, std::vector<std::string> words) {
    words.insert(words.end(), {"--database", city.database.string()});
    return test::run_keyaki(std::move(words));
}

} // namespace

TEST_CASE("an edited stand is drafted, looked at, published, served at once, and taken back") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    HttpClient client(server.address());
    json stands = sample_layer("farm_stands");
    const auto id = stands["features"][0]["id"].get<std::string>();
    const std::string item = "/collections/farm_stands/items/" + id;
    const json before = json::parse(client.get(item).body);
    const std::string old_tile = client.get("/tiles/farm_stands/10/908/402.mvt").body;
    REQUIRE(!old_tile.empty());

    stands["features"][0]["properties"]["name"] = "見本 名前の変わった直売所";
    const auto file = city.folder.write("stands.geojson", stands.dump());
    REQUIRE(command(city, {"import", "layer", "farm_stands", file.string()}).status == 0);
    const std::string diff = command(city, {"layer", "diff", "farm_stands"}).out;
    CHECK(diff.find("0 added, 0 removed, 0 moved, 1 changed") == 0);
    CHECK(diff.find(id) != std::string::npos);
    CHECK(json::parse(client.get(item).body) == before);

    REQUIRE(command(city, {"layer", "publish", "farm_stands", "--message", "name corrected"}).status == 0);
    REQUIRE(comes_to_revision(client, "farm_stands", 2));
    CHECK(json::parse(client.get(item).body)["properties"]["name"] == "見本 名前の変わった直売所");
    CHECK(client.get("/tiles/farm_stands/10/908/402.mvt").body != old_tile);
    CHECK(client.get("/tiles/farm_stands@1/10/908/402.mvt").body == old_tile);
    CHECK(json::parse(client.get("/collections/farm_stands@1/items/" + id).body)["properties"] == before["properties"]);

    REQUIRE(command(city, {"layer", "rollback", "farm_stands", "1", "--message", "it was right before"}).status == 0);
    REQUIRE(comes_to_revision(client, "farm_stands", 3));
    CHECK(json::parse(client.get(item).body) == before);
    CHECK(client.get("/tiles/farm_stands/10/908/402.mvt").body == old_tile);
    const json shown = json::parse(command(city, {"layer", "show", "farm_stands", "--json"}).out);
    CHECK(shown["revisions"].size() == 3);
}

TEST_CASE("who turns pages goes on in the revision that he began in, while another one is published") {
    const test::SampleCity city;
    const test::LiveServer server(city.database);
    HttpClient client(server.address());
    json page = json::parse(client.get("/collections/farm_stands/items?limit=4&datetime=2026-04-01/..").body);
    json stands = sample_layer("farm_stands");
    std::set<std::string> expected;
    for (json &stand : stands["features"]) {
        expected.insert(stand["id"].get<std::string>());
        stand["properties"]["name"] = "見本 新しい名前";
    }
    stands["features"][0]["id"] = "aaa-new"; // before all others, and one of them is gone
    const auto file = city.folder.write("stands.geojson", stands.dump());
    REQUIRE(command(city, {"import", "layer", "farm_stands", file.string()}).status == 0);
    REQUIRE(command(city, {"layer", "publish", "farm_stands", "--message", "new names"}).status == 0);
    REQUIRE(comes_to_revision(client, "farm_stands", 2));

    std::set<std::string> seen;
    for (bool has_more = true; has_more;) {
        has_more = false;
        for (const json &feature : page["features"]) {
            CHECK(seen.insert(feature["id"].get<std::string>()).second);
            CHECK(feature["properties"]["name"] != "見本 新しい名前");
        }
        const json links = page["links"];
        for (const json &link : links) {
            if (link["rel"] == "next") {
                page = json::parse(client.get(link["href"].get<std::string>().substr(server.address().size())).body);
                has_more = true;
            }
        }
    }
    CHECK(seen == expected);
    CHECK(json::parse(client.get("/collections/farm_stands/items?limit=1").body)["features"][0]["id"] == "aaa-new");
}

TEST_CASE("a shelter that closes is no spot any more the moment it is published") {
    const test::SampleCity city;
    test::LiveServer server(city.database);
    HttpClient client(server.address(), city.key);
    json shelters = sample_layer("shelters");
    auto &features = shelters["features"];
    features.erase(std::find_if(features.begin(), features.end(), [](const json &feature) { return feature["id"] == "daisan-chugakko"; }));
    const auto file = city.folder.write("shelters.geojson", shelters.dump());
    const std::string body = test::check_in_body("m-1");
    const auto first = client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: before"});
    REQUIRE(first.status == 201);
    REQUIRE(command(city, {"import", "layer", "shelters", file.string(), "--publish"}).status == 0);
    REQUIRE(comes_to_revision(client, "shelters", 2));
    CHECK(client.post("/checkins", test::check_in_body("m-2"), {"Content-Type: application/json", "Idempotency-Key: after"}).status == 422);
    // A retry of what was answered before still gets its answer.
    const auto retried = client.post("/checkins", body, {"Content-Type: application/json", "Idempotency-Key: before"});
    CHECK(retried.status == 201);
    CHECK(retried.body == first.body);
}

TEST_CASE("removing more than a tenth of a layer wants a confirmation") {
    const test::SampleCity city;
    json shelters = sample_layer("shelters");
    auto &features = shelters["features"];
    features.erase(features.begin() + 5, features.end());
    const auto file = city.folder.write("shelters.geojson", shelters.dump());
    const test::CommandResult refused = command(city, {"import", "layer", "shelters", file.string(), "--publish"});
    CAPTURE(refused.error);
    CHECK(refused.status != 0);
    CHECK(refused.error.find("25") != std::string::npos);
    CHECK(command(city, {"layer", "publish", "shelters", "--confirm"}).status == 0);
}

TEST_CASE("a city whose file lost most of a layer is not published without a confirmation") {
    const test::SampleCity city;
    const auto folder = city.folder / "kiyose";
    std::filesystem::copy(test::project_file("data/samples/kiyose"), folder, std::filesystem::copy_options::recursive);
    json shelters = sample_layer("shelters");
    shelters["features"].erase(shelters["features"].begin() + 1, shelters["features"].end());
    std::ofstream(folder / "shelters.geojson") << shelters;
    CHECK(command(city, {"import", "city", (folder / "city.json").string()}).status != 0);
    CHECK(json::parse(command(city, {"layer", "show", "shelters", "--json"}).out)["features"] == 30);
}

TEST_CASE("a city imported again is as it was: no new revision, no new version, no points moved") {
    const test::SampleCity city;
    const auto again = command(city, {"import", "city", test::project_file("data/samples/kiyose/city.json").string(), "--json"});
    CAPTURE(again.out, again.error);
    REQUIRE(again.status == 0);
    const json outcome = json::parse(again.out);
    for (const json &layer : outcome["layers"]) {
        CHECK(layer["revision"] == 1);
        CHECK(layer["published"] == false);
    }
    CHECK(command(city, {"check"}).status == 0);
}

TEST_CASE("files that cannot be taken change nothing and are refused in a sentence") {
    const test::SampleCity city;
    const std::string before = command(city, {"layer", "show", "shelters", "--json"}).out;
    const auto nonsense = city.folder.write("nonsense.geojson", "{\"type\":\"FeatureCollection\",\"features\":[{");
    const auto empty = city.folder.write("empty.csv", "");
    for (const auto &file : {nonsense, empty, city.folder / "absent.csv"}) {
        const test::CommandResult refused = command(city, {"import", "layer", "shelters", file.string(), "--publish"});
        CAPTURE(file.string(), refused.error);
        CHECK(refused.status != 0);
        CHECK(refused.error.rfind("keyaki: ", 0) == 0);
    }
    CHECK(command(city, {"layer", "show", "shelters", "--json"}).out == before);
    CHECK(command(city, {"import", "layer", "brand_new", nonsense.string()}).status != 0);
    CHECK(command(city, {"layers"}).out.find("brand_new") == std::string::npos);
}

TEST_CASE("what a layer held while it was staff's stays with staff when it is opened to everyone") {
    const test::SampleCity city;
    const auto folder = city.folder / "kiyose";
    std::filesystem::copy(test::project_file("data/samples/kiyose"), folder, std::filesystem::copy_options::recursive);
    const auto import_with = [&](const char *visibility, const char *name) {
        const json feature{
            {"type", "Feature"}, {"id", "a"}, {"properties", {{"name", name}}}, {"geometry", {{"type", "Point"}, {"coordinates", {139.52, 35.78}}}}};
        std::ofstream(folder / "works.geojson") << json{{"type", "FeatureCollection"}, {"features", {feature}}};
        std::ifstream manifest_file(folder / "city.json");
        json manifest = json::parse(manifest_file);
        manifest["layers"] = {{{"id", "works"}, {"title", {{"ja", "工事"}, {"en", "Works"}}}, {"visibility", visibility}, {"file", "works.geojson"}}};
        manifest["rallies"] = json::array();
        std::ofstream(folder / "works.json") << manifest;
        const auto imported = command(city, {"import", "city", (folder / "works.json").string()});
        CAPTURE(imported.error);
        REQUIRE(imported.status == 0);
    };
    import_with("staff", "secret");
    test::LiveServer server(city.database);
    HttpClient client(server.address());
    CHECK(client.get("/collections/works").status == 404);
    CHECK(client.get("/metrics").body.find("works") == std::string::npos);
    import_with("everyone", "open");
    REQUIRE(comes_to_revision(client, "works", 2));
    CHECK(client.get("/collections/works@2/items/a").status == 200);
    for (const char *path : {"/collections/works@1", "/collections/works@1/items/a", "/tiles/works@1.json", "/tiles/works@1/13/7270/3222.mvt"}) {
        CAPTURE(path);
        CHECK(client.get(path).status == 404);
    }

    // And what was everyone's is staff's from then on, also where its tile and the meaning of its name lie ready.
    const auto tile_status = [&] { return client.get("/tiles/works/13/7270/3223.mvt").status; };
    for (int time = 0; time < 3; ++time) {
        CHECK(tile_status() < 300);
    }
    import_with("staff", "open");
    CHECK(test::comes_true([&] { return tile_status() == 404; }, std::chrono::seconds(5)));
    for (const char *path : {"/tiles/works/13/7270/3223.mvt", "/tiles/works@2/13/7270/3223.mvt", "/tiles/works.json", "/collections/works"}) {
        CAPTURE(path);
        CHECK(client.get(path).status == 404);
    }
}
