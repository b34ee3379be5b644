#include "data/database.hpp"
#include "data/limits.hpp"
#include "geo/error.hpp"
#include "tests/data/data_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

using namespace keyaki;
using namespace keyaki::test;
using data::Store;

TEST_CASE("a backup taken while writing goes on is whole") {
    StoreFixture fixture;
    fixture.publish_many();
    std::atomic<bool> stop = false;
    std::thread busy([&] {
        for (int number = 0; !stop; ++number) {
            fixture.import({point_feature("g" + std::to_string(number), 139, 35)}, Store::DraftMode::merge);
            fixture.publish();
        }
    });
    const auto target = fixture.folder() / "backup.sqlite";
    fixture.store().backup(target);
    stop = true;
    busy.join();
    const auto copy = data::open_store({.file = target});
    CHECK(copy->check().empty());
    const auto layer = *copy->find_layer("shelters");
    CHECK(layer.feature_count == read(*copy, "shelters", {}).size());
    CHECK(layer.feature_count >= 3000);
    for (const auto &entry : std::filesystem::directory_iterator(fixture.folder().path())) {
        CHECK(entry.path().string().find("partial") == std::string::npos);
    }
}

TEST_CASE("a backup never replaces a file") {
    StoreFixture fixture;
    const auto target = fixture.folder().write("precious.sqlite", "the last backup");
    CHECK_THROWS_AS(fixture.store().backup(target), geo::Error);
    CHECK(std::filesystem::file_size(target) == 15);
    CHECK_THROWS_AS(fixture.store().backup(fixture.folder() / "no such folder/a.sqlite"), geo::Error);
}

namespace {

/// What check() says of two shelters, published twice, after somebody changed the file by hand.
std::string problems_after(std::string_view sql) {
    StoreFixture fixture;
    fixture.import({point_feature("a", 139, 35), point_feature("b", 140, 36)});
    fixture.publish();
    fixture.import({point_feature("a", 139, 35, 1), point_feature("b", 140, 36)});
    fixture.publish();
    CHECK(fixture.store().check().empty());
    fixture.close();
    {
        data::Connection connection(fixture.file(), data::Access::write);
        connection.take_over_file();
        const data::SchemaPermission permission(connection);
        connection.execute("PRAGMA foreign_keys = OFF");
        connection.execute(sql);
    }
    fixture.reopen();
    std::string problems;
    for (const std::string &problem : fixture.store().check()) {
        problems += problem + "\n";
    }
    return problems;
}

} // namespace

TEST_CASE("check says what does not agree, and where") {
    const std::pair<const char *, const char *> damages[] = {
        {"UPDATE keyaki_layers SET feature_count = 3", "layer shelters says that it has 3 features, found 2"},
        {"UPDATE keyaki_layers SET west_deg = 0", "the box of layer shelters is not the box of its features"},
        {"DELETE FROM keyaki_revisions WHERE number = 1", "revision 1 of layer shelters is missing"},
        {"DELETE FROM keyaki_revisions WHERE number = 2", "expected revision 2 of layer shelters, found 1"},
        {"UPDATE keyaki_revisions SET change = 9 WHERE number = 1", "revision 2 of layer shelters does not come after the one before it"},
        {"UPDATE keyaki_layers SET published_change = 1", "layer shelters shows change 1, its last revision is change 2"},
        {"DELETE FROM idx_layer_shelters_geom WHERE pkid = 1", "the spatial index of layer shelters has 2 entries for 3 features"},
        {"UPDATE idx_layer_shelters_geom SET xmin = 100, xmax = 101 WHERE pkid = 2",
         "the spatial index of layer shelters does not cover the feature in row 2"},
        {"UPDATE idx_layer_shelters_geom_node SET data = zeroblob(1228)", "layer shelters cannot be read: the database file is damaged"},
        {"UPDATE layer_shelters SET removed = NULL", "feature a of layer shelters is there twice"},
        {"INSERT INTO keyaki_revisions SELECT 'parks', 1, 1, 1, '', '', NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL, '{}', '', 0",
         "of table keyaki_revisions names an entry of keyaki_layers that is not there"},
        {"UPDATE keyaki_layers SET draft_added = 5", "the draft of layer shelters says 5 added, 0 changed, 0 removed, found 0, 0, 0"},
        {R"(UPDATE layer_shelters SET properties = '{"name":"x"}' WHERE row = 2)", "feature b (row 2) of layer shelters is not what was imported"},
        {R"(UPDATE layer_shelters SET properties = '{"name":{}}' WHERE row = 2)",
         "row 2 of layer shelters is no feature: the properties of a feature are damaged"},
        {"UPDATE layer_shelters SET content_hash = x'00' WHERE row = 2", "feature b (row 2) of layer shelters is not what was imported"},
        {"UPDATE layer_shelters SET geom = MakePoint(1, 2, 6668) WHERE row = 2", "feature b (row 2) of layer shelters is not what was imported"},
        {"DROP TABLE layer_shelters", "layer shelters cannot be read"},
        {"UPDATE keyaki_layers SET profile = '{'", "the layers cannot be read: the profile of a layer is not the JSON that keyaki writes"},
        {R"(UPDATE keyaki_layers SET draft_profile = '{"geometry_types":2,"columns":[["a","colour"]]}')",
         "the layers cannot be read: the profile of a layer names a type of column that there is not"},
    };
    for (const auto &[sql, sentence] : damages) {
        INFO(sql);
        CHECK_THAT(problems_after(sql), Catch::Contains(sentence));
    }
    CHECK(problems_after("SELECT 1").empty());
}

TEST_CASE("a full disk refuses, and writing works again when there is room") {
    StoreFixture fixture;
    fixture.close();
    // SQLite's own limit on the size of a file gives the same answer as a disk that is full (SQLITE_FULL).
    data::Connection connection(fixture.file(), data::Access::write);
    connection.execute("CREATE TABLE t (y BLOB)");
    const std::vector<std::uint8_t> block(1'000'000, 7);
    const auto limit_pages = [&](std::int64_t pages) {
        const data::SchemaPermission permission(connection);
        connection.execute("PRAGMA max_page_count = " + std::to_string(pages));
    };
    limit_pages(1);
    try {
        data::Transaction transaction(connection);
        connection.prepare("INSERT INTO t VALUES (?1)").bind_blob(1, block).run();
        FAIL("it fitted");
    } catch (const data::DatabaseError &error) {
        CHECK(error.kind() == geo::ErrorKind::unavailable);
        CHECK(error.is_disk_full());
        CHECK_FALSE(error.is_io_failure());
    }
    limit_pages(1'000'000);
    data::Transaction transaction(connection);
    connection.prepare("INSERT INTO t VALUES (?1)").bind_blob(1, block).run();
    transaction.commit();
    CHECK(connection.query_int64("SELECT count(*) FROM t") == 1);
}
