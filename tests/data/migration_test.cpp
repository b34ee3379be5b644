#include "data/audit_store.hpp"
#include "data/books.hpp"
#include "data/check_in_store.hpp"
#include "data/ledger_pending.hpp"
#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "data/migrations.hpp"
#include "data/schema.hpp"
#include "data/store.hpp"
#include "tests/data/data_fixture.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::test;
using data::Access;
using data::Connection;

namespace {

/// What a released migration said, from `begin` up to `end`.
std::string sql_between(int number, std::string_view begin, std::string_view end) {
    const std::string_view sql = data::migrations()[static_cast<std::size_t>(number - 1)].sql;
    const std::size_t first = sql.find(begin);
    return std::string(sql.substr(first, sql.find(end, first) - first));
}

/// Takes back what migration 014 did.
void go_back_to_version_13(Connection &connection) {
    const data::SchemaPermission permission(connection);
    connection.execute("DROP TABLE osm_piece; DROP TABLE osm_extract; DROP TABLE keyaki_brought;"
                       "ALTER TABLE keyaki_layers DROP COLUMN imported_before;"
                       "DELETE FROM keyaki_migrations WHERE number > 13; PRAGMA user_version = 13");
}

/// Takes back what migrations 012 and later did.
void go_back_to_version_11(Connection &connection) {
    go_back_to_version_13(connection);
    const data::SchemaPermission permission(connection);
    connection.execute("DROP TABLE device_key; ALTER TABLE course_run DROP COLUMN fast_mps;"
                       "DELETE FROM keyaki_migrations WHERE number > 11; PRAGMA user_version = 11");
}

/// Takes back what migration 011 did; check-ins stay.
void go_back_to_version_10(Connection &connection) {
    go_back_to_version_11(connection);
    const data::SchemaPermission permission(connection);
    connection.execute("DROP TRIGGER check_in_never_changes; DROP TRIGGER check_in_hashes_only_leave;"
                       "ALTER TABLE check_in DROP COLUMN score; ALTER TABLE check_in DROP COLUMN inputs_digest;"
                       "ALTER TABLE check_in DROP COLUMN bundle_hashes;"
                       "DROP TABLE rule_set; DROP TABLE wrong_try; DROP TABLE daily_count; DROP TABLE standing; DROP TABLE review;"
                       "DROP TABLE rally_secret; DROP TABLE nfc_tag; DROP TABLE course_run; DROP TABLE finish; DROP TABLE coupon;"
                       "DROP TABLE draw_ticket; DROP TABLE draw; DROP TABLE step_day; DROP TABLE offline_ticket");
    connection.execute(sql_between(7, "CREATE TRIGGER check_in_never_changes", "CREATE TRIGGER check_in_evidence_only_leaves"));
    connection.execute("DELETE FROM keyaki_migrations WHERE number > 10; PRAGMA user_version = 10");
}

/// Takes back what migration 010 did; accounts, entries and events stay.
void go_back_to_version_9(Connection &connection) {
    go_back_to_version_10(connection);
    const data::SchemaPermission permission(connection);
    connection.execute("CREATE TEMP TABLE kept_account AS SELECT * FROM ledger_account;"
                       "CREATE TEMP TABLE kept_entry AS SELECT * FROM ledger_entry; CREATE TEMP TABLE kept_event AS SELECT * FROM outbox_event;"
                       "DROP TABLE ledger_open_pending; DROP TABLE ledger_open_lot; DROP TABLE ledger_lot_use; DROP TABLE ledger_shop_class;"
                       "DROP TABLE ledger_purpose_class; DROP TABLE webhook_backlog; DROP TABLE webhook; DROP TABLE outbox_event;"
                       "DROP TABLE ledger_entry; DROP TABLE ledger_account");
    connection.execute(sql_between(2, "CREATE TABLE ledger_account", "-- An id that was refused once"));
    connection.execute("DROP INDEX ledger_entry_of_credit; DROP INDEX ledger_entry_awards;"
                       "CREATE INDEX ledger_entry_of_credit ON ledger_entry (credit_account, sequence, debit_account)");
    connection.execute(sql_between(3, "CREATE TABLE outbox_event", "CREATE INDEX outbox_event_of_subject"));
    connection.execute("INSERT INTO ledger_account SELECT * FROM kept_account; INSERT INTO ledger_entry SELECT * FROM kept_entry;"
                       "INSERT INTO outbox_event (sequence, id, type, subject, data_json, time_us) SELECT * FROM kept_event;"
                       "DROP TABLE kept_account; DROP TABLE kept_entry; DROP TABLE kept_event;"
                       "DELETE FROM keyaki_migrations WHERE number > 9; PRAGMA user_version = 9");
}

/// Takes back what migrations 008 and later did.
void go_back_to_version_7(Connection &connection) {
    go_back_to_version_9(connection);
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
                            "INSERT INTO check_in (id, member, rally, spot, device, verdict, rules, layer_revision, inside_probability, answer_json, "
                            "received_at_us) SELECT 'new', member, rally, spot, device, 'perhaps', rules, 1, 0, '{}', 5 FROM check_in",
                            "UPDATE check_in SET score = 5", "UPDATE check_in SET bundle_hashes = x'00'", "UPDATE check_in SET inputs_digest = NULL",
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

TEST_CASE("check-ins of version 10 are the same in version 11, without a score") {
    const TemporaryFolder folder;
    Connection connection(folder / "a.sqlite", Access::create);
    data::migrate(connection, true);
    write_check_in(connection);
    go_back_to_version_10(connection);
    {
        const data::SchemaPermission permission(connection);
        data::migrate(connection, false);
        CHECK(connection.query_int64("PRAGMA user_version") == data::migrations().back().number);
    }
    CHECK(data::find_check_in(connection, "01JRK5T0Q2")->evidence_json == R"({"sigma_m":9})");
    data::HistoryBook history(connection);
    CHECK(history.find("01JRK5T0Q2")->score == 0);
    CHECK(history.find("01JRK5T0Q2")->bundle_hashes.empty());
}

TEST_CASE("notes of reviews leave the audit log of version 12, everything else in it stays, and it is as well guarded") {
    const TemporaryFolder folder;
    Connection connection(folder / "a.sqlite", Access::create);
    data::migrate(connection, true);
    {
        data::Transaction transaction(connection);
        data::insert_audit(connection, {1, "taro", "review.decide", "c-1", R"({"state":"approved","points":10,"note":"spoke to Hanako"})"});
        data::insert_audit(connection, {2, "taro", "layer.publish", "shelters", R"({"note":"a layer's"})"});
        transaction.commit();
        go_back_to_version_13(connection);
        const data::SchemaPermission permission(connection);
        connection.execute("DELETE FROM keyaki_migrations WHERE number > 12; PRAGMA user_version = 12");
        data::migrate(connection, false);
    }
    const auto entries = data::audit(connection, 10);
    REQUIRE(entries.size() == 2);
    CHECK(entries[1].detail_json == R"({"state":"approved","points":10})");
    CHECK(entries[1].actor == "taro");
    CHECK(entries[0].detail_json == R"({"note":"a layer's"})");
    CHECK_THROWS_AS(connection.execute("UPDATE audit_entry SET detail_json = '{}'"), data::DatabaseError);
}

TEST_CASE("the ledger and the events of version 9 are the same in version 10: no hash changes, what waits can end, and nothing is told twice") {
    const TemporaryFolder folder;
    Connection connection(folder / "a.sqlite", Access::create);
    data::migrate(connection, true);
    write_check_in(connection);
    {
        data::Transaction transaction(connection);
        (void)data::transfer(connection, {"held", "budget:walk", "member:m-1", 5, "award", "", true, 60, std::nullopt}, 3);
        data::insert_event(connection, {"told", "points.awarded", "m-1", "{}", 3});
        transaction.commit();
    }
    const data::LedgerHead head = data::ledger_head(connection);
    go_back_to_version_9(connection);
    {
        const data::SchemaPermission permission(connection);
        data::migrate(connection, false);
    }
    const data::LedgerReport report = data::verify_ledger(connection);
    CHECK(report.problems == std::vector<std::string>{});
    CHECK(report.transfers == 3);
    CHECK(report.head.hash == head.hash);
    CHECK(connection.query_int64("SELECT count(*) FROM outbox_event WHERE id = 'told' AND sequence = 1") == 1);
    data::Transaction transaction(connection);
    CHECK(data::end_pending(connection, {"held", data::Ending::post, {}, {}}, 4).outcome == data::EndOutcome::created);
    transaction.commit();
    CHECK(data::verify_ledger(connection).problems.empty());
    CHECK(data::find_account(connection, "member:m-1")->available() == 15);
    CHECK_THROWS_AS(connection.execute("UPDATE ledger_entry SET amount = 1"), data::DatabaseError);
    CHECK_THROWS_AS(connection.execute("DELETE FROM ledger_account"), data::DatabaseError);
}

TEST_CASE("after the migration what is published counts as imported, and the edits of a draft do not") {
    const TemporaryFolder folder;
    const auto file = folder / "a.sqlite";
    const auto opened = [&] { return data::open_store({.file = file, .create = true, .readers = 1}); };
    const auto road = [](const std::string &id, const std::string &name) {
        geo::Feature feature{id, geo::Geometry::point({139.5, 35.7}), {}};
        feature.properties.set("name", name);
        return feature;
    };
    const auto import = [&](data::Store &store) {
        const auto draft = store.write_draft("roads", data::Store::DraftMode::replace, "test");
        draft->put(road("w1", "one"));
        draft->put(road("w2", "two"));
        (void)draft->commit();
    };
    const auto edit = [&](data::Store &store, const std::string &id, data::LayerEdit::Target target) {
        data::LayerEdit edits{"roads", target, {{data::EditKind::replace, road(id, "ours"), std::nullopt, false}}, "staff", "", 2, std::nullopt};
        REQUIRE(store.edit_features(edits).has_changed);
    };
    {
        const auto store = opened();
        data::LayerSpec spec;
        spec.id = "roads";
        store->write([&](data::WriteTransaction &books) { books.create_layer(spec, "test", 1); });
        import(*store);
        store->write([](data::WriteTransaction &books) { books.publish("roads", "test", "first", true, 1); });
        edit(*store, "w1", data::LayerEdit::Target::draft);
    }
    {
        Connection connection(file, Access::write);
        go_back_to_version_13(connection);
    }
    const auto store = opened();
    edit(*store, "w2", data::LayerEdit::Target::published);
    std::vector<std::string> edited;
    store->read_own_edits("roads", [&](data::OwnEdit &&one) {
        CHECK(one.brought);
        edited.push_back(one.feature_id);
    });
    std::sort(edited.begin(), edited.end());
    CHECK(edited == std::vector<std::string>{"w1", "w2"});
}
