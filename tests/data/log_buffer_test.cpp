#include "data/log_buffer.hpp"

#include "data/database.hpp"
#include "data/limits.hpp"
#include "data/schema.hpp"
#include "data/scrub.hpp"
#include "tests/data/data_fixture.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::test;
using data::Access;
using data::Connection;
using data::Transaction;

namespace {

/// A new database with the table t.
Connection new_database(const std::filesystem::path &file) {
    Connection connection(file, Access::create);
    data::migrate(connection, true);
    connection.execute("CREATE TABLE t (x INTEGER PRIMARY KEY, y BLOB)");
    return connection;
}

void insert(Connection &connection, int first, int count, std::size_t bytes) {
    const std::vector<std::uint8_t> block(bytes, 7);
    for (int number = first; number < first + count; ++number) {
        connection.prepare("INSERT INTO t (x, y) VALUES (?1, ?2)").bind_int64(1, number).bind_blob(2, block).run();
    }
}

/// The rows that somebody finds who gets the files as they lie there now, as after a power cut.
std::int64_t rows_in_copy(const std::filesystem::path &file, const TemporaryFolder &folder) {
    const std::filesystem::path copy = folder / "copy.sqlite";
    std::filesystem::copy_file(file, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(file.string() + "-wal", copy.string() + "-wal", std::filesystem::copy_options::overwrite_existing);
    Connection reader(copy, Access::write);
    const data::SchemaPermission permission(reader); // for the PRAGMA
    CHECK(reader.query_int64("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'") == 0);
    return reader.query_int64("SELECT count(*) FROM t");
}

} // namespace

TEST_CASE("every commit lies in the files when it returns, however few or many its pages") {
    const TemporaryFolder folder;
    const auto file = folder / "a.sqlite";
    Connection connection = new_database(file);
    int rows = 0;
    for (const auto &[count, bytes] : {std::pair{1, 10}, std::pair{1, 30'000}, std::pair{100, 5'000}, std::pair{1, 2'000'000}, std::pair{1, 10}}) {
        CAPTURE(count, bytes);
        Transaction transaction(connection);
        insert(connection, rows, count, static_cast<std::size_t>(bytes));
        transaction.commit();
        rows += count;
        CHECK(rows_in_copy(file, folder) == rows);
    }
}

TEST_CASE("the log's file grows by large pieces, and the zeros behind its end are no part of it for two connections that write in turn") {
    const TemporaryFolder folder;
    const auto file = folder / "a.sqlite";
    Connection first = new_database(file);
    Connection second(file, Access::write);
    const auto log_bytes = [&] { return static_cast<std::int64_t>(std::filesystem::file_size(file.string() + "-wal")); };
    insert(first, 0, 1, 10);
    CHECK(log_bytes() == data::log_growth_bytes);
    for (int turn = 0; turn < 200; ++turn) {
        insert(turn % 2 == 0 ? second : first, 1 + turn, 1, 50'000);
    }
    CHECK(log_bytes() > 2 * data::log_growth_bytes);
    CHECK(log_bytes() % data::log_growth_bytes == 0);
    CHECK(rows_in_copy(file, folder) == 201);
}

TEST_CASE("a log that somebody else has cut grows by large pieces again, whoever begins it anew") {
    const TemporaryFolder folder;
    const auto file = folder / "a.sqlite";
    Connection first = new_database(file);
    Connection second(file, Access::write);
    const auto log_bytes = [&] { return static_cast<std::int64_t>(std::filesystem::file_size(file.string() + "-wal")); };
    insert(first, 0, 1, 6'000'000);
    REQUIRE(log_bytes() == 2 * data::log_growth_bytes);
    REQUIRE(data::scrub_log(file));
    REQUIRE(log_bytes() == 0);
    insert(first, 1, 1, 10); // begins it anew
    CHECK(log_bytes() == data::log_growth_bytes);
    insert(first, 2, 1, 6'000'000);
    REQUIRE(data::scrub_log(file));
    insert(second, 3, 1, 10); // and now another does
    CHECK(log_bytes() == data::log_growth_bytes);
    insert(first, 4, 1, 5'000'000);
    CHECK(log_bytes() == 2 * data::log_growth_bytes);
    CHECK(rows_in_copy(file, folder) == 5);
}

TEST_CASE("what is not committed is in no file's state, and what is taken back leaves the log usable") {
    const TemporaryFolder folder;
    const auto file = folder / "a.sqlite";
    Connection connection = new_database(file);
    insert(connection, 0, 1, 10);
    {
        const Transaction transaction(connection);
        insert(connection, 1, 50, 50'000);
        CHECK(connection.query_int64("SELECT count(*) FROM t") == 51);
        CHECK(rows_in_copy(file, folder) == 1);
    }
    insert(connection, 1, 1, 10);
    CHECK(rows_in_copy(file, folder) == 2);
}

TEST_CASE("a transaction larger than the page cache reads back its own pages from the log") {
    const TemporaryFolder folder;
    const auto file = folder / "a.sqlite";
    Connection connection = new_database(file);
    {
        const data::SchemaPermission permission(connection);
        connection.execute("PRAGMA cache_size = 20");
    }
    Transaction transaction(connection);
    insert(connection, 0, 200, 20'000);
    CHECK(connection.query_int64("SELECT sum(length(y)) FROM t") == 200 * 20'000);
    CHECK(connection.query_int64("SELECT count(*) FROM t WHERE y <> zeroblob(20000)") == 200);
    transaction.commit();
    CHECK(rows_in_copy(file, folder) == 200);
    connection.checkpoint(Connection::Checkpoint::truncate);
    CHECK(std::filesystem::file_size(file.string() + "-wal") == 0);
    insert(connection, 200, 1, 10);
    CHECK(rows_in_copy(file, folder) == 201);
}
