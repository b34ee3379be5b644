#include "tiles/mvt_reader.hpp"

#include "tests/support/shared_data.hpp"
#include "tests/tiles/tile_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
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

TEST_CASE("the reader agrees with the fixtures of the specification about every tile") {
    KEYAKI_SHARED_DATA_OR_SKIP(folder, "mvt/mvt-fixtures");
    // 016 has the very bytes of 003, which is invalid (no type), and 057 a count of half a billion with two parameters, as the invalid 051 and 058.
    const std::set<std::string> judged_wrongly = {"016", "057"};
    std::size_t read = 0;
    for (const auto &entry : std::filesystem::directory_iterator(folder)) {
        if (!std::filesystem::exists(entry.path() / "info.json")) {
            continue;
        }
        const auto info = nlohmann::json::parse(contents(entry.path() / "info.json"));
        const auto tile = tiles::read_mvt(contents(entry.path() / "tile.mvt"));
        INFO(entry.path().filename().string() << ": " << info["description"].get<std::string>() << "\n" << test::findings_of(tile));
        const bool is_wrong = judged_wrongly.contains(entry.path().filename().string());
        CHECK(tile.is_valid() == (info["validity"]["v2"].get<bool>() && !is_wrong));
        ++read;
    }
    CHECK(read >= 74);
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
