#include "tests/data/data_fixture.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>

// Timings are printed, never asserted: machines differ. Those tagged [.measure] take longer and run only when asked for.

using namespace keyaki;
using namespace keyaki::test;
using data::Store;

namespace {

class Stopwatch {
  public:
    [[nodiscard]] double lap_ms() {
        const auto now = std::chrono::steady_clock::now();
        const std::chrono::duration<double, std::milli> took = now - m_begin;
        m_begin = now;
        return took.count();
    }

  private:
    std::chrono::steady_clock::time_point m_begin = std::chrono::steady_clock::now();
};

/// Spread over a city in no order, as OSM is.
geo::LonLat place(int number) {
    return {139.4 + std::fmod(number * 0.618033988749895, 1) * 0.3, 35.6 + std::fmod(number * 0.754877666246693, 1) * 0.3};
}

geo::Feature building(int number) {
    const geo::LonLat centre = place(number);
    std::vector<geo::LonLat> ring;
    for (int corner = 0; corner < 8; ++corner) {
        const double angle = corner * 0.785398163397448;
        ring.push_back({centre.lon_deg + 0.0001 * std::cos(angle), centre.lat_deg + 0.0001 * std::sin(angle)});
    }
    ring.push_back(ring.front());
    geo::Feature feature;
    feature.id = "way/" + std::to_string(100'000'000 + number);
    feature.geometry = geo::Geometry::polygon({ring});
    feature.properties.append("building", std::string("house"));
    feature.properties.append("addr:housenumber", std::to_string(number % 40));
    feature.properties.append("building:levels", std::int64_t{number % 5});
    return feature;
}

geo::Feature spot(int number) {
    const geo::LonLat position = place(number);
    geo::Feature feature = point_feature("node/" + std::to_string(number), position.lon_deg, position.lat_deg, number % 1000);
    feature.properties.append("amenity", std::string("bench"));
    return feature;
}

template <typename Make>
void import_many(Store &store, int count, Make &&make, const char *what) {
    Stopwatch stopwatch;
    auto writer = store.write_draft("shelters", Store::DraftMode::replace, "staff:hanako");
    for (int number = 0; number < count; ++number) {
        writer->put(make(number));
    }
    const double put_ms = stopwatch.lap_ms();
    const data::DraftChanges changes = writer->commit();
    const double commit_ms = stopwatch.lap_ms();
    store.write([](data::WriteTransaction &transaction) { transaction.publish("shelters", "staff:hanako", "all", true, some_time_us); });
    std::printf("%s: %d features: put %.0f ms, commit %.0f ms, publish %.1f ms\n", what, count, put_ms, commit_ms, stopwatch.lap_ms());
    CHECK(changes.added == static_cast<std::uint64_t>(count));
}

void edit_one(StoreFixture &fixture, const geo::Feature &feature) {
    Stopwatch stopwatch;
    const auto changes = fixture.import({feature}, Store::DraftMode::merge);
    const double import_ms = stopwatch.lap_ms();
    fixture.publish();
    const double publish_ms = stopwatch.lap_ms();
    int count = 0;
    const std::uint64_t revision = fixture.store().find_layer("shelters")->revision;
    fixture.store().read_changes("shelters", revision - 1, revision, [&count](data::Change &&) { ++count; });
    std::printf("one changed feature: import %.2f ms, publish %.2f ms, read_changes %.2f ms\n", import_ms, publish_ms, stopwatch.lap_ms());
    CHECK(changes.changed == 1);
    CHECK(count == 1);
}

} // namespace

TEST_CASE("a hundred thousand points are imported and published") {
    StoreFixture fixture;
    import_many(fixture.store(), 100'000, spot, "points");
    Stopwatch stopwatch;
    CHECK(published(fixture.store()).size() == 100'000);
    std::printf("read back: %.0f ms\n", stopwatch.lap_ms());
    CHECK(fixture.store().check().empty());
    std::printf("checked: %.0f ms\n", stopwatch.lap_ms());
}

TEST_CASE("timing of a hundred thousand polygons, again and changed", "[.measure]") {
    StoreFixture fixture;
    import_many(fixture.store(), 100'000, building, "polygons");
    Stopwatch stopwatch;
    int count = 0;
    fixture.store().read_features("shelters", {}, [&count](geo::Feature &&) { ++count; });
    std::printf("read back: %.0f ms\n", stopwatch.lap_ms());
    auto writer = fixture.store().write_draft("shelters", Store::DraftMode::replace, "staff:hanako");
    for (int number = 0; number < 100'000; ++number) {
        writer->put(building(number));
    }
    CHECK(writer->commit().unchanged == 100'000);
    std::printf("the same again: %.0f ms\n", stopwatch.lap_ms());
    writer = fixture.store().write_draft("shelters", Store::DraftMode::replace, "staff:hanako");
    for (int number = 0; number < 100'000; ++number) {
        geo::Feature feature = building(number);
        feature.properties.append("checked", true);
        writer->put(std::move(feature));
    }
    CHECK(writer->commit().changed == 100'000);
    std::printf("all changed: %.0f ms\n", stopwatch.lap_ms());
    fixture.publish();
    std::printf("all changed, publish: %.0f ms\n", stopwatch.lap_ms());
    fixture.rollback(1);
    std::printf("all changed, rollback: %.0f ms\n", stopwatch.lap_ms());
    CHECK(fixture.store().check().empty());
}

TEST_CASE("timing of one feature in a layer of a million", "[.measure]") {
    StoreFixture fixture;
    import_many(fixture.store(), 1'000'000, building, "polygons");
    for (int round = 0; round < 5; ++round) {
        geo::Feature feature = building(500'000 + round);
        feature.properties.append("round", std::int64_t{round});
        edit_one(fixture, feature);
    }
}

TEST_CASE("timing of writes by many threads", "[.measure]") {
    for (const int threads : {1, 4, 16}) {
        StoreFixture fixture;
        std::atomic<int> sequence = 0;
        const auto statistics_before = fixture.store().writer_statistics();
        Stopwatch stopwatch;
        std::vector<std::thread> writers;
        for (int thread = 0; thread < threads; ++thread) {
            writers.emplace_back([&] {
                for (int round = 0; round < 1000; ++round) {
                    fixture.store().write([&](data::WriteTransaction &transaction) {
                        transaction.insert_audit({some_time_us, "staff:hanako", "test", "subject " + std::to_string(++sequence), "{}"});
                    });
                }
            });
        }
        for (std::thread &writer : writers) {
            writer.join();
        }
        const double took_s = stopwatch.lap_ms() / 1000;
        const auto statistics = fixture.store().writer_statistics();
        const auto commits = statistics.commits - statistics_before.commits;
        std::printf("%d threads: %.0f writes/s, %.1f writes per commit, commit %.2f ms\n", threads, threads * 1000 / took_s,
                    threads * 1000.0 / static_cast<double>(commits), statistics.commit_seconds.sum() * 1000 / static_cast<double>(commits));
    }
}
