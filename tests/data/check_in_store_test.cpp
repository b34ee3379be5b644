#include "data/check_in_store.hpp"

#include "data/outbox.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace keyaki::data;
using namespace keyaki::test;
using namespace std::string_literals;
using keyaki::geo::ErrorKind;

namespace {

CheckIn some_check_in(const std::string &id = "01JRK5T0Q2") {
    return {id,
            "m-7f3a",
            "preparedness-2026",
            "shelters/清瀬第一",
            "d-91c2",
            "accepted",
            "2026-04-01/3",
            12,
            0.97,
            R"({"cell":"8a2f5a","sigma_m":9.2})",
            R"({"verdict":"accepted"})",
            1'775'955'603'000'000};
}

Stamp some_stamp() { return {"preparedness-2026", "shelters/清瀬第一", "m-7f3a", "once", "01JRK5T0Q2", 1'000}; }

void in_transaction(Connection &connection, const std::function<void()> &action) {
    Transaction transaction(connection);
    action();
    transaction.commit();
}

/// Of an action in a transaction that is given up.
ErrorKind kind_of_error(Connection &connection, const std::function<void()> &action) {
    const Transaction transaction(connection);
    return keyaki::test::kind_of_error(action);
}

} // namespace

TEST_CASE("a check-in is read as it was written") {
    FreshDatabase database;
    in_transaction(*database, [&] { insert_check_in(*database, some_check_in()); });
    const CheckIn expected = some_check_in();
    const auto found = find_check_in(*database, expected.id);
    REQUIRE(found);
    CHECK(found->member == expected.member);
    CHECK(found->rally == expected.rally);
    CHECK(found->spot == expected.spot);
    CHECK(found->device == expected.device);
    CHECK(found->verdict == expected.verdict);
    CHECK(found->rules == expected.rules);
    CHECK(found->layer_revision == expected.layer_revision);
    CHECK(found->inside_probability == expected.inside_probability);
    CHECK(found->evidence_json == expected.evidence_json);
    CHECK(found->answer_json == expected.answer_json);
    CHECK(found->received_at_us == expected.received_at_us);
    CHECK_FALSE(find_check_in(*database, "other"));
}

TEST_CASE("a check-in that is wrong in itself or there already is refused with a sentence") {
    FreshDatabase database;
    in_transaction(*database, [&] { insert_check_in(*database, some_check_in()); });
    CHECK(kind_of_error(*database, [&] { insert_check_in(*database, some_check_in()); }) == ErrorKind::conflict);
    const std::vector<std::function<void(CheckIn &)>> faults = {
        [](CheckIn &c) { c.id.clear(); },
        [](CheckIn &c) { c.member = "a\n"; },
        [](CheckIn &c) { c.rally.clear(); },
        [](CheckIn &c) { c.spot = std::string(201, 'x'); },
        [](CheckIn &c) { c.device = "\xff"; },
        [](CheckIn &c) { c.verdict = "perhaps"; },
        [](CheckIn &c) { c.rules.clear(); },
        [](CheckIn &c) { c.inside_probability = 1.01; },
        [](CheckIn &c) { c.inside_probability = -0.01; },
        [](CheckIn &c) { c.inside_probability = std::numeric_limits<double>::quiet_NaN(); },
    };
    for (std::size_t i = 0; i < faults.size(); ++i) {
        CAPTURE(i);
        CheckIn check_in = some_check_in("01JRK5T0Q3");
        faults[i](check_in);
        CHECK(kind_of_error(*database, [&] { insert_check_in(*database, check_in); }) == ErrorKind::invalid_input);
    }
    CHECK(database->query_int64("SELECT count(*) FROM check_in") == 1);
}

TEST_CASE("every verdict can be kept, and a check-in without a device") {
    FreshDatabase database;
    in_transaction(*database, [&] {
        for (const std::string verdict : {"accepted", "held", "more_fixes", "token_required", "refused"}) {
            CheckIn check_in = some_check_in(verdict);
            check_in.verdict = verdict;
            check_in.device.clear();
            insert_check_in(*database, check_in);
        }
    });
    CHECK(database->query_int64("SELECT count(*) FROM check_in") == 5);
}

TEST_CASE("a check-in is never edited, but its evidence can leave") {
    FreshDatabase database;
    in_transaction(*database, [&] { insert_check_in(*database, some_check_in()); });
    for (const char *sql :
         {"UPDATE check_in SET verdict = 'refused'", "UPDATE check_in SET member = 'm-2'", "UPDATE check_in SET evidence_json = '{}'",
          "UPDATE check_in SET answer_json = '{}'", "UPDATE check_in SET inside_probability = 1"}) {
        CAPTURE(sql);
        CHECK_THROWS_AS(database->execute(sql), DatabaseError);
    }
    database->execute("UPDATE check_in SET evidence_json = NULL");
    CHECK(find_check_in(*database, "01JRK5T0Q2")->evidence_json.empty());
}

TEST_CASE("the evidence whose retention is over is found by index") {
    FreshDatabase database;
    Statement plan =
        database->prepare("EXPLAIN QUERY PLAN UPDATE check_in SET evidence_json = NULL WHERE evidence_json IS NOT NULL AND received_at_us < ?1");
    REQUIRE(plan.step());
    CHECK_THAT(std::string(plan.column_text(3)), Catch::Contains("check_in_evidence_retention"));
}

TEST_CASE("I8: a stamp is given once per rally, spot, member and period") {
    FreshDatabase database;
    in_transaction(*database, [&] { insert_stamp(*database, some_stamp()); });
    CHECK(kind_of_error(*database, [&] { insert_stamp(*database, some_stamp()); }) == ErrorKind::conflict);
    const std::vector<std::function<void(Stamp &)>> others = {
        [](Stamp &s) { s.rally = "walking-2026"; },
        [](Stamp &s) { s.spot = "shelters/other"; },
        [](Stamp &s) { s.member = "m-2"; },
        [](Stamp &s) { s.period = "2026-04-12"; },
    };
    for (std::size_t i = 0; i < others.size(); ++i) {
        CAPTURE(i);
        Stamp stamp = some_stamp();
        others[i](stamp);
        stamp.stamped_at_us = 2'000;
        CHECK_FALSE(find_stamp(*database, stamp.rally, stamp.spot, stamp.member, stamp.period));
        in_transaction(*database, [&] { insert_stamp(*database, stamp); });
        CHECK(find_stamp(*database, stamp.rally, stamp.spot, stamp.member, stamp.period)->stamped_at_us == 2'000);
        CHECK(kind_of_error(*database, [&] { insert_stamp(*database, stamp); }) == ErrorKind::conflict);
    }
    CHECK(find_stamp(*database, "preparedness-2026", "shelters/清瀬第一", "m-7f3a", "once")->check_in == "01JRK5T0Q2");
    CHECK(kind_of_error(*database, [&] {
              Stamp stamp = some_stamp();
              stamp.period = "";
              insert_stamp(*database, stamp);
          }) == ErrorKind::invalid_input);
    CHECK_THROWS_AS(database->execute("UPDATE stamp SET stamped_at_us = 1"), DatabaseError);
}

TEST_CASE("a member's stamps come newest first, of all rallies or of one") {
    FreshDatabase database;
    in_transaction(*database, [&] {
        std::int64_t time_us = 0;
        for (const std::string rally : {"walk", "produce", "walk", "walk"}) {
            ++time_us;
            insert_stamp(*database, {rally, "spots/" + std::to_string(time_us), "a", "once", "c" + std::to_string(time_us), time_us});
        }
        insert_stamp(*database, {"walk", "spots/1", "b", "once", "c9", 9});
    });
    const auto times = [](const std::vector<Stamp> &stamps) {
        std::vector<std::int64_t> found;
        for (const Stamp &stamp : stamps) {
            found.push_back(stamp.stamped_at_us);
        }
        return found;
    };
    CHECK(times(stamps_of(*database, "a")) == std::vector<std::int64_t>{4, 3, 2, 1});
    CHECK(times(stamps_of(*database, "a", "walk")) == std::vector<std::int64_t>{4, 3, 1});
    CHECK(times(stamps_of(*database, "b")) == std::vector<std::int64_t>{9});
    CHECK(stamps_of(*database, "c").empty());
    CHECK(stamps_of(*database, "a", "other").empty());
}

TEST_CASE("a stored answer comes back byte by byte") {
    FreshDatabase database;
    std::string body;
    for (int byte = 0; byte < 256; ++byte) {
        body += static_cast<char>(byte);
    }
    in_transaction(*database, [&] {
        store_answer(*database, "app", "POST /checkins", "key-1", {"hash", 201, R"({"Location":"/checkins/1"})", body}, 1'000);
        store_answer(*database, "app", "POST /checkins", "key-2", {"hash", 422, "", ""}, 1'000);
    });
    const auto found = find_answer(*database, "app", "POST /checkins", "key-1");
    REQUIRE(found);
    CHECK(found->body_hash == "hash");
    CHECK(found->status == 201);
    CHECK(found->headers_json == R"({"Location":"/checkins/1"})");
    CHECK(found->body == body);
    CHECK(find_answer(*database, "app", "POST /checkins", "key-2")->body.empty());
}

TEST_CASE("an answer belongs to client, route and key together") {
    FreshDatabase database;
    const auto store = [&](std::string_view client, std::string_view route, std::string_view key) {
        in_transaction(*database, [&] {
            store_answer(*database, client, route, key, {"hash", 201, "{}", std::string(client) + std::string(route)}, 1);
        });
    };
    store("app", "POST /checkins", "key");
    store("other", "POST /checkins", "key");
    store("app", "POST /ledger/transfers", "key");
    CHECK(find_answer(*database, "app", "POST /checkins", "key")->body == "appPOST /checkins");
    CHECK(find_answer(*database, "other", "POST /checkins", "key")->body == "otherPOST /checkins");
    CHECK(find_answer(*database, "app", "POST /ledger/transfers", "key")->body == "appPOST /ledger/transfers");
    CHECK_FALSE(find_answer(*database, "third", "POST /checkins", "key"));
    CHECK_FALSE(find_answer(*database, "app", "POST /checkins", "Key"));
}

TEST_CASE("an answer is never replaced, and a bad key is refused") {
    FreshDatabase database;
    in_transaction(*database, [&] { store_answer(*database, "app", "POST /checkins", "key", {"hash", 201, "{}", "first"}, 1); });
    const auto again = [&](std::string_view key, int status) {
        return kind_of_error(*database, [&] { store_answer(*database, "app", "POST /checkins", key, {"hash", status, "{}", "second"}, 2); });
    };
    CHECK(again("key", 201) == ErrorKind::conflict);
    CHECK(again("", 201) == ErrorKind::invalid_input);
    CHECK(again("a\tb", 201) == ErrorKind::invalid_input);
    CHECK(again("new", 99) == ErrorKind::invalid_input);
    CHECK_THROWS_AS(database->execute("UPDATE stored_answer SET status = 500"), DatabaseError);
    CHECK(find_answer(*database, "app", "POST /checkins", "key")->body == "first");
}

TEST_CASE("events stand in the order in which they were written, are of a type that can be asked for, and never change") {
    FreshDatabase database;
    in_transaction(*database, [&] {
        for (const std::string id : {"c", "a", "b"}) {
            insert_event(*database, {id, "points.awarded", "member:a", R"({"points":10})", 5});
        }
    });
    CHECK(kind_of_error(*database, [&] { insert_event(*database, {"d", "", "member:a", "{}", 5}); }) == ErrorKind::invalid_input);
    for (const std::string_view type : event_types) { // of another one nobody could ask to be told
        CAPTURE(type);
        in_transaction(*database, [&] { insert_event(*database, {"e", std::string(type), "member:a", R"({"points":10})", 5}); });
    }
    CHECK(kind_of_error(*database, [&] { insert_event(*database, {"d", "points.stolen", "member:a", "{}", 5}); }) == ErrorKind::invalid_input);
    Statement row = database->prepare("SELECT id, data_json FROM outbox_event ORDER BY sequence");
    std::string order;
    while (row.step()) {
        order += row.column_text(0);
        CHECK(row.column_text(1) == R"({"points":10})");
    }
    CHECK(order == "cab" + std::string(event_types.size(), 'e'));
    CHECK_THROWS_AS(database->execute("UPDATE outbox_event SET data_json = '{}'"), DatabaseError);
}

TEST_CASE("I9: what a rolled-back transaction wrote of a check-in is gone: check-in, stamp, answer and event") {
    FreshDatabase database;
    {
        Transaction transaction(*database);
        insert_check_in(*database, some_check_in());
        insert_stamp(*database, some_stamp());
        store_answer(*database, "app", "POST /checkins", "key", {"hash", 201, "{}", "body"}, 1);
        insert_event(*database, {"e", "checkin.accepted", "member:m-7f3a", "{}", 5});
    }
    for (const char *table : {"check_in", "stamp", "stored_answer", "outbox_event"}) {
        CHECK(database->query_int64("SELECT count(*) FROM "s + table) == 0);
    }
}
