#include "data/database.hpp"
#include "data/limits.hpp"
#include "geo/error.hpp"
#include "tests/data/data_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace keyaki;
using namespace keyaki::test;
using data::Store;

TEST_CASE("a backup taken while writing goes on is whole") {
    StoreFixture fixture;
    std::vector<geo::Feature> many;
    for (int number = 0; number < 3000; ++number) {
        many.push_back(point_feature("f" + std::to_string(number), 139, 35, number));
    }
    fixture.import(many);
    fixture.publish();
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

TEST_CASE("check finds what does not agree") {
    const auto problems_after = [](std::string_view sql) {
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
        return fixture.store().check();
    };
    for (const char *sql : {"UPDATE keyaki_layers SET feature_count = 3", "UPDATE keyaki_layers SET west_deg = 0",
                            "DELETE FROM keyaki_revisions WHERE number = 1", "DELETE FROM idx_layer_shelters_geom WHERE pkid = 1",
                            "UPDATE idx_layer_shelters_geom SET xmin = 100, xmax = 101 WHERE pkid = 2", "UPDATE layer_shelters SET removed = NULL",
                            "INSERT INTO keyaki_revisions SELECT 'parks', 1, 1, 1, '', '', NULL, 0, 0, 0, 0, NULL, "
                            "NULL, NULL, NULL, '{}', '', 0",
                            "UPDATE keyaki_layers SET draft_added = 5", "UPDATE idx_layer_shelters_geom_node SET data = zeroblob(1228)"}) {
        INFO(sql);
        CHECK_FALSE(problems_after(sql).empty());
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
