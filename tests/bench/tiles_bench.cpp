// Tiles per second on one core, on the inputs of bench-inputs.py, whose folder KEYAKI_BENCH_INPUTS names:
// keyaki_tiles_bench [--features=FILE] [--tiles=COUNT] [--feature-counts=ZOOM], and Google Benchmark's own words.
//   --features=FILE   other features than the folder's, as GeoJSON, one a line
//   --tiles=COUNT     so many of each zoom's addresses, from the beginning
#include "geo/feature.hpp"
#include "tests/bench/support/inputs.hpp"
#include "tiles/gzip.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/mvt_reader.hpp"
#include "tiles/snapshot_part.hpp"
#include "tiles/tile_builder.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace keyaki;

std::string input(const std::string &name) {
    const char *folder = std::getenv("KEYAKI_BENCH_INPUTS");
    return (folder == nullptr ? std::string(".") : std::string(folder)) + "/" + name;
}

/// What the command line says.
struct Given {
    std::string features; ///< a file; empty: the folder's
    std::size_t tiles = SIZE_MAX;
    std::optional<int> counted_zoom;
};

Given &given() {
    static Given words;
    return words;
}

const std::vector<geo::Feature> &features() {
    static const std::vector<geo::Feature> all = [] {
        std::vector<geo::Feature> read;
        const auto keep = [&](geo::Feature &&feature) { read.push_back(std::move(feature)); };
        given().features.empty() ? bench::for_each_feature(keep) : bench::for_each_feature_of(given().features, keep);
        return read;
    }();
    return all;
}

/// Copies lie side by side, three tiles of zoom 8 apart: each copy's tiles hold as much as those of the first.
constexpr double degrees_apart = 3 * 360.0 / 256;
constexpr std::uint32_t tiles_apart(std::uint8_t zoom) { return 3U << (zoom - 8); }
constexpr std::uint32_t copies_of_a_million = 10;

/// A layer of a million features has a million numbers and names.
void renumber(geo::Feature &feature, std::size_t more) {
    const std::size_t number = std::stoul(feature.id) + more;
    feature.id = std::to_string(number);
    feature.properties.set("fid", static_cast<std::int64_t>(number));
    if (const geo::Value *name = feature.properties.find("name")) { // "Place 7"
        const auto &text = std::get<std::string>(*name);
        feature.properties.set("name", text.substr(0, text.rfind(' ') + 1) + feature.id);
    }
}

std::shared_ptr<const tiles::LayerSnapshot> build(std::size_t copies) {
    tiles::LayerSnapshot::Builder builder({"bench", 1, 0, 14, "", "", ""});
    for (std::size_t copy = 0; copy < copies; ++copy) {
        for (geo::Feature feature : features()) {
            renumber(feature, copy * features().size());
            for (geo::LonLat &position : feature.geometry.positions) {
                position.lon_deg += degrees_apart * static_cast<double>(copy);
            }
            builder.add(feature);
        }
    }
    return builder.finish();
}

const std::shared_ptr<const tiles::LayerSnapshot> &snapshot() {
    static const auto built = build(1);
    return built;
}

std::vector<geo::TileId> addresses(int zoom) {
    // The lists begin at zoom 10. What lies above is taken from there: tiles, too, that are drawn as often as a feature is there.
    const int listed = std::max(zoom, 10);
    const int above = listed - zoom;
    std::vector<geo::TileId> list;
    std::ifstream file(input("tiles_z" + std::to_string(listed) + ".txt"));
    unsigned z = 0;
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    char slash = 0;
    while (list.size() < given().tiles && file >> z >> slash >> x >> slash >> y) {
        list.push_back({static_cast<std::uint8_t>(zoom), x >> above, y >> above});
    }
    return list;
}

/// Builds every tile of a list, once in each iteration. With gzip as the server sends them, without as PostGIS gives them.
void build_each(benchmark::State &state, const std::shared_ptr<const tiles::LayerSnapshot> &snapshot, const std::vector<geo::TileId> &list,
                bool compresses) {
    if (list.empty()) {
        state.SkipWithError("no inputs: set KEYAKI_BENCH_INPUTS to a folder filled by bench-inputs.py");
        return;
    }
    const std::vector<tiles::TileLayer> layers{{snapshot, "bench"}};
    std::size_t bytes = 0;
    for ([[maybe_unused]] auto unused : state) {
        for (const geo::TileId tile : list) {
            const std::string built = tiles::build_tile(layers, tile);
            bytes += compresses ? tiles::gzip(built).size() : built.size();
        }
    }
    const auto built = static_cast<std::size_t>(state.iterations()) * list.size();
    state.SetItemsProcessed(static_cast<std::int64_t>(built));
    state.counters["bytes/tile"] = static_cast<double>(bytes) / static_cast<double>(built);
}

void build_tiles(benchmark::State &state, bool compresses) { build_each(state, snapshot(), addresses(static_cast<int>(state.range(0))), compresses); }
BENCHMARK_CAPTURE(build_tiles, plain, false)->DenseRange(8, 14);
BENCHMARK_CAPTURE(build_tiles, gzip, true)->DenseRange(8, 14);

const auto &million() {
    static const auto built = build(copies_of_a_million);
    return built;
}

/// The tiles of build_tiles/plain/14, of a layer that holds ten times as much.
void build_same_tiles_of_a_million(benchmark::State &state) { build_each(state, million(), addresses(14), false); }
BENCHMARK(build_same_tiles_of_a_million);

/// Tiles of all ten copies in turn, with as much in them: none lies in memory beside the one drawn before.
void build_tiles_of_a_million(benchmark::State &state) {
    std::vector<geo::TileId> list = addresses(14);
    for (std::uint32_t place = 0; place < list.size(); ++place) {
        list[place].x += tiles_apart(14) * (place % copies_of_a_million);
    }
    build_each(state, million(), list, false);
}
BENCHMARK(build_tiles_of_a_million);

void build_tiles_after_publishing(benchmark::State &state) {
    auto changed = snapshot();
    for (std::size_t publish = 0; publish < 20; ++publish) {
        changed = changed->with_changes(changed->description(), {}, {features()[publish * 4999]});
    }
    build_each(state, changed, addresses(static_cast<int>(state.range(0))), false);
}
BENCHMARK(build_tiles_after_publishing)->DenseRange(10, 14, 2);

void build_snapshot_of_a_million(benchmark::State &state) {
    (void)features();
    for ([[maybe_unused]] auto unused : state) {
        const auto built = build(copies_of_a_million);
        std::size_t positions = 0;
        for (const auto &view : built->parts()) {
            for (std::uint32_t index = 0; index < view.part->size(); ++index) {
                positions += view.part->geometry(index).points.size();
            }
        }
        const std::size_t beyond_bytes = built->memory_bytes() - positions * sizeof(geo::GridPoint);
        state.counters["bytes/feature"] = static_cast<double>(beyond_bytes) / static_cast<double>(built->size());
    }
}
BENCHMARK(build_snapshot_of_a_million)->Unit(benchmark::kMillisecond)->Iterations(1);

void publish_one_of_a_million(benchmark::State &state) {
    auto current = build(copies_of_a_million);
    std::size_t next = 0;
    for ([[maybe_unused]] auto unused : state) {
        geo::Feature feature = features()[next++ * 7919 % features().size()];
        feature.properties.set("rank", std::int64_t{99});
        current = current->with_changes(current->description(), {}, {std::move(feature)});
    }
}
BENCHMARK(publish_one_of_a_million)->Unit(benchmark::kMillisecond)->Iterations(1000);

/// One line a tile, "z/x/y features", of every address of a zoom that is drawn: what tests/bench/peers/uncached_tiles.mjs holds against PostGIS'
/// tiles.
void print_feature_counts(int zoom) {
    const std::vector<tiles::TileLayer> layers{{snapshot(), "bench"}};
    std::vector<geo::TileId> list = addresses(zoom); // with many twice
    const auto place = [](const geo::TileId &tile) { return std::pair(tile.x, tile.y); };
    std::sort(list.begin(), list.end(), [&](const geo::TileId &a, const geo::TileId &b) { return place(a) < place(b); });
    list.erase(std::unique(list.begin(), list.end(), [&](const geo::TileId &a, const geo::TileId &b) { return place(a) == place(b); }), list.end());
    for (const geo::TileId tile : list) {
        const tiles::MvtTile read = tiles::read_mvt(tiles::build_tile(layers, tile));
        if (!read.is_valid()) {
            throw std::runtime_error(fmt::format("the tile {}/{}/{} breaks the rules of MVT", tile.z, tile.x, tile.y));
        }
        fmt::print("{}/{}/{} {}\n", tile.z, tile.x, tile.y, read.layers.empty() ? 0 : read.layers.front().features.size());
    }
}

/// Takes our own words out of the command line.
void take_words(int &count, char **words) {
    const auto is_ours = [](std::string_view word) {
        const std::string value(word.substr(std::min(word.find('=') + 1, word.size())));
        if (word.starts_with("--features=")) {
            given().features = value;
        } else if (word.starts_with("--tiles=")) {
            given().tiles = std::stoul(value);
        } else if (word.starts_with("--feature-counts=")) {
            given().counted_zoom = std::stoi(value);
        } else {
            return false;
        }
        return true;
    };
    count = static_cast<int>(std::remove_if(words + 1, words + count, is_ours) - words);
}

} // namespace

int main(int count, char **words) {
    try {
        take_words(count, words);
        if (given().counted_zoom) {
            print_feature_counts(*given().counted_zoom);
            return 0;
        }
        benchmark::Initialize(&count, words);
        if (benchmark::ReportUnrecognizedArguments(count, words)) {
            return 2;
        }
        benchmark::RunSpecifiedBenchmarks();
        return 0;
    } catch (const std::exception &error) {
        fmt::print(stderr, "keyaki_tiles_bench: {}\n", error.what());
        return 1;
    }
}
