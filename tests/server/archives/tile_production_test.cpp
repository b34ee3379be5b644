#include "server/flows/tile_production.hpp"

#include "geo/error.hpp"
#include "server/limits.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tiles/gzip.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

using namespace keyaki;
using Catch::Contains;
using server::ArchiveFile;
using server::TileProduction;
using test::TemporaryFolder;

namespace {

tiles::ArchiveDescription about() {
    tiles::ArchiveDescription description;
    description.name = "city";
    description.bounds = {139, 35, 140, 36};
    return description;
}

const server::TileProgress silent = [](std::uint64_t, std::uint64_t, std::string_view) {};

/// Every third tile has nothing; those of a kind are equal; some take much longer than others.
TileProduction production(std::size_t count) {
    return {count, [](std::size_t index) { return *geo::tile_of_hilbert_id(index * 2); },
            [](unsigned, std::size_t index) {
                for (std::size_t turn = 0; turn < index % 7; ++turn) {
                    std::this_thread::yield();
                }
                return index % 3 == 0 ? std::string() : "tile " + std::to_string(index % 5 == 0 ? 0 : index) + std::string(index % 1'000, '.');
            }};
}

tiles::ArchiveOutcome write(const std::filesystem::path &path, const TileProduction &made, unsigned threads,
                            ArchiveFile::Existing existing = ArchiveFile::Existing::refuse) {
    ArchiveFile archive(path, about(), existing);
    server::fill_archive(archive, made, threads, silent);
    return archive.finish();
}

std::size_t files_in(const std::filesystem::path &folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

} // namespace

TEST_CASE("an archive has the same bytes with any number of threads, and only the tiles that hold something") {
    const TemporaryFolder folder;
    for (const std::string ending : {".pmtiles", ".mbtiles"}) {
        const auto outcome = write(folder / ("one" + ending), production(20'000), 1);
        CHECK(outcome.tiles == 20'000 - 20'000 / 3 - 1);
        CHECK(outcome.contents < outcome.tiles);
        const std::string one = test::bytes_of(folder / ("one" + ending));
        CHECK(outcome.bytes == one.size());
        for (const unsigned threads : {2U, 7U}) {
            const std::string name = std::to_string(threads) + ending;
            write(folder / name, production(20'000), threads);
            CHECK(test::bytes_of(folder / name) == one);
        }
    }
    const tiles::PmtilesReader reader(folder / "one.pmtiles");
    CHECK(tiles::gunzip(*reader.find(*geo::tile_of_hilbert_id(8))) == "tile 4....");
    CHECK_FALSE(reader.find(*geo::tile_of_hilbert_id(6)).has_value());
}

TEST_CASE("what drawing, the progress or an archive throws comes out, and nothing is left under the name or beside it") {
    const TemporaryFolder folder;
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        TileProduction failing = production(5'000);
        failing.draw = [](unsigned, std::size_t index) -> std::string {
            return index == 3'000 ? throw std::runtime_error("the street has no name") : std::string(100, 'x');
        };
        CHECK_THROWS_WITH(write(folder / name, failing, 4), "the street has no name");
        const auto interrupted = [&] {
            ArchiveFile archive(folder / name, about(), ArchiveFile::Existing::refuse);
            server::fill_archive(archive, production(50'000), 3, [](std::uint64_t done, std::uint64_t, std::string_view) {
                if (done == 100) {
                    throw geo::Error(geo::ErrorKind::unavailable, "interrupted");
                }
            });
        };
        CHECK_THROWS_WITH(interrupted(), "interrupted");
        CHECK_THROWS_WITH(write(folder / name, production(1), 2), Contains("at least one tile"));
        TileProduction backwards = production(100);
        backwards.address = [](std::size_t index) { return *geo::tile_of_hilbert_id(100 - index); };
        if (name == "a.pmtiles") {
            CHECK_THROWS_WITH(write(folder / name, backwards, 2), Contains("in the order of Hilbert's curve"));
        }
    }
    CHECK(files_in(folder.path()) == 0);
}

TEST_CASE("a full disk leaves nothing under the name and says which file") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(3'000'000);
    TileProduction large = production(3'000);
    large.draw = [](unsigned, std::size_t index) {
        std::mt19937_64 random(index);
        std::string noise(2'000, '\0');
        std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(random()); });
        return noise;
    };
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        CHECK_THROWS_WITH(write(disk.path() / name, large, 2), Contains(name) && (Contains("No space left") || Contains("full")));
    }
    CHECK(files_in(disk.path()) == 0);
}

TEST_CASE("an archive that is there is refused, or replaced when it is whole; another ending is refused") {
    const TemporaryFolder folder;
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        const auto path = folder.write(name, "precious");
        CHECK_THROWS_WITH(write(path, production(10), 1), Contains("is there already"));
        CHECK_THROWS_AS(write(path, production(1), 1, ArchiveFile::Existing::replace), geo::Error);
        CHECK(test::bytes_of(path) == "precious");
        write(path, production(10), 1, ArchiveFile::Existing::replace);
        CHECK(test::bytes_of(path).size() > 100);
    }
    CHECK_THROWS_WITH(write(folder / "a.zip", production(10), 1), Contains("ends in .pmtiles or .mbtiles"));
    std::filesystem::create_directory(folder / "b.pmtiles");
    CHECK_THROWS_WITH(write(folder / "b.pmtiles", production(10), 1, ArchiveFile::Existing::replace), Contains("is there already"));
    CHECK(files_in(folder.path()) == 3);
}

TEST_CASE("a tile that takes long lets only so many after it be finished, and they wait in their order") {
    const TemporaryFolder folder;
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t drawn = 0;
    std::size_t most = 0;
    bool is_first_done = false;
    TileProduction uneven = production(3 * server::waiting_tiles_max);
    uneven.draw = [&](unsigned, std::size_t index) {
        std::unique_lock lock(mutex);
        if (index == 0) { // ends when all that may be drawn meanwhile are drawn
            changed.wait(lock, [&] { return drawn == server::waiting_tiles_max - 1; });
            is_first_done = true;
        } else {
            ++drawn;
            most = is_first_done ? most : std::max(most, drawn);
            changed.notify_all();
        }
        return std::to_string(index);
    };
    CHECK(write(folder / "a.pmtiles", uneven, 3).tiles == uneven.count);
    CHECK(most == server::waiting_tiles_max - 1);
}
