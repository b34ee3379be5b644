#include "tiles/tile_cache.hpp"

#include "tests/tiles/tile_support.hpp"
#include "tiles/gzip.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

using namespace keyaki;

namespace {

/// Opens once; threads wait for it.
class Gate {
  public:
    void open() {
        const std::lock_guard lock(m_mutex);
        m_is_open = true;
        m_opened.notify_all();
    }
    void wait() {
        std::unique_lock lock(m_mutex);
        m_opened.wait(lock, [this] { return m_is_open; });
    }

  private:
    std::mutex m_mutex;
    std::condition_variable m_opened;
    bool m_is_open = false;
};

constexpr std::size_t large = std::size_t{64} << 20;

void wait_for_waits(const tiles::TileCache &cache, std::uint64_t waits) {
    while (cache.statistics().waits < waits) {
        std::this_thread::yield();
    }
}

} // namespace

TEST_CASE("a cached tile is the tile, its gzip and a tag of its content") {
    const auto tile = tiles::make_cached_tile("some bytes of a tile");
    CHECK(tile->raw == "some bytes of a tile");
    CHECK(tiles::gunzip(tile->gzip, 100) == tile->raw);
    CHECK(tile->etag_hex.size() == 32);
    CHECK(tile->etag_hex == tiles::make_cached_tile("some bytes of a tile")->etag_hex);
    CHECK(tile->etag_hex != tiles::make_cached_tile("some bytes of a tilf")->etag_hex);
    CHECK(tiles::make_cached_tile("")->gzip.empty());
    // sha256sum of nothing
    CHECK(tiles::make_cached_tile("")->etag_hex == "e3b0c44298fc1c149afbf4c8996fb924");
}

TEST_CASE("a tile is found without computing only once it is kept, and counts as used then") {
    tiles::TileCache cache(large);
    CHECK(cache.find("a@1/0/0/0") == nullptr);
    CHECK(cache.statistics().hits + cache.statistics().misses == 0);
    const auto tile = cache.get("a@1/0/0/0", [] { return std::string("tile"); });
    CHECK(cache.find("a@1/0/0/0") == tile);
    CHECK(cache.statistics().hits == 1);
}

TEST_CASE("a tile is computed once and then kept, an empty one too") {
    tiles::TileCache cache(large);
    int computed = 0;
    for (int round = 0; round < 5; ++round) {
        CHECK(cache.get("a@1/0/0/0", [&] { return ++computed, std::string("tile"); })->raw == "tile");
        CHECK(cache.get("a@1/1/0/0", [&] { return ++computed, std::string(); })->raw.empty());
    }
    CHECK(computed == 2);
    CHECK(cache.statistics().hits == 8);
    CHECK(cache.statistics().misses == 2);
    CHECK(cache.statistics().tiles == 2);
    CHECK(cache.peek("a@1/0/0/0")->raw == "tile");
    CHECK(cache.peek("a@2/0/0/0") == nullptr);
    CHECK(cache.statistics().hits == 8);
}

TEST_CASE("cached is as fresh") {
    const auto snapshot = test::snapshot_of(test::random_features(41, 500));
    tiles::TileCache cache(large);
    for (int round = 0; round < 2; ++round) {
        for (std::uint32_t x = 3634; x < 3639; ++x) {
            const geo::TileId address{12, x, 1610};
            const auto build = [&] { return test::tile_of(snapshot, address); };
            CHECK(cache.get("layer@1/12/" + std::to_string(x), build)->raw == build());
        }
    }
}

TEST_CASE("of many who ask at the same time one computes and the others wait") {
    tiles::TileCache cache(large);
    Gate gate;
    std::atomic<int> computed = 0;
    std::vector<std::thread> threads;
    std::vector<std::shared_ptr<const tiles::CachedTile>> results(8);
    std::array<std::atomic<int>, 3> sources{};
    for (auto &result : results) {
        threads.emplace_back([&] {
            tiles::TileSource source = tiles::TileSource::kept;
            result = cache.get(
                "key",
                [&] {
                    ++computed;
                    gate.wait();
                    return std::string("tile");
                },
                &source);
            ++sources.at(static_cast<std::size_t>(source));
        });
    }
    wait_for_waits(cache, 7);
    gate.open();
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(computed == 1);
    for (const auto &result : results) {
        CHECK(result == results[0]);
    }
    CHECK(cache.statistics().misses == 1);
    CHECK(sources.at(static_cast<std::size_t>(tiles::TileSource::computed)) == 1);
    CHECK(sources.at(static_cast<std::size_t>(tiles::TileSource::waited)) == 7);
    tiles::TileSource source = tiles::TileSource::computed;
    CHECK(cache.get(
              "key", [] { return std::string(); }, &source) == results[0]);
    CHECK(source == tiles::TileSource::kept);
}

TEST_CASE("an exception reaches all who wait and is forgotten") {
    tiles::TileCache cache(large);
    Gate gate;
    std::atomic<int> caught = 0;
    std::vector<std::thread> threads;
    for (int number = 0; number < 4; ++number) {
        threads.emplace_back([&] {
            try {
                (void)cache.get("key", [&]() -> std::string {
                    gate.wait();
                    throw std::runtime_error("no tile today");
                });
            } catch (const std::runtime_error &) {
                ++caught;
            }
        });
    }
    wait_for_waits(cache, 3);
    gate.open();
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(caught == 4);
    CHECK(cache.get("key", [] { return std::string("tile"); })->raw == "tile");
}

TEST_CASE("the bytes stay within the capacity, and the least recently used go first") {
    constexpr std::size_t capacity = 1 << 20;
    tiles::TileCache cache(capacity);
    const auto key = [](int number) { return "layer@1/" + std::to_string(number); };
    for (int number = 0; number < 2000; ++number) {
        (void)cache.get(key(number), [&] { return std::string(2000, static_cast<char>(number)); });
        (void)cache.get(key(0), [] { return std::string(2000, 'a'); }); // used all the time
        REQUIRE(cache.statistics().bytes <= capacity);
    }
    CHECK(cache.statistics().evictions > 1000);
    CHECK(cache.statistics().tiles > 100);
    CHECK(cache.peek(key(0)) != nullptr);
    CHECK(cache.peek(key(1)) == nullptr);
    CHECK(cache.peek(key(1999)) != nullptr);
}

TEST_CASE("a tile larger than the cache is served and not kept") {
    tiles::TileCache cache(1000);
    CHECK(cache.get("key", [] { return std::string(5000, 'x'); })->raw.size() == 5000);
    CHECK(cache.peek("key") == nullptr);
    CHECK(cache.statistics().bytes == 0);
}

TEST_CASE("many threads over few keys see the right tile every time") {
    tiles::TileCache cache(200'000);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (unsigned number = 0; number < 4; ++number) {
        threads.emplace_back([&, number] {
            for (unsigned round = 0; round < 3000; ++round) {
                const std::string key = std::to_string((round * (number + 3)) % 97);
                wrong += cache.get(key, [&] { return "tile " + key + std::string(3000, 'x'); })->raw.starts_with("tile " + key + "x") ? 0 : 1;
            }
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(wrong == 0);
    const auto statistics = cache.statistics();
    CHECK(statistics.hits + statistics.misses + statistics.waits == 12000);
}
