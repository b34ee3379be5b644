#include "tiles/tile_records.hpp"

#include "geo/error.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <tuple>
#include <vector>

using namespace keyaki;
using namespace keyaki::tiles;

namespace {

struct Kept {
    TileRecordKey key;
    bool has_direction = false;
    std::string fields;
    std::string geometry;

    friend bool operator==(const Kept &, const Kept &) = default;
};

std::vector<Kept> random_records(std::size_t count) {
    std::mt19937_64 random(3);
    std::vector<Kept> records;
    for (std::size_t index = 0; index < count; ++index) {
        const auto rank = static_cast<std::int32_t>(random() % 7) - 3;
        records.push_back({{random() % 500, static_cast<std::uint8_t>(random() % 5), rank, index},
                           random() % 2 == 0,
                           std::string(random() % 9, 'f'),
                           std::string(1 + random() % 300, static_cast<char>('a' + random() % 26))});
    }
    return records;
}

std::vector<Kept> sorted_by(TileRecordSorter &sorter) {
    std::vector<Kept> read;
    auto reading = sorter.read();
    for (const TileRecord *record = reading.next(); record != nullptr; record = reading.next()) {
        read.push_back({record->key, record->has_direction, std::string(record->fields), std::string(record->geometry)});
    }
    return read;
}

void add(TileRecordSorter &sorter, const Kept &kept, unsigned thread) {
    sorter.add({kept.key, MvtGeometryType::line_string, kept.has_direction, kept.fields, kept.geometry}, thread);
}

} // namespace

TEST_CASE("records come back in order and whole, from memory and from disk, added by any thread") {
    const test::TemporaryFolder folder;
    std::vector<Kept> records = random_records(20'000);
    std::vector<Kept> expected = records;
    std::sort(expected.begin(), expected.end(), [](const Kept &a, const Kept &b) { return a.key < b.key; });
    for (const std::size_t memory_bytes : {std::size_t{1} << 30, std::size_t{1} << 18, std::size_t{3'000}}) { // the last: a run for two records
        TileRecordSorter sorter(folder.path() / "out", 3, memory_bytes);
        for (std::size_t index = 0; index < records.size(); ++index) {
            add(sorter, records[index], static_cast<unsigned>(index % 3));
        }
        CHECK(sorted_by(sorter) == expected);
        CHECK(std::filesystem::is_empty(folder.path())); // what is on disk has no name
    }
}

TEST_CASE("records of one key come in one order, from memory as from disk, however they were added") {
    const test::TemporaryFolder folder;
    std::vector<Kept> records = random_records(3'000);
    for (Kept &kept : records) {
        kept.key.id = kept.key.tile % 3;
        kept.key.tile = 1;
    }
    std::vector<Kept> first;
    std::mt19937_64 random(5);
    for (const std::size_t memory_bytes : {std::size_t{1} << 30, std::size_t{1} << 16, std::size_t{5'000}}) {
        std::shuffle(records.begin(), records.end(), random);
        TileRecordSorter sorter(folder.path() / "out", 2, memory_bytes);
        for (std::size_t index = 0; index < records.size(); ++index) {
            add(sorter, records[index], static_cast<unsigned>(index % 2));
        }
        const std::vector<Kept> read = sorted_by(sorter);
        first = first.empty() ? read : first;
        CHECK(read.size() == records.size());
        CHECK(read == first);
    }
}

TEST_CASE("a record larger than any buffer comes back whole from disk") {
    const test::TemporaryFolder folder;
    TileRecordSorter sorter(folder.path() / "out", 1, 2'000);
    const Kept large{{7, 0, 0, 0}, false, "f", std::string(1'000'000, 'g')};
    for (std::uint64_t tile = 0; tile < 300; ++tile) {
        add(sorter, tile == 7 ? large : Kept{{tile, 0, 0, 0}, false, "f", "g"}, 0);
    }
    const std::vector<Kept> read = sorted_by(sorter);
    REQUIRE(read.size() == 300);
    CHECK(read[7] == large);
    CHECK(read[299].key.tile == 299);
}

TEST_CASE("no records are no trouble") {
    const test::TemporaryFolder folder;
    TileRecordSorter sorter(folder.path() / "out", 1, 1000);
    CHECK(sorted_by(sorter).empty());
}

TEST_CASE("a disk that is full while records are sorted is told") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(std::size_t{1} << 20);
    TileRecordSorter sorter(disk.path() / "out", 1, std::size_t{1} << 18);
    const auto fill = [&] {
        for (const Kept &kept : random_records(20'000)) {
            add(sorter, kept, 0);
        }
    };
    CHECK_THROWS_WITH(fill(), Catch::Contains("No space left on device"));
}
