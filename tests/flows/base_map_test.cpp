#include "server/flows/base_map.hpp"

#include "geo/error.hpp"
#include "tests/support/command.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tiles/gzip.hpp"
#include "tiles/pmtiles_reader.hpp"
#include "tiles/tile_survey.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::server;

namespace fs = std::filesystem;

namespace {

const TileProgress nobody = [](std::uint64_t, std::uint64_t, std::string_view) {};

BaseMapOutcome build(const fs::path &archive, const fs::path &extract, unsigned threads = 2, std::optional<fs::path> ocean = {}) {
    return build_base_map(archive, {extract, std::move(ocean), threads}, ArchiveFile::Existing::refuse, nobody);
}

/// What an archive holds, every tile checked.
struct Surveyed {
    tiles::TileSurvey survey;
    std::map<std::string, std::set<int>> zooms; ///< of each layer
    std::set<std::string> kinds;                ///< "layer/kind"
};

Surveyed surveyed(const fs::path &archive) {
    const tiles::PmtilesReader reader(archive);
    Surveyed found;
    reader.for_each_entry([&](const tiles::PmtilesEntry &entry) {
        const geo::TileId tile = *geo::tile_of_hilbert_id(entry.id);
        const std::string bytes = tiles::gunzip(reader.read(entry));
        found.survey.survey(bytes, tile.z, std::to_string(tile.z) + "/" + std::to_string(tile.x) + "/" + std::to_string(tile.y));
        for (const tiles::MvtLayer &layer : tiles::read_mvt(bytes).layers) {
            found.zooms[layer.name].insert(tile.z);
            for (const tiles::MvtFeature &feature : layer.features) {
                const geo::Properties properties = layer.properties(feature);
                if (const geo::Value *kind = properties.find("kind")) {
                    found.kinds.insert(layer.name + "/" + std::get<std::string>(*kind));
                }
            }
        }
    });
    return found;
}

tiles::MvtTile tile_of(const fs::path &archive, geo::TileId tile) {
    const auto gzipped = tiles::PmtilesReader(archive).find(tile);
    REQUIRE(gzipped);
    return tiles::read_mvt(tiles::gunzip(*gzipped));
}

const tiles::MvtLayer *layer_of(const tiles::MvtTile &tile, const std::string &name) {
    const auto found = std::find_if(tile.layers.begin(), tile.layers.end(), [&](const tiles::MvtLayer &layer) { return layer.name == name; });
    return found == tile.layers.end() ? nullptr : &*found;
}

/// A street along a coast without a coastline, and the sea east of 139.01 as a Shapefile in that reference system.
constexpr std::string_view coast_street = "n1 x138.9 y35.0\nn2 x139.1 y35.02\nw1 Thighway=primary,name=海岸通り Nn1,n2\n";

fs::path sea(const test::TemporaryFolder &folder, const std::string &crs, const std::string &name) {
    const fs::path geojson = folder.write(name + ".geojson", R"({"type":"FeatureCollection","features":[{"type":"Feature","properties":{"x":0},
        "geometry":{"type":"Polygon","coordinates":[[[139.01,34.0],[141.0,34.0],[141.0,36.0],[139.01,36.0],[139.01,34.0]]]}}]})");
    const fs::path shapefile = folder.path() / (name + ".shp");
    REQUIRE(test::run({"ogr2ogr", "-f", "ESRI Shapefile", "-t_srs", crs, shapefile.string(), geojson.string()}).status == 0);
    return shapefile;
}

} // namespace

TEST_CASE("the base map of a real city breaks no rule of MVT and is the same with any number of threads") {
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/derived/neubrandenburg-2016.osm.pbf");
    const test::TemporaryFolder folder;
    const BaseMapOutcome outcome = build(folder.path() / "one.pmtiles", extract, 1);
    static_cast<void>(build(folder.path() / "three.pmtiles", extract, 3));
    CHECK(test::bytes_of(folder.path() / "one.pmtiles") == test::bytes_of(folder.path() / "three.pmtiles"));
    CHECK(outcome.map.thinned_tiles == 0);
    CHECK(outcome.report.without_ocean == "the extract has no coastline");

    const Surveyed found = surveyed(folder.path() / "one.pmtiles");
    CHECK(found.survey.total().violations == 0);
    CHECK(found.survey.total().warnings == 0);
    CHECK(found.survey.total().tiles == outcome.archive.contents);
    for (const std::string layer : {"water_polygons", "land", "streets", "street_labels", "place_labels", "buildings", "pois", "addresses"}) {
        CHECK(found.zooms.contains(layer));
    }
    CHECK(*found.zooms.at("streets").begin() == 5); // the A 20
    CHECK(*found.zooms.at("land").begin() == 7);
    CHECK(found.zooms.at("buildings") == std::set<int>{14});
    for (const std::string kind : {"streets/motorway", "streets/rail", "land/forest", "place_labels/town", "water_polygons_labels/water"}) {
        INFO(kind);
        CHECK(found.kinds.contains(kind));
    }
    const tiles::PmtilesReader reader(folder.path() / "one.pmtiles");
    const auto metadata = nlohmann::json::parse(reader.metadata());
    CHECK(metadata["vector_layers"].size() == importers::shortbread_layer_count);
    CHECK(metadata["attribution"].get<std::string>().find("OpenStreetMap contributors") != std::string::npos);
}

TEST_CASE("a map of Tokyo has its names in Japanese, and no tile beyond what its extract covers") {
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/jp/tokyo-waseda-2020.osm");
    const test::TemporaryFolder folder;
    static_cast<void>(build(folder.path() / "waseda.pmtiles", extract));
    CHECK(surveyed(folder.path() / "waseda.pmtiles").survey.total().violations == 0);
    const geo::TileId middle = geo::tile_at({139.7065, 35.7066}, 14);
    const tiles::MvtTile tile = tile_of(folder.path() / "waseda.pmtiles", middle);
    std::set<std::string> names;
    const tiles::MvtLayer *labels = layer_of(tile, "street_labels");
    REQUIRE(labels != nullptr);
    for (const tiles::MvtFeature &feature : labels->features) {
        const geo::Properties properties = labels->properties(feature);
        if (const geo::Value *name = properties.find("name")) {
            names.insert(std::get<std::string>(*name));
        }
    }
    CHECK(names.contains("諏訪通り"));
    CHECK_FALSE(tiles::PmtilesReader(folder.path() / "waseda.pmtiles").find({14, middle.x + 2, middle.y}));
}

TEST_CASE("the sea comes from a Shapefile of water polygons where one is given, in degrees or in Web Mercator") {
    if (!test::has_program("ogr2ogr")) {
        WARN("skipped: ogr2ogr, which makes the Shapefile, is not installed");
        return;
    }
    const test::TemporaryFolder folder;
    const fs::path extract = folder.write("coast.opl", coast_street);
    CHECK(build(folder.path() / "dry.pmtiles", extract).report.without_ocean == "the extract has no coastline");
    for (const std::string crs : {"EPSG:4326", "EPSG:3857"}) {
        const std::string name = "sea" + crs.substr(5);
        const fs::path archive = folder.path() / (name + ".pmtiles");
        CHECK(build(archive, extract, 2, sea(folder, crs, name)).report.without_ocean.empty());
        const tiles::MvtTile east = tile_of(archive, geo::tile_at({139.0999, 35.0199}, 14));
        REQUIRE(layer_of(east, "ocean") != nullptr);
        CHECK(layer_of(tile_of(archive, geo::tile_at({138.9, 35.0}, 14)), "ocean") == nullptr);
        CHECK(surveyed(archive).survey.total().violations == 0);
    }
    CHECK_THROWS_WITH(build(folder.path() / "other.pmtiles", extract, 1, sea(folder, "EPSG:6677", "plane")),
                      Catch::Contains("expected EPSG:4326 or EPSG:3857, found JGD2011 / Japan Plane Rectangular CS IX"));
    CHECK_THROWS_WITH(build(folder.path() / "other.pmtiles", extract, 1, folder.path() / "nothing.shp"), Catch::Contains("there is no such file"));
    CHECK_FALSE(fs::exists(folder.path() / "other.pmtiles"));
}

TEST_CASE("a name that is taken or no archive's is refused before anything is read") {
    const test::TemporaryFolder folder;
    const fs::path extract = folder.write("coast.opl", coast_street);
    const fs::path taken = folder.write("taken.pmtiles", "mine");
    CHECK_THROWS_WITH(build(taken, extract), Catch::Contains("is there already"));
    CHECK(test::bytes_of(taken) == "mine");
    CHECK_THROWS_WITH(build(folder.path() / "map.zip", extract), Catch::Contains("ends in .pmtiles or .mbtiles"));
    CHECK_THROWS_WITH(build(folder.path() / "map.pmtiles", folder.path() / "nothing.osm.pbf"), Catch::Contains("nothing.osm.pbf"));
    const fs::path empty = folder.write("empty.opl", "n1 x1 y1\n");
    CHECK_THROWS_WITH(build(folder.path() / "map.pmtiles", empty), Catch::Contains("empty.opl: expected something that a base map shows"));
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 3);
}

TEST_CASE("a disk that fills up while a map is built leaves nothing on it") {
    KEYAKI_MOUNT_OR_SKIP();
    KEYAKI_SHARED_DATA_OR_SKIP(extract, "osm/derived/neubrandenburg-2016.osm.pbf");
    for (const std::size_t bytes : {std::size_t{1} << 20, std::size_t{3} << 20, std::size_t{4} << 20}) { // of the features, then of the tiles
        const test::SmallDisk disk(bytes);
        CHECK_THROWS_WITH(build(disk.path() / "map.pmtiles", extract), Catch::Contains("No space left on device"));
        CHECK(fs::is_empty(disk.path()));
    }
}

TEST_CASE("the command builds a base map and says what came of it") {
    const test::TemporaryFolder folder;
    const fs::path extract = folder.write("coast.opl", coast_street);
    const std::string archive = (folder.path() / "map.pmtiles").string();
    const test::CommandResult built = test::run({KEYAKI_PROGRAM, "tiles", "build", archive, "--from", extract.string(), "--json"});
    INFO(built.error);
    REQUIRE(built.status == 0);
    const auto json = nlohmann::json::parse(built.out);
    CHECK(json["tiles"].get<int>() >= 7);
    CHECK(json["report"]["features"]["streets"] == 1);
    CHECK(json["without_ocean"] == "the extract has no coastline");
    CHECK(test::run({KEYAKI_PROGRAM, "tiles", "build", archive, "--from", extract.string(), "--replace"}).status == 0);
    for (const std::string &name : {archive, (folder.path() / "map.mbtiles").string()}) {
        if (name != archive) {
            CHECK(test::run({KEYAKI_PROGRAM, "tiles", "build", name, "--from", extract.string()}).status == 0);
        }
        const test::CommandResult verified = test::run({KEYAKI_PROGRAM, "tiles", "verify", name, "--json"});
        INFO(verified.error);
        REQUIRE(verified.status == 0);
        CHECK(nlohmann::json::parse(verified.out)["total"]["tiles"] == json["tiles"]);
    }
    const test::CommandResult again = test::run({KEYAKI_PROGRAM, "tiles", "build", archive, "--from", extract.string()});
    CHECK(again.status != 0);
    CHECK(again.error.find("is there already") != std::string::npos);
    CHECK(test::run({KEYAKI_PROGRAM, "tiles", "build", archive, "--ocean", "x.shp"}).status != 0);
}

TEST_CASE("what a base map has not is refused beside --from, instead of being passed over") {
    const test::TemporaryFolder folder;
    const fs::path extract = folder.write("coast.opl", coast_street);
    const std::string archive = (folder.path() / "map.pmtiles").string();
    for (const std::vector<std::string> &more : {std::vector<std::string>{"--zoom", "0-5"},
                                                 {"--layers", "shelters"},
                                                 {"--key", "id"},
                                                 {"--layer-name", "streets"},
                                                 {"--all-layers-at-all-zooms"},
                                                 {"--database", "city.sqlite"},
                                                 {"--config", "keyaki.toml"}}) {
        std::vector<std::string> words{KEYAKI_PROGRAM, "tiles", "build", archive, "--from", extract.string()};
        words.insert(words.end(), more.begin(), more.end());
        const test::CommandResult refused = test::run(words);
        CAPTURE(more.front(), refused.error);
        CHECK(refused.status != 0);
        CHECK(refused.error.find(more.front() + " excludes --from") != std::string::npos);
        CHECK_FALSE(fs::exists(archive));
    }
}

TEST_CASE("the base map is made of the extract that is kept, and follows its changes") {
    const test::TemporaryFolder folder;
    const std::string database = (folder / "city.sqlite").string();
    const std::string archive = (folder / "base.pmtiles").string();
    const auto keyaki = [&](std::vector<std::string> words) {
        words.insert(words.end(), {"--database", database});
        words.insert(words.begin(), KEYAKI_PROGRAM);
        return test::run(words);
    };
    const auto map = folder.write("map.opl", "n1 v1 x139.521 y35.7855\nn2 v1 x139.524 y35.7856\nw1 v1 Thighway=primary,name=古い通り Nn1,n2\n");
    CHECK_THAT(keyaki({"tiles", "build", archive, "--osm"}).error, Catch::Contains("there is no"));
    REQUIRE(keyaki({"import", "osm", map.string(), "--publish"}).status == 0);
    const auto built = keyaki({"tiles", "build", archive, "--osm"});
    CAPTURE(built.error);
    REQUIRE(built.status == 0);
    const auto changes = folder.write("changes.osc", "<osmChange version='0.6'><modify><way id='1' version='2'><nd ref='1'/><nd ref='2'/>"
                                                     "<tag k='highway' v='primary'/><tag k='name' v='新しい通り'/></way></modify></osmChange>");
    REQUIRE(keyaki({"import", "changes", changes.string(), "--publish"}).status == 0);
    REQUIRE(keyaki({"tiles", "build", archive, "--osm", "--replace"}).status == 0);
    const auto extract = folder.write("new.opl", "n1 v1 x139.521 y35.7855\nn2 v1 x139.524 y35.7856\nw1 v2 Thighway=primary,name=新しい通り Nn1,n2\n");
    (void)build(folder / "scratch.pmtiles", extract);
    const auto tile = geo::tile_at({139.522, 35.7855}, 14);
    CHECK(tiles::PmtilesReader(archive).find(tile) == tiles::PmtilesReader(folder / "scratch.pmtiles").find(tile));
    CHECK(keyaki({"tiles", "build", (folder / "x.pmtiles").string(), "--osm", "--zoom", "3"}).status != 0);
    CHECK_THAT(keyaki({"tiles", "build", (folder / "x.pmtiles").string(), "--ocean", "sea.shp"}).error,
               Catch::Contains("--ocean is for the base map"));
}
