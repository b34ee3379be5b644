// Styles, sprites and glyphs over a live server, as a renderer of MapLibre asks for them.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"
#include "tiles/gzip.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
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

const std::string bold = "/glyphs/Noto%20Sans%20CJK%20JP%20Bold/";

} // namespace

TEST_CASE("every style has whole addresses of this server, at which its tiles, sprites and glyphs are") {
    HttpClient client(served().server.address());
    for (const std::string id : {"light", "dark", "disaster"}) {
        CAPTURE(id);
        const HttpAnswer answer = client.get("/styles/" + id + ".json");
        REQUIRE(answer.status == 200);
        CHECK(answer.header("content-type") == "application/json");
        CHECK(answer.header("cache-control").find("max-age=60") != std::string_view::npos);
        CHECK(answer.header("access-control-allow-origin") == "*");
        const auto style = nlohmann::json::parse(answer.body);
        CHECK(style["version"] == 8);
        const std::string base = served().server.address();
        CHECK(style["sources"] == nlohmann::json{{"city", {{"type", "vector"}, {"url", base + "/tiles/city.json"}}}}); // no base map is here
        CHECK(style["glyphs"] == base + "/glyphs/{fontstack}/{range}.pbf");
        CHECK(client.get("/tiles/city.json").status == 200);
        const std::string sprite = style["sprite"].get<std::string>().substr(base.size());
        for (const std::string ending : {".json", "@2x.json", ".png", "@2x.png"}) {
            const HttpAnswer part = client.get(sprite + ending);
            CHECK(part.status == 200);
            CHECK(part.header("content-type") == (ending.ends_with("png") ? "image/png" : "application/json"));
            CHECK(part.header("cache-control") == "public, max-age=31536000, immutable");
        }
    }
}

TEST_CASE("a style draws the layers that the city has, and no others") {
    HttpClient client(served().server.address());
    const auto tiles = nlohmann::json::parse(client.get("/tiles/city.json").body);
    std::set<std::string> there;
    for (const auto &layer : tiles["vector_layers"]) {
        there.insert(layer["id"]);
    }
    for (const std::string id : {"light", "dark", "disaster"}) {
        const auto style = nlohmann::json::parse(client.get("/styles/" + id + ".json").body);
        std::set<std::string> drawn;
        for (const auto &layer : style["layers"]) {
            if (layer.contains("source-layer")) {
                drawn.insert(layer["source-layer"]);
            }
        }
        CHECK(drawn == there); // the sample has no hazard_zones
    }
}

TEST_CASE("a style that the client has already is a 304, and one that there is not is a 404 that names those that there are") {
    HttpClient client(served().server.address());
    const HttpAnswer first = client.get("/styles/light.json");
    const HttpAnswer again = client.get("/styles/light.json", {"If-None-Match: " + std::string(first.header("etag"))});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    for (const char *id : {"bright", "light.base", "..", "%2e%2e%2findex", ""}) {
        CAPTURE(id);
        CHECK(client.get(std::string("/styles/") + id + ".json").status == 404);
    }
    CHECK(client.get("/styles/bright.json").body.find("dark, disaster, light") != std::string::npos);
    CHECK(client.get("/styles/light.json?a=b").status == 400);
}

TEST_CASE("glyphs come packed, tagged, for a week, and with a link to the font's licence") {
    HttpClient client(served().server.address());
    const HttpAnswer packed = client.get(bold + "0-255.pbf", {"Accept-Encoding: gzip"});
    CHECK(packed.status == 200);
    CHECK(packed.header("content-type") == "application/x-protobuf");
    CHECK(packed.header("content-encoding") == "gzip");
    CHECK(packed.header("cache-control").find("max-age=604800") != std::string_view::npos);
    CHECK(packed.header("access-control-allow-origin") == "*");
    CHECK(packed.header("link") == R"(<../licence.txt>; rel="license")");
    const HttpAnswer plain = client.get(bold + "0-255.pbf");
    CHECK(plain.header("content-encoding").empty());
    CHECK(plain.body == tiles::gunzip(packed.body, 4'000'000));
    CHECK(client.get(bold + "0-255.pbf", {"Accept-Encoding: gzip", "If-None-Match: " + std::string(packed.header("etag"))}).status == 304);
    const HttpAnswer licence = client.get("/glyphs/licence.txt");
    CHECK(licence.status == 200);
    CHECK(licence.body.find("SIL OPEN FONT LICENSE Version 1.1") != std::string::npos);
}

TEST_CASE("of a list of fonts the first that is here serves, and a range that the font does not have is empty") {
    HttpClient client(served().server.address());
    const std::string expected = client.get(bold + "12288-12543.pbf").body;
    CHECK_FALSE(expected.empty());
    CHECK(client.get("/glyphs/Open%20Sans%20Bold,Noto%20Sans%20CJK%20JP%20Bold/12288-12543.pbf").body == expected);
    CHECK(client.get("/glyphs/noto_sans_bold/12288-12543.pbf").body == expected); // as VersaTiles' styles name it
    CHECK(client.get("/glyphs/Noto%20Sans%20CJK%20JP%20Regular/12288-12543.pbf").body != expected);
    const HttpAnswer empty = client.get(bold + "44032-44287.pbf"); // Hangul
    CHECK(empty.status == 204);
    CHECK(empty.header("cache-control").find("max-age=604800") != std::string_view::npos);
}

TEST_CASE("fonts and ranges that there are not are 404 with a sentence") {
    HttpClient client(served().server.address());
    const HttpAnswer stranger = client.get("/glyphs/Open%20Sans%20Bold/0-255.pbf");
    CHECK(stranger.status == 404);
    CHECK(stranger.header("content-type") == "application/problem+json");
    CHECK(stranger.body.find("There are Noto Sans CJK JP Bold, Noto Sans CJK JP Regular") != std::string::npos);
    for (const char *range :
         {"0-256", "1-256", "0", "-1-254", "1114112-1114367", "99999999999999999999-99999999999999999999", "%00-255", "0-255%2e"}) {
        CAPTURE(range);
        const int status = client.get(bold + range + ".pbf").status;
        CHECK((status == 404 || status == 400)); // a NUL is refused before the route
    }
    CHECK(client.get("/glyphs/" + std::string(7'000, 'a') + "/0-255.pbf").status == 404);
    CHECK(client.get(bold + "0-255.pbf?a=b").status == 400);
}

// The page reads ?lang= and ?style=, but the server refused an address with them.
TEST_CASE("the map's address takes the reader's language and style") {
    HttpClient client(served().server.address());
    const HttpAnswer page = client.get("/?lang=en&style=disaster", {"Accept: text/html"});
    CHECK(page.status == 200);
    CHECK(page.header("content-type") == "text/html; charset=utf-8");
    CHECK(client.get("/?language=en", {"Accept: text/html"}).status == 400);
}

TEST_CASE("zones that a hazard reaches are drawn once the city has them, and a base map's tiles beneath") {
    const test::SampleCity city;
    const auto zones = city.folder.write("zones.geojson", R"({"type":"FeatureCollection","features":[{"type":"Feature","id":"a",
        "properties":{"hazard":"flood","depth_m":3},"geometry":{"type":"Polygon","coordinates":[[[139.52,35.78],[139.53,35.78],[139.53,35.79],
        [139.52,35.78]]]}}]})");
    for (const std::string layer : {"hazard_zones", "base"}) {
        REQUIRE(test::run_keyaki({"import", "layer", layer, zones.string(), "--database", city.database.string(), "--publish"}).status == 0);
    }
    test::LiveServer server(city.database);
    HttpClient client(server.address());
    for (const std::string id : {"light", "dark", "disaster"}) {
        const auto style = nlohmann::json::parse(client.get("/styles/" + id + ".json").body);
        CHECK(style["sources"]["base"]["url"] == server.address() + "/tiles/base.json");
        CHECK(client.get("/tiles/base.json").status == 200);
        CHECK(std::any_of(style["layers"].begin(), style["layers"].end(),
                          [](const auto &layer) { return layer["id"] == "hazard_zones" && layer["type"] == "fill"; }));
    }
}

TEST_CASE("a base map that was built from an extract lies beneath the city's layers, and is left out while its archive is not there") {
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/jp/tokyo-waseda-2020.osm");
    const test::SampleCity city;
    const auto archive = city.folder / "base.pmtiles";
    const auto config = city.folder.write("keyaki.toml", "[[archives]]\nid = \"base\"\nfile = \"" + archive.string() + "\"\n");
    const auto layers_of_base = [](const std::string &address) {
        std::set<std::string> names;
        HttpClient client(address);
        const auto style = nlohmann::json::parse(client.get("/styles/light.json").body);
        for (const auto &layer : style["layers"]) {
            if (layer.value("source", "") == "base") {
                names.insert(layer["source-layer"]);
            }
        }
        CHECK(style["sources"].contains("base") == !names.empty());
        return names;
    };
    {
        const test::LiveServer without(city.database, {"--log-level", "error", "--config", config.string()});
        CHECK(layers_of_base(without.address()).empty());
    }
    REQUIRE(test::run_keyaki({"tiles", "build", archive.string(), "--from", extract.string()}).status == 0);
    const test::LiveServer server(city.database, {"--config", config.string()});
    HttpClient client(server.address());
    const std::set<std::string> drawn = layers_of_base(server.address());
    CHECK(drawn.contains("streets"));
    CHECK(drawn.contains("buildings"));
    const auto tilejson = nlohmann::json::parse(client.get("/tiles/base.json").body);
    for (const std::string &name : drawn) {
        CAPTURE(name);
        CHECK(
            std::any_of(tilejson["vector_layers"].begin(), tilejson["vector_layers"].end(), [&](const auto &layer) { return layer["id"] == name; }));
    }
}
