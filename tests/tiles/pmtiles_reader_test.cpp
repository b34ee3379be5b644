#include "tiles/pmtiles_reader.hpp"

#include "geo/error.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tiles/pmtiles_support.hpp"
#include "tiles/gzip.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace keyaki;
using Catch::Contains;
using test::complaint_about;
using test::MadeArchive;
using tiles::PmtilesReader;

namespace {

/// An archive with three levels of leaves below the root, 5 to 8 at the deepest.
MadeArchive deep_archive(int levels) {
    MadeArchive archive({});
    tiles::PmtilesEntry top = archive.add_leaf({{5, 0, 10, 2}, {7, 10, 10, 1}, {8, 20, 5, 1}});
    for (int level = 1; level < levels; ++level) {
        top = archive.add_leaf({top});
    }
    archive.root = tiles::encode(std::vector{top});
    return archive;
}

} // namespace

TEST_CASE("PMTiles: the collection's archives, good and broken, give what is in them or one sentence") {
    KEYAKI_SHARED_DATA_OR_SKIP(folder, "pmtiles");
    const auto tile_count = [&](const char *name) {
        const PmtilesReader reader(folder / name);
        CHECK(nlohmann::json::parse(reader.metadata()).is_object());
        return test::all_tiles(reader).size();
    };
    CHECK(tile_count("box1degree.pmtiles") == 1);
    CHECK(tile_count("js-test/test_fixture_1.pmtiles") == 1);
    CHECK(tile_count("js-test/test_fixture_2.pmtiles") == 1);
    CHECK(tile_count("go-pmtiles/test_fixture_1.pmtiles") == 1);
    CHECK(tile_count("go-pmtiles/unclustered.pmtiles") == 2);
    CHECK_FALSE(PmtilesReader(folder / "go-pmtiles/unclustered.pmtiles").header().is_clustered);
    CHECK_THROWS_WITH(PmtilesReader(folder / "js-test/empty.pmtiles"), Contains("empty file"));
    CHECK_THROWS_WITH(PmtilesReader(folder / "js-test/invalid.pmtiles"), Contains("do not begin as one"));
    CHECK_THROWS_WITH(PmtilesReader(folder / "js-test/invalid_v4.pmtiles"), Contains("version 4"));
    // MapLibre tiles: a tile type that the specification's version does not have.
    CHECK_THROWS_WITH(PmtilesReader(folder / "js-test/test_fixture_mlt.pmtiles"), Contains("expected a tile type of 0 to 5, found 6"));
}

TEST_CASE("PMTiles: a tile of another program's archive is a vector tile without findings") {
    KEYAKI_SHARED_DATA_OR_SKIP(path, "pmtiles/js-test/test_fixture_1.pmtiles");
    const PmtilesReader reader(path);
    const auto tile = tiles::read_mvt(tiles::gunzip(*reader.find({0, 0, 0})));
    CHECK(tile.layers.size() == 1);
    CHECK(tile.findings.empty());
    CHECK_FALSE(reader.find({1, 0, 0}).has_value());
    CHECK(reader.header().bounds.north_deg == 1);
}

TEST_CASE("PMTiles: leaf directories are followed three deep and no deeper") {
    for (int levels = 1; levels <= 3; ++levels) {
        const PmtilesReader reader = deep_archive(levels).open();
        for (int again = 0; again < 2; ++again) { // the second time from what is kept
            CHECK(reader.find(*geo::tile_of_hilbert_id(6))->size() == 10);
            CHECK(reader.find(*geo::tile_of_hilbert_id(8))->size() == 5);
            CHECK_FALSE(reader.find(*geo::tile_of_hilbert_id(4)).has_value());
            CHECK_FALSE(reader.find(*geo::tile_of_hilbert_id(9)).has_value());
        }
        CHECK(test::all_tiles(reader).size() == 4);
    }
    const PmtilesReader reader = deep_archive(4).open();
    CHECK_THROWS_WITH(reader.find(*geo::tile_of_hilbert_id(6)), Contains("more than 3 below the root"));
    CHECK_THROWS_WITH(test::all_tiles(reader), Contains("more than 3 below the root"));
}

TEST_CASE("PMTiles: a directory that names itself, one that is named twice and ones that overlap are refused") {
    MadeArchive archive({});
    tiles::PmtilesEntry itself = archive.add_leaf({{5, 0, 10, 1}});
    itself.length = 5;
    archive.leaves = tiles::encode(std::vector{tiles::PmtilesEntry{5, 0, 5, 0}});
    archive.root = tiles::encode(std::vector{itself});
    CHECK_THROWS_AS(archive.open().find(*geo::tile_of_hilbert_id(6)), geo::Error);
    CHECK_THAT(complaint_about(archive.bytes()), Contains("each leaf directory once"));

    archive.leaves = tiles::encode(std::vector{tiles::PmtilesEntry{5, 0, 10, 1}});
    const auto length = static_cast<std::uint32_t>(archive.leaves.size());
    archive.root = tiles::encode(std::vector<tiles::PmtilesEntry>{{5, 0, length, 0}, {6, 0, length, 0}});
    CHECK(archive.open().find(*geo::tile_of_hilbert_id(5)).has_value());
    CHECK_THROWS_WITH(archive.open().find(*geo::tile_of_hilbert_id(6)), Contains("entry 0"));
    CHECK_THAT(complaint_about(archive.bytes()), Contains("each leaf directory once"));

    archive.leaves += archive.leaves;
    archive.root = tiles::encode(std::vector<tiles::PmtilesEntry>{{5, 0, length, 0}, {6, length - 1U, length, 0}});
    CHECK_THAT(complaint_about(archive.bytes()), Contains("over another one"));
}

TEST_CASE("PMTiles: entries that cannot be true are refused with their place") {
    const auto complaint = [](const tiles::PmtilesDirectory &entries) { return complaint_about(MadeArchive(entries).bytes()); };
    CHECK(complaint({{0, 0, 10, 1}, {1, 10, 10, 4}, {5, 0, 1000, 1}}) == "");
    CHECK_THAT(complaint({}), Contains("root directory") && Contains("count of 0"));
    CHECK_THAT(complaint({{0, 0, 10, 2}, {1, 10, 10, 1}}), Contains("entry 0: expected a run of tiles that ends before the next id, 1"));
    CHECK_THAT(complaint({{3, 0, 10, 1}, {3, 10, 10, 1}}), Contains("entry 1: expected an id that is larger"));
    CHECK_THAT(complaint({{3, 0, 10, 1}, {2, 10, 10, 1}}), Contains("entry 1: expected an id that is larger"));
    CHECK_THAT(complaint({{std::uint64_t{1} << 60, 0, 10, 1}}), Contains("entry 0: expected an id"));
    CHECK_THAT(complaint({{geo::first_hilbert_id(25) - 1, 0, 10, 2}}), Contains("entry 0: expected a run"));
    CHECK_THAT(complaint({{0, 0, 0, 1}}), Contains("entry 0: expected a length"));
    CHECK_THAT(complaint({{0, 0, 1001, 1}}), Contains("within the 1000 of the tile data, found 1001 bytes at 0"));
    CHECK_THAT(complaint({{0, 1000, 1, 1}}), Contains("within the 1000 of the tile data"));
    CHECK_THAT(complaint({{0, std::uint64_t{0} - 3, 1, 1}}), Contains("within the 1000 of the tile data"));
    CHECK_THAT(complaint({{0, 0, 1, 0}}), Contains("within the 0 of the leaf directories"));
}

TEST_CASE("PMTiles: counts that the bytes cannot hold, numbers without an end and leftovers are refused") {
    const auto complaint = [](const std::string &root) {
        MadeArchive archive({});
        archive.root = root;
        return complaint_about(archive.bytes());
    };
    CHECK_THAT(complaint("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"), Contains("expected 1 to 1000000 entries"));
    CHECK_THAT(complaint(std::string("\x02\x01\x01\x01\x01\x01\x01\x01", 8)), Contains("a count of 2 before 7 bytes"));
    CHECK_THAT(complaint("\x01\x01\x01\x01\x01\x01"), Contains("1 bytes behind them"));
    CHECK_THAT(complaint(std::string(16, '\xFF')), Contains("more than 64 bits"));
    CHECK_THAT(complaint(std::string("\x01\x01\x01\x01\x00", 5)), Contains("\"behind the entry before\" in the first one"));
}

TEST_CASE("PMTiles: a header that cannot be true is refused") {
    const auto complaint = [](const auto &change) {
        MadeArchive archive({{0, 0, 10, 1}});
        std::string bytes = archive.bytes();
        change(bytes);
        return complaint_about(bytes);
    };
    const auto put = [](std::size_t at, std::string_view value) { return [=](std::string &bytes) { bytes.replace(at, value.size(), value); }; };
    CHECK(complaint([](std::string &) {}) == "");
    CHECK_THAT(complaint(put(0, "PMTilez")), Contains("do not begin as one"));
    CHECK_THAT(complaint(put(7, "\x02")), Contains("found version 2"));
    for (const std::size_t at : {8U, 16U, 24U, 32U, 40U, 48U, 56U, 64U}) {
        CHECK_THAT(complaint(put(at, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")), Contains("within the archive's"));
    }
    CHECK_THAT(complaint(put(16, std::string_view("\0", 1))), Contains("expected a root directory of 1 to 16257 bytes, found 0"));
    CHECK_THAT(complaint(put(97, "\x03")), Contains("found brotli"));
    CHECK_THAT(complaint(put(97, "\x05")), Contains("expected a compression of 0 to 4, found 5"));
    CHECK_THAT(complaint(put(99, "\x09")), Contains("expected a tile type of 0 to 5, found 9"));
    CHECK_THAT(complaint(put(100, "\x0F")), Contains("found 15 to 14"));
    CHECK_THAT(complaint(put(101, "\x19")), Contains("found 0 to 25"));
    CHECK_THAT(complaint(put(105, "\x7F")), Contains("expected bounds on earth"));
    CHECK_THAT(complaint(put(97, "\x02")), Contains("root directory: expected one whole gzip member"));
}

TEST_CASE("PMTiles: a directory that unpacks to more than is taken is refused before it takes the memory") {
    MadeArchive archive({});
    archive.header.internal_compression = tiles::PmtilesCompression::gzip;
    archive.root = tiles::gzip(std::string(tiles::max_directory_bytes + 1, '\x01'), 9);
    REQUIRE(archive.root.size() < 20'000);
    archive.root.resize(std::min<std::size_t>(archive.root.size(), tiles::pmtiles_head_bytes - tiles::pmtiles_header_bytes));
    CHECK_FALSE(complaint_about(archive.bytes()).empty());
    archive = MadeArchive({});
    archive.header.internal_compression = tiles::PmtilesCompression::gzip;
    archive.leaves = tiles::gzip(std::string(tiles::max_directory_bytes + 1, '\x01'), 9);
    archive.root = tiles::gzip(tiles::encode(std::vector{tiles::PmtilesEntry{0, 0, static_cast<std::uint32_t>(archive.leaves.size()), 0}}));
    CHECK_THROWS_WITH(archive.open().find({0, 0, 0}), Contains("leaf directory at 0") && Contains("at most 16777216"));
}

TEST_CASE("PMTiles: every prefix of an archive and every changed byte is read or refused") {
    MadeArchive archive = deep_archive(2);
    archive.tile_data.resize(40);
    const std::string whole = archive.bytes();
    REQUIRE(complaint_about(whole) == "");
    for (std::size_t length = 1; length < whole.size(); ++length) {
        CHECK(complaint_about(whole.substr(0, length)) != "");
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string changed = whole;
            changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
            (void)complaint_about(changed); // says something or nothing; it comes back
        }
    }
}

TEST_CASE("PMTiles: many threads read one archive") {
    MadeArchive archive({});
    tiles::PmtilesDirectory root;
    for (std::uint64_t leaf = 0; leaf < 50; ++leaf) {
        root.push_back(archive.add_leaf({{leaf * 10, leaf, 1, 1}, {leaf * 10 + 5, leaf, 2, 3}}));
    }
    archive.root = tiles::encode(root);
    const PmtilesReader reader = archive.open();
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            for (std::uint64_t step = 0; step < 2'000; ++step) {
                const std::uint64_t leaf = (step * 7 + thread) % 50;
                const auto found = reader.find(*geo::tile_of_hilbert_id(leaf * 10 + 6));
                wrong += found && found->size() == 2 ? 0 : 1;
            }
        });
    }
    threads.clear();
    CHECK(wrong == 0);
}

TEST_CASE("PMTiles: an archive that is replaced by a rename is read as it was opened") {
    const test::TemporaryFolder folder;
    MadeArchive archive({{0, 0, 10, 1}});
    const auto path = folder.write("a.pmtiles", archive.bytes());
    const PmtilesReader reader(path);
    archive.tile_data = std::string(1'000, 'n');
    std::filesystem::rename(folder.write("b.pmtiles", archive.bytes()), path);
    CHECK(*reader.find({0, 0, 0}) == "tttttttttt");
    CHECK(*PmtilesReader(path).find({0, 0, 0}) == "nnnnnnnnnn");
}

TEST_CASE("PMTiles: an archive that is cut off or written over while it is open is an error, and the process lives") {
    const test::TemporaryFolder folder;
    MadeArchive archive({{0, 900'000, 10, 1}});
    archive.tile_data = std::string(1'000'000, 't');
    const auto path = folder.write("a.pmtiles", archive.bytes());
    const PmtilesReader reader(path);
    CHECK(reader.find({0, 0, 0}).has_value());
    std::filesystem::resize_file(path, 4'096);
    CHECK_THROWS_WITH(reader.find({0, 0, 0}), Contains("was changed while it was open"));

    const auto other = folder.write("b.pmtiles", archive.bytes());
    const PmtilesReader other_reader(other);
    std::filesystem::last_write_time(other, std::filesystem::last_write_time(other) - std::chrono::hours(1));
    CHECK_THROWS_WITH(other_reader.find({0, 0, 0}), Contains("was changed while it was open"));
}

TEST_CASE("PMTiles: folders, pipes and files that are not there are one sentence") {
    const test::TemporaryFolder folder;
    CHECK_THROWS_WITH(PmtilesReader(folder / "none.pmtiles"), Contains("none.pmtiles: No such file"));
    CHECK_THROWS_WITH(PmtilesReader(folder.path()), Contains("expected a file"));
    CHECK_THROWS_WITH(PmtilesReader(std::filesystem::path("/dev/zero")), Contains("expected a file"));
}
