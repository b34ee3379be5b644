// Tiles per second on one core, on the inputs of bench-inputs.py: keyaki_tiles_bench [--feature-counts], with KEYAKI_BENCH_INPUTS naming their
// folder.
#include "geo/feature.hpp"
#include "tests/bench/support/inputs.hpp"
#include "tiles/gzip.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/mvt_reader.hpp"
#include "tiles/tile_builder.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
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

const std::vector<geo::Feature> &features() {
    static const std::vector<geo::Feature> all = [] {
        std::vector<geo::Feature> read;
        bench::for_each_feature([&](geo::Feature &&feature) { read.push_back(std::move(feature)); });
        return read;
    }();
    return all;
}

std::shared_ptr<const tiles::LayerSnapshot> build(std::size_t copies) {
    tiles::LayerSnapshot::Builder builder({"bench", 1, 0, 14, "", "", ""});
    for (std::size_t copy = 0; copy < copies; ++copy) {
        for (geo::Feature feature : features()) {
            feature.id += copy == 0 ? "" : "-" + std::to_string(copy);
            for (geo::LonLat &position : feature.geometry.positions) {
                position.lon_deg += 3.0 * static_cast<double>(copy);
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
    std::vector<geo::TileId> list;
    std::ifstream file(input("tiles_z" + std::to_string(zoom) + ".txt"));
    unsigned z = 0;
    std::uint32_t x = 0;
    std::uint32_t y = 0;
    char slash = 0;
    while (file >> z >> slash >> x >> slash >> y) {
        list.push_back({static_cast<std::uint8_t>(z), x, y});
    }
    return list;
}

/// Every tile of a zoom's list in turn. With gzip as the server sends them, without as PostGIS gives them.
void build_tiles(benchmark::State &state, bool compresses) {
    const auto list = addresses(static_cast<int>(state.range(0)));
    if (list.empty()) {
        state.SkipWithError("no inputs: set KEYAKI_BENCH_INPUTS to a folder filled by bench-inputs.py");
        return;
    }
    const std::vector<tiles::TileLayer> layers{{snapshot(), "bench"}};
    std::size_t bytes = 0;
    std::size_t next = 0;
    for ([[maybe_unused]] auto unused : state) {
        const std::string tile = tiles::build_tile(layers, list[next++ % list.size()]);
        bytes += compresses ? tiles::gzip(tile).size() : tile.size();
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["bytes/tile"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(build_tiles, plain, false)->DenseRange(10, 14);
BENCHMARK_CAPTURE(build_tiles, gzip, true)->DenseRange(10, 14);

void build_tiles_after_publishing(benchmark::State &state) {
    const auto list = addresses(static_cast<int>(state.range(0)));
    auto changed = snapshot();
    for (std::size_t publish = 0; publish < 20; ++publish) {
        changed = changed->with_changes(changed->description(), {}, {features()[publish * 4999]});
    }
    const std::vector<tiles::TileLayer> layers{{changed, "bench"}};
    std::size_t next = 0;
    for ([[maybe_unused]] auto unused : state) {
        benchmark::DoNotOptimize(tiles::build_tile(layers, list[next++ % list.size()]));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(build_tiles_after_publishing)->DenseRange(10, 14, 2);

void build_snapshot_of_a_million(benchmark::State &state) {
    (void)features();
    for ([[maybe_unused]] auto unused : state) {
        const auto built = build(10);
        state.counters["bytes/feature"] = static_cast<double>(built->memory_bytes()) / static_cast<double>(built->size());
    }
}
BENCHMARK(build_snapshot_of_a_million)->Unit(benchmark::kMillisecond)->Iterations(1);

void publish_one_of_a_million(benchmark::State &state) {
    auto current = build(10);
    std::size_t next = 0;
    for ([[maybe_unused]] auto unused : state) {
        geo::Feature feature = features()[next++ * 7919 % features().size()];
        feature.properties.set("rank", std::int64_t{99});
        current = current->with_changes(current->description(), {}, {std::move(feature)});
    }
}
BENCHMARK(publish_one_of_a_million)->Unit(benchmark::kMillisecond)->Iterations(1000);

/// One line a tile, "z/x/y features", of every address of the lists: what tests/bench/peers/uncached_tiles.mjs holds against PostGIS' tiles.
void print_feature_counts() {
    const std::vector<tiles::TileLayer> layers{{snapshot(), "bench"}};
    for (int zoom = 10; zoom <= 14; ++zoom) {
        std::vector<geo::TileId> list = addresses(zoom); // with many twice
        const auto place = [](const geo::TileId &tile) { return std::pair(tile.x, tile.y); };
        std::sort(list.begin(), list.end(), [&](const geo::TileId &a, const geo::TileId &b) { return place(a) < place(b); });
        list.erase(std::unique(list.begin(), list.end(), [&](const geo::TileId &a, const geo::TileId &b) { return place(a) == place(b); }),
                   list.end());
        for (const geo::TileId tile : list) {
            const tiles::MvtTile read = tiles::read_mvt(tiles::build_tile(layers, tile));
            if (!read.is_valid()) {
                throw std::runtime_error(fmt::format("the tile {}/{}/{} breaks the rules of MVT", tile.z, tile.x, tile.y));
            }
            fmt::print("{}/{}/{} {}\n", tile.z, tile.x, tile.y, read.layers.empty() ? 0 : read.layers.front().features.size());
        }
    }
}

} // namespace

int main(int count, char **words) {
    try {
        if (count == 2 && std::string_view(words[1]) == "--feature-counts") {
            print_feature_counts();
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
