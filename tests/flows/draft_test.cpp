// Drafts over HTTP: looked at by staff and by nobody else, published as they were looked at, taken back, thrown away.
#include "tests/flows/sample_city.hpp"

#include "data/store.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

using namespace keyaki;
using nlohmann::json;
using test::HttpAnswer;
using test::HttpClient;

namespace {

const HttpClient::Headers json_body{"Content-Type: application/json"};

json sample_layer(const std::string &name) {
    std::ifstream file(test::project_file("data/samples/kiyose/" + name + ".geojson"));
    return json::parse(file);
}

test::CommandResult command(const test::SampleCity &city, std::vector<std::string> words) {
    words.insert(words.end(), {"--database", city.database.string()});
    return test::run_keyaki(std::move(words));
}

std::string make_key(const test::SampleCity &city, const std::string &scopes) {
    const auto made = command(city, {"key", "create", "--name", "staff", "--scopes", scopes, "--json"});
    REQUIRE(made.status == 0);
    return json::parse(made.out).at("key").get<std::string>();
}

void draft_layer(const test::SampleCity &city, const std::string &layer, const json &features) {
    const auto imported = command(city, {"import", "layer", layer, city.folder.write(layer + ".geojson", features.dump()).string()});
    CAPTURE(imported.error);
    REQUIRE(imported.status == 0);
}

/// The sample city, a draft of its stands (the first renamed, the second 100 m further north, the third gone, a new one), and who may see it.
struct DraftedCity {
    test::SampleCity city;
    std::string writer = make_key(city, "layers:write");
    std::string publisher = make_key(city, "layers:publish");
    json stands = sample_layer("farm_stands");
    std::vector<std::string> ids;
    test::LiveServer server{city.database};

    DraftedCity() {
        for (const json &stand : stands["features"]) {
            ids.push_back(stand["id"]);
        }
        json edited = stands;
        edited["features"][0]["properties"]["name"] = "見本 新しい名前";
        edited["features"][1]["geometry"]["coordinates"][1] = edited["features"][1]["geometry"]["coordinates"][1].get<double>() + 0.0009;
        edited["features"].push_back(edited["features"][2]);
        edited["features"].back()["id"] = "brand-new";
        edited["features"].back()["properties"]["name"] = "見本 真新しい直売所"; // by its old name it would keep its old id
        edited["features"].erase(2);
        draft_layer(city, "farm_stands", edited);
    }
};

json publish_request(const json &from, const char *message = "今年の一覧") { return {{"from", from}, {"message", message}}; }

} // namespace

TEST_CASE("a draft is read by staff under its name, as features and as tiles, and by nobody else") {
    const DraftedCity drafted;
    HttpClient staff(drafted.server.address(), drafted.writer);
    HttpClient anyone(drafted.server.address());
    HttpClient visitor(drafted.server.address(), drafted.city.key); // a key, but not of staff
    const std::string item = "/collections/farm_stands@draft/items/";

    CHECK(json::parse(staff.get(item + drafted.ids[0]).body)["properties"]["name"] == "見本 新しい名前");
    CHECK(staff.get(item + "brand-new").status == 200);
    CHECK(staff.get(item + drafted.ids[2]).status == 404);
    CHECK(json::parse(anyone.get("/collections/farm_stands/items/" + drafted.ids[0]).body)["properties"]["name"] != "見本 新しい名前");

    const HttpAnswer tilejson = staff.get("/tiles/farm_stands@draft.json");
    REQUIRE(tilejson.status == 200);
    CHECK(json::parse(tilejson.body)["tiles"][0].get<std::string>().find("/tiles/farm_stands@draft/{z}/{x}/{y}.mvt") != std::string::npos);
    const std::string tile = "/10/908/402.mvt";
    const HttpAnswer preview = staff.get("/tiles/farm_stands@draft" + tile);
    CHECK(preview.status == 200);
    CHECK(preview.body != anyone.get("/tiles/farm_stands" + tile).body);
    CHECK(staff.get("/tiles/farm_stands@diff" + tile).body.find("path") != std::string::npos);
    CHECK(staff.get("/tiles/farm_stands@draft,stations" + tile).header("keyaki-revision") == "farm_stands=draft, stations=1");

    for (const std::string path :
         {"/collections/farm_stands@draft", "/collections/farm_stands@draft/items", "/collections/farm_stands@draft/items/brand-new",
          "/tiles/farm_stands@draft.json", "/tiles/farm_stands@draft/10/908/402.mvt", "/tiles/farm_stands@diff/10/908/402.mvt",
          "/tiles/stations,farm_stands@draft/10/908/402.mvt", "/collections/farm_stands/draft", "/collections/farm_stands/draft/changes",
          "/collections/farm_stands/revisions", "/drafts"}) {
        CAPTURE(path);
        for (int time = 0; time < 2; ++time) { // also once staff have seen it, and what they saw lies ready
            const HttpAnswer seen = staff.get(path);
            CHECK(seen.status == 200);
            CHECK(seen.header("cache-control") == "private, no-store");
            const HttpAnswer refused = anyone.get(path);
            CHECK(refused.status == 401);
            CHECK(refused.body.find("farm_stands") == std::string::npos);
            CHECK(visitor.get(path).status == 403);
        }
    }
    // Whether a layer is there is not told either.
    CHECK(anyone.get("/collections/no_such_layer@draft/items").status == 401);
    CHECK(staff.get("/collections/no_such_layer@draft/items").status == 404);
    CHECK(staff.get("/tiles/no_such_layer@draft/10/908/402.mvt").status == 404);
    CHECK(staff.get("/collections/farm_stands@drafts").status == 400);
    CHECK(staff.get("/collections/farm_stands@diff").status == 400);
}

TEST_CASE("what a draft changes is told as counts and as GeoJSON with both values") {
    const DraftedCity drafted;
    HttpClient staff(drafted.server.address(), drafted.writer);
    const HttpAnswer counted = staff.get("/collections/farm_stands/draft");
    const json counts = json::parse(counted.body);
    CHECK(counts["added"] == 1);
    CHECK(counts["removed"] == 1);
    CHECK(counts["moved"] == 1);
    CHECK(counts["changed"] == 1);
    CHECK(counts["unchanged"] == drafted.ids.size() - 3);
    CHECK(counts["wants_confirmation"] == false);
    CHECK(json::parse(staff.get("/drafts").body)["drafts"][0]["layer"] == "farm_stands");

    std::map<std::string, json> changes;
    std::string address = "/collections/farm_stands/draft/changes?limit=1";
    int pages = 0;
    for (; !address.empty() && pages < 10; ++pages) {
        const HttpAnswer answer = staff.get(address);
        REQUIRE(answer.status == 200);
        CHECK(answer.header("etag") == counted.header("etag"));
        const json page = json::parse(answer.body);
        CHECK(page["numberReturned"] == 1);
        changes[page["features"][0]["id"]] = page["features"][0];
        address.clear();
        for (const json &link : page["links"]) {
            address = link["rel"] == "next" ? link["href"].get<std::string>().substr(drafted.server.address().size()) : address;
        }
    }
    CHECK(pages == 4);
    REQUIRE(changes.size() == 4);
    const json &moved = changes.at(drafted.ids[1])["properties"];
    CHECK(moved["change"] == "moved");
    CHECK(moved["distance_m"].get<double>() == Approx(99.9).margin(0.5));
    CHECK(moved["before"]["geometry"] == drafted.stands["features"][1]["geometry"]);
    CHECK(moved["after"]["geometry"] == changes.at(drafted.ids[1])["geometry"]);
    const json &renamed = changes.at(drafted.ids[0])["properties"];
    CHECK(renamed["change"] == "changed");
    CHECK(renamed["fields"] == json{"name"});
    CHECK(renamed["before"]["properties"]["name"] == drafted.stands["features"][0]["properties"]["name"]);
    CHECK(renamed["after"]["properties"]["name"] == "見本 新しい名前");
    CHECK(changes.at("brand-new")["properties"]["before"].is_null());
    CHECK(changes.at(drafted.ids[2])["properties"]["after"].is_null());
    CHECK(changes.at(drafted.ids[2])["properties"]["change"] == "removed");
}

TEST_CASE("a draft is published as it was looked at, is served when the answer comes, and is taken back under a new number") {
    const DraftedCity drafted;
    HttpClient writer(drafted.server.address(), drafted.writer);
    HttpClient staff(drafted.server.address(), drafted.publisher);
    HttpClient anyone(drafted.server.address());
    const std::string revisions = "/collections/farm_stands/revisions";
    const std::string tile = "/tiles/farm_stands/10/908/402.mvt";
    const std::string old_tile = anyone.get(tile).body;
    const std::string seen = "If-Match: " + std::string(staff.get("/collections/farm_stands/draft").header("etag"));

    CHECK(writer.post(revisions, publish_request("draft").dump(), json_body).status == 403);
    CHECK(anyone.post(revisions, publish_request("draft").dump(), json_body).status == 401);
    CHECK(staff.post(revisions, publish_request("draft").dump()).status == 415);
    CHECK(staff.post(revisions, "{", json_body).status == 400);
    for (const json &wrong :
         {json::array(), json{{"from", "draft"}}, publish_request(0), publish_request(-1), publish_request("7"), publish_request(nullptr),
          publish_request(1.5), json{{"from", 1}, {"message", ""}}, json{{"from", 1}, {"message", "a"}, {"confirmed", true}}}) {
        CAPTURE(wrong.dump());
        CHECK(staff.post(revisions, wrong.dump(), json_body).status == 422);
    }
    CHECK(staff.post(revisions, publish_request(9).dump(), json_body).status == 404);
    CHECK(staff.post("/collections/no_such_layer/revisions", publish_request("draft").dump(), json_body).status == 404);

    // Somebody changes the draft after I have looked at it.
    json other = drafted.stands;
    other["features"][3]["properties"]["name"] = "見本 ほかの人の変更";
    draft_layer(drafted.city, "farm_stands", other);
    const HttpAnswer moved_on = staff.post(revisions, publish_request("draft").dump(), {json_body[0], seen});
    CHECK(moved_on.status == 412);
    CHECK(anyone.get(tile).body == old_tile);

    const HttpAnswer looked_at = staff.get("/collections/farm_stands/draft");
    const HttpAnswer published =
        staff.post(revisions, publish_request("draft").dump(), {json_body[0], "If-Match: " + std::string(looked_at.header("etag"))});
    CAPTURE(published.body);
    REQUIRE(published.status == 201);
    CHECK(published.header("keyaki-revision") == "farm_stands=2");
    CHECK(std::string(published.header("location")).ends_with("/collections/farm_stands@2"));
    CHECK(anyone.get("/collections/farm_stands/items/" + drafted.ids[3]).header("keyaki-revision") == "farm_stands=2");
    CHECK(anyone.get(tile).body != old_tile);
    CHECK(staff.post(revisions, publish_request("draft").dump(), json_body).status == 409);

    CHECK(staff.post(revisions, publish_request(1).dump(), {json_body[0], "If-Match: \"revisions-1\""}).status == 412);
    const HttpAnswer back = staff.post(revisions, publish_request(1, "誤り").dump(), {json_body[0], "If-Match: \"revisions-2\""});
    REQUIRE(back.status == 201);
    CHECK(json::parse(back.body)["content_of"] == 1);
    CHECK(anyone.get(tile).body == old_tile);
    CHECK(anyone.get(tile).header("keyaki-revision") == "farm_stands=3");

    const json history = json::parse(writer.get(revisions).body)["revisions"];
    REQUIRE(history.size() == 3);
    CHECK(history[0]["message"] == "誤り");
    CHECK(history[1]["message"] == "今年の一覧");
    CHECK(history[1]["changed"] == 1);
    CHECK(history[0]["author"] == history[1]["author"]);
    const json changes = json::parse(writer.get(revisions + "/2/changes").body);
    REQUIRE(changes["features"].size() == 1);
    CHECK(changes["features"][0]["properties"]["after"]["properties"]["name"] == "見本 ほかの人の変更");
    CHECK(writer.get(revisions + "/4/changes").status == 404);
    CHECK(writer.get(revisions + "/x/changes").status == 404);
}

TEST_CASE("the history of a layer comes page by page, the newest first") {
    const DraftedCity drafted;
    HttpClient staff(drafted.server.address(), drafted.publisher);
    const std::string revisions = "/collections/farm_stands/revisions";
    REQUIRE(staff.post(revisions, publish_request("draft").dump(), json_body).status == 201);
    REQUIRE(staff.post(revisions, publish_request(1).dump(), json_body).status == 201);
    const json history = json::parse(staff.get(revisions).body);
    REQUIRE(history["revisions"].size() == 3);
    CHECK(history["links"].empty());
    const json first = json::parse(staff.get(revisions + "?limit=2").body);
    CHECK(first["revisions"] == json::array({history["revisions"][0], history["revisions"][1]}));
    REQUIRE(first["links"][0]["rel"] == "next");
    const HttpAnswer second = staff.get(first["links"][0]["href"].get<std::string>().substr(drafted.server.address().size()));
    CHECK(json::parse(second.body)["revisions"] == json::array({history["revisions"][2]}));
    CHECK(json::parse(second.body)["links"].empty());
    CHECK(second.header("etag") == "\"revisions-3\"");
    CHECK(staff.get(revisions + "?limit=0").status == 400);
    CHECK(staff.get(revisions + "?before=x").status == 400);
}

TEST_CASE("removing much of a layer wants a confirmation, and the refusal says how much") {
    const test::SampleCity city;
    const std::string key = make_key(city, "layers:publish");
    const test::LiveServer server(city.database);
    HttpClient staff(server.address(), key);
    json few = sample_layer("shelters");
    const auto all = few["features"].size();
    few["features"].erase(few["features"].begin() + 3, few["features"].end());
    draft_layer(city, "shelters", few);
    CHECK(json::parse(staff.get("/collections/shelters/draft").body)["wants_confirmation"] == true);
    json wanted = publish_request("draft");
    const HttpAnswer refused = staff.post("/collections/shelters/revisions", wanted.dump(), json_body);
    CHECK(refused.status == 409);
    CHECK(json::parse(refused.body)["type"] == "/problems/confirmation-required");
    CHECK(json::parse(refused.body)["changes"]["removed"] == all - 3);
    wanted["confirm"] = true;
    CHECK(staff.post("/collections/shelters/revisions", wanted.dump(), json_body).status == 201);
}

TEST_CASE("a draft that is thrown away leaves what is published, and a line in the audit log") {
    const DraftedCity drafted;
    HttpClient staff(drafted.server.address(), drafted.writer);
    const std::string draft = "/collections/farm_stands/draft";
    CHECK(HttpClient(drafted.server.address()).delete_(draft).status == 401);
    CHECK(staff.delete_(draft, {"If-Match: \"draft-1-999\""}).status == 412);
    CHECK(json::parse(staff.get(draft).body)["has_draft"] == true);
    const HttpAnswer discarded = staff.delete_(draft, {"If-Match: " + std::string(staff.get(draft).header("etag"))});
    CHECK(discarded.status == 200);
    CHECK(json::parse(discarded.body)["added"] == 1);
    CHECK(json::parse(staff.get(draft).body)["has_draft"] == false);
    CHECK(json::parse(staff.get("/drafts").body)["drafts"].empty());
    // The draft's name then says what is published.
    CHECK(staff.get("/tiles/farm_stands@draft/10/908/402.mvt").body == staff.get("/tiles/farm_stands/10/908/402.mvt").body);
    CHECK(staff.get("/tiles/farm_stands@diff/10/908/402.mvt").status == 404); // nothing there: no bounds
    CHECK(staff.delete_("/collections/no_such_layer/draft").status == 404);
    const auto store = data::open_store({.file = drafted.city.database});
    const auto audit = store->audit(1);
    REQUIRE(audit.size() == 1);
    CHECK(audit[0].action == "layer.discard");
    CHECK(audit[0].subject == "farm_stands");
}

TEST_CASE("a layer that is staff's, published or not, is there for staff alone") {
    const test::SampleCity city;
    const std::string key = make_key(city, "layers:write");
    const json feature{
        {"type", "Feature"}, {"id", "a"}, {"properties", {{"name", "secret"}}}, {"geometry", {{"type", "Point"}, {"coordinates", {139.52, 35.78}}}}};
    city.folder.write("works.geojson", json{{"type", "FeatureCollection"}, {"features", {feature}}}.dump());
    const json layer{{"id", "works"}, {"title", {{"ja", "工事"}, {"en", "Works"}}}, {"visibility", "staff"}, {"file", "works.geojson"}};
    std::ifstream sample_file(test::project_file("data/samples/kiyose/city.json"));
    json sample = json::parse(sample_file);
    sample["layers"] = {layer};
    sample["rallies"] = json::array();
    const auto imported = command(city, {"import", "city", city.folder.write("works.json", sample.dump()).string()});
    CAPTURE(imported.error);
    REQUIRE(imported.status == 0);
    draft_layer(city, "plans", json{{"type", "FeatureCollection"}, {"features", {feature}}}); // never published

    const test::LiveServer server(city.database);
    HttpClient staff(server.address(), key);
    HttpClient anyone(server.address());
    HttpClient visitor(server.address(), city.key);
    for (const std::string path :
         {"/collections/works", "/collections/works@1", "/collections/works/items", "/collections/works/items/a", "/tiles/works.json",
          "/tiles/works/13/7270/3223.mvt", "/tiles/works@1/13/7270/3223.mvt", "/tiles/stations,works/13/7270/3223.mvt"}) {
        CAPTURE(path);
        for (int time = 0; time < 2; ++time) {
            const HttpAnswer seen = staff.get(path);
            CHECK(seen.status == 200);
            CHECK(seen.header("cache-control") == "private, no-store");
            CHECK(anyone.get(path).status == 404);
            CHECK(visitor.get(path).status == 404);
        }
    }
    const std::string question = R"({"positions":[{"lon":139.52,"lat":35.78,"accuracy_m":10}]})";
    CHECK(anyone.post("/collections/works/fences", question, json_body).status == 404);
    CHECK(staff.post("/collections/works/fences", question, json_body).status == 200);
    CHECK(staff.get("/collections/plans@draft/items/a").status == 200);
    CHECK(staff.get("/collections/plans/items/a").status == 404);

    const HttpAnswer listed = staff.get("/collections");
    CHECK(listed.body.find("works") != std::string::npos);
    CHECK(listed.header("cache-control") == "private, no-store");
    for (HttpClient *outsider : {&anyone, &visitor}) {
        const HttpAnswer list = outsider->get("/collections");
        CHECK(list.body.find("works") == std::string::npos);
        CHECK(list.header("keyaki-revision").find("works") == std::string_view::npos);
        CHECK(list.header("vary").find("Authorization") != std::string_view::npos);
        for (const char *path : {"/tiles/city.json", "/metrics", "/api"}) {
            CAPTURE(path);
            const std::string body = outsider->get(path).body;
            CHECK(body.find("works") == std::string::npos);
            CHECK(body.find("plans") == std::string::npos);
        }
    }
}
