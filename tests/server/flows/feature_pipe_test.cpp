#include "server/flows/feature_pipe.hpp"

#include "geo/error.hpp"
#include "server/limits.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

using namespace keyaki;

namespace {

geo::Feature numbered(std::size_t number) { return {std::to_string(number), geo::Geometry::point({139, 35}), {}}; }

std::vector<std::string> kept_of(std::size_t count) {
    std::vector<std::string> kept;
    server::FeaturePipe pipe([&](geo::Feature &feature) { kept.push_back(feature.id); });
    for (std::size_t number = 0; number < count; ++number) {
        pipe.put(numbered(number));
    }
    pipe.finish();
    return kept;
}

} // namespace

TEST_CASE("every feature that is put into a pipe is kept once, in the order in which they were put") {
    constexpr std::size_t batch = server::features_per_batch;
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, batch - 1, batch, batch + 1, 2 * batch, 40 * batch + 7}) {
        std::vector<std::string> expected(count);
        std::generate(expected.begin(), expected.end(), [number = 0]() mutable { return std::to_string(number++); });
        CHECK(kept_of(count) == expected);
    }
}

TEST_CASE("what keeping a feature throws comes out where features are put, and ends the reading") {
    for (const std::size_t bad : {std::size_t{3}, server::features_per_batch + 3, 30 * server::features_per_batch}) {
        std::size_t kept = 0;
        server::FeaturePipe pipe([&](geo::Feature &) {
            if (kept == bad) {
                throw geo::Error(geo::ErrorKind::invalid_input, "this one not");
            }
            ++kept;
        });
        const auto read = [&](std::size_t count) {
            for (std::size_t number = 0; number < count; ++number) {
                pipe.put(numbered(number));
            }
            pipe.finish();
        };
        CHECK_THROWS_WITH(read(bad + 1), "this one not");
        CHECK(kept == bad);
    }
    // Somebody who goes on reading is told while he reads: a million more would be read for nothing.
    std::size_t put = 0;
    server::FeaturePipe pipe([](geo::Feature &) { throw geo::Error(geo::ErrorKind::invalid_input, "none at all"); });
    const auto read = [&] {
        for (; put < 1'000'000; ++put) {
            pipe.put(numbered(put));
        }
    };
    CHECK_THROWS_WITH(read(), "none at all");
    CHECK(put < (server::max_waiting_batches + 2) * server::features_per_batch);
}

TEST_CASE("a reading that fails leaves its pipe behind without waiting for anybody") {
    std::size_t kept = 0;
    {
        server::FeaturePipe pipe([&](geo::Feature &) { ++kept; });
        for (std::size_t number = 0; number < 3 * server::features_per_batch + 5; ++number) {
            pipe.put(numbered(number));
        }
    }
    CHECK(kept <= 3 * server::features_per_batch);
}
