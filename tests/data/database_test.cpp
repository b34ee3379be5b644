#include "data/database.hpp"

#include "data/schema.hpp"
#include "data/store.hpp"
#include "tests/data/data_fixture.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

using namespace keyaki;
using namespace keyaki::test;
using data::Access;
using data::Connection;
using geo::ErrorKind;

namespace {

template <typename Function>
ErrorKind kind_thrown_by(Function &&function) {
    try {
        function();
    } catch (const geo::Error &error) {
        return error.kind();
    }
    FAIL("nothing was thrown");
    return ErrorKind::internal;
}

} // namespace

TEST_CASE("a database that is not there is not found, and making one says so") {
    const TemporaryFolder folder;
    CHECK(kind_thrown_by([&] { (void)data::open_store({.file = folder / "no.sqlite"}); }) == ErrorKind::not_found);
    CHECK_FALSE(std::filesystem::exists(folder / "no.sqlite"));
    (void)data::open_store({.file = folder / "new.sqlite", .create = true});
    CHECK_NOTHROW(data::open_store({.file = folder / "new.sqlite"}));
    CHECK_NOTHROW(data::open_store({.file = folder / "new.sqlite", .create = true}));
}

TEST_CASE("a statement is known by its text, not by the place where the text stands") {
    const TemporaryFolder folder;
    Connection connection(folder / "a.sqlite", Access::create);
    std::string text = "SELECT 1";
    CHECK(connection.query_int64(text) == 1);
    text.back() = '2';
    CHECK(connection.query_int64(text) == 2);
    text.back() = '1';
    CHECK(connection.query_int64(text) == 1);
    auto outer = connection.prepare(text);
    CHECK(outer.step());
    CHECK(connection.query_int64(text) == 1); // the same text twice at the same time
    CHECK(outer.column_int64(0) == 1);
}

TEST_CASE("files of others are refused and not touched") {
    const TemporaryFolder folder;
    const auto text = folder.write("notes.txt", std::string(5000, 'x'));
    CHECK(kind_thrown_by([&] { (void)data::open_store({.file = text}); }) == ErrorKind::corrupt);
    CHECK(bytes_of(text) == std::string(5000, 'x'));
    const auto empty = folder.write("empty.sqlite", "");
    CHECK(kind_thrown_by([&] { (void)data::open_store({.file = empty}); }) == ErrorKind::corrupt);
    CHECK(std::filesystem::file_size(empty) == 0);
    const auto other = folder / "other.sqlite";
    {
        Connection connection(other, Access::create);
        connection.execute("CREATE TABLE customer (name TEXT)");
    }
    const std::string before = bytes_of(other);
    CHECK(kind_thrown_by([&] { (void)data::open_store({.file = other, .create = true}); }) == ErrorKind::corrupt);
    CHECK(bytes_of(other) == before);
}

TEST_CASE("a database of a newer keyaki is refused with a sentence") {
    StoreFixture fixture;
    fixture.close();
    {
        Connection connection(fixture.file(), Access::write);
        const data::SchemaPermission permission(connection);
        connection.execute("PRAGMA user_version = 9999");
    }
    CHECK(kind_thrown_by([&] { fixture.reopen(); }) == ErrorKind::conflict);
}

TEST_CASE("a connection cannot read other files, attach databases, load code or change settings") {
    ::setenv("SPATIALITE_SECURITY", "relaxed", 1);
    StoreFixture fixture;
    for (const Access access : {Access::read, Access::write}) {
        Connection connection(fixture.file(), access);
        for (const char *sql : {"ATTACH '/etc/passwd' AS other", "CREATE VIRTUAL TABLE temp.v USING VirtualText('/etc/passwd', 'UTF-8', 0)",
                                "SELECT load_extension('mod_spatialite')", "PRAGMA trusted_schema = ON", "PRAGMA journal_mode = DELETE",
                                "UPDATE sqlite_schema SET sql = ''", "DELETE FROM idx_layer_shelters_geom_node"}) {
            INFO(sql);
            CHECK_THROWS_AS(connection.execute(sql), geo::Error);
        }
    }
    Connection reader(fixture.file(), Access::read);
    CHECK_THROWS_AS(reader.execute("DELETE FROM keyaki_layers"), geo::Error);
}

TEST_CASE("a statement's text may be in use twice at the same time") {
    StoreFixture fixture;
    Connection connection(fixture.file(), Access::read);
    const char *sql = "SELECT value FROM json_each('[1,2,3]')";
    data::Statement outer = connection.prepare(sql);
    int pairs = 0;
    while (outer.step()) {
        data::Statement inner = connection.prepare(sql);
        while (inner.step()) {
            ++pairs;
        }
    }
    CHECK(pairs == 9);
}

TEST_CASE("text and blobs keep every byte, and empty is not null") {
    StoreFixture fixture;
    Connection connection(fixture.file(), Access::read);
    data::Statement statement = connection.prepare("SELECT ?1, ?2, ?3, ?4");
    const std::string text("a\0b欅", 6);
    const std::vector<std::uint8_t> blob{0, 255, 0};
    statement.bind_text(1, text).bind_blob(2, blob).bind_text(3, {}).bind_blob(4, {}).step();
    CHECK(statement.column_text(0) == text);
    CHECK(std::equal(blob.begin(), blob.end(), statement.column_blob(1).begin(), statement.column_blob(1).end()));
    CHECK_FALSE(statement.is_null(2));
    CHECK_FALSE(statement.is_null(3));
    CHECK(statement.column_blob(3).empty());
}

TEST_CASE("a savepoint that is not released undoes only its own part") {
    StoreFixture fixture;
    fixture.close();
    Connection connection(fixture.file(), Access::write);
    connection.execute("CREATE TABLE t (x INTEGER)");
    data::Transaction transaction(connection);
    connection.execute("INSERT INTO t VALUES (1)");
    {
        const data::Savepoint outer(connection);
        connection.execute("INSERT INTO t VALUES (2)");
        data::Savepoint inner(connection);
        connection.execute("INSERT INTO t VALUES (3)");
        inner.release();
    }
    connection.execute("INSERT INTO t VALUES (4)");
    transaction.commit();
    CHECK(connection.query_int64("SELECT sum(x) FROM t") == 5);
}

TEST_CASE("a savepoint and a statement may change more pages than are kept in memory, and are undone as a whole") {
    StoreFixture fixture;
    fixture.close();
    data::Connection connection(fixture.file(), data::Access::write);
    connection.execute("CREATE TABLE t (x INTEGER UNIQUE, y TEXT)");
    connection.execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 4000)"
                       " INSERT INTO t SELECT x, printf('%1000d', x) FROM n"); // some 1,300 pages
    data::Transaction transaction(connection);
    {
        const data::Savepoint savepoint(connection);
        connection.execute("UPDATE t SET y = printf('%999d', x)");
        CHECK(connection.query_int64("SELECT sum(length(y)) FROM t") == 4000 * 999);
    }
    CHECK(connection.query_int64("SELECT sum(length(y)) FROM t") == 4000 * 1000);
    CHECK_THROWS_AS(connection.execute("UPDATE t SET y = 'gone', x = min(x, 3999)"), geo::Error); // fails at the last row
    CHECK(connection.query_int64("SELECT sum(length(y)) FROM t") == 4000 * 1000);
    transaction.commit();
}

TEST_CASE("a damaged file is said to be damaged") {
    StoreFixture fixture;
    fixture.publish_many();
    fixture.close();
    std::fstream file(fixture.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(fixture.file())) / 2);
    file << std::string(8192, '\x5a');
    file.close();
    bool is_found = false;
    try {
        fixture.reopen();
        is_found = !fixture.store().check().empty();
    } catch (const geo::Error &error) {
        is_found = error.kind() == ErrorKind::corrupt;
    }
    CHECK(is_found);
}
