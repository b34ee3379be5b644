// Archives made by the command that staff have, checked by it, read by GDAL, and served beside the layers.
#include "tests/flows/sample_city.hpp"

#include "tests/support/comes_true.hpp"
#include "tiles/gzip.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using nlohmann::json;

namespace {

json built(const std::filesystem::path &out, const std::filesystem::path &database, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"tiles", "build", out.string(), "--database", database.string(), "--json", "--zoom", "0-15"};
    words.insert(words.end(), more.begin(), more.end());
    const test::CommandResult run = test::run_keyaki(words);
    UNSCOPED_INFO(run.error);
    REQUIRE(run.status == 0);
    return json::parse(run.out);
}

} // namespace

TEST_CASE("an archive holds the tiles of the folder, whatever its format and however many threads, and is found well") {
    const test::SampleCity city;
    const json folder = built(city.folder / "tiles", city.database);
    const json pmtiles = built(city.folder / "city.pmtiles", city.database, {"--threads", "1"});
    const json mbtiles = built(city.folder / "city.mbtiles", city.database, {"--threads", "3"});
    CHECK(pmtiles["tiles"] == folder["tiles"]);
    CHECK(mbtiles["tiles"] == folder["tiles"]);
    CHECK(pmtiles["contents"] <= pmtiles["tiles"]);
    built(city.folder / "again.pmtiles", city.database, {"--threads", "5"});
    CHECK(test::bytes_of(city.folder / "again.pmtiles") == test::bytes_of(city.folder / "city.pmtiles"));
    built(city.folder / "again.mbtiles", city.database, {"--threads", "1"});
    CHECK(test::bytes_of(city.folder / "again.mbtiles") == test::bytes_of(city.folder / "city.mbtiles"));

    const tiles::PmtilesReader reader(city.folder / "city.pmtiles");
    std::size_t compared = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(city.folder / "tiles")) {
        if (entry.path().extension() == ".mvt") {
            const auto number = [](const std::filesystem::path &name) { return static_cast<std::uint32_t>(std::stoul(name.stem().string())); };
            const geo::TileId tile{static_cast<std::uint8_t>(number(entry.path().parent_path().parent_path())), number(entry.path().parent_path()),
                                   number(entry.path())};
            const auto found = reader.find(tile);
            REQUIRE(found);
            CHECK(tiles::gunzip(*found) == test::bytes_of(entry.path()));
            ++compared;
        }
    }
    CHECK(compared == folder["tiles"]);

    for (const char *name : {"city.pmtiles", "city.mbtiles"}) {
        const test::CommandResult run = test::run_keyaki({"tiles", "verify", (city.folder / name).string(), "--json"});
        INFO(run.error << run.out);
        CHECK(run.status == 0);
        const json found = json::parse(run.out);
        CHECK(found["total"]["violations"] == 0);
        CHECK(found["total"]["warnings"] == 0);
        CHECK(found["total"]["features"] > 100);
    }
}

TEST_CASE("the reader of those who made PMTiles finds the folder's tiles in the archive, and no others") {
    const test::SampleCity city;
    const json folder = built(city.folder / "tiles", city.database);
    built(city.folder / "city.pmtiles", city.database);
    const test::CommandResult run = test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/archive_judge.mjs",
                                               (city.folder / "city.pmtiles").string(), (city.folder / "tiles").string()});
    INFO(run.error << run.out);
    REQUIRE(run.status == 0);
    const json found = json::parse(run.out);
    CHECK(found["tiles"] == folder["tiles"]);
    CHECK(found["different"] == 0);
    CHECK(found["invented"] == 0);
    CHECK(found["header"]["numAddressedTiles"] == folder["tiles"]);
    CHECK(found["header"]["clustered"] == true);
    CHECK(found["header"]["maxZoom"] == 14);
    CHECK(found["layers"].size() >= 2);
}

TEST_CASE("GDAL opens the MBTiles, with its layers and as many features as the folder has") {
    const test::SampleCity city;
    built(city.folder / "city.mbtiles", city.database);
    const test::CommandResult run = test::run({"ogrinfo", "-ro", "-so", "-al", (city.folder / "city.mbtiles").string()});
    INFO(run.out << run.error);
    CHECK(run.status == 0);
    CHECK(run.error.empty());
    CHECK(run.out.find("using driver `MBTiles' successful") != std::string::npos);
    CHECK(run.out.find("Layer name: shelters") != std::string::npos);
    CHECK(run.out.find("Feature Count: 0") == std::string::npos);
    CHECK(run.out.find("name=清瀬市") != std::string::npos);
}

TEST_CASE("an archive is not overwritten unless it is said, and a broken one is refused with its findings") {
    const test::SampleCity city;
    const std::string database = city.database.string();
    const auto path = city.folder.write("city.pmtiles", "precious");
    const test::CommandResult taken = test::run_keyaki({"tiles", "build", path.string(), "--database", database});
    CHECK(taken.status == 64);
    CHECK(taken.error.find("is there already") != std::string::npos);
    CHECK(test::bytes_of(path) == "precious");
    const test::CommandResult broken = test::run_keyaki({"tiles", "verify", path.string()});
    CHECK(broken.status == 65);
    CHECK(broken.out.find("PMTiles 3") != std::string::npos);
    built(path, city.database, {"--replace"});
    CHECK(test::run_keyaki({"tiles", "verify", path.string()}).status == 0);
    CHECK(test::run_keyaki({"tiles", "build", (city.folder / "a").string(), "--database", database, "--replace"}).status != 0);
    CHECK(test::run_keyaki({"tiles", "verify", (city.folder / "none.pmtiles").string()}).status == 66);
}

TEST_CASE("archives are served beside the layers, replaced without a restart, and a broken replacement is not taken") {
    const test::SampleCity city;
    const auto base = city.folder / "base.pmtiles";
    const auto extra = city.folder / "extra.mbtiles";
    built(base, city.database, {"--layers", "shelters"});
    built(extra, city.database, {"--layers", "shelters"});
    const auto config =
        city.folder.write("keyaki.toml", "[[archives]]\nid = \"base\"\nfile = \"" + base.string() +
                                             "\"\ntitle_ja = \"地図\"\nattribution = \"© <OSM>\"\n[[archives]]\nid = \"extra\"\nfile = \"" +
                                             extra.string() + "\"\n[[archives]]\nid = \"absent\"\nfile = \"absent.pmtiles\"\n");
    const test::LiveServer server(city.database, {"--log-level", "warn", "--config", config.string()});
    test::HttpClient client(server.address());

    const json tilejson = json::parse(client.get("/tiles/base.json").body);
    CHECK(tilejson["name"] == "地図");
    CHECK(tilejson["attribution"] == "© &lt;OSM&gt;");
    CHECK(tilejson["tiles"][0] == server.address() + "/tiles/base/{z}/{x}/{y}.mvt");
    CHECK(tilejson["vector_layers"][0]["id"] == "shelters");

    const std::string at = "/14/14541/6446.mvt";
    const auto live = client.get("/tiles/shelters" + at);
    REQUIRE(live.status == 200);
    for (const std::string id : {"base", "extra"}) {
        const auto tile = client.get("/tiles/" + id + at);
        CHECK(tile.status == 200);
        CHECK(tile.body == live.body);
        CHECK(tile.header("content-type") == "application/vnd.mapbox-vector-tile");
        CHECK(tile.header("cache-control").find("max-age=60") != std::string::npos);
        CHECK(tile.header("keyaki-revision").starts_with(id + "="));
        CHECK(client.get("/tiles/" + id + at, {"If-None-Match: " + std::string(tile.header("etag"))}).status == 304);
        const auto packed = client.get("/tiles/" + id + at, {"Accept-Encoding: gzip"});
        CHECK(packed.header("content-encoding") == "gzip");
        CHECK(tiles::gunzip(packed.body) == live.body);
        CHECK(packed.header("etag") != tile.header("etag"));
        CHECK(client.get("/tiles/" + id + "/3/0/0.mvt").status == 404);
        CHECK(client.get("/tiles/" + id + "/16/0/0.mvt").status == 404);
        CHECK(client.get("/tiles/" + id + "/14/99999999999/1.mvt").status == 404);
        CHECK(client.get("/tiles/" + id + at + "?a=1").status == 400);
    }
    const auto absent = client.get("/tiles/absent" + at);
    CHECK(absent.status == 503);
    CHECK_FALSE(absent.header("retry-after").empty());
    CHECK(absent.body.find("absent.pmtiles") == std::string::npos); // no answer says where files are
    CHECK(client.get("/tiles/nothing" + at).status == 404);

    for (const std::string id : {"base", "extra"}) {
        const auto file = id == "base" ? base : extra;
        built(file, city.database, {"--layers", "shelters,farm_stands", "--replace"});
        CHECK(test::comes_true([&] { return client.get("/tiles/" + id + ".json").body.find("farm_stands") != std::string::npos; }));
        std::filesystem::rename(city.folder.write("broken", "not an archive"), file);
    }
    CHECK(test::comes_true([&] {
        const std::string metrics = client.get("/metrics").body;
        return metrics.find("keyaki_archive_failures_total{archive=\"base\"} 1") != std::string::npos &&
               metrics.find("keyaki_archive_failures_total{archive=\"extra\"} 1") != std::string::npos;
    }));
    for (const std::string id : {"base", "extra"}) {
        const auto tile = client.get("/tiles/" + id + at);
        CHECK(tile.status == 200);
        CHECK(tile.body == client.get("/tiles/shelters,farm_stands" + at).body);
    }
    CHECK(client.get("/metrics").body.find("keyaki_archive_behind{archive=\"base\"} 1") != std::string::npos);
}
