// Every tile z0-16 of three cities, made and checked by the commands that staff have, and read by two judges that share no code with keyaki:
// @mapbox/vector-tile and GDAL's MVT driver. All three have to find the same tiles and features, and nothing wrong.
#include "tests/flows/sample_city.hpp"

#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace keyaki;
using nlohmann::json;

namespace {

std::filesystem::path built_tiles(const test::TemporaryFolder &folder, const std::vector<std::string> &import) {
    const std::string database = (folder / "city.sqlite").string();
    std::vector<std::string> words{"import"};
    words.insert(words.end(), import.begin(), import.end());
    words.insert(words.end(), {"--database", database});
    const test::CommandResult imported = test::run_keyaki(words);
    UNSCOPED_INFO(imported.error);
    REQUIRE(imported.status == 0);
    const auto tiles = folder / "tiles";
    const test::CommandResult built =
        test::run_keyaki({"tiles", "build", tiles.string(), "--database", database, "--zoom", "0-16", "--all-layers-at-all-zooms"});
    UNSCOPED_INFO(built.error);
    REQUIRE(built.status == 0);
    return tiles;
}

json verified(const std::filesystem::path &tiles) {
    const test::CommandResult run = test::run_keyaki({"tiles", "verify", tiles.string(), "--json"});
    UNSCOPED_INFO(run.error << run.out.substr(0, 4000));
    REQUIRE(run.status == 0);
    return json::parse(run.out);
}

/// Features of one zoom as GDAL counts them; -1 with a message where it complains.
std::int64_t counted_by_gdal(const std::filesystem::path &tiles, const std::string &zoom) {
    const test::CommandResult run = test::run({"ogrinfo", "-ro", "-so", "-al", "MVT:" + (tiles / zoom).string(), "-oo", "TILE_EXTENSION=mvt", "-oo",
                                               "CLIP=NO", "-oo", "METADATA_FILE=" + (tiles / "metadata.json").string()});
    if (run.status != 0 || !run.error.empty()) {
        UNSCOPED_INFO(run.error);
        return -1;
    }
    constexpr std::string_view label = "Feature Count: ";
    std::int64_t sum = 0;
    for (std::size_t found = run.out.find(label); found != std::string::npos; found = run.out.find(label, found + 1)) {
        std::int64_t count = 0;
        std::from_chars(run.out.data() + found + label.size(), run.out.data() + run.out.size(), count);
        sum += count;
    }
    return sum;
}

void judge(const std::filesystem::path &tiles) {
    const json ours = verified(tiles);
    CHECK(ours["total"]["violations"] == 0);
    CHECK(ours["total"]["warnings"] == 0);
    CHECK(ours["zooms"].size() == 17);
    const test::CommandResult run = test::run({KEYAKI_NODE, std::string(KEYAKI_BROWSER_SCRIPTS) + "/tile_judge.mjs", tiles.string()});
    UNSCOPED_INFO(run.error << run.out);
    REQUIRE(run.status == 0);
    const json theirs = json::parse(run.out);
    CHECK(theirs["problems"] == 0);
    CHECK(theirs["zooms"].size() == 17);
    for (const auto &[zoom, counts] : ours["zooms"].items()) {
        INFO("zoom " << zoom);
        for (const char *what : {"tiles", "features", "points", "lines", "polygons"}) {
            CHECK(theirs["zooms"][zoom][what] == counts[what]);
        }
        CHECK(counted_by_gdal(tiles, zoom) == counts["features"]);
    }
}

} // namespace

TEST_CASE("every tile of the sample city stands before three judges") {
    const test::TemporaryFolder folder;
    judge(built_tiles(folder, {"city", test::project_file("data/samples/kiyose/city.json").string()}));
}

TEST_CASE("every tile of Waseda stands before three judges") {
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/jp/tokyo-waseda-2020.osm");
    const test::TemporaryFolder folder;
    judge(built_tiles(folder, {"osm", extract.string(), "--publish"}));
}

TEST_CASE("every tile of Neubrandenburg stands before three judges") {
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/derived/neubrandenburg-2016.osm.pbf");
    const test::TemporaryFolder folder;
    judge(built_tiles(folder, {"osm", extract.string(), "--publish"}));
}

TEST_CASE("the tiles in a folder are the tiles that the server sends") {
    const test::SampleCity city;
    const auto tiles = city.folder / "tiles";
    REQUIRE(test::run_keyaki({"tiles", "build", tiles.string(), "--database", city.database.string(), "--layers", "shelters,farm_stands"}).status ==
            0);
    const test::LiveServer server(city.database);
    test::HttpClient client(server.address());
    std::size_t compared = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(tiles)) {
        if (entry.path().extension() == ".mvt") {
            const std::string address = std::filesystem::relative(entry.path(), tiles).string();
            std::ifstream file(entry.path(), std::ios::binary);
            std::ostringstream bytes;
            bytes << file.rdbuf();
            CHECK(client.get("/tiles/shelters,farm_stands/" + address).body == bytes.str());
            ++compared;
        }
    }
    CHECK(compared >= 5);
}

TEST_CASE("tiles go into a new folder or nowhere") {
    const test::SampleCity city;
    const std::string database = city.database.string();
    const auto there = city.folder / "there";
    std::filesystem::create_directory(there);
    const test::CommandResult taken = test::run_keyaki({"tiles", "build", there.string(), "--database", database});
    CHECK(taken.status == 64);
    CHECK(taken.error.find("is there already") != std::string::npos);
    CHECK(std::filesystem::is_empty(there));

    const auto tiles = city.folder / "tiles";
    const test::CommandResult absent = test::run_keyaki({"tiles", "build", tiles.string(), "--layers", "lakes", "--database", database});
    CHECK(absent.status == 66);
    CHECK(absent.error.find("\"lakes\"") != std::string::npos);
    for (const char *zooms : {"14-3", "0-99", "a", "", "3-", "-"}) {
        INFO(zooms);
        const test::CommandResult refused =
            test::run_keyaki({"tiles", "build", tiles.string(), std::string("--zoom=") + zooms, "--database", database});
        CHECK(refused.status != 0);
        CHECK_FALSE(refused.error.empty());
    }
    CHECK_FALSE(std::filesystem::exists(tiles));
    CHECK_FALSE(std::filesystem::exists(tiles.string() + ".unfinished"));
}

TEST_CASE("what is no tile is named with its place and clause") {
    const test::TemporaryFolder folder;
    std::filesystem::create_directories(folder / "tiles/3/9");
    std::filesystem::create_directories(folder / "tiles/2/1");
    folder.write("tiles/3/9/0.mvt", "");                                 // x is 8 or more at zoom 3
    folder.write("tiles/2/1/1.mvt", "\x1f\x8b not gzip");                // cannot be unpacked
    folder.write("tiles/2/1/2.mvt", std::string("\x1a\x02\x78\x07", 4)); // a layer of version 7
    const test::CommandResult run = test::run_keyaki({"tiles", "verify", (folder / "tiles").string(), "--json"});
    CHECK(run.status == 65);
    const json found = json::parse(run.out);
    CHECK(found["total"]["violations"] == 3);
    CHECK(found["total"]["warnings"] == 1); // the empty file
    CHECK(run.out.find("expected 1 or 2") != std::string::npos);
    CHECK(run.out.find("2/1/1.mvt") != std::string::npos);
    CHECK(run.error.find("3 violations of MVT 2.1") != std::string::npos);
    CHECK(test::run_keyaki({"tiles", "verify", (folder / "nowhere").string()}).status == 66);
    std::filesystem::create_directory(folder / "empty");
    CHECK(test::run_keyaki({"tiles", "verify", (folder / "empty").string()}).status == 65);
}
