// Decisions per second on one core, on the inputs of bench-inputs.py: keyaki_fences_bench, with KEYAKI_BENCH_INPUTS naming their folder.
// A decision is: every fence in which a position with its accuracy is with a probability of at least 0.02, and these probabilities. Beside it the
// plain way, which knows no accuracy: the fences whose polygons contain the position, by Boost's R-tree (bounds, packed) and containment.
#include "geo/fence.hpp"
#include "geo/fence_index.hpp"
#include "geo/presence.hpp"

#include <benchmark/benchmark.h>
#include <boost/geometry.hpp>
#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/geometries/polygon.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace {

using namespace keyaki;
namespace bg = boost::geometry;

constexpr double floor_of_probability = 0.02; // PresenceRules::ask_token_probability: below it a position is outside

using Ring = std::vector<geo::LonLat>;

std::string input(const std::string &name) {
    const char *folder = std::getenv("KEYAKI_BENCH_INPUTS");
    return (folder == nullptr ? std::string(".") : std::string(folder)) + "/" + name;
}

/// The polygons (of one ring each) of so many fences.
std::vector<Ring> read_rings(std::int64_t count) {
    std::vector<Ring> rings;
    std::ifstream file(input("fences" + std::to_string(count) + ".geojsonseq"));
    for (std::string line; std::getline(file, line);) {
        rings.emplace_back();
        const auto json = nlohmann::json::parse(line);
        for (const auto &pair : json["geometry"]["coordinates"][0]) {
            rings.back().push_back({pair[0], pair[1]});
        }
    }
    return rings;
}

std::vector<geo::LonLat> read_positions(std::int64_t count) {
    std::vector<geo::LonLat> positions;
    std::ifstream file(input("checkins" + std::to_string(count) + ".tsv"));
    for (geo::LonLat position; file >> position.lon_deg >> position.lat_deg;) {
        positions.push_back(position);
    }
    return positions;
}

struct City {
    std::vector<geo::LonLat> positions;
    std::vector<geo::Fence> fences;
    geo::FenceIndex index;
};

const City &city_of(std::int64_t count) {
    static std::map<std::int64_t, City> cities;
    City &city = cities[count];
    if (city.fences.empty()) {
        city.positions = read_positions(count);
        for (const Ring &ring : read_rings(count)) {
            city.fences.push_back(geo::Fence::polygon(geo::Geometry::polygon({ring})));
        }
        city.index = geo::FenceIndex(city.fences);
    }
    return city;
}

bool is_missing(benchmark::State &state, const City &city) {
    if (city.fences.empty() || city.positions.empty()) {
        state.SkipWithError("no inputs: set KEYAKI_BENCH_INPUTS to a folder filled by bench-inputs.py");
        return true;
    }
    return false;
}

/// Reported accuracies as phones have them, mixed; one of them where `accuracy_m` names it.
double sigma_of(std::size_t position, std::int64_t accuracy_m) {
    constexpr std::array mixed_m{5.0, 8.0, 12.0, 15.0, 20.0, 30.0, 50.0, 100.0};
    const geo::PresenceRules rules;
    const double reported_m = accuracy_m == 0 ? mixed_m.at(position % mixed_m.size()) : static_cast<double>(accuracy_m);
    return std::max(rules.smallest_sigma_m, *geo::sigma_m(geo::Platform::android, reported_m));
}

void count_hits(benchmark::State &state, std::size_t hits) {
    state.SetItemsProcessed(state.iterations());
    state.counters["hits"] = static_cast<double>(hits) / static_cast<double>(state.iterations());
}

/// accuracy_m 0: mixed.
void decide_with_probability(benchmark::State &state) {
    const City &city = city_of(state.range(0));
    if (is_missing(state, city)) {
        return;
    }
    std::vector<geo::FenceShare> found;
    std::size_t next = 0;
    std::size_t hits = 0;
    for ([[maybe_unused]] auto unused : state) {
        const std::size_t position = next++ % city.positions.size();
        city.index.find(city.positions[position], sigma_of(position, state.range(1)), floor_of_probability, found);
        hits += found.size();
    }
    count_hits(state, hits);
    state.counters["bytes/fence"] = static_cast<double>(city.index.memory_bytes()) / static_cast<double>(city.index.size());
}
BENCHMARK(decide_with_probability)->ArgNames({"fences", "accuracy_m"})->ArgsProduct({{10'000, 100'000}, {0, 5, 30, 100}});

void build_fence_index(benchmark::State &state) {
    const City &city = city_of(state.range(0));
    if (is_missing(state, city)) {
        return;
    }
    for ([[maybe_unused]] auto unused : state) {
        benchmark::DoNotOptimize(geo::FenceIndex(city.fences));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(build_fence_index)->ArgName("fences")->Arg(10'000)->Unit(benchmark::kMillisecond);

using BoostPoint = bg::model::d2::point_xy<double>;
using BoostPolygon = bg::model::polygon<BoostPoint, false>;
using BoostBox = bg::model::box<BoostPoint>;
using BoostEntry = std::pair<BoostBox, std::uint32_t>;

struct BoostCity {
    std::vector<BoostPolygon> polygons;
    bg::index::rtree<BoostEntry, bg::index::rstar<16>> tree;
};

const BoostCity &boost_city_of(std::int64_t count) {
    static std::map<std::int64_t, BoostCity> cities;
    BoostCity &city = cities[count];
    if (city.polygons.empty()) {
        std::vector<BoostEntry> entries;
        for (const Ring &ring : read_rings(count)) {
            BoostPolygon polygon;
            for (const geo::LonLat corner : ring) {
                polygon.outer().emplace_back(corner.lon_deg, corner.lat_deg);
            }
            entries.emplace_back(bg::return_envelope<BoostBox>(polygon), static_cast<std::uint32_t>(city.polygons.size()));
            city.polygons.push_back(std::move(polygon));
        }
        city.tree = {entries.begin(), entries.end()};
    }
    return city;
}

/// The plain way: bounds by boost::geometry::index::rtree, then boost::geometry::covered_by; no accuracy, no probability.
void contain_by_boost(benchmark::State &state) {
    const City &city = city_of(state.range(0));
    if (is_missing(state, city)) {
        return;
    }
    const BoostCity &boost_city = boost_city_of(state.range(0));
    std::vector<BoostEntry> found;
    std::size_t next = 0;
    std::size_t hits = 0;
    for ([[maybe_unused]] auto unused : state) {
        const geo::LonLat position = city.positions[next++ % city.positions.size()];
        const BoostPoint point(position.lon_deg, position.lat_deg);
        found.clear();
        boost_city.tree.query(bg::index::intersects(point), std::back_inserter(found));
        for (const BoostEntry &entry : found) {
            hits += bg::covered_by(point, boost_city.polygons[entry.second]) ? 1U : 0U;
        }
    }
    count_hits(state, hits);
}
BENCHMARK(contain_by_boost)->ArgName("fences")->Arg(10'000)->Arg(100'000);

/// What check-ins did before there was an index: each fence near the position asked for its exact probability. The R-tree is given.
void decide_by_inside_probability(benchmark::State &state) {
    const City &city = city_of(state.range(0));
    if (is_missing(state, city)) {
        return;
    }
    std::vector<geo::GridBox> boxes;
    for (const geo::Fence &fence : city.fences) {
        const geo::LonLatBox box = fence.bounds();
        boxes.emplace_back();
        boxes.back().extend(geo::to_grid(geo::LonLat{box.west_deg, box.north_deg}));
        boxes.back().extend(geo::to_grid(geo::LonLat{box.east_deg, box.south_deg}));
    }
    const geo::RTree tree(boxes);
    std::size_t next = 0;
    std::size_t hits = 0;
    for ([[maybe_unused]] auto unused : state) {
        const std::size_t number = next++ % city.positions.size();
        const geo::LonLat position = city.positions[number];
        const double sigma_m = sigma_of(number, 0);
        const geo::GridPoint cell = geo::to_grid(position);
        const auto reach = static_cast<std::uint32_t>(2.1 * sigma_m / 0.0062); // a cell is 6.2 mm at 48 degrees
        tree.query({cell.x - reach, cell.y - reach, cell.x + reach, cell.y + reach}, [&](std::uint32_t fence) {
            hits += geo::inside_probability(city.fences[fence], position, sigma_m) >= floor_of_probability ? 1U : 0U;
        });
    }
    count_hits(state, hits);
}
BENCHMARK(decide_by_inside_probability)->ArgName("fences")->Arg(10'000);

} // namespace

BENCHMARK_MAIN();
