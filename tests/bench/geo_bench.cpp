#include "geo/fence.hpp"
#include "geo/geodesic.hpp"
#include "geo/hilbert.hpp"
#include "geo/mercator.hpp"
#include "geo/predicates.hpp"
#include "geo/presence.hpp"
#include "geo/reproject.hpp"
#include "geo/rtree.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <random>

// Positions are those of a city (Kiyose and its neighbours), chosen by a fixed seed: every run computes the same.

namespace keyaki::geo {
namespace {

constexpr LonLat city_hall{139.5265, 35.7857};

std::vector<LonLat> city_positions(std::size_t count) {
    std::mt19937_64 random(2026);
    std::uniform_real_distribution<double> lon(139.49, 139.55);
    std::uniform_real_distribution<double> lat(35.76, 35.81);
    std::vector<LonLat> positions(count);
    for (LonLat &position : positions) {
        position = {lon(random), lat(random)};
    }
    return positions;
}

void count_items(benchmark::State &state, std::size_t per_iteration) {
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(per_iteration));
}

void to_grid_of_positions(benchmark::State &state) {
    const auto positions = city_positions(100'000);
    std::vector<GridPoint> grid(positions.size());
    for (auto _ : state) {
        to_grid(positions, grid);
        benchmark::DoNotOptimize(grid.data());
        benchmark::ClobberMemory();
    }
    count_items(state, positions.size());
}
BENCHMARK(to_grid_of_positions);

void to_lon_lat_of_grid(benchmark::State &state) {
    const auto positions = city_positions(100'000);
    std::vector<GridPoint> grid(positions.size());
    to_grid(positions, grid);
    for (auto _ : state) {
        for (const GridPoint point : grid) {
            benchmark::DoNotOptimize(to_lon_lat(point));
        }
    }
    count_items(state, grid.size());
}
BENCHMARK(to_lon_lat_of_grid);

/// To a place so many metres north of each position: the short formula, then the geodesic.
void distance_between(benchmark::State &state) {
    const auto positions = city_positions(10'000);
    const double north_deg = static_cast<double>(state.range(0)) / 111'000;
    for (auto _ : state) {
        for (const LonLat position : positions) {
            benchmark::DoNotOptimize(distance_m(position, {position.lon_deg + 0.001, position.lat_deg + north_deg}));
        }
    }
    count_items(state, positions.size());
}
BENCHMARK(distance_between)->ArgName("metres")->Arg(500)->Arg(500'000);

Geometry ring_around(LonLat centre, double radius_m, int corners) {
    std::vector<LonLat> ring;
    for (int i = 0; i < corners; ++i) {
        ring.push_back(destination(centre, -360.0 * i / corners, radius_m * (i % 2 == 0 ? 1.0 : 0.9)));
    }
    ring.push_back(ring.front());
    return Geometry::polygon({ring});
}

/// From the middle of a fence of 60 m outwards and beyond its edge, as phones have them around a spot.
std::vector<LonLat> positions_around_city_hall() {
    std::vector<LonLat> positions;
    for (int i = 0; i < 64; ++i) {
        positions.push_back(destination(city_hall, i * 37.0, i * 2.0));
    }
    return positions;
}

void probability_in(benchmark::State &state, const Fence &fence) {
    const std::vector<LonLat> estimates = positions_around_city_hall();
    for (auto _ : state) {
        for (const LonLat estimate : estimates) {
            benchmark::DoNotOptimize(inside_probability(fence, estimate, 20));
        }
    }
    count_items(state, estimates.size());
}

void probability_in_circle(benchmark::State &state) { probability_in(state, Fence::circle(city_hall, 40)); }
BENCHMARK(probability_in_circle);

void probability_in_polygon(benchmark::State &state) {
    probability_in(state, Fence::polygon(ring_around(city_hall, 60, static_cast<int>(state.range(0)))));
}
BENCHMARK(probability_in_polygon)->ArgName("corners")->Arg(8)->Arg(64)->Arg(512);

void decide_presence_of_five_fixes(benchmark::State &state) {
    const Fence fence = Fence::circle(city_hall, 40);
    std::array<Fix, 5> fixes;
    for (std::size_t i = 0; i < fixes.size(); ++i) {
        fixes.at(i) = {destination(city_hall, 72.0 * static_cast<double>(i), 35), 30.0, static_cast<std::int64_t>(i) * 4'000, false};
    }
    for (auto _ : state) {
        benchmark::DoNotOptimize(decide_presence(fence, Platform::android, fixes, false, false));
    }
    count_items(state, 1);
}
BENCHMARK(decide_presence_of_five_fixes);

std::vector<GridBox> city_boxes(std::size_t count) {
    std::vector<GridBox> boxes;
    for (const LonLat position : city_positions(count)) {
        const GridPoint corner = to_grid(position);
        boxes.push_back({corner.x, corner.y, corner.x + 1'300, corner.y + 1'300}); // a house: 10 m
    }
    return boxes;
}

void rtree_build(benchmark::State &state) {
    const auto boxes = city_boxes(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(RTree(boxes));
    }
    count_items(state, boxes.size());
}
BENCHMARK(rtree_build)->ArgName("boxes")->Arg(10'000)->Arg(200'000)->Unit(benchmark::kMillisecond);

/// Boxes of 100 m, as a tile of zoom 18 asks; items are what is found.
void rtree_query(benchmark::State &state, bool by_tree) {
    const auto boxes = city_boxes(static_cast<std::size_t>(state.range(0)));
    const RTree tree(boxes);
    std::size_t at = 0;
    for (auto _ : state) {
        const GridBox &corner = boxes[at++ % boxes.size()];
        const GridBox asked{corner.min_x, corner.min_y, corner.min_x + 13'000, corner.min_y + 13'000};
        std::size_t found = 0;
        if (by_tree) {
            tree.query(asked, [&](std::uint32_t) { ++found; });
        } else {
            for (const GridBox &box : boxes) {
                found += box.intersects(asked) ? 1U : 0U;
            }
        }
        benchmark::DoNotOptimize(found);
    }
    count_items(state, 1);
}
BENCHMARK_CAPTURE(rtree_query, by_tree, true)->ArgName("boxes")->Arg(10'000)->Arg(200'000);
BENCHMARK_CAPTURE(rtree_query, by_looking_at_each, false)->ArgName("boxes")->Arg(10'000)->Arg(200'000);

void contains_by_geos(benchmark::State &state) {
    const Geometry area = ring_around(city_hall, 60, static_cast<int>(state.range(0)));
    const auto positions = positions_around_city_hall();
    for (auto _ : state) {
        for (const LonLat position : positions) {
            benchmark::DoNotOptimize(contains(area, position));
        }
    }
    count_items(state, positions.size());
}
BENCHMARK(contains_by_geos)->ArgName("corners")->Arg(512);

void contains_by_fence(benchmark::State &state) {
    const Fence fence = Fence::polygon(ring_around(city_hall, 60, static_cast<int>(state.range(0))));
    const auto positions = positions_around_city_hall();
    for (auto _ : state) {
        for (const LonLat position : positions) {
            benchmark::DoNotOptimize(fence.contains(position));
        }
    }
    count_items(state, positions.size());
}
BENCHMARK(contains_by_fence)->ArgName("corners")->Arg(512);

void reproject_from_plane_ix(benchmark::State &state) {
    const Reprojector reprojector = Reprojector::to_storage("EPSG:6677");
    std::vector<LonLat> positions(10'000);
    for (auto _ : state) {
        std::fill(positions.begin(), positions.end(), LonLat{-28'000, -25'000});
        reprojector.to_storage_in_place(std::span<LonLat>(positions));
        benchmark::DoNotOptimize(positions.data());
    }
    count_items(state, positions.size());
}
BENCHMARK(reproject_from_plane_ix);

} // namespace
} // namespace keyaki::geo
