#include "tiles/mvt_reader.hpp"

#include "tests/support/shared_data.hpp"
#include "tests/tiles/tile_support.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

using namespace keyaki;

namespace {

std::string contents(const std::filesystem::path &path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

namespace {

/// The clause of MVT 2.1 that each invalid fixture breaks, read from the specification. 2: the bytes are no protocol buffer of its schema.
const std::map<std::string, std::string> broken_clauses{
    {"003", "4.2"},     {"004", "4.2"},     {"005", "4.4"},     {"006", "4.2"},     {"007", "2"},       {"008", "2"},
    {"010", "2"},       {"011", "4.1"},     {"012", "4.1"},     {"013", "2"},       {"014", "4.1"},     {"015", "4.1"},
    {"016", "4.2"},     {"023", "4.1"},     {"024", "4.1"},     {"026", "4.1"},     {"030", "4.2"},     {"040", "4.4"},
    {"041", "4.4"},     {"042", "4.4"},     {"044", "4.3.4.2"}, {"045", "4.3.4.2"}, {"046", "4.3.3.2"}, {"047", "4.3.4.4"},
    {"048", "4.3.4.4"}, {"051", "4.3.4.2"}, {"052", "4.3.4.2"}, {"057", "4.3.4.2"}, {"058", "4.3.4.3"}, {"061", "4.1"},
};

} // namespace

TEST_CASE("the reader agrees with the fixtures of the specification about every tile, and names the clause that is broken") {
    KEYAKI_SHARED_DATA_OR_SKIP(folder, "mvt/mvt-fixtures");
    // 016 has the very bytes of 003, which is invalid (no type), and 057 a count of half a billion with two parameters, as the invalid 051 and 058.
    const std::set<std::string> judged_wrongly = {"016", "057"};
    std::size_t read = 0;
    std::size_t refused = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
        if (!std::filesystem::exists(entry.path() / "info.json")) {
            continue;
        }
        const auto info = nlohmann::json::parse(contents(entry.path() / "info.json"));
        const auto tile = tiles::read_mvt(contents(entry.path() / "tile.mvt"));
        const std::string number = entry.path().filename().string();
        INFO(number << ": " << info["description"].get<std::string>() << "\n" << test::findings_of(tile));
        CHECK(tile.is_valid() == (info["validity"]["v2"].get<bool>() && !judged_wrongly.contains(number)));
        ++read;
        if (!tile.is_valid()) {
            const auto first = std::find_if(tile.findings.begin(), tile.findings.end(), [](const auto &finding) { return finding.is_error; });
            REQUIRE(broken_clauses.contains(number));
            CHECK(first->clause == broken_clauses.at(number));
            ++refused;
        }
    }
    CHECK(read >= 74);
    CHECK(refused == broken_clauses.size());
}

TEST_CASE("a real tile of a city is read to the end") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "mvt/mapbox-streets-14-8714-8017.mvt");
    const auto tile = tiles::read_mvt(contents(path));
    CHECK(tile.layers.size() > 5);
    std::size_t features = 0;
    for (const auto &layer : tile.layers) {
        features += layer.features.size();
    }
    CHECK(features > 1000);
}

TEST_CASE("damaged tiles are findings, never a crash") {
    const std::string tile = test::tile_of(test::snapshot_of(test::random_features(31, 200)), {12, 3636, 1610});
    REQUIRE(tiles::read_mvt(tile).findings.empty());
    std::mt19937 random(31);
    std::size_t found = 0;
    for (int round = 0; round < 2000; ++round) {
        std::string damaged = tile;
        for (unsigned change = 0; change <= random() % 4; ++change) {
            damaged[random() % damaged.size()] = static_cast<char>(random());
        }
        if (round % 5 == 0) {
            damaged.resize(random() % damaged.size());
        }
        found += tiles::read_mvt(damaged).findings.empty() ? 0U : 1U;
    }
    CHECK(found > 1000);
}

namespace {

using Ring = std::vector<tiles::TilePoint>;

/// A tile with one layer of one polygon, its rings written as they are given.
std::string polygon_tile(const std::vector<Ring> &rings) {
    tiles::MvtGeometryWriter geometry;
    for (const Ring &ring : rings) {
        geometry.ring(ring);
    }
    tiles::MvtLayerWriter layer;
    layer.add_feature(7, {}, tiles::MvtGeometryType::polygon, geometry.bytes());
    std::string tile;
    layer.append_to(tile, "layer", 4096);
    return tile;
}

/// What the reader says of it first, "" where it has nothing to say.
std::string judged(const std::vector<Ring> &rings) {
    const auto tile = tiles::read_mvt(polygon_tile(rings));
    return tile.findings.empty()
               ? std::string()
               : (tile.findings.front().is_error ? "must " : "should ") + tile.findings.front().clause + " " + tile.findings.front().sentence;
}

const Ring exterior{{0, 0}, {100, 0}, {100, 100}, {0, 100}};
const Ring hole{{10, 10}, {10, 40}, {40, 40}, {40, 10}};

} // namespace

TEST_CASE("a tile past the limit of the reader is a finding before a byte of it is read, and one without a layer is said") {
    const auto large = tiles::read_mvt(std::string(tiles::max_tile_bytes + 1, '\0'));
    REQUIRE(large.findings.size() == 1);
    CHECK_FALSE(large.is_valid());
    CHECK(large.findings[0].sentence == "a tile of 67108865 bytes, at most 67108864 are read");
    const auto strange = tiles::read_mvt("\x22\x01x"); // field 4, which no tile has
    REQUIRE(strange.findings.size() == 1);
    CHECK(strange.is_valid());
    CHECK(strange.findings[0].sentence == "the tile has no layer");
    CHECK(tiles::read_mvt("").findings.empty());
}

TEST_CASE("each rule about polygons has a polygon that breaks it") {
    CHECK(judged({exterior}).empty());
    CHECK(judged({exterior, hole}).empty());
    CHECK(judged({exterior, hole, {{200, 0}, {300, 0}, {300, 100}}}).empty());                              // two polygons
    CHECK(judged({{{0, 0}, {0, 100}, {100, 100}, {100, 0}}}).find("must 4.3.4.4") == 0);                    // begins with a hole
    CHECK(judged({{{0, 0}, {100, 100}, {100, 0}, {0, 120}}}).find("must 4.3.4.4") == 0);                    // crosses itself
    CHECK(judged({{{0, 0}, {100, 0}, {100, 100}, {50, 0}, {0, 100}}}).find("must 4.3.4.4") == 0);           // touches itself
    CHECK(judged({exterior, {{200, 10}, {200, 40}, {240, 40}, {240, 10}}}).find("must 4.3.4.4") == 0);      // a hole outside
    CHECK(judged({exterior, {{90, 10}, {90, 40}, {140, 40}, {140, 10}}}).find("must 4.3.4.4") == 0);        // a hole across the exterior
    CHECK(judged({exterior, hole, {{20, 20}, {20, 60}, {60, 60}, {60, 20}}}).find("must 4.3.4.4") == 0);    // holes that cross each other
    CHECK(judged({exterior, {{50, 50}, {60, 60}, {70, 70}}}).find("should 4.3.4.4") == 0);                  // a ring without area
    CHECK(judged({{{0, 0}, {100, 0}, {100, 100}, {0, 0}}}).find("repeats its first") != std::string::npos); // closed twice
}

TEST_CASE("what SHOULD be distinct and is not is said, and the tile stays valid") {
    tiles::MvtGeometryWriter geometry;
    geometry.points(std::vector<tiles::TilePoint>{{1, 1}});
    tiles::MvtLayerWriter layer;
    layer.add_key("name");
    layer.add_key("name");
    layer.add_value("\x0a\x01x");
    layer.add_value("\x0a\x01x");
    layer.add_feature(7, std::vector<std::uint32_t>{0, 0}, tiles::MvtGeometryType::point, geometry.bytes());
    layer.add_feature(7, std::vector<std::uint32_t>{1, 1}, tiles::MvtGeometryType::point, geometry.bytes());
    std::string bytes;
    layer.append_to(bytes, "layer", 4096);
    const auto tile = tiles::read_mvt(bytes);
    const std::string findings = test::findings_of(tile);
    CHECK(tile.is_valid());
    CHECK(findings.find("has a key twice") != std::string::npos);
    CHECK(findings.find("has a value twice") != std::string::npos);
    CHECK(findings.find("has the id of an earlier one") != std::string::npos);
}

TEST_CASE("names, keys and texts that are not UTF-8 are findings") {
    tiles::MvtGeometryWriter geometry;
    geometry.points(std::vector<tiles::TilePoint>{{1, 1}});
    const auto read_with = [&](const std::string &name, const std::string &key, const std::string &value) {
        tiles::MvtLayerWriter layer;
        layer.add_key(key);
        layer.add_value(value);
        layer.add_feature(7, std::vector<std::uint32_t>{0, 0}, tiles::MvtGeometryType::point, geometry.bytes());
        std::string bytes;
        layer.append_to(bytes, name, 4096);
        return tiles::read_mvt(bytes);
    };
    CHECK(read_with("layer", "name", "\x0a\x01x").is_valid());
    CHECK_FALSE(read_with("\x8b\xe6", "name", "\x0a\x01x").is_valid());
    CHECK_FALSE(read_with("layer", "\xff", "\x0a\x01x").is_valid());
    CHECK_FALSE(read_with("layer", "name", "\x0a\x01\x80").is_valid());
}
