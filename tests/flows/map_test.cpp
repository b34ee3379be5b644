// The reading side over a live server: tiles, TileJSON and features as a stranger's client sees them.
#include "tests/flows/sample_city.hpp"

#include "tiles/gzip.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>

using namespace keyaki;
using test::HttpAnswer;
using test::HttpClient;

namespace {

/// One city and one server for the whole file: nothing here changes it.
struct Served {
    test::SampleCity city;
    test::LiveServer server{city.database};
};

Served &served() {
    static Served once;
    return once;
}

constexpr const char *city_tile = "/tiles/city/13/7270/3222.mvt";

} // namespace

TEST_CASE("a tile comes with its type, tag, revisions and a minute to live") {
    HttpClient client(served().server.address());
    const HttpAnswer tile = client.get("/tiles/shelters/13/7270/3222.mvt", {"Accept-Encoding: gzip"});
    CHECK(tile.status == 200);
    CHECK(tile.header("content-type") == "application/vnd.mapbox-vector-tile");
    CHECK(tile.header("content-encoding") == "gzip");
    CHECK(tile.header("keyaki-revision") == "shelters=1");
    CHECK(tile.header("cache-control").find("max-age=60") != std::string_view::npos);
    CHECK(tile.header("cache-control").find("no-cache") == std::string_view::npos);
    CHECK(tile.header("cache-control").find("must-revalidate") == std::string_view::npos);
    CHECK(tile.header("vary").find("Accept-Encoding") != std::string_view::npos);
    CHECK(tile.header("access-control-allow-origin") == "*");
    const HttpAnswer plain = client.get("/tiles/shelters/13/7270/3222.mvt");
    CHECK(plain.header("content-encoding").empty());
    CHECK(plain.header("etag") != tile.header("etag"));
    CHECK(plain.body == tiles::gunzip(tile.body, 1'000'000));
}

TEST_CASE("the second answer with a tile, from the cache, is the first one again") {
    HttpClient client(served().server.address());
    for (const char *path : {"/tiles/stations@1,shelters@1/13/7270/3222.mvt", city_tile}) {
        for (const std::vector<std::string> &fields : {std::vector<std::string>{"Accept-Encoding: gzip"}, std::vector<std::string>{}}) {
            const HttpAnswer first = client.get(path, fields);
            const HttpAnswer second = client.get(path, fields);
            INFO(path);
            CHECK(first.status < 300);
            CHECK(second.status == first.status);
            CHECK(second.body == first.body);
            for (const char *name : {"content-type", "content-encoding", "etag", "cache-control", "keyaki-revision", "vary"}) {
                CHECK(second.header(name) == first.header(name));
            }
        }
        CHECK(client.get(std::string(path) + "?a=b").status == 400);
    }
}

TEST_CASE("a tile that names its revisions never changes") {
    HttpClient client(served().server.address());
    const HttpAnswer tile = client.get("/tiles/shelters@1/13/7270/3222.mvt");
    CHECK(tile.status == 200);
    CHECK(tile.header("cache-control") == "public, max-age=31536000, immutable");
    CHECK(tile.body == client.get("/tiles/shelters/13/7270/3222.mvt").body);
    CHECK(client.get("/tiles/shelters@2/13/7270/3222.mvt").status == 404);
    CHECK(client.get("/tiles/shelters@x/13/7270/3222.mvt").status == 400);
}

TEST_CASE("who has the tile already is told so in a 304 with its tag and without a body") {
    HttpClient client(served().server.address());
    const HttpAnswer tile = client.get(city_tile, {"Accept-Encoding: gzip"});
    const HttpAnswer again = client.get(city_tile, {"Accept-Encoding: gzip", "If-None-Match: " + std::string(tile.header("etag"))});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(again.header("etag") == tile.header("etag"));
    CHECK(again.header("cache-control") == tile.header("cache-control"));
    CHECK(client.get(city_tile, {"If-None-Match: \"other\""}).status == 200);
}

TEST_CASE("HEAD answers as GET does, without the body") {
    HttpClient client(served().server.address());
    const HttpAnswer whole = client.get(city_tile);
    const HttpAnswer head = client.head(city_tile);
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("content-length") == std::to_string(whole.body.size()));
    CHECK(head.header("etag") == whole.header("etag"));
}

TEST_CASE("tiles outside the tileset are 404, empty ones inside are 204") {
    HttpClient client(served().server.address());
    for (const char *path : {"/tiles/city/15/29080/12888.mvt", "/tiles/city/13/0/0.mvt", "/tiles/city/13/8192/3222.mvt", "/tiles/city/13/-1/3222.mvt",
                             "/tiles/city/013/7270/3222.mvt", "/tiles/nothing/13/7270/3222.mvt", "/tiles/city/13/7270/3222.png",
                             "/tiles/city/99999999999999999999/0/0.mvt"}) {
        CAPTURE(path);
        CHECK(client.get(path).status == 404);
    }
    // Some tile within the shelters' bounds has none of the thirty shelters.
    int empty = 0;
    for (int x = 14541; x <= 14543; ++x) {
        for (int y = 6443; y <= 6447; ++y) {
            const HttpAnswer tile = client.get("/tiles/shelters/14/" + std::to_string(x) + "/" + std::to_string(y) + ".mvt");
            CHECK((tile.status == 200 || tile.status == 204 || tile.status == 404));
            empty += tile.status == 204 ? 1 : 0;
            CHECK((tile.status != 204 || tile.body.empty()));
        }
    }
    INFO("empty tiles: " << empty);
}

TEST_CASE("TileJSON names absolute addresses of tiles that never change") {
    HttpClient client(served().server.address());
    const auto tilejson = nlohmann::json::parse(client.get("/tiles/city.json").body);
    CHECK(tilejson["tilejson"] == "3.0.0");
    CHECK(tilejson["vector_layers"].size() == 9);
    const auto address = tilejson["tiles"][0].get<std::string>();
    CHECK(address.rfind(served().server.address() + "/tiles/", 0) == 0);
    CHECK(address.find("shelters@1") != std::string::npos);
    std::string path = address.substr(served().server.address().size());
    for (const auto &[name, value] : {std::pair{"{z}", "13"}, {"{x}", "7270"}, {"{y}", "3222"}}) {
        path.replace(path.find(name), 3, value);
    }
    CHECK(client.get(path).body == client.get(city_tile).body);
}

TEST_CASE("features come as GeoJSON, page by page, each exactly once") {
    HttpClient client(served().server.address());
    std::set<std::string> seen;
    std::string path = "/collections/shelters/items?limit=7";
    int pages = 0;
    while (!path.empty()) {
        const HttpAnswer answer = client.get(path);
        REQUIRE(answer.status == 200);
        CHECK(answer.header("content-type") == "application/geo+json");
        const auto page = nlohmann::json::parse(answer.body);
        CHECK(page["numberMatched"] == 30);
        CHECK(page["numberReturned"] == page["features"].size());
        for (const auto &feature : page["features"]) {
            CHECK(seen.insert(feature["id"].get<std::string>()).second);
        }
        path.clear();
        for (const auto &link : page["links"]) {
            if (link["rel"] == "next") {
                CHECK(link["type"] == "application/geo+json");
                path = link["href"].get<std::string>().substr(served().server.address().size());
                CHECK(path.find("shelters@1") != std::string::npos);
            }
        }
        ++pages;
    }
    CHECK(pages == 5);
    CHECK(seen.size() == 30);
}

TEST_CASE("a single feature is what was imported, to the last digit") {
    HttpClient client(served().server.address());
    const HttpAnswer answer = client.get("/collections/shelters/items/daisan-chugakko");
    REQUIRE(answer.status == 200);
    const auto feature = nlohmann::json::parse(answer.body);
    CHECK(feature["properties"]["name"] == "第三中学校");
    CHECK(feature["properties"]["hazard_flood"] == true);
    CHECK(feature["geometry"]["coordinates"] == nlohmann::json{test::shelter_lon_deg, test::shelter_lat_deg});
    CHECK(client.get("/collections/shelters/items/daisan-chugakko", {"If-None-Match: " + std::string(answer.header("etag"))}).status == 304);
    CHECK(client.get("/collections/shelters/items/nobody").status == 404);
}

TEST_CASE("a bbox leaves only what it meets, also over the antimeridian") {
    HttpClient client(served().server.address());
    const auto matched = [&](const std::string &bbox) {
        return nlohmann::json::parse(client.get("/collections/shelters/items?bbox=" + bbox).body)["numberMatched"].get<int>();
    };
    CHECK(matched("139.53,35.79,139.54,35.80") >= 2);
    CHECK(matched("0,0,1,1") == 0);
    CHECK(matched("-180,-90,180,90") == 30);
    CHECK(matched("139.0,35.0,138.0,36.0") == 30); // eastwards from 139 around the world to 138
    CHECK(matched("177,65,-177,70") == 0);
}

TEST_CASE("what a client asks wrongly is answered 400 with both facts, as a problem") {
    HttpClient client(served().server.address());
    for (const char *path : {"/collections/shelters/items?limit=0", "/collections/shelters/items?limit=abc", "/collections/shelters/items?bbox=1,2",
                             "/collections/shelters/items?color=red", "/collections/shelters/items?datetime=now", "/collections?x=1",
                             "/collections/shelters@0/items", "/collections/shelters/items?f=xml", "/tiles/city.json?a=b"}) {
        const HttpAnswer answer = client.get(path);
        CAPTURE(path, answer.body);
        CHECK(answer.status == 400);
        CHECK(answer.header("content-type").rfind("application/problem+json", 0) == 0);
        CHECK(nlohmann::json::parse(answer.body)["status"] == 400);
    }
}

TEST_CASE("the landing page, the conformance and the collections say what there is") {
    HttpClient client(served().server.address());
    const auto landing = nlohmann::json::parse(client.get("/", {"Accept: application/json"}).body);
    CHECK(landing["title"] == "清瀬市");
    CHECK(landing["keyaki:title_en"] == "Kiyose City");
    std::set<std::string> relations;
    for (const auto &link : landing["links"]) {
        relations.insert(link["rel"].get<std::string>());
        const auto path = link["href"].get<std::string>().substr(served().server.address().size());
        CAPTURE(path);
        CHECK(client.get(path).status == 200);
    }
    CHECK(relations.count("service-desc") == 1);
    CHECK(relations.count("conformance") == 1);
    CHECK(relations.count("data") == 1);
    CHECK(nlohmann::json::parse(client.get("/conformance").body)["conformsTo"][0] == "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core");
    const auto collections = nlohmann::json::parse(client.get("/collections").body)["collections"];
    CHECK(collections.size() == 9);
    for (const auto &collection : collections) {
        CHECK(collection["extent"]["spatial"]["bbox"][0].size() == 4);
        CHECK(collection["keyaki:revision"] == 1);
    }
}

TEST_CASE("a browser gets the page at the root, in a policy that lets nobody else in") {
    HttpClient client(served().server.address());
    const HttpAnswer page = client.get("/", {"Accept: text/html,application/xhtml+xml,*/*;q=0.8"});
    CHECK(page.status == 200);
    CHECK(page.header("content-type").rfind("text/html", 0) == 0);
    CHECK(page.header("content-security-policy").find("default-src 'none'") != std::string_view::npos);
    CHECK(page.header("vary").find("Accept") != std::string_view::npos);
}

TEST_CASE("unknown paths are 404, known ones with another method 405 with what is allowed") {
    HttpClient client(served().server.address());
    CHECK(client.get("/nothing/here").status == 404);
    const HttpAnswer posted = client.post("/conformance", "{}");
    CHECK(posted.status == 405);
    CHECK(posted.header("allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("health, readiness and metrics are there for operators") {
    HttpClient client(served().server.address());
    CHECK(client.get("/healthz").status == 200);
    CHECK(client.get("/readyz").status == 200);
    const std::string metrics = client.get("/metrics").body;
    CHECK(metrics.find("keyaki_http_requests_total") != std::string::npos);
    CHECK(metrics.find("keyaki_layer_revision{layer=\"shelters\"} 1") != std::string::npos);
}

TEST_CASE("GDAL reads the tiles and the features over HTTP") {
    const std::string address = served().server.address();
    const test::CommandResult tile = test::run({"ogrinfo", "-ro", "-al", "-so", "MVT:" + address + "/tiles/shelters/13/7270/3222.mvt"});
    CAPTURE(tile.out, tile.error);
    CHECK(tile.status == 0);
    CHECK(tile.out.find("Layer name: shelters") != std::string::npos);
    CHECK(tile.out.find("hazard_flood: Integer(Boolean)") != std::string::npos);
    const test::CommandResult features = test::run({"ogrinfo", "-ro", "-so", "OAPIF:" + address + "/", "shelters"});
    CAPTURE(features.out, features.error);
    CHECK(features.out.find("Feature Count: 30") != std::string::npos);
    CHECK(features.out.find("name_en: String") != std::string::npos);
}
