#include "data/mbtiles_reader.hpp"
#include "data/mbtiles_writer.hpp"

#include "geo/error.hpp"
#include "tests/support/command.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <thread>

using namespace keyaki;
using Catch::Contains;
using data::MbtilesReader;
using data::MbtilesWriter;
using test::TemporaryFolder;

namespace {

using Tiles = std::map<std::uint64_t, std::string>; ///< by their Hilbert numbers
using Rows = std::vector<std::pair<std::string, std::string>>;

const Rows about{{"name", "清瀬市"}, {"format", "pbf"}, {"json", R"({"vector_layers":[]})"}};

geo::TileId tile(std::uint64_t id) { return *geo::tile_of_hilbert_id(id); }

data::MbtilesOutcome write(const std::filesystem::path &path, const Tiles &written) {
    std::ofstream(path).close();
    MbtilesWriter writer(path);
    for (const auto &[id, bytes] : written) {
        writer.add(tile(id), bytes);
    }
    writer.finish(about);
    return writer.outcome();
}

Tiles random_tiles(std::uint64_t seed, std::size_t count) {
    std::mt19937_64 random(seed);
    Tiles made;
    for (std::uint64_t id = random() % 50; made.size() < count; id += 1 + random() % 100) {
        made.emplace(id, random() % 4 == 0 ? "sea" : std::string(random() % 9'000, 'l') + std::to_string(random()));
    }
    return made;
}

Tiles all_tiles(const MbtilesReader &reader) {
    Tiles found;
    reader.for_each_tile([&](geo::TileId one, std::string_view bytes) { found.emplace(geo::hilbert_id(one), bytes); });
    return found;
}

/// A file as somebody else made it, by these statements.
std::filesystem::path made_by(const std::filesystem::path &path, const std::string &sql) {
    sqlite3 *opened = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &opened) == SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3 *)> database(opened, sqlite3_close);
    char *trouble = nullptr;
    const int code = sqlite3_exec(opened, ("PRAGMA synchronous = OFF; " + sql).c_str(), nullptr, nullptr, &trouble);
    INFO((trouble == nullptr ? "" : trouble));
    REQUIRE(code == SQLITE_OK);
    return path;
}

const std::string metadata_sql = "CREATE TABLE metadata (name text, value text); INSERT INTO metadata VALUES ('name', 'x'), ('format', 'pbf');";
const std::string plain_sql = metadata_sql + "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob);"
                                             "CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row);";

} // namespace

TEST_CASE("MBTiles: what was written is read, tile by tile, and tiles that were not written are not there") {
    const TemporaryFolder folder;
    const Tiles written = random_tiles(1, 3'000);
    const auto outcome = write(folder / "city.mbtiles", written);
    CHECK(outcome.tiles == written.size());
    CHECK(outcome.contents < written.size());
    CHECK(outcome.zoom_max == tile(written.rbegin()->first).z);
    const MbtilesReader reader(folder / "city.mbtiles");
    CHECK(all_tiles(reader) == written);
    CHECK(reader.tile_count() == written.size());
    CHECK(reader.metadata() == about);
    CHECK(reader.value_of("name") == "清瀬市");
    CHECK(reader.value_of("nothing").empty());
    std::uint64_t wrong = 0;
    for (std::uint64_t id = 0; id < written.rbegin()->first + 10; id += id < 1'000 ? 1 : 37) {
        const auto expected = written.find(id);
        const auto found = reader.find(tile(id));
        wrong += expected == written.end() ? (found ? 1U : 0U) : (found == expected->second ? 0U : 1U);
    }
    CHECK(wrong == 0);
}

TEST_CASE("MBTiles: rows count from the south, as the specification's example does") {
    const TemporaryFolder folder;
    write(folder / "a.mbtiles", {{geo::hilbert_id({11, 327, 791}), "tile"}});
    sqlite3 *opened = nullptr;
    REQUIRE(sqlite3_open((folder / "a.mbtiles").c_str(), &opened) == SQLITE_OK);
    const std::unique_ptr<sqlite3, int (*)(sqlite3 *)> database(opened, sqlite3_close);
    std::string found;
    sqlite3_exec(
        opened, "SELECT zoom_level || ' ' || tile_column || ' ' || tile_row || ' ' || cast(tile_data AS text) FROM tiles",
        [](void *text, int, char **values, char **) {
            *static_cast<std::string *>(text) = values[0];
            return 0;
        },
        &found, nullptr);
    CHECK(found == "11 327 1256 tile");
}

TEST_CASE("MBTiles: the same tiles give the same bytes") {
    const TemporaryFolder folder;
    const Tiles written = random_tiles(3, 3'000);
    write(folder / "a.mbtiles", written);
    std::vector<std::string> noise; // so that memory holds something else the second time
    for (int i = 0; i < 2'000; ++i) {
        noise.emplace_back(4'096, static_cast<char>(i));
    }
    noise.clear();
    write(folder / "b.mbtiles", written);
    CHECK(test::bytes_of(folder / "a.mbtiles") == test::bytes_of(folder / "b.mbtiles"));
    CHECK(test::bytes_of(folder / "a.mbtiles").substr(68, 4) == "MPBX");
}

TEST_CASE("MBTiles: an archive without tiles, a tile twice and a file that is not there are refused") {
    const TemporaryFolder folder;
    const auto path = folder.write("a.mbtiles", "");
    MbtilesWriter writer(path);
    CHECK_THROWS_WITH(writer.finish(about), Contains("at least one tile"));
    writer.add({1, 0, 0}, "a");
    writer.add({1, 0, 0}, "b");
    CHECK_THROWS_AS(writer.finish(about), geo::Error);
    CHECK_THROWS_AS(MbtilesWriter(folder / "none.mbtiles"), geo::Error);
}

TEST_CASE("MBTiles: a full disk is one sentence with the file") {
    KEYAKI_MOUNT_OR_SKIP();
    const test::SmallDisk disk(4'000'000);
    const auto path = disk.path() / "a.mbtiles";
    const auto fill = [&] {
        std::ofstream(path).close();
        MbtilesWriter writer(path);
        for (std::uint64_t id = 0; id < 5'000; ++id) {
            writer.add(tile(id), std::string(2'000, 'x') + std::to_string(id));
        }
        writer.finish(about);
    };
    CHECK_THROWS_WITH(fill(), Contains("full") && Contains("a.mbtiles"));
}

TEST_CASE("MBTiles: the tables of other programs are read: plain ones, map and images, shallow tiles") {
    const TemporaryFolder folder;
    const std::string one = "(1, 0, 1, x'74')"; // the north-west of zoom 1
    const std::map<std::string, std::string> made{
        {"plain", plain_sql + "INSERT INTO tiles VALUES " + one},
        {"by key", metadata_sql +
                       "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob, PRIMARY KEY "
                       "(zoom_level, tile_column, tile_row)) WITHOUT ROWID; INSERT INTO tiles VALUES " +
                       one},
        {"hashed", metadata_sql + "CREATE TABLE map (zoom_level integer, tile_column integer, tile_row integer, tile_id text); CREATE TABLE images "
                                  "(zoom_level integer, tile_data blob, tile_id text); CREATE UNIQUE INDEX a ON map (zoom_level, tile_column, "
                                  "tile_row); CREATE UNIQUE INDEX b ON images (zoom_level, tile_id); INSERT INTO map VALUES (1, 0, 1, 'h'); INSERT "
                                  "INTO images VALUES (1, x'74', 'h'); CREATE VIEW tiles AS SELECT 1"},
        {"shallow", metadata_sql + "CREATE TABLE tiles_shallow (zoom_level integer, tile_column integer, tile_row integer, tile_data_id integer, "
                                   "PRIMARY KEY (zoom_level, tile_column, tile_row)) WITHOUT ROWID; CREATE TABLE tiles_data (tile_data_id integer "
                                   "PRIMARY KEY, tile_data blob); INSERT INTO tiles_shallow VALUES (1, 0, 1, 5); INSERT INTO tiles_data VALUES (5, "
                                   "x'74'); CREATE VIEW tiles AS SELECT 1"},
    };
    for (const auto &[name, sql] : made) {
        INFO(name);
        const MbtilesReader reader(made_by(folder / name, sql));
        CHECK(reader.find({1, 0, 0}) == "t");
        CHECK_FALSE(reader.find({1, 0, 1}).has_value());
        CHECK(all_tiles(reader).size() == 1);
    }
}

TEST_CASE("MBTiles: views, virtual tables and tables without an index are refused") {
    const TemporaryFolder folder;
    int number = 0;
    const auto complaint = [&](const std::string &sql) {
        try {
            const MbtilesReader reader(made_by(folder / (std::to_string(++number) + ".mbtiles"), sql));
            return std::string();
        } catch (const geo::Error &error) {
            return std::string(error.what());
        }
    };
    CHECK(complaint(plain_sql) == "");
    CHECK_THAT(complaint(metadata_sql), Contains("found none of them"));
    CHECK_THAT(
        complaint(metadata_sql + "CREATE TABLE hidden (zoom_level, tile_column, tile_row, tile_data); CREATE VIEW tiles AS SELECT * FROM hidden"),
        Contains("found none of them"));
    CHECK_THAT(complaint("CREATE VIEW metadata AS SELECT 'name' AS name, 'x' AS value;" + plain_sql.substr(metadata_sql.size())),
               Contains("1.mbtiles") || Contains("metadata"));
    CHECK_THAT(complaint(metadata_sql + "CREATE VIRTUAL TABLE tiles USING fts5(zoom_level, tile_column, tile_row, tile_data)"),
               Contains("found a virtual one"));
    CHECK_THAT(complaint(metadata_sql + "CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)"),
               Contains("an index over the first three"));
    CHECK_THAT(complaint(plain_sql.substr(metadata_sql.size())), Contains("metadata"));
    CHECK_THAT(complaint(plain_sql +
                         "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO metadata SELECT i, i "
                         "FROM n"),
               Contains("at most 1000 rows"));
}

TEST_CASE("MBTiles: rows that are no tiles are refused with their place") {
    const TemporaryFolder folder;
    int number = 0;
    const auto complaint = [&](const std::string &values) {
        const MbtilesReader reader(made_by(folder / std::to_string(++number), plain_sql + "INSERT INTO tiles VALUES (0, 0, 0, x'00'), " + values));
        try {
            (void)all_tiles(reader);
            return std::string();
        } catch (const geo::Error &error) {
            return std::string(error.what());
        }
    };
    CHECK(complaint("(1, 1, 1, x'00')") == "");
    CHECK_THAT(complaint("(1, 2, 1, x'00')"), Contains("row 2: expected zoom, column and row of a tile"));
    CHECK_THAT(complaint("(1, 1, -9223372036854775808, x'00')"), Contains("row 2"));
    CHECK_THAT(complaint("(25, 1, 1, x'00')"), Contains("row 2"));
    CHECK_THAT(complaint("(NULL, 1, 1, x'00')"), Contains("row 2"));
    CHECK_THAT(complaint("(1, 1, 1, 'text')"), Contains("row 2"));
    CHECK_THAT(complaint("(1, 'a', 1, x'00')"), Contains("row 2"));
}

TEST_CASE("MBTiles: a value that is computed when it is read ends, and so does one that is larger than a tile") {
    const TemporaryFolder folder;
    const MbtilesReader computed(made_by(
        folder / "a.mbtiles", metadata_sql + "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob AS "
                                             "(zeroblob(zoom_level * 1000000000)), PRIMARY KEY (zoom_level, tile_column, tile_row)); "
                                             "INSERT INTO tiles VALUES (1, 0, 0)"));
    CHECK_THROWS_WITH(computed.find({1, 0, 1}), Contains("a.mbtiles"));
    const MbtilesReader large(made_by(folder / "b.mbtiles", plain_sql + "INSERT INTO tiles VALUES (0, 0, 0, zeroblob(70000000))"));
    CHECK_THROWS_WITH(large.find({0, 0, 0}), Contains("b.mbtiles"));
    CHECK_FALSE(large.find({1, 0, 0}).has_value()); // and the next one is answered
}

TEST_CASE("MBTiles: files that are no archives, cut off or still written are one sentence") {
    const TemporaryFolder folder;
    CHECK_THROWS_WITH(MbtilesReader(folder / "none.mbtiles"), Contains("none.mbtiles: No such file"));
    CHECK_THROWS_WITH(MbtilesReader(folder.path()), Contains("expected a file"));
    CHECK_THROWS_AS(MbtilesReader(folder.write("empty.mbtiles", "")), geo::Error);
    CHECK_THROWS_WITH(MbtilesReader(folder.write("text.mbtiles", std::string(5'000, 'x'))), Contains("text.mbtiles") && Contains("not a database"));
    write(folder / "whole.mbtiles", random_tiles(5, 200));
    const std::string whole = test::bytes_of(folder / "whole.mbtiles");
    std::size_t refused = 0;
    for (std::size_t length = 512; length < whole.size(); length += 40'960) {
        try {
            const MbtilesReader reader(folder.write("cut.mbtiles", std::string_view(whole).substr(0, length)));
            (void)all_tiles(reader);
        } catch (const geo::Error &) {
            ++refused;
        }
    }
    CHECK(refused == (whole.size() - 512 + 40'959) / 40'960);
    (void)folder.write("whole.mbtiles-wal", "something");
    CHECK_THROWS_WITH(MbtilesReader(folder / "whole.mbtiles"), Contains("found whole.mbtiles-wal beside it"));
}

TEST_CASE("MBTiles: damaged bytes give tiles or a sentence, and the process lives") {
    const TemporaryFolder folder;
    write(folder / "whole.mbtiles", random_tiles(6, 60));
    const std::string whole = test::bytes_of(folder / "whole.mbtiles");
    std::mt19937_64 random(8);
    for (int round = 0; round < 300; ++round) {
        std::string changed = whole;
        for (std::uint64_t change = 0; change <= random() % 20; ++change) {
            // Half of them where the trees' inner pages begin.
            const std::size_t at = random() % 2 == 0 ? random() % whole.size() : (random() % (whole.size() / 4'096)) * 4'096 + random() % 128;
            changed[at] = static_cast<char>(random());
        }
        try {
            const MbtilesReader reader(folder.write("changed.mbtiles", changed));
            (void)reader.find({2, 1, 1});
            (void)all_tiles(reader);
        } catch (const geo::Error &) {
        }
    }
    SUCCEED();
}

TEST_CASE("MBTiles: an archive that is replaced by a rename is read as it was opened, one that is written over is an error") {
    const TemporaryFolder folder;
    write(folder / "a.mbtiles", {{0, "old"}});
    write(folder / "b.mbtiles", {{0, "new"}});
    const MbtilesReader reader(folder / "a.mbtiles");
    std::filesystem::rename(folder / "b.mbtiles", folder / "a.mbtiles");
    CHECK(reader.find({0, 0, 0}) == "old");
    CHECK(MbtilesReader(folder / "a.mbtiles").find({0, 0, 0}) == "new");
    write(folder / "c.mbtiles", {{0, "old"}});
    const MbtilesReader other(folder / "c.mbtiles");
    std::filesystem::last_write_time(folder / "c.mbtiles", std::filesystem::last_write_time(folder / "c.mbtiles") - std::chrono::hours(1));
    CHECK_THROWS_WITH(other.find({0, 0, 0}), Contains("was changed while it was open"));
}

TEST_CASE("MBTiles: many threads read one archive") {
    const TemporaryFolder folder;
    const Tiles written = random_tiles(9, 500);
    write(folder / "a.mbtiles", written);
    const MbtilesReader reader(folder / "a.mbtiles");
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (const auto &[id, bytes] : written) {
                wrong += reader.find(tile(id)) == bytes ? 0 : 1;
            }
        });
    }
    threads.clear();
    CHECK(wrong == 0);
}
