#include "tiles/layer_snapshot.hpp"

#include "geo/geodesic.hpp"
#include "geo/presence.hpp"
#include "tests/tiles/tile_support.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <thread>

using namespace keyaki;
using namespace std::chrono_literals;
using test::snapshot_of;

namespace {

constexpr geo::LonLat station{139.5194, 35.7747};

geo::Feature spot(const std::string &id, geo::LonLat at, double radius_m) {
    geo::Feature feature{id, geo::Geometry::point(at), {}};
    feature.properties.set("radius_m", radius_m);
    return feature;
}

/// Circles of some tens of metres within 500 m of the station.
std::vector<geo::Feature> spots(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> turn(0, 360);
    std::uniform_real_distribution<double> away_m(0, 500);
    std::vector<geo::Feature> features;
    for (std::size_t i = 0; i < count; ++i) {
        const geo::LonLat at = geo::rounded_e7(geo::destination(station, turn(random), away_m(random)));
        features.push_back(spot("spot-" + std::to_string(i), at, 20 + away_m(random) / 5));
    }
    return features;
}

std::map<std::string, double> found_at(const tiles::LayerSnapshot &snapshot, geo::LonLat position, double sigma_m = 20) {
    REQUIRE(snapshot.prepare_fences(10s));
    std::vector<tiles::LayerSnapshot::FenceHit> hits;
    snapshot.find_fences(position, sigma_m, 0.02, hits);
    std::map<std::string, double> found;
    for (const auto &hit : hits) {
        found.emplace(hit.feature.id(), hit.probability);
    }
    REQUIRE(found.size() == hits.size());
    return found;
}

} // namespace

TEST_CASE("a snapshot finds the fences of its features with the probability that check-ins give them") {
    const auto features = spots(1, 200);
    const auto snapshot = snapshot_of(features);
    CHECK_FALSE(snapshot->fences_are_ready());
    const auto found = found_at(*snapshot, station);
    CHECK(snapshot->fences_are_ready());
    CHECK(snapshot->fence_summary().fences == 200);
    std::size_t expected = 0;
    for (const geo::Feature &feature : features) {
        const double exact = geo::inside_probability(geo::Fence::of_feature(feature).value(), station, 20);
        if (exact >= 0.0201) {
            ++expected;
            CHECK(found.at(feature.id) == Approx(exact).margin(1e-5));
        }
    }
    CHECK(expected > 5);
    CHECK(found.size() <= expected + 1);
}

TEST_CASE("features without an area are no fences, and those whose area cannot be one are counted with the reason") {
    auto features = spots(2, 3);
    features.push_back({"bare", geo::Geometry::point(station), {}});
    features.push_back(spot("nothing", station, 0));
    const auto snapshot = snapshot_of(features);
    const auto found = found_at(*snapshot, station);
    CHECK_FALSE(found.contains("bare"));
    CHECK_FALSE(found.contains("nothing"));
    const auto summary = snapshot->fence_summary();
    CHECK(summary.fences == 3);
    CHECK(summary.refused == 1);
    CHECK(summary.first_refusal.find("feature nothing: the radius of a fence must be 1 to 50000 m, found 0") == 0);
}

TEST_CASE("after a publish the fences are those of a snapshot built from scratch, and what did not change is not worked out again") {
    auto features = spots(3, 300);
    const auto before = snapshot_of(features);
    REQUIRE(before->prepare_fences(10s));
    const std::vector<std::string> removed{"spot-7"};
    const geo::Feature moved = spot("spot-3", station, 50);
    const auto after = before->with_changes(before->description(), removed, {moved, spot("new", station, 30)});
    CHECK(before->parts().front().part == after->parts().front().part);
    CHECK(after->parts().front().part->ready_fences() != nullptr);
    CHECK_FALSE(after->fences_are_ready()); // the small part of what changed

    features[3] = moved;
    features.erase(features.begin() + 7);
    features.push_back(spot("new", station, 30));
    const auto found = found_at(*after, station);
    CHECK(found == found_at(*snapshot_of(features), station));
    CHECK(found.contains("new"));
    CHECK(found.contains("spot-3"));
    CHECK_FALSE(found.contains("spot-7"));
    CHECK(found_at(*before, station).contains("new") == false);
}

TEST_CASE("an empty snapshot is in no fence") {
    const auto snapshot = snapshot_of({});
    CHECK(snapshot->fences_are_ready());
    CHECK(found_at(*snapshot, station).empty());
}

TEST_CASE("who asks while another thread works out the fences waits for them, and all get the same ones") {
    const auto snapshot = snapshot_of(spots(4, 2'000));
    std::vector<const tiles::PartFences *> got(4, nullptr);
    {
        std::vector<std::jthread> threads;
        for (auto &mine : got) {
            threads.emplace_back([&mine, &snapshot] { mine = snapshot->parts().front().part->fences(60s); });
        }
    }
    CHECK(got.front() != nullptr);
    CHECK(std::all_of(got.begin(), got.end(), [&](const tiles::PartFences *fences) { return fences == got.front(); }));
    CHECK(snapshot->memory_bytes() > got.front()->memory_bytes());
}
