#include "tiles/pmtiles_writer.hpp"

#include "geo/error.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tiles/pmtiles_support.hpp"
#include "tests/tiles/tile_support.hpp"
#include "tiles/gzip.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>

using namespace keyaki;
using test::TemporaryFolder;
using tiles::PmtilesReader;
using tiles::PmtilesWriter;

namespace {

using Tiles = std::map<std::uint64_t, std::string>; ///< by their Hilbert numbers

geo::TileId tile(std::uint64_t id) { return *geo::tile_of_hilbert_id(id); }

tiles::ArchiveDescription about() {
    tiles::ArchiveDescription description;
    description.name = "清瀬市";
    description.attribution = "&copy; Kiyose";
    description.bounds = {139.5, 35.75, 139.55, 35.8};
    description.vector_layers = R"([{"id":"shelters","fields":{"name":"String"}}])";
    return description;
}

tiles::ArchiveOutcome write(const std::filesystem::path &path, const Tiles &written, const tiles::ArchiveDescription &description = about()) {
    PmtilesWriter writer(path, description);
    for (const auto &[id, bytes] : written) {
        writer.add(tile(id), bytes);
    }
    return writer.finish();
}

/// Tiles with gaps, runs of equal neighbours and equal ones far apart.
Tiles random_tiles(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    Tiles made;
    std::uint64_t id = random() % 50;
    while (made.size() < count) {
        const std::string content = random() % 4 == 0 ? "sea " + std::to_string(random() % 3) : "land " + std::to_string(random());
        const std::uint64_t run = random() % 5 == 0 ? 1 + random() % 20 : 1;
        for (std::uint64_t step = 0; step < run; ++step) {
            made.emplace(id++, tiles::gzip(content));
        }
        id += random() % 3 == 0 ? random() % 1'000 : 0;
    }
    return made;
}

} // namespace

TEST_CASE("PMTiles: what was written is read, tile by tile, and tiles that were not written are not there") {
    for (const std::size_t count : {1U, 2U, 100U, 3'000U, 40'000U}) {
        const TemporaryFolder folder;
        const Tiles written = random_tiles(count, count);
        const auto outcome = write(folder / "city.pmtiles", written);
        const PmtilesReader reader(folder / "city.pmtiles");
        REQUIRE(test::all_tiles(reader) == written);
        CHECK(outcome.tiles == written.size());
        CHECK(outcome.bytes == std::filesystem::file_size(folder / "city.pmtiles"));
        std::uint64_t missing = 0;
        std::uint64_t wrong = 0;
        for (std::uint64_t id = 0; id <= written.rbegin()->first + 10; ++id) {
            const auto found = reader.find(tile(id));
            const auto expected = written.find(id);
            missing += found ? 0U : 1U;
            wrong += expected == written.end() ? (found ? 1U : 0U) : (found == expected->second ? 0U : 1U);
        }
        CHECK(wrong == 0);
        CHECK(missing == written.rbegin()->first + 11 - written.size());
        CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    }
}

TEST_CASE("PMTiles: the header counts tiles, entries and contents, and the head stays below 16,384 bytes") {
    const TemporaryFolder folder;
    const Tiles written = random_tiles(7, 60'000);
    std::set<std::string> contents;
    for (const auto &[id, bytes] : written) {
        contents.insert(bytes);
    }
    write(folder / "city.pmtiles", written);
    const PmtilesReader reader(folder / "city.pmtiles");
    const tiles::PmtilesHeader &header = reader.header();
    std::uint64_t entries = 0;
    std::set<std::uint64_t> seen;
    std::uint64_t end_of_data = 0;
    reader.for_each_entry([&](const tiles::PmtilesEntry &entry) {
        ++entries;
        // Clustered: a content is where the last new one ended, or one that was there before.
        REQUIRE((seen.contains(entry.offset) || entry.offset == end_of_data));
        if (seen.insert(entry.offset).second) {
            end_of_data += entry.length;
        }
    });
    CHECK(header.addressed_tiles == written.size());
    CHECK(header.tile_entries == entries);
    CHECK(entries < written.size());
    CHECK(header.tile_contents == contents.size());
    CHECK(seen.size() == contents.size());
    CHECK(end_of_data == header.tiles.length);
    CHECK(header.is_clustered);
    CHECK(header.root.offset + header.root.length < 16'384);
    CHECK(header.leaves.length > 0);
    CHECK(header.tiles.offset + header.tiles.length == std::filesystem::file_size(folder / "city.pmtiles"));
    CHECK(header.zoom_min == tile(written.begin()->first).z);
    CHECK(header.zoom_max == tile(written.rbegin()->first).z);
    CHECK(header.tile_type == tiles::PmtilesTileType::mvt);
    CHECK(header.tile_compression == tiles::PmtilesCompression::gzip);
}

TEST_CASE("PMTiles: leaves grow where a root of thousands of leaves would not fit") {
    const TemporaryFolder folder;
    std::mt19937_64 random(5);
    PmtilesWriter writer(folder / "wide.pmtiles", about());
    std::uint64_t id = geo::first_hilbert_id(20);
    constexpr std::size_t count = 12'000'000 / 10;
    for (std::size_t index = 0; index < count; ++index) {
        id += 1 + random() % 500'000;
        writer.add(tile(id), "tile " + std::to_string(index % 1'000));
    }
    CHECK(writer.finish().contents == 1'000);
    const PmtilesReader reader(folder / "wide.pmtiles");
    CHECK(reader.header().tile_entries == count);
    CHECK(reader.header().root.length < 16'384 - 127);
    CHECK(*reader.find(tile(id)) == "tile " + std::to_string((count - 1) % 1'000));
}

TEST_CASE("PMTiles: bounds, centre and metadata are what the description says") {
    const TemporaryFolder folder;
    const Tiles written{{geo::hilbert_id({10, 908, 402}), "a"}, {geo::hilbert_id({14, 14545, 6443}), "b"}};
    write(folder / "city.pmtiles", written);
    const PmtilesReader reader(folder / "city.pmtiles");
    CHECK(reader.header().bounds == geo::LonLatBox{139.5, 35.75, 139.55, 35.8});
    CHECK(reader.header().center.lon_deg == Approx(139.525));
    CHECK(reader.header().center.lat_deg == Approx(35.775));
    CHECK(reader.header().center_zoom == 12);
    const auto metadata = nlohmann::json::parse(reader.metadata());
    CHECK(metadata.at("name") == "清瀬市");
    CHECK(metadata.at("attribution") == "&copy; Kiyose");
    CHECK(metadata.at("type") == "overlay");
    CHECK(metadata.at("vector_layers").at(0).at("id") == "shelters");
}

TEST_CASE("PMTiles: bounds of one point get an area, and bounds that are not known are the world") {
    const TemporaryFolder folder;
    tiles::ArchiveDescription description = about();
    description.bounds = {139.5, 35.75, 139.5, 35.75};
    write(folder / "point.pmtiles", {{0, "a"}}, description);
    const geo::LonLatBox point = PmtilesReader(folder / "point.pmtiles").header().bounds;
    CHECK(point.east_deg > point.west_deg);
    CHECK(point.north_deg > point.south_deg);
    description.bounds = {};
    write(folder / "world.pmtiles", {{0, "a"}}, description);
    CHECK(PmtilesReader(folder / "world.pmtiles").header().bounds.west_deg == -180);
}

TEST_CASE("PMTiles: the same tiles give the same bytes") {
    const TemporaryFolder folder;
    const Tiles written = random_tiles(3, 5'000);
    write(folder / "a.pmtiles", written);
    write(folder / "b.pmtiles", written);
    CHECK(test::bytes_of(folder / "a.pmtiles") == test::bytes_of(folder / "b.pmtiles"));
}

TEST_CASE("PMTiles: tiles in another order, empty tiles, an archive without tiles and a file with content are refused") {
    const TemporaryFolder folder;
    PmtilesWriter writer(folder / "a.pmtiles", about());
    CHECK_THROWS_WITH(writer.finish(), Catch::Contains("at least one tile") && Catch::Contains("a.pmtiles"));
    writer.add({1, 0, 1}, "x");
    CHECK_THROWS_AS(writer.add({1, 0, 1}, "x"), geo::Error);
    CHECK_THROWS_AS(writer.add({1, 0, 0}, "x"), geo::Error);
    CHECK_THROWS_AS(writer.add({1, 1, 1}, ""), geo::Error);
    writer.add({1, 1, 1}, "x");
    CHECK(writer.finish().tiles == 2);
    CHECK_THROWS_WITH(PmtilesWriter(folder / "a.pmtiles", about()), Catch::Contains("expected a new file"));
    CHECK_THROWS_AS(PmtilesWriter(folder / "no such folder/a.pmtiles", about()), geo::Error);
}

TEST_CASE("PMTiles: an archive has no bytes until it is finished") {
    const TemporaryFolder folder;
    {
        PmtilesWriter writer(folder / "a.pmtiles", about());
        for (std::uint64_t id = 0; id < 100; ++id) {
            writer.add(tile(id), std::string(100'000, static_cast<char>('a' + id % 26)) + std::to_string(id));
        }
        CHECK(std::filesystem::file_size(folder / "a.pmtiles") == 0);
    }
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1); // and no file beside it is left
}

TEST_CASE("PMTiles: a full disk is one sentence with the file, and leaves an archive that nobody takes for one") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(8'000'000);
    for (const std::size_t tiles_written : {5U, 9U, 40U}) { // the archive finds no room, the tiles find none
        const auto path = disk.path() / "a.pmtiles";
        std::filesystem::remove(path);
        const auto fill = [&] {
            PmtilesWriter writer(path, about());
            std::mt19937_64 random(1);
            for (std::uint64_t id = 0; id < tiles_written; ++id) {
                std::string noise(1'000'000, '\0');
                std::generate(noise.begin(), noise.end(), [&] { return static_cast<char>(random()); });
                writer.add(tile(id), noise);
            }
            writer.finish();
        };
        CHECK_THROWS_WITH(fill(), Catch::Contains("a.pmtiles") && Catch::Contains("No space left on device"));
    }
}
