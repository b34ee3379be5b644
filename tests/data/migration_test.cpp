#include "data/check_in_store.hpp"
#include "data/ledger_store.hpp"
#include "data/migrations.hpp"
#include "data/schema.hpp"
#include "tests/data/data_fixture.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::test;
using data::Access;
using data::Connection;

namespace {

/// Takes back what migrations 008 and 009 did.
void go_back_to_version_7(Connection &connection) {
    const data::SchemaPermission permission(connection);
    connection.execute("ALTER TABLE keyaki_layers DROP COLUMN schema; ALTER TABLE keyaki_revisions DROP COLUMN schema;"
                       "ALTER TABLE keyaki_layers DROP COLUMN invalid_geometry; ALTER TABLE keyaki_layers DROP COLUMN draft_unconditional;"
                       "ALTER TABLE keyaki_revisions DROP COLUMN unconditional;"
                       "DROP TABLE keyaki_draft_imports;"
                       "DELETE FROM keyaki_migrations WHERE number > 7; PRAGMA user_version = 7");
}

/// Takes back what migration 007 did, in an empty database, by what 002 and 003 had made.
void go_back_to_version_6(Connection &connection) {
    const data::SchemaPermission permission(connection);
    connection.execute("DROP TABLE check_in; DROP TABLE stamp; DROP TABLE stored_answer; DROP TABLE outbox_event; DROP INDEX ledger_entry_of_credit;"
                       "CREATE INDEX ledger_entry_of_credit ON ledger_entry (credit_account, sequence);"
                       "CREATE INDEX ledger_entry_awards ON ledger_entry (credit_account, debit_account, time_us, amount)");
    connection.execute(data::migrations()[2].sql);
    connection.execute("DELETE FROM keyaki_migrations WHERE number > 6; PRAGMA user_version = 6");
}

void write_check_in(Connection &connection) {
    data::Transaction transaction(connection);
    data::insert_check_in(connection,
                          {"01JRK5T0Q2", "m-1", "walk", "spots/1", "", "held", "2026-04-01/3", 1, 0.5, R"({"sigma_m":9})", "{}", 5'000'000});
    data::insert_stamp(connection, {"walk", "spots/1", "m-1", "once", "01JRK5T0Q2", 5'000'000});
    data::ensure_account(connection, "issuer:city", "nin");
    data::ensure_account(connection, "budget:walk", "nin");
    data::ensure_account(connection, "member:m-1", "nin");
    (void)data::transfer(connection, {"fund", "issuer:city", "budget:walk", 100, "fund", "", false, 0, std::nullopt}, 1);
    (void)data::transfer(connection, {"award", "budget:walk", "member:m-1", 10, "award", "01JRK5T0Q2", false, 0, std::nullopt}, 2);
    transaction.commit();
}

} // namespace

TEST_CASE("check-ins, stamps and points of version 6 are the same in version 7, and as well guarded") {
    const TemporaryFolder folder;
    Connection connection(folder / "a.sqlite", Access::create);
    data::migrate(connection, true);
    go_back_to_version_7(connection);
    go_back_to_version_6(connection);
    {
        const data::SchemaPermission permission(connection);
        connection.execute("INSERT INTO check_in VALUES ('old', 'm-0', 'walk', 'spots/1', 'd', 'refused', 'r', 1, 0, NULL, '{}', 4)");
        connection.execute("INSERT INTO stamp VALUES ('walk', 'spots/1', 'm-0', 'once', 'old', 4)");
        data::migrate(connection, false);
        CHECK(connection.query_int64("PRAGMA user_version") == data::migrations().back().number);
    }
    write_check_in(connection);
    CHECK(data::find_check_in(connection, "old")->member == "m-0");
    CHECK(data::find_check_in(connection, "01JRK5T0Q2")->evidence_json == R"({"sigma_m":9})");
    CHECK(data::stamps_of(connection, "m-0").size() == 1);
    CHECK(data::find_stamp(connection, "walk", "spots/1", "m-1", "once")->stamped_at_us == 5'000'000);
    CHECK(data::points_awarded(connection, "m-1", "walk", 5'000'000, 5'000'001) == 10);
    CHECK(data::points_awarded(connection, "m-1", "other", 0, 9'000'000) == 0);
    for (const char *sql : {"UPDATE check_in SET verdict = 'held'", "UPDATE check_in SET evidence_json = '{}'", "UPDATE stamp SET period = 'daily'",
                            "INSERT INTO check_in SELECT 'new', member, rally, spot, device, 'perhaps', rules, 1, 0, NULL, '{}', 5 FROM check_in",
                            "INSERT INTO stamp VALUES ('walk', 'spots/1', 'm-1', 'once', 'another', 6)"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(connection.execute(sql), data::DatabaseError);
    }
}

TEST_CASE("layers and revisions of version 7 have neither a schema nor edits without a condition in version 8") {
    StoreFixture fixture;
    fixture.import({point_feature("a", 139, 35)});
    fixture.publish();
    fixture.close();
    {
        Connection connection(fixture.file(), Access::write);
        go_back_to_version_7(connection);
    }
    fixture.reopen();
    CHECK(fixture.store().find_layer("shelters")->spec == layer_spec("shelters"));
    CHECK(fixture.store().revisions("shelters").front().unconditional == 0);
    CHECK(published(fixture.store()).size() == 1);
    CHECK(fixture.store().check().empty());
}
