#include "server/flows/served_archives.hpp"

#include "geo/error.hpp"
#include "server/flows/archive_file.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tiles/pmtiles_support.hpp"
#include "tiles/gzip.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace keyaki;
using Catch::Contains;
using server::ArchiveFile;
using server::ServedArchives;
using test::TemporaryFolder;

namespace {

/// An archive of zoom 0 to 3 whose tiles all say the same word.
std::filesystem::path made(const std::filesystem::path &path, const std::string &word) {
    tiles::ArchiveDescription description;
    description.name = word;
    description.bounds = {139, 35, 140, 36};
    ArchiveFile archive(path, description, ArchiveFile::Existing::replace);
    for (std::uint64_t id = 0; id < geo::first_hilbert_id(4); ++id) {
        archive.add(*geo::tile_of_hilbert_id(id), tiles::gzip(word + " " + std::to_string(id)));
    }
    archive.finish();
    return path;
}

std::string word_of(const server::OpenedArchive &archive, std::uint64_t id = 0) {
    const std::string text = tiles::gunzip(*archive.find(*geo::tile_of_hilbert_id(id)));
    return text.substr(0, text.find(' '));
}

std::string complaint_about(const std::filesystem::path &path) {
    try {
        (void)server::open_archive(path);
        return {};
    } catch (const geo::Error &error) {
        return error.what();
    }
}

} // namespace

TEST_CASE("an archive is served with its zooms, bounds and name, in both formats") {
    const TemporaryFolder folder;
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        const auto archive = server::open_archive(made(folder / name, "old"));
        CHECK(archive->zoom_min == 0);
        CHECK(archive->zoom_max == 3);
        CHECK(archive->description.name == "old");
        CHECK(archive->description.bounds.west_deg == 139);
        CHECK(archive->is_gzipped);
        CHECK(archive->holds({3, 7, 3}));
        CHECK_FALSE(archive->holds({3, 0, 0})); // not within the bounds
        CHECK_FALSE(archive->holds({4, 14, 6}));
        CHECK_FALSE(archive->holds({3, 8, 3})); // no tile
        CHECK(word_of(*archive, 5) == "old");
        CHECK(archive->version == tiles::version_of(folder / name));
    }
}

TEST_CASE("what is no archive of vector tiles, or damaged in its directories or tiles, is not served") {
    const TemporaryFolder folder;
    test::MadeArchive archive({{0, 0, 10, 1}});
    CHECK(complaint_about(folder.write("plain.pmtiles", archive.bytes())) == "");
    archive.header.tile_type = tiles::PmtilesTileType::png;
    CHECK_THAT(complaint_about(folder.write("a.pmtiles", archive.bytes())), Contains("expected vector tiles (MVT), found PNG"));
    archive.header.tile_type = tiles::PmtilesTileType::mvt;
    archive.header.tile_compression = tiles::PmtilesCompression::brotli;
    CHECK_THAT(complaint_about(folder.write("a.pmtiles", archive.bytes())), Contains("found brotli"));
    archive.header.tile_compression = tiles::PmtilesCompression::gzip;
    CHECK_THAT(complaint_about(folder.write("a.pmtiles", archive.bytes())), Contains("tile 0/0/0: expected one whole gzip member"));
    test::MadeArchive broken({});
    broken.leaves = "\x01\x05\x01";
    broken.root = tiles::encode(std::vector{tiles::PmtilesEntry{5, 0, 3, 0}});
    CHECK_THAT(complaint_about(folder.write("a.pmtiles", broken.bytes())), Contains("leaf directory at 0"));
    CHECK_THAT(complaint_about(folder.write("a.pmtiles", "")), Contains("empty file"));
    CHECK_THAT(complaint_about(folder.write("a.mbtiles", "nothing")), Contains("a.mbtiles"));
    CHECK_THAT(complaint_about(folder / "none.pmtiles"), Contains("No such file"));
    tiles::ArchiveDescription description;
    description.bounds = {139, 35, 140, 36};
    ArchiveFile plain(folder / "b.mbtiles", description, ArchiveFile::Existing::replace);
    plain.add({0, 0, 0}, "a tile that is not gzipped");
    plain.finish();
    CHECK_THAT(complaint_about(folder / "b.mbtiles"), Contains("tile 0/0/0: expected one whole gzip member"));
}

TEST_CASE("a file that is replaced comes into service when it is at rest; who holds the old one reads on in it") {
    const TemporaryFolder folder;
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        const auto path = made(folder / name, "old");
        ServedArchives archives({{"base", path, "", "", ""}});
        CHECK(archives.settings_of("base") != nullptr);
        CHECK(archives.settings_of("other") == nullptr);
        const auto old = archives.find("base");
        REQUIRE(old);
        made(path, "new");
        archives.look();
        archives.look();
        CHECK(word_of(*archives.find("base")) == "new");
        CHECK(word_of(*old, 80) == "old");
        CHECK(archives.figures().front().openings == 2);
        CHECK_FALSE(archives.figures().front().is_behind);
    }
}

TEST_CASE("a file that cannot be served leaves the one before in service, is counted once, and a good one after it is taken") {
    const TemporaryFolder folder;
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        const auto path = made(folder / name, "old");
        ServedArchives archives({{"base", path, "", "", ""}});
        std::filesystem::rename(folder.write("broken", std::string(5'000, 'x')), path);
        for (int look = 0; look < 5; ++look) {
            archives.look();
        }
        CHECK(word_of(*archives.find("base"), 40) == "old");
        CHECK(archives.figures().front().failures == 1);
        CHECK(archives.figures().front().is_behind);
        made(folder / ("whole-" + name), "whole");
        std::filesystem::resize_file(folder / ("whole-" + name), std::filesystem::file_size(folder / ("whole-" + name)) / 2);
        std::filesystem::rename(folder / ("whole-" + name), path); // cut off on its way here
        archives.look();
        archives.look();
        CHECK(word_of(*archives.find("base"), 40) == "old");
        std::filesystem::remove(path);
        archives.look();
        archives.look();
        CHECK(word_of(*archives.find("base"), 40) == "old");
        CHECK(archives.figures().front().is_behind);
        made(path, "new");
        archives.look();
        archives.look();
        CHECK(word_of(*archives.find("base")) == "new");
        CHECK_FALSE(archives.figures().front().is_behind);
    }
}

TEST_CASE("of a large archive tiles from its begin to its end are tried") {
    const TemporaryFolder folder;
    tiles::ArchiveDescription description;
    description.bounds = {139, 35, 140, 36};
    const std::uint64_t count = geo::first_hilbert_id(5);
    for (const std::uint64_t bad_from : {std::uint64_t{0}, count / 2, count * 7 / 8}) { // an eighth of the tiles is a sample's worth
        ArchiveFile archive(folder / "a.pmtiles", description, ArchiveFile::Existing::replace);
        for (std::uint64_t id = 0; id < count; ++id) {
            const bool is_bad = id >= bad_from && id < bad_from + count / 8;
            const std::string text = "tile " + std::to_string(id);
            archive.add(*geo::tile_of_hilbert_id(id), is_bad ? text : tiles::gzip(text));
        }
        archive.finish();
        CAPTURE(bad_from);
        CHECK_THAT(complaint_about(folder / "a.pmtiles"), Contains("expected one whole gzip member"));
    }
}

TEST_CASE("each file that cannot be served is counted, also where all are wrong in the same way") {
    const TemporaryFolder folder;
    const auto path = made(folder / "a.pmtiles", "old");
    ServedArchives archives({{"base", path, "", "", ""}});
    for (std::uint64_t night = 1; night <= 3; ++night) {
        std::filesystem::rename(folder.write("broken", std::string(5'000 + night, 'x')), path);
        for (int look = 0; look < 4; ++look) {
            archives.look();
        }
        CHECK(archives.figures().front().failures == night);
    }
}

TEST_CASE("an MBTiles that is still written is looked at again when its journal is gone, though the file is the same") {
    const TemporaryFolder folder;
    const auto path = made(folder / "a.mbtiles", "word");
    const auto log = folder.write("a.mbtiles-wal", "somebody writes");
    ServedArchives archives({{"base", path, "", "", ""}});
    for (int look = 0; look < 3; ++look) {
        archives.look();
    }
    CHECK(archives.find("base") == nullptr);
    CHECK(archives.figures().front().failures == 1);
    std::filesystem::remove(log);
    archives.look();
    REQUIRE(archives.find("base"));
    CHECK(word_of(*archives.find("base")) == "word");
}

TEST_CASE("an archive that is not there at the start is served as soon as it is") {
    const TemporaryFolder folder;
    ServedArchives archives({{"base", folder / "a.pmtiles", "", "", ""}});
    CHECK(archives.find("base") == nullptr);
    CHECK_FALSE(archives.figures().front().is_open);
    CHECK(archives.figures().front().failures == 1);
    made(folder / "a.pmtiles", "late");
    archives.look();
    archives.look();
    REQUIRE(archives.find("base"));
    CHECK(word_of(*archives.find("base")) == "late");
}

TEST_CASE("while files are replaced all the time every reader sees one version whole") {
    const TemporaryFolder folder;
    const auto path = made(folder / "a.pmtiles", "w0");
    ServedArchives archives({{"base", path, "", "", ""}});
    std::atomic<bool> is_over{false};
    std::atomic<int> mixed{0};
    std::vector<std::jthread> readers;
    for (int reader = 0; reader < 3; ++reader) {
        readers.emplace_back([&] {
            while (!is_over) {
                const auto archive = archives.find("base");
                const std::string word = word_of(*archive);
                for (std::uint64_t id = 1; id < geo::first_hilbert_id(4); id += 7) {
                    mixed += word_of(*archive, id) == word ? 0 : 1;
                }
            }
        });
    }
    for (int version = 1; version <= 20; ++version) {
        made(path, "w" + std::to_string(version));
        archives.look();
        archives.look();
        CHECK(word_of(*archives.find("base")) == "w" + std::to_string(version));
    }
    is_over = true;
    readers.clear();
    CHECK(mixed == 0);
}
