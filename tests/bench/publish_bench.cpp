#include "data/store.hpp"
#include "server/flows/snapshots.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tiles/tile_builder.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

// From the word to publish one changed feature of a layer of a million until its tile and its item show the change: the commit with its fsync, the
// snapshot, one look at both. Counters: the slowest, and the bytes of the newest snapshot at the begin and at the end.

namespace keyaki::server {
namespace {

constexpr int features = 1'000'000;
constexpr std::int64_t some_time_us = 1'775'955'600'000'000;

geo::Feature feature_number(int number, std::int64_t edition) {
    geo::Feature feature{
        "f" + std::to_string(number),
        geo::Geometry::point({139.0 + (number % 1000) * 0.001 + 0.0001 * static_cast<double>(edition % 7), 35.0 + (number / 1000) * 0.001}),
        {}};
    feature.properties.set("name", "名前 " + std::to_string(number % 5'000));
    feature.properties.set("edition", edition);
    return feature;
}

struct LargeLayer {
    test::TemporaryFolder folder;
    std::unique_ptr<data::Store> store = data::open_store({folder / "city.sqlite", true});
    std::unique_ptr<Snapshots> snapshots;
    std::int64_t edition = 0;

    LargeLayer() {
        data::LayerSpec spec;
        spec.id = "large";
        store->write([&](data::WriteTransaction &books) { books.create_layer(spec, "bench", some_time_us); });
        draft(0, features);
        publish();
        snapshots = std::make_unique<Snapshots>(*store);
    }

    void draft(int first, int count) {
        const auto writer = store->write_draft("large", data::Store::DraftMode::merge, "bench");
        for (int number = first; number < first + count; ++number) {
            writer->put(feature_number(number, edition));
        }
        writer->commit();
    }
    void publish() {
        store->write([&](data::WriteTransaction &books) { books.publish("large", "bench", "one", false, some_time_us); });
    }
    [[nodiscard]] Snapshot newest() const { return snapshots->published("large"); }
};

LargeLayer &large_layer() {
    static LargeLayer layer;
    return layer;
}

void require_shown(const LargeLayer &layer, int number) {
    const Snapshot newest = layer.newest();
    const auto found = newest->find("f" + std::to_string(number));
    if (!found || found->properties.number("edition") != static_cast<double>(layer.edition)) {
        throw std::runtime_error("expected the change to be shown when it is published");
    }
    const tiles::TileLayer drawn{newest, "large"};
    if (tiles::build_tile(std::span(&drawn, 1), geo::tile_at(found->geometry.positions.front(), 14)).empty()) {
        throw std::runtime_error("expected a tile with the feature");
    }
}

void publish_one_of_a_million(benchmark::State &state) {
    LargeLayer &layer = large_layer();
    const auto bytes_before = static_cast<double>(layer.newest()->memory_bytes());
    double slowest_ms = 0;
    for (auto _ : state) {
        const int number = static_cast<int>(++layer.edition * 7919 % features);
        layer.draft(number, 1);
        const auto began = std::chrono::steady_clock::now();
        layer.publish();
        layer.snapshots->refresh();
        require_shown(layer, number);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
        state.SetIterationTime(took.count());
        slowest_ms = std::max(slowest_ms, took.count() * 1e3);
    }
    state.counters["slowest_ms"] = slowest_ms;
    state.counters["bytes_before"] = bytes_before;
    state.counters["bytes_after"] = static_cast<double>(layer.newest()->memory_bytes());
    state.counters["parts"] = static_cast<double>(layer.newest()->parts().size());
}
BENCHMARK(publish_one_of_a_million)->UseManualTime()->Iterations(60)->Unit(benchmark::kMillisecond);

} // namespace
} // namespace keyaki::server
