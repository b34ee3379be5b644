// CQL2 over a snapshot of 1,000,000 features (ten copies of bench-inputs.py's 100,000, side by side): keyaki_filter_bench, with
// KEYAKI_BENCH_INPUTS naming the inputs' folder. One iteration is what a request costs but for writing the answer: parsing, binding, selecting from
// all features with the exact number, and finding a page of 1,000 in its order. `p99_ms` is the 99th percentile of the iterations.
#include "geo/feature.hpp"
#include "server/filter/selection.hpp"
#include "server/filter/sorting.hpp"
#include "server/filter/text_parser.hpp"
#include "tests/bench/support/inputs.hpp"
#include "tiles/layer_snapshot.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <fmt/format.h>
#include <string>
#include <vector>

namespace {

using namespace keyaki;
using namespace keyaki::server::filter;

/// Ten copies, three degrees of longitude apart: each with names and ids of its own.
std::shared_ptr<const tiles::LayerSnapshot> build() {
    tiles::LayerSnapshot::Builder builder({"bench", 1, 0, 14, "", "", ""});
    bench::for_each_feature([&](geo::Feature &&feature) {
        const auto number = std::get<std::int64_t>(*feature.properties.find("fid"));
        const std::string name = std::get<std::string>(*feature.properties.find("name"));
        for (std::int64_t copy = 0; copy < 10; ++copy) {
            feature.id = std::to_string(number + copy * 100'000);
            feature.properties.set("fid", number + copy * 100'000);
            feature.properties.set("name", fmt::format("{} {}", name, copy));
            builder.add(feature);
            for (geo::LonLat &position : feature.geometry.positions) {
                position.lon_deg += 3.0;
            }
        }
    });
    return builder.finish();
}

const tiles::LayerSnapshot &snapshot() {
    static const auto built = build();
    return *built;
}

void filter_a_million(benchmark::State &state, const std::string &filter, const std::string &sortby) {
    if (snapshot().size() != 1'000'000) {
        state.SkipWithError("no inputs: set KEYAKI_BENCH_INPUTS to a folder filled by bench-inputs.py");
        return;
    }
    std::vector<double> times_ms;
    std::size_t matched = 0;
    for ([[maybe_unused]] auto unused : state) {
        const auto begin = std::chrono::steady_clock::now();
        const Queryables queryables = queryables_of(snapshot());
        const Selection selection = select(snapshot(), bind(parse_text(filter), queryables, crs84()));
        const auto keys = sortby.empty() ? std::vector<SortKey>{} : parse_sortby(sortby, queryables);
        benchmark::DoNotOptimize(sorted_page(snapshot(), selection, keys, {}, 1'000).features.data());
        matched = selection.matched;
        times_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(times_ms.begin(), times_ms.end());
    state.counters["matched"] = static_cast<double>(matched);
    state.counters["p99_ms"] = times_ms[std::min(times_ms.size() - 1, times_ms.size() * 99 / 100)];
}

struct Question {
    const char *name;
    const char *filter;
    const char *sortby;
};
const Question questions[] = {
    {"equal", "kind = 'cafe'", ""},
    {"numbers_and_list", "rank > 15 AND kind IN ('cafe', 'museum', 'park') AND NOT fid BETWEEN 100 AND 5000", ""},
    {"distinct_number", "fid > 500000", ""},
    {"all", "rank > 0", ""},
    {"like_prefix", "name LIKE 'Block 12%'", ""},
    {"like_wildcards", "name LIKE '%1_3%5'", ""},
    {"like_without_case", "CASEI(name) LIKE CASEI('%BLOCK%77%')", ""},
    {"two_columns", "fid % 20 = rank", ""},
    {"id", "id IN ('5', '500000', '999999')", ""},
    {"box", "S_INTERSECTS(geometry, BBOX(15.2, 47.2, 15.8, 47.8)) AND rank <= 10", ""},
    {"polygon_over_much", "S_INTERSECTS(geometry, POLYGON((10 47.1, 37 47.3, 30 48.9, 20 48.2, 11 48.8, 10 47.1)))", ""},
    {"within_polygon", "S_WITHIN(geometry, POLYGON((15.2 47.2, 17.9 47.3, 16.5 48.8, 15.2 47.2)))", ""},
    {"sorted", "kind = 'cafe'", "-rank,name"},
    {"sorted_all", "rank > 0", "name"},
};

} // namespace

int main(int count, char **words) {
    for (const Question &question : questions) {
        benchmark::RegisterBenchmark((std::string("filter_a_million/") + question.name).c_str(), filter_a_million, question.filter, question.sortby)
            ->Unit(benchmark::kMillisecond);
    }
    benchmark::Initialize(&count, words);
    if (benchmark::ReportUnrecognizedArguments(count, words)) {
        return 2;
    }
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
