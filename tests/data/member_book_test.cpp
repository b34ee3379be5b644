#include "data/books.hpp"

#include "data/check_in_store.hpp"
#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "data/limits.hpp"
#include "data/outbox_store.hpp"
#include "data/scrub.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>

using namespace keyaki::data;
using namespace keyaki::test;
using nlohmann::json;

namespace {

constexpr std::int64_t day_us = 24 * 3'600 * 1'000'000LL;
constexpr std::int64_t now_us = 1'775'955'600'000'000; // 2026-04-12 10:00 in Tokyo

/// A database in which members leave whatever they can leave.
class Town {
  public:
    Town() {
        change([&](Books &) {
            for (const char *account : {"issuer:chamber", "budget:walk", "shop:bakery"}) {
                ensure_account(*database, account, "nin");
            }
            REQUIRE(transfer(*database, request_of("fund", "issuer:chamber", "budget:walk", 1'000'000), now_us).outcome == TransferOutcome::created);
        });
    }

    template <typename Action>
    void change(Action action) {
        Transaction transaction(*database);
        Books books(*database);
        action(books);
        transaction.commit();
    }

    /// A check-in with all that may follow from it. `number` is the only one of its kind.
    void visit(const std::string &member, std::uint64_t number, std::int64_t at_us, const std::string &device = "") {
        const std::string n = std::to_string(number);
        const std::string id = "check-in-of-" + member + "-" + n; // so that a search for the member finds it too
        change([&](Books &books) {
            CheckIn check_in;
            check_in.id = id;
            check_in.member = member;
            check_in.rally = "walk";
            check_in.spot = "spots/" + n;
            check_in.device = device.empty() ? "phone-of-" + member : device;
            check_in.verdict = "accepted";
            check_in.rules = "1";
            check_in.inside_probability = 0.9;
            check_in.evidence_json = R"({"cell":"18/1/)" + n + R"(","of":")" + member + R"("})";
            check_in.answer_json = json{{"id", id}, {"verdict", "accepted"}}.dump();
            check_in.received_at_us = at_us;
            check_in.bundle_hashes = "bundle-of-" + member;
            insert_check_in(*database, check_in);
            insert_stamp(*database, {"walk", "spots/" + n, member, "once", id, at_us});
            store_answer(*database, "app", "POST /checkins", "key-" + id, {"hash", 201, "{}", check_in.answer_json}, at_us);
            insert_event(*database, {id + "/accepted", "checkin.accepted", member, json{{"member", member}}.dump(), at_us});
            books.evidence.add_wrong_try(member, "walk", "spots/" + n, "2026-04-12", at_us);
            books.evidence.add_daily_count("walk", "2026-04-12", "device/" + check_in.device);
            books.evidence.put_standing(member, {10, at_us});
            books.reviews.open({id, member, "walk", ReviewKind::held, ReviewState::open, at_us, at_us + day_us, std::nullopt, "", ""});
            books.runs.open({"run-" + id, "walk", "round", member, "once", at_us, {{"spots/" + n, at_us}}, std::nullopt, std::nullopt, std::nullopt});
            books.devices.count(check_in.device, {}, std::stoll(n));
            static_cast<void>(books.runs.finish(member, "walk", "course/round@" + n, at_us));
            books.prizes.grant({"coupon-" + id, "walk", member, "bakery", "title", id, at_us, at_us + day_us, std::nullopt, ""});
            store_answer(*database, "till", "coupons of bakery", "key-" + id, {"hash", 201, "{}", json{{"code", "coupon-" + id}}.dump()}, at_us);
            static_cast<void>(books.prizes.give_ticket("walk", {member, "reason-" + n, "ticket-" + id, at_us}));
            books.prizes.put_steps(member, "walk", "2026-04-" + n, {"phone", 4'000, 8, at_us});
            books.tickets.issue({"offline-" + id, "walk", member, {}, {"spots/1"}, at_us, at_us + day_us, ""});
            ensure_account(*database, "member:" + member, "nin");
            TransferRequest award = request_of("award/walk/spots/" + n + "/" + member, "budget:walk", "member:" + member, 10);
            award.reference = id;
            award.expires_at_us = now_us + 100 * day_us;
            REQUIRE(transfer(*database, award, at_us).outcome == TransferOutcome::created);
        });
    }

    /// How often a text stands in the file of the database or in its log.
    std::size_t count_in_files(const std::string &text) {
        std::size_t count = 0;
        for (const char *suffix : {"", "-wal"}) {
            std::ifstream in(database->file().string() + suffix, std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            for (std::size_t place = bytes.find(text); place != std::string::npos; place = bytes.find(text, place + 1)) {
                ++count;
            }
        }
        return count;
    }
    /// Tables with a row in which the text stands anywhere, looked at one by one and not by what MemberBook knows of them.
    std::set<std::string> tables_with(const std::string &text) {
        std::set<std::string> found;
        Statement tables = database->prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'");
        while (tables.step()) {
            const std::string table(tables.column_text(0));
            Statement row = database->prepare("SELECT * FROM \"" + table + "\"");
            while (row.step()) {
                for (int column = 0; column < row.column_count(); ++column) {
                    if (row.column_text(column).find(text) != std::string_view::npos) {
                        found.insert(table);
                    }
                }
            }
        }
        return found;
    }
    std::int64_t count(const std::string &table) { return database->query_int64("SELECT count(*) FROM " + table); }

    FreshDatabase database;
};

const std::set<std::string> the_books = {"ledger_account", "ledger_entry", "outbox_event"}; ///< the event says that the member was erased

} // namespace

TEST_CASE("I21: an erased member stands in the ledger and in the event that says so, and nowhere else, also not in freed pages or the log") {
    Town town;
    std::mt19937_64 random(21);
    for (std::uint64_t number = 0; number < 600; ++number) { // pages split, and their old halves keep what they held
        town.visit("m-" + std::to_string(random() % 20 + 100) + "x", number, now_us + static_cast<std::int64_t>(number));
    }
    const auto tables_before = town.tables_with("m-105x");
    REQUIRE(tables_before.size() >= 16);
    const std::string entries_before = ledger_state(*town.database);
    for (const char *member : {"m-105x", "m-111x", "m-119x"}) {
        std::vector<MemberBook::Removed> removed;
        town.change([&](Books &books) { removed = books.members.erase(member, now_us); });
        CHECK(removed.size() == tables_before.size() - 2); // all but the two of the ledger
    }
    REQUIRE(rebuild_file(town.database->file()));
    for (const std::string member : {"m-105x", "m-111x", "m-119x"}) {
        CAPTURE(member);
        CHECK(town.tables_with(member) == the_books);
        CHECK(town.count_in_files("check-in-of-" + member + "-") == // references of the ledger's entries
              static_cast<std::size_t>(
                  town.database->query_int64("SELECT count(*) FROM ledger_entry WHERE reference LIKE 'check-in-of-" + member + "-%'")));
        for (const char *trace : {"phone-of-", "run-check-in-of-", "key-check-in-of-", "coupon-check-in-of-", "ticket-check-in-of-", "bundle-of-"}) {
            CHECK(town.count_in_files(trace + member) == 0);
        }
        CHECK(town.count_in_files("\"of\":\"" + member) == 0); // its evidence
    }
    CHECK(town.count_in_files("phone-of-m-106x") > 0);
    CHECK(town.tables_with("m-106x").size() == tables_before.size());
    CHECK(ledger_state(*town.database) == entries_before);
    CHECK(verify_ledger(*town.database).problems.empty());
}

TEST_CASE(
    "a scrubbed log is empty, and a database that was written anew holds every row and number as before, beside a connection that has it open") {
    Town town;
    for (std::uint64_t number = 0; number < 50; ++number) {
        town.visit("m-" + std::to_string(number), number, now_us);
    }
    town.change([&](Books &books) { static_cast<void>(books.members.erase("m-0", now_us)); });
    const auto fingerprint = [&] {
        std::string rows;
        for (const char *numbered : {"check_in", "stored_answer", "outbox_event", "ledger_entry"}) { // what is read on from by its number
            Statement row = town.database->prepare(std::string("SELECT rowid FROM ") + numbered + " ORDER BY rowid");
            while (row.step()) {
                rows += std::to_string(row.column_int64(0)) + " ";
            }
        }
        return rows + ledger_state(*town.database);
    };
    const std::string before = fingerprint();
    CHECK(scrub_log(town.database->file()));
    CHECK(std::filesystem::file_size(town.database->file().string() + "-wal") == 0);
    CHECK(rebuild_file(town.database->file()));
    CHECK(std::filesystem::file_size(town.database->file().string() + "-wal") == 0);
    CHECK(fingerprint() == before);
    town.visit("m-50", 50, now_us); // its statements are as good as before
    CHECK(verify_ledger(*town.database).problems.empty());
}

TEST_CASE("a log that somebody still reads is not cut, and nobody who writes waits for that reader") {
    Town town;
    town.visit("m-0", 0, now_us);
    Connection reader(town.database->file(), Access::read);
    {
        const Transaction view(reader, Transaction::Kind::read);
        REQUIRE(reader.query_int64("SELECT count(*) FROM check_in") == 1);
        town.visit("m-1", 1, now_us);
        const auto begin = std::chrono::steady_clock::now();
        CHECK_FALSE(scrub_log(town.database->file()));
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(busy_timeout_ms) / 2); // it holds the writers' lock
        town.visit("m-2", 2, now_us);
        CHECK(reader.query_int64("SELECT count(*) FROM check_in") == 1);
    }
    CHECK(scrub_log(town.database->file()));
    CHECK(reader.query_int64("SELECT count(*) FROM check_in") == 3);
}

TEST_CASE("every table that names a member is known to the export and to the erasure") {
    Town town;
    town.visit("m-1x", 1, now_us);
    std::map<std::string, json> rows;
    Books(*town.database).members.read("m-1x", [&](std::string_view table, std::string &&row) { rows[std::string(table)] = json::parse(row); });
    std::set<std::string> exported;
    for (const auto &[table, row] : rows) {
        exported.insert(table);
    }
    CHECK(exported == town.tables_with("m-1x"));
    CHECK(rows["check_in"]["evidence_json"]["cell"] == "18/1/1");
    CHECK(rows["coupon"]["code"] == "coupon-check-in-of-m-1x-1");
    CHECK(rows["ledger_entry"]["amount"] == 10);
    Statement tables = town.database->prepare("SELECT DISTINCT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%member %TEXT%'");
    while (tables.step()) {
        CAPTURE(std::string(tables.column_text(0)));
        CHECK(exported.count(std::string(tables.column_text(0))) == 1); // so a new one has to be written to by visit(), and dealt with
    }
}

TEST_CASE("a member is erased once, another whose name begins alike is left alone, and no number of the outbox comes again") {
    Town town;
    town.visit("m-1", 1, now_us);
    town.visit("m-12", 2, now_us + 1);
    town.visit("m-1", 3, now_us + 2); // his is the newest event
    const std::uint64_t last = last_outbox_sequence(*town.database);
    const auto erase = [&](const char *member) {
        std::vector<MemberBook::Removed> removed;
        town.change([&](Books &books) { removed = books.members.erase(member, now_us); });
        return removed.size();
    };
    CHECK(erase("m-1") > 10);
    CHECK(last_outbox_sequence(*town.database) == last + 1);
    CHECK(town.count("check_in") == 1);
    CHECK(town.count("stamp") == 1);
    CHECK(town.count("stored_answer") == 2);
    CHECK(town.count("coupon") == 1);
    const auto events = outbox_events(*town.database, 0, 100);
    REQUIRE(events.size() == 2);
    CHECK(events.front().event.subject == "m-12");
    CHECK(events.back().event.type == "member.erased");
    CHECK(erase("m-1") == 0);
    CHECK(erase("nobody") == 0);
    CHECK(last_outbox_sequence(*town.database) == last + 1);
}

TEST_CASE("a device's key stays while somebody else checks in by it, and goes with the last of them") {
    Town town;
    town.visit("m-1", 1, now_us);
    town.visit("m-2", 2, now_us, "phone-of-m-1");
    const auto keys = [&] { return town.database->query_int64("SELECT count(*) FROM device_key WHERE device = 'phone-of-m-1'"); };
    town.change([](Books &books) { books.members.erase("m-1", now_us); });
    CHECK(keys() == 1);
    town.change([](Books &books) { books.members.erase("m-2", now_us); });
    CHECK(keys() == 0);
}

TEST_CASE("of somebody of whom nothing but an event is left the event goes, once") {
    Town town;
    town.change([&](Books &) { insert_event(*town.database, {"a check-in of m-9", "checkin.accepted", "m-9", "{}", now_us}); });
    std::vector<MemberBook::Removed> removed;
    town.change([&](Books &books) { removed = books.members.erase("m-9", now_us); });
    REQUIRE(removed.size() == 1);
    CHECK(removed.front().table == "outbox_event");
    CHECK(outbox_events(*town.database, 0, 100).back().event.type == "member.erased");
    town.change([&](Books &books) { removed = books.members.erase("m-9", now_us); });
    CHECK(removed.empty());
    CHECK(outbox_events(*town.database, 0, 100).size() == 1);
}

TEST_CASE("what has been kept for long enough goes, in pieces, and what is younger stays") {
    Town town;
    for (std::uint64_t number = 10; number < 20; ++number) {
        town.visit("m-" + std::to_string(number), number, number < 15 ? now_us : now_us + 10 * day_us);
    }
    const auto forget = [&](const MemberBook::Retention &retention, std::size_t limit) {
        std::size_t count = 0;
        town.change([&](Books &books) { count = books.members.forget(retention, limit); });
        return count;
    };
    CHECK(forget({now_us, now_us, now_us}, 100) == 0); // nothing is older than that
    const std::int64_t between_us = now_us + 5 * day_us;
    CHECK(forget({between_us, 0, 0}, 2) == 2 * 5); // of evidence, standings, runs, steps and tickets two each; reviews are open
    CHECK(forget({between_us, 0, 0}, 100) == 3 * 5);
    CHECK(forget({between_us, 0, 0}, 100) == 0);
    CHECK(town.database->query_int64("SELECT count(*) FROM check_in WHERE evidence_json IS NULL AND bundle_hashes IS NULL") == 5);
    CHECK(town.database->query_int64("SELECT count(*) FROM check_in WHERE evidence_json IS NOT NULL AND bundle_hashes IS NOT NULL") == 5);
    CHECK(town.count("check_in") == 10); // the facts stay
    CHECK(town.count("step_day") == 5);
    CHECK(forget({0, between_us, 0}, 100) == 10);
    CHECK(town.count("stored_answer") == 10);
    CHECK(forget({0, 0, between_us}, 100) == 5 + 10); // tries by their time, counts by their day
    CHECK(town.count("wrong_try") == 5);
    CHECK(town.count("daily_count") == 0);
    town.change([&](Books &books) { books.reviews.decide("check-in-of-m-10-10", ReviewState::approved, "hanako", "", now_us); });
    CHECK(forget({between_us, 0, 0}, 100) == 1);
    CHECK(town.count("review") == 9);
    REQUIRE(rebuild_file(town.database->file()));
    CHECK(town.count_in_files("\"of\":\"m-10\"") == 0);
    CHECK(town.count_in_files("\"of\":\"m-15\"") > 0);
}
