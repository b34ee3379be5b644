// A page of items in a box as GeoJSON, from the question's box to the bytes, without HTTP: keyaki_items_bench, with KEYAKI_BENCH_INPUTS naming the
// inputs' folder. The 3,000 boxes of tests/bench/peers/items.mjs in turn, so that no page is asked for twice before all others were; the texts of features are kept.
#include "server/features/items_body.hpp"
#include "tests/bench/support/inputs.hpp"
#include "tiles/layer_snapshot.hpp"

#include <benchmark/benchmark.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace keyaki;

const std::shared_ptr<const tiles::LayerSnapshot> &snapshot() {
    static const auto built = [] {
        tiles::LayerSnapshot::Builder builder({"bench", 1, 0, 14, "", "", ""});
        bench::for_each_feature([&](geo::Feature &&feature) { builder.add(feature); });
        return builder.finish();
    }();
    return built;
}

server::Collection collection() {
    server::Collection collection;
    collection.name = "bench";
    collection.spec.id = "bench";
    collection.snapshot = snapshot();
    return collection;
}

std::size_t written_bytes(server::ItemPage page, const server::Crs &crs) {
    const auto source =
        server::geojson_items(collection(), std::move(page), crs, {"http://here", "http://here/self", "http://here/html", "http://here/next=", {}});
    std::size_t bytes = 0;
    for (bool has_more = true; has_more;) {
        std::string piece;
        has_more = source->append_piece(piece);
        bytes += piece.size();
    }
    return bytes;
}

/// Finding the features of a page and their number, and for all but `find` writing them.
void answer_pages(benchmark::State &state, const char *crs_uri) {
    const auto boxes = bench::item_boxes();
    if (boxes.empty()) {
        state.SkipWithError("no inputs: set KEYAKI_BENCH_INPUTS to a folder filled by bench-inputs.py");
        return;
    }
    const server::Crs *crs = crs_uri == nullptr ? nullptr : &server::require_crs(crs_uri, "crs");
    const tiles::LayerSnapshot &layer = *snapshot(); // built before the clock runs
    std::size_t next = 0;
    std::size_t features = 0;
    std::size_t bytes = 0;
    for ([[maybe_unused]] auto unused : state) {
        server::ItemSelection selection;
        selection.boxes = {boxes[next++ % boxes.size()]};
        server::ItemPage page = server::find_items(layer, selection, "", 1000);
        features += page.features.size();
        bytes += crs == nullptr ? 0 : written_bytes(std::move(page), *crs);
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["features/page"] = static_cast<double>(features) / static_cast<double>(state.iterations());
    state.counters["bytes/page"] = static_cast<double>(bytes) / static_cast<double>(state.iterations());
}

BENCHMARK_CAPTURE(answer_pages, find, nullptr);
BENCHMARK_CAPTURE(answer_pages, crs84, "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
BENCHMARK_CAPTURE(answer_pages, web_mercator, "http://www.opengis.net/def/crs/EPSG/0/3857");

} // namespace
