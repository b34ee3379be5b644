#include "server/flows/old_revisions.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace keyaki;
using server::OldRevisions;

namespace {

OldRevisions::Snapshot snapshot_of(const std::string &layer, std::uint64_t revision, int features = 1) {
    tiles::LayerSnapshot::Builder builder({layer, revision, 0, 14, layer, layer, ""});
    for (int number = 0; number < features; ++number) {
        builder.add({std::to_string(number), geo::Geometry::point({139.5 + number * 1e-5, 35.78}), {}});
    }
    return builder.finish();
}

constexpr std::size_t plenty = 1'000'000'000;

OldRevisions::Snapshot not_read() { throw std::logic_error("it was in memory"); }

} // namespace

TEST_CASE("an old revision is read once and then kept") {
    OldRevisions old(3, plenty);
    int reads = 0;
    const auto read = [&] {
        ++reads;
        return snapshot_of("roads", 3);
    };
    const auto first = old.get("roads", 3, read);
    CHECK(old.get("roads", 3, read) == first);
    CHECK(reads == 1);
    CHECK(old.get("paths", 3, [] { return snapshot_of("paths", 3); })->description().layer == "paths");
}

TEST_CASE("a revision that is not there is not kept, and asked for again") {
    OldRevisions old(3, plenty);
    CHECK(old.get("roads", 9, [] { return nullptr; }) == nullptr);
    CHECK(old.count() == 0);
    CHECK(old.get("roads", 9, [] { return snapshot_of("roads", 9); }) != nullptr);
}

TEST_CASE("the old revision that was unused longest makes room") {
    OldRevisions old(2, plenty);
    old.keep(snapshot_of("roads", 1));
    old.keep(snapshot_of("roads", 2));
    CHECK(old.get("roads", 1, not_read) != nullptr); // used: 2 goes first
    old.keep(snapshot_of("roads", 3));
    CHECK(old.get("roads", 1, not_read) != nullptr);
    CHECK_THROWS_AS(old.get("roads", 2, not_read), std::logic_error);
}

TEST_CASE("old revisions stay within their bytes, and shared parts count once") {
    const auto large = snapshot_of("roads", 1, 2000);
    OldRevisions old(64, large->memory_bytes() * 5 / 2);
    for (std::uint64_t revision = 1; revision <= 10; ++revision) {
        old.keep(snapshot_of("roads", revision, 2000));
        CHECK(old.memory_bytes() <= large->memory_bytes() * 5 / 2);
    }
    CHECK(old.count() == 2);

    OldRevisions sharing(64, large->memory_bytes() * 5 / 2);
    for (std::uint64_t revision = 1; revision <= 10; ++revision) {
        sharing.keep(large->with_description({"roads", revision, 0, 14, "", "", ""}));
    }
    CHECK(sharing.count() == 10);
}

TEST_CASE("an old revision larger than the limit is served, and alone") {
    OldRevisions old(64, 1);
    CHECK(old.get("roads", 1, [] { return snapshot_of("roads", 1, 100); }) != nullptr);
    CHECK(old.get("roads", 2, [] { return snapshot_of("roads", 2, 100); }) != nullptr);
    CHECK(old.count() == 1);
}

TEST_CASE("of a crowd that asks for the same old revision one reads it") {
    OldRevisions old(3, plenty);
    std::atomic<int> reads{0};
    std::vector<std::thread> crowd;
    std::atomic<int> got{0};
    for (int person = 0; person < 8; ++person) {
        crowd.emplace_back([&] {
            const auto snapshot = old.get("roads", 3, [&] {
                ++reads;
                return snapshot_of("roads", 3, 5000);
            });
            got += snapshot != nullptr ? 1 : 0;
        });
    }
    for (auto &person : crowd) {
        person.join();
    }
    CHECK(reads == 1);
    CHECK(got == 8);
}

TEST_CASE("a reading that fails fails at its caller, and the next one tries again") {
    OldRevisions old(3, plenty);
    CHECK_THROWS_AS(old.get("roads", 3, []() -> OldRevisions::Snapshot { throw std::runtime_error("the disk is gone"); }), std::runtime_error);
    CHECK(old.get("roads", 3, [] { return snapshot_of("roads", 3); }) != nullptr);
}

TEST_CASE("who asks for a revision in memory does not wait for another's reading") {
    OldRevisions old(3, plenty);
    old.keep(snapshot_of("roads", 1));
    std::mutex mutex;
    std::condition_variable changed;
    bool is_reading = false;
    bool may_end = false;
    std::thread reader([&] {
        (void)old.get("roads", 2, [&] {
            std::unique_lock lock(mutex);
            is_reading = true;
            changed.notify_all();
            changed.wait(lock, [&] { return may_end; });
            return snapshot_of("roads", 2);
        });
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return is_reading; });
    CHECK(old.get("roads", 1, not_read) != nullptr); // would hang here
    may_end = true;
    changed.notify_all();
    lock.unlock();
    reader.join();
}
