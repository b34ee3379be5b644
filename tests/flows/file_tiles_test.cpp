// Tiles of one file's features, without a database.
#include "tests/support/command.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tiles/gzip.hpp"
#include "tiles/mvt_reader.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace keyaki;

namespace fs = std::filesystem;

namespace {

/// Blocks of houses and poles in a field of them, with ids of their own.
std::string made_features(int count) {
    nlohmann::json features = nlohmann::json::array();
    for (int i = 0; i < count; ++i) {
        const double lon = 139.5 + 0.0011 * (i % 40);
        const double lat = 35.7 + 0.0013 * (i / 40);
        const nlohmann::json ring{{lon, lat}, {lon + 0.0007, lat}, {lon + 0.0007, lat + 0.0009}, {lon + 0.0002, lat + 0.0011}, {lon, lat}};
        const nlohmann::json geometry = i % 3 == 0 ? nlohmann::json{{"type", "Point"}, {"coordinates", {lon, lat}}}
                                                   : nlohmann::json{{"type", "Polygon"}, {"coordinates", {ring}}};
        features.push_back({{"type", "Feature"}, {"properties", {{"number", i}, {"name", "建物 " + std::to_string(i)}}}, {"geometry", geometry}});
    }
    return nlohmann::json{{"type", "FeatureCollection"}, {"features", features}}.dump();
}

test::CommandResult build(const fs::path &archive, const fs::path &file, const std::vector<std::string> &more = {}) {
    std::vector<std::string> words{KEYAKI_PROGRAM, "tiles", "build", archive.string(), "--from", file.string(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return test::run(words);
}

/// Every tile by its number.
std::map<std::uint64_t, std::string> tiles_of(const fs::path &archive) {
    const tiles::PmtilesReader reader(archive);
    std::map<std::uint64_t, std::string> tiles;
    reader.for_each_entry([&](const tiles::PmtilesEntry &entry) {
        for (std::uint64_t run = 0; run < entry.run_length; ++run) {
            tiles[entry.id + run] = tiles::gunzip(reader.read(entry));
        }
    });
    return tiles;
}

void require_refused(const test::CommandResult &result, const std::string &sentence, const fs::path &archive) {
    INFO(result.error);
    CHECK(result.status != 0);
    CHECK(result.error.find(sentence) != std::string::npos);
    CHECK_FALSE(fs::exists(archive));
}

} // namespace

TEST_CASE("a file's tiles are those of a layer that it was imported into and published, and the same with any number of threads") {
    const test::TemporaryFolder folder;
    const fs::path file = folder.write("blocks.geojson", made_features(2'000));
    const fs::path direct = folder.path() / "direct.pmtiles";
    const test::CommandResult built = build(direct, file, {"--zoom", "10-15", "--key", "number", "--threads", "3"});
    INFO(built.error);
    REQUIRE(built.status == 0);
    const auto json = nlohmann::json::parse(built.out);
    CHECK(json["report"]["accepted"] == 2'000);
    CHECK(json["layer"] == "blocks");
    REQUIRE(build(folder.path() / "alone.pmtiles", file, {"--zoom", "10-15", "--key", "number", "--threads", "1"}).status == 0);
    CHECK(test::bytes_of(folder.path() / "alone.pmtiles") == test::bytes_of(direct));

    const std::string database = (folder.path() / "city.sqlite").string();
    REQUIRE(test::run({KEYAKI_PROGRAM, "import", "layer", "blocks", file.string(), "--key", "number", "--publish", "--database", database}).status ==
            0);
    const fs::path published = folder.path() / "published.pmtiles";
    REQUIRE(test::run({KEYAKI_PROGRAM, "tiles", "build", published.string(), "--layers", "blocks", "--zoom", "10-15", "--all-layers-at-all-zooms",
                       "--database", database})
                .status == 0);
    const auto tiles = tiles_of(direct);
    CHECK(tiles.size() == json["tiles"].get<std::size_t>());
    CHECK((tiles == tiles_of(published)));
    CHECK(test::run({KEYAKI_PROGRAM, "tiles", "verify", direct.string()}).status == 0);
}

TEST_CASE("a table is read as an import reads it, and what of it cannot be drawn is in the report") {
    const test::TemporaryFolder folder;
    const fs::path file = folder.write("避難所.csv", "名称,緯度,経度\n駅,35.77,139.52\n海の向こう,95,139.52\n公園,35.78,139.53\n");
    const fs::path archive = folder.path() / "shelters.mbtiles";
    const test::CommandResult built = build(archive, file, {"--zoom", "14"});
    INFO(built.error);
    REQUIRE(built.status == 0);
    const auto json = nlohmann::json::parse(built.out);
    CHECK(json["layer"] == "避難所");
    CHECK(json["report"]["accepted"] == 2);
    CHECK(json["report"]["refused"] == 1);
    const fs::path named = folder.path() / "named.pmtiles";
    REQUIRE(build(named, file, {"--zoom", "14", "--layer-name", "shelters"}).status == 0);
    for (const auto &[id, bytes] : tiles_of(named)) {
        CHECK(tiles::read_mvt(bytes).layers.at(0).name == "shelters");
    }
    CHECK(test::run({KEYAKI_PROGRAM, "tiles", "verify", archive.string()}).status == 0);
}

TEST_CASE("features without an id are numbered, and where some have one those that have none clash with nobody") {
    const test::TemporaryFolder folder;
    const auto point = [](const std::string &id, double lon) {
        return R"({"type":"Feature",)" + id + R"("properties":{},"geometry":{"type":"Point","coordinates":[)" + std::to_string(lon) + ",35.7]}}";
    };
    const auto ids_of = [&](const std::string &features) {
        const fs::path archive = folder.path() / "points.pmtiles";
        const test::CommandResult built = build(
            archive, folder.write("points.geojson", R"({"type":"FeatureCollection","features":[)" + features + "]}"), {"--zoom", "5", "--replace"});
        INFO(built.error);
        REQUIRE(built.status == 0);
        std::set<std::uint64_t> ids;
        for (const auto &[number, bytes] : tiles_of(archive)) {
            const tiles::MvtTile tile = tiles::read_mvt(bytes);
            for (const tiles::MvtFeature &feature : tile.layers.at(0).features) {
                ids.insert(feature.id.value());
            }
        }
        return ids;
    };
    CHECK(ids_of(point("", 139.5) + "," + point("", 139.6)) == std::set<std::uint64_t>{1, 2});
    CHECK(ids_of(point(R"("id":7,)", 139.5) + "," + point(R"("id":9,)", 139.6)) == std::set<std::uint64_t>{7, 9});
    const std::set<std::uint64_t> mixed = ids_of(point("", 139.5) + "," + point(R"("id":1,)", 139.6) + "," + point("", 139.7));
    CHECK(mixed.size() == 3);
    CHECK(mixed.contains(1));
}

TEST_CASE("a file that cannot be drawn is refused with the reason and leaves nothing") {
    const test::TemporaryFolder folder;
    const fs::path archive = folder.path() / "out.pmtiles";
    require_refused(build(archive, folder.write("cut.geojson", made_features(50).substr(0, 1'000))), "cut.geojson", archive);
    require_refused(build(archive, folder.write("empty.geojson", R"({"type":"FeatureCollection","features":[]})")),
                    "empty.geojson: expected features to draw, found none", archive);
    require_refused(build(archive, folder.path() / "nothing.geojson"), "nothing.geojson", archive);
    const fs::path file = folder.write("few.geojson", made_features(5));
    require_refused(build(archive, file, {"--ocean", "sea.shp"}), "--ocean excludes --from", archive);
    require_refused(build(archive, file, {"--layers", "shelters"}), "--layers excludes --from", archive);
    require_refused(build(folder.path() / "out.zip", file), "ends in .pmtiles or .mbtiles", folder.path() / "out.zip");
    const fs::path taken = folder.write("taken.pmtiles", "mine");
    CHECK(build(taken, file).status != 0);
    CHECK(test::bytes_of(taken) == "mine");
    CHECK(build(taken, file, {"--replace"}).status == 0);
    CHECK(test::run({KEYAKI_PROGRAM, "tiles", "build", archive.string(), "--key", "number"}).status != 0);
}

TEST_CASE("a disk that fills up while a file's tiles are written keeps nothing of them") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::TemporaryFolder folder;
    const fs::path file = folder.write("blocks.geojson", made_features(5'000));
    for (const char *name : {"blocks.pmtiles", "blocks.mbtiles"}) {
        const test::SmallDisk disk(std::size_t{256} << 10);
        const test::CommandResult built = build(disk.path() / name, file);
        INFO(built.error);
        CHECK(built.status != 0);
        CHECK((built.error.find("No space left on device") != std::string::npos || built.error.find("full") != std::string::npos));
        CHECK(fs::is_empty(disk.path()));
    }
}
