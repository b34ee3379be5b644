#include "server/flows/archive_survey.hpp"

#include "geo/error.hpp"
#include "server/flows/archive_file.hpp"
#include "tests/support/shared_data.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tiles/pmtiles_support.hpp"
#include "tests/tiles/tile_support.hpp"
#include "tiles/gzip.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace keyaki;
using Catch::Contains;
using server::ArchiveFile;
using test::TemporaryFolder;

namespace {

tiles::TileSurvey survey(const std::filesystem::path &path, unsigned threads = 2) {
    return server::survey_archive(path, threads, [](std::uint64_t, std::uint64_t, std::string_view) {});
}

/// All findings, one a line.
std::string findings(const std::filesystem::path &path) {
    std::string lines;
    const tiles::TileSurvey found = survey(path);
    for (const auto &[where, finding, standard] : found.findings()) {
        lines += (finding.is_error ? "error " : "warning ") + standard + " " + finding.clause + ": " + finding.sentence + "\n";
    }
    return lines;
}

std::string good_tile() {
    static const auto snapshot = test::snapshot_of(test::random_features(1, 200));
    return test::tile_of(snapshot, {8, 227, 100});
}

tiles::ArchiveDescription about() {
    tiles::ArchiveDescription description;
    description.name = "city";
    description.bounds = {139, 35, 140, 36};
    description.vector_layers = R"([{"id":"layer","fields":{}}])";
    return description;
}

std::filesystem::path made(const std::filesystem::path &path, const std::vector<std::string> &tiles_of_zoom_1,
                           const tiles::ArchiveDescription &description = about()) {
    ArchiveFile archive(path, description, ArchiveFile::Existing::replace);
    for (std::size_t index = 0; index < tiles_of_zoom_1.size(); ++index) {
        archive.add(*geo::tile_of_hilbert_id(1 + index), tiles_of_zoom_1[index]);
    }
    archive.finish();
    return path;
}

/// The archive's header with one byte changed.
std::filesystem::path with_byte(const std::filesystem::path &path, std::size_t at, char value) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(value);
    return path;
}

} // namespace

TEST_CASE("an archive of good tiles has no findings, in both formats, and each different tile is counted once") {
    const TemporaryFolder folder;
    const std::string tile = tiles::gzip(good_tile());
    const std::string other = tiles::gzip(good_tile(), 1);
    CHECK(findings(made(folder / "a.pmtiles", {tile, tile, other})) == "");
    CHECK(findings(made(folder / "a.mbtiles", {tile, tile, other})) == "");
    CHECK(survey(folder / "a.pmtiles").total().tiles == 2);
    CHECK(survey(folder / "a.mbtiles", 3).total().tiles == 3);
    CHECK(survey(folder / "a.pmtiles").total().features > 100);
}

TEST_CASE("tiles that are no gzip or no MVT are findings with their address") {
    const TemporaryFolder folder;
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        const auto path = made(folder / name, {"not gzip", tiles::gzip(std::string("\x1a\x02\x78\x07", 4)), tiles::gzip(good_tile())});
        const std::string found = findings(path);
        CHECK_THAT(found, Contains("tile data: expected one whole gzip member"));
        CHECK_THAT(found, Contains("MVT 2.1") && Contains("expected 1 or 2"));
        const tiles::TileSurvey surveyed = survey(path, 1);
        CHECK_THAT(surveyed.findings().front().where, Contains("1/0/0 of "));
    }
}

TEST_CASE("what the header of a PMTiles archive says and its directories do not is a finding") {
    const TemporaryFolder folder;
    const auto archive = [&] { return made(folder / "a.pmtiles", {tiles::gzip(good_tile()), tiles::gzip(good_tile(), 1)}); };
    CHECK_THAT(findings(with_byte(archive(), 72, 9)),
               Contains("error PMTiles 3 Header Design: expected 9 addressed tiles, as the header says, found 2"));
    CHECK_THAT(findings(with_byte(archive(), 80, 9)), Contains("expected 9 tile entries"));
    CHECK_THAT(findings(with_byte(archive(), 88, 9)), Contains("expected 9 tile contents"));
    CHECK(findings(with_byte(archive(), 88, 0)).empty()); // not known
    CHECK_THAT(findings(with_byte(archive(), 100, 0)),
               Contains("warning") && Contains("expected zooms 0 to 1, as the header says, found tiles of 1 to 1"));
    CHECK_THAT(findings(with_byte(with_byte(archive(), 101, 0), 100, 0)), Contains("error") && Contains("expected zooms 0 to 0"));
    CHECK_THAT(findings(with_byte(archive(), 99, 2)), Contains("expected the tile type MVT, found PNG"));
    CHECK_THAT(findings(with_byte(archive(), 98, 4)), Contains("expected tiles that are plain or gzipped, found zstd"));
    CHECK_THAT(findings(with_byte(archive(), 118, 9)), Contains("warning") && Contains("expected the centre's zoom within 1 to 1, found 9"));
    CHECK_THAT(findings(with_byte(archive(), 32, 90)), Contains("expected sections apart from each other") || Contains("metadata"));
    CHECK_THAT(findings(with_byte(archive(), 7, 4)), Contains("error PMTiles 3 the file") && Contains("version 4"));
}

TEST_CASE("metadata without layers, or with layers that are none, is a finding in both formats") {
    const TemporaryFolder folder;
    tiles::ArchiveDescription description = about();
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        description.vector_layers = R"([{"id":"layer","fields":{}},{"id":"x"}])";
        CHECK_THAT(findings(made(folder / name, {tiles::gzip(good_tile())}, description)), Contains("found number 1 without"));
        description.vector_layers = R"([{"id":"other","fields":{}}])";
        CHECK_THAT(findings(made(folder / name, {tiles::gzip(good_tile())}, description)), Contains("error") && Contains("the first \"layer\""));
        description.vector_layers = "7";
        CHECK_THAT(findings(made(folder / name, {tiles::gzip(good_tile())}, description)), Contains("warning") && Contains("expected vector_layers"));
    }
}

TEST_CASE("a clustered archive whose tiles are not in order is a finding, once") {
    const TemporaryFolder folder;
    test::MadeArchive archive({{1, 20, 10, 1}, {2, 0, 20, 1}, {3, 30, 10, 1}});
    CHECK_THAT(findings(folder.write("a.pmtiles", archive.bytes())), !Contains("clustered"));
    archive.header.is_clustered = true;
    const std::string found = findings(folder.write("b.pmtiles", archive.bytes()));
    CHECK_THAT(found, Contains("expected a clustered archive's tiles in the order of their ids, found tile 1 at 20 instead of 0"));
    CHECK(found.find("clustered") == found.rfind("clustered"));
}

TEST_CASE("every broken archive ends with findings: cut off, no archive at all, a directory that names itself") {
    const TemporaryFolder folder;
    for (const std::string name : {"a.pmtiles", "a.mbtiles"}) {
        const auto path = made(folder / name, {tiles::gzip(good_tile())});
        std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
        CHECK(survey(path).total().violations > 0);
        CHECK(survey(folder.write(name, "x")).total().violations == 1);
        CHECK(survey(folder.write(name, "")).total().violations == 1);
        CHECK_THROWS_AS(survey(folder / ("none" + name)), geo::Error);
    }
    test::MadeArchive archive({});
    archive.leaves = tiles::encode(std::vector{tiles::PmtilesEntry{5, 0, 5, 0}});
    archive.root = archive.leaves;
    CHECK_THAT(findings(folder.write("c.pmtiles", archive.bytes())), Contains("error PMTiles 3 Entries") && Contains("each leaf directory once"));
}

TEST_CASE("the collection's PMTiles: what each of them is found to be") {
    KEYAKI_SHARED_DATA_OR_SKIP(folder, "pmtiles");
    const auto errors = [&](const char *name) { return survey(folder / name).total().violations; };
    CHECK(errors("box1degree.pmtiles") == 0);
    CHECK(errors("js-test/test_fixture_1.pmtiles") == 0);
    CHECK(errors("js-test/test_fixture_2.pmtiles") == 0);
    CHECK(errors("go-pmtiles/test_fixture_1.pmtiles") == 0);
    CHECK(errors("go-pmtiles/unclustered.pmtiles") > 0); // its tiles are texts
    CHECK(errors("js-test/empty.pmtiles") == 1);
    CHECK(errors("js-test/invalid.pmtiles") == 1);
    CHECK(errors("js-test/invalid_v4.pmtiles") == 1);
    CHECK(errors("js-test/test_fixture_mlt.pmtiles") == 1);
}
