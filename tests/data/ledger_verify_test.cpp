#include "data/ledger_verify.hpp"

#include "data/ledger_chain.hpp"
#include "data/ledger_rules.hpp"
#include "data/ledger_store.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace keyaki::data;
using namespace keyaki::test;
using namespace std::string_literals;

// What somebody with a file and a SQL shell may do: every lock of the schema is taken off first.

namespace {

constexpr std::int64_t entry_count = 8;

class BrokenIntoLedger {
  public:
    BrokenIntoLedger() {
        make_accounts(*m_database);
        TransferRequest held = request_of("award/walk/清瀬/b", "budget:walk", "member:b", 7);
        held.pending = true;
        held.timeout_s = 3'600;
        held.expires_at_us = 99'000'000;
        TransferRequest lot = request_of("award/walk/shelters/a", "budget:walk", "member:a", 20);
        lot.reference = "01JRK5T0Q2";
        lot.expires_at_us = 98'000'000;
        for (const TransferRequest &request :
             {request_of("fund", "issuer:chamber", "budget:walk", 500), lot, held, request_of("spend-1", "member:a", "shop:s", 5),
              request_of("spend-2", "member:a", "shop:s", 5), request_of("redeem", "shop:s", "redeemed", 10),
              request_of("expire", "member:a", "expired", 3), request_of("draw", "budget:walk", "draw:d", 50)}) {
            REQUIRE(run_transfer(*m_database, request, 1'000'000).outcome == TransferOutcome::created);
        }
        REQUIRE(run_transfer(*m_database, request_of("refused", "member:b", "shop:s", 1)).outcome == TransferOutcome::exceeds_credits);
        REQUIRE(verify_ledger(*m_database).problems.empty());
        REQUIRE(ledger_head(*m_database).sequence == entry_count);
        take_off_locks();
        m_transaction.emplace(*m_database);
    }

    Connection &connection() { return *m_database; }

    /// Runs `change`, verifies, and undoes it. Nothing where the database itself refused (two rows with one number).
    template <typename Change>
    std::optional<LedgerReport> after(Change change) {
        const Savepoint undone(*m_database);
        try {
            change();
        } catch (const DatabaseError &error) {
            REQUIRE(error.kind() == keyaki::geo::ErrorKind::conflict);
            return std::nullopt;
        }
        return verify_ledger(*m_database);
    }
    LedgerReport after_sql(const std::string &sql) {
        return after([&] { m_database->execute(sql); }).value();
    }

    /// Appends an entry with a right hash, right totals and a right head: only its meaning is wrong.
    void forge(const Transfer &entry, std::string_view unit = "nin") {
        forge_entry(entry, unit);
        add_to("debits_posted", entry.request.debit_account, entry.request.amount);
        add_to("credits_posted", entry.request.credit_account, entry.request.amount);
    }
    /// The same without the totals.
    void forge_entry(Transfer entry, std::string_view unit = "nin") {
        const LedgerHead head = ledger_head(*m_database);
        entry.sequence = head.sequence + 1;
        entry.time_us = entry.time_us == 0 ? 900'000'000 + static_cast<std::int64_t>(entry.sequence) : entry.time_us;
        entry.hash = chain_hash(head.hash, entry, unit);
        Statement insert = m_database->prepare(R"(
            INSERT INTO ledger_entry (sequence, transfer_id, debit_account, credit_account, unit, amount, code, reference, state, timeout_s,
                                      expires_at_us, resolves, time_us, hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', ?11, ?8, ?12, ?13, ?9, ?10))");
        insert.bind_int64(1, static_cast<std::int64_t>(entry.sequence)).bind_text(2, entry.request.id);
        insert.bind_text(3, entry.request.debit_account).bind_text(4, entry.request.credit_account).bind_text(5, unit);
        insert.bind_int64(6, entry.request.amount).bind_text(7, entry.request.code).bind_int64(8, entry.request.timeout_s);
        insert.bind_int64(9, entry.time_us).bind_blob(10, entry.hash).bind_text(11, transfer_state_name(entry.state));
        entry.request.expires_at_us ? insert.bind_int64(12, *entry.request.expires_at_us) : insert.bind_null(12);
        entry.resolves ? insert.bind_int64(13, static_cast<std::int64_t>(*entry.resolves)) : insert.bind_null(13);
        insert.run();
        m_database->prepare("UPDATE ledger_head SET sequence = ?1, time_us = ?2, hash = ?3")
            .bind_int64(1, static_cast<std::int64_t>(entry.sequence))
            .bind_int64(2, entry.time_us)
            .bind_blob(3, entry.hash)
            .run();
    }
    /// The problems after forge().
    std::vector<std::string> problems_of_forged(const TransferRequest &request, std::int64_t time_us = 0, std::string_view unit = "nin") {
        return after([&] {
                   Transfer entry;
                   entry.request = request;
                   entry.time_us = time_us;
                   forge(entry, unit);
               })
            .value()
            .problems;
    }

  private:
    void add_to(const std::string &column, const std::string &account, std::int64_t amount) {
        m_database->prepare("UPDATE ledger_account SET " + column + " = " + column + " + ?2 WHERE account_id = ?1")
            .bind_text(1, account)
            .bind_int64(2, amount)
            .run();
    }

    void take_off_locks() {
        const SchemaPermission permission(*m_database);
        std::vector<std::string> triggers;
        {
            Statement row = m_database->prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%'");
            while (row.step()) {
                triggers.emplace_back(row.column_text(0));
            }
        }
        REQUIRE(triggers.size() >= 10);
        for (const std::string &trigger : triggers) {
            m_database->execute("DROP TRIGGER " + trigger);
        }
        m_database->execute("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF");
    }

    FreshDatabase m_database;
    std::optional<Transaction> m_transaction;
};

struct Column {
    const char *name;
    enum class Type { integer, text, blob } type;
};
constexpr std::array<Column, 14> columns_of_entry = {{{"sequence", Column::Type::integer},
                                                      {"transfer_id", Column::Type::text},
                                                      {"debit_account", Column::Type::text},
                                                      {"credit_account", Column::Type::text},
                                                      {"unit", Column::Type::text},
                                                      {"amount", Column::Type::integer},
                                                      {"code", Column::Type::text},
                                                      {"reference", Column::Type::text},
                                                      {"state", Column::Type::text},
                                                      {"timeout_s", Column::Type::integer},
                                                      {"expires_at_us", Column::Type::integer},
                                                      {"resolves", Column::Type::integer},
                                                      {"time_us", Column::Type::integer},
                                                      {"hash", Column::Type::blob}}};

bool has_problem(const std::vector<std::string> &problems, const std::string &text) {
    return std::any_of(problems.begin(), problems.end(), [&](const std::string &p) { return p.find(text) != std::string::npos; });
}

/// One value of one row, and how to put another in its place.
struct Cell {
    Connection &connection;
    std::string table, column, where;

    std::string update() const { return "UPDATE " + table + " SET " + column + " = ?1 WHERE " + where; }
    std::optional<std::int64_t> integer() const {
        Statement row = connection.prepare("SELECT " + column + " FROM " + table + " WHERE " + where);
        REQUIRE(row.step());
        return row.is_null(0) ? std::nullopt : std::optional(row.column_int64(0));
    }
    std::string bytes() const {
        Statement row = connection.prepare("SELECT " + column + " FROM " + table + " WHERE " + where);
        REQUIRE(row.step());
        const auto blob = row.column_blob(0);
        return {blob.begin(), blob.end()};
    }
    void set(std::int64_t value) const { connection.prepare(update()).bind_int64(1, value).run(); }
    void set_null() const { connection.prepare(update()).bind_null(1).run(); }
    void set(const std::string &value, Column::Type type) const {
        Statement statement = connection.prepare(update());
        if (type == Column::Type::text) {
            statement.bind_text(1, value);
        } else {
            statement.bind_blob(1, {reinterpret_cast<const std::uint8_t *>(value.data()), value.size()});
        }
        statement.run();
    }
};

struct Count {
    int found = 0, refused = 0;
};

/// Every bit of the value flipped, alone; each must be found by verify (or refused by the database).
void flip_every_bit(BrokenIntoLedger &ledger, const Cell &cell, Column::Type type, Count &count) {
    const auto judge = [&](const std::optional<LedgerReport> &report) {
        if (!report) {
            ++count.refused;
            return;
        }
        ++count.found;
        if (report->problems.empty()) {
            FAIL("not found: " << cell.update());
        }
    };
    if (type == Column::Type::integer) {
        const std::optional<std::int64_t> value = cell.integer();
        for (unsigned bit = 0; value && bit < 64; ++bit) {
            judge(ledger.after([&] { cell.set(static_cast<std::int64_t>(static_cast<std::uint64_t>(*value) ^ std::uint64_t{1} << bit)); }));
        }
        if (!value) {
            judge(ledger.after([&] { cell.set(0); }));
            judge(ledger.after([&] { cell.set(1); }));
        }
        return;
    }
    const std::string value = cell.bytes();
    for (std::size_t bit = 0; bit < 8 * value.size(); ++bit) {
        std::string changed = value;
        changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
        judge(ledger.after([&] { cell.set(changed, type); }));
    }
    judge(ledger.after([&] { cell.set(value + "x", type); }));
    judge(ledger.after([&] { cell.set(value.empty() ? "y" : value.substr(1), type); }));
}

} // namespace

TEST_CASE("I15: any flipped bit of any entry is found") {
    BrokenIntoLedger ledger;
    Count count;
    for (std::int64_t sequence = 1; sequence <= entry_count; ++sequence) {
        for (const Column &column : columns_of_entry) {
            flip_every_bit(ledger, {ledger.connection(), "ledger_entry", column.name, "sequence = " + std::to_string(sequence)}, column.type, count);
        }
    }
    INFO(count.found << " found, " << count.refused << " refused by the database");
    CHECK(count.found > 6'900);
    CHECK(count.refused < 100);
    CHECK(verify_ledger(ledger.connection()).problems.empty());
}

TEST_CASE("I1, I15: any flipped bit of any account or of the head is found") {
    BrokenIntoLedger ledger;
    Count count;
    for (const Account &account : accounts(ledger.connection())) {
        for (const char *column : {"debits_posted", "debits_pending", "credits_posted", "credits_pending"}) {
            flip_every_bit(ledger, {ledger.connection(), "ledger_account", column, "account_id = '" + account.id + "'"}, Column::Type::integer,
                           count);
        }
        for (const char *column : {"account_id", "kind"}) {
            flip_every_bit(ledger, {ledger.connection(), "ledger_account", column, "account_id = '" + account.id + "'"}, Column::Type::text, count);
        }
        flip_every_bit(ledger, {ledger.connection(), "ledger_account", "unit", "account_id = '" + account.id + "'"}, Column::Type::text, count);
    }
    flip_every_bit(ledger, {ledger.connection(), "ledger_head", "sequence", "true"}, Column::Type::integer, count);
    flip_every_bit(ledger, {ledger.connection(), "ledger_head", "time_us", "true"}, Column::Type::integer, count);
    flip_every_bit(ledger, {ledger.connection(), "ledger_head", "hash", "true"}, Column::Type::blob, count);
    CHECK(count.found > 2'000);
    CHECK(verify_ledger(ledger.connection()).problems.empty());
}

TEST_CASE("an absent value in place of a value is found") {
    BrokenIntoLedger ledger;
    const auto report = ledger.after([&] { ledger.connection().execute("UPDATE ledger_entry SET expires_at_us = NULL WHERE sequence = 2"); });
    CHECK(has_problem(report.value().problems, "entry 2 has the hash"));
}

TEST_CASE("I15: one changed entry is one broken link, told with its sequence and both hashes") {
    BrokenIntoLedger ledger;
    const LedgerReport report = ledger.after_sql("UPDATE ledger_entry SET reference = 'other' WHERE sequence = 3");
    REQUIRE(report.problems.size() == 1);
    CHECK_THAT(report.problems[0], Catch::StartsWith("entry 3 has the hash ") && Catch::Contains("but its content after the entry before gives"));
}

TEST_CASE("I14, I15: a cut anywhere is found") {
    BrokenIntoLedger ledger;
    for (std::int64_t first = 1; first <= entry_count; ++first) {
        for (std::int64_t last = first; last <= entry_count; ++last) {
            const std::string range = std::to_string(first) + " AND " + std::to_string(last);
            CAPTURE(range);
            CHECK_FALSE(ledger.after_sql("DELETE FROM ledger_entry WHERE sequence BETWEEN " + range).problems.empty());
            // The rest moved up, so that there is no gap.
            const std::string closed = "DELETE FROM ledger_entry WHERE sequence BETWEEN " + range +
                                       "; UPDATE ledger_entry SET sequence = sequence - " + std::to_string(last - first + 1) + " WHERE sequence > " +
                                       std::to_string(last);
            CHECK_FALSE(ledger.after_sql(closed).problems.empty());
        }
    }
}

TEST_CASE("I14, I15: any two entries swapped are found, also with their hashes and times left in place") {
    BrokenIntoLedger ledger;
    for (std::int64_t a = 1; a <= entry_count; ++a) {
        for (std::int64_t b = a + 1; b <= entry_count; ++b) {
            CAPTURE(a, b);
            const std::string first = std::to_string(a);
            const std::string second = std::to_string(b);
            const std::string swap_numbers = "UPDATE ledger_entry SET sequence = 1000 WHERE sequence = " + first +
                                             "; UPDATE ledger_entry SET sequence = " + first + " WHERE sequence = " + second +
                                             "; UPDATE ledger_entry SET sequence = " + second + " WHERE sequence = 1000;";
            const std::string swap_times =
                "CREATE TEMP TABLE kept AS SELECT sequence, time_us, hash FROM ledger_entry;" + swap_numbers +
                "UPDATE ledger_entry SET (time_us, hash) = (SELECT time_us, hash FROM kept WHERE kept.sequence = ledger_entry.sequence);";
            CHECK_FALSE(ledger.after_sql(swap_numbers).problems.empty());
            CHECK_FALSE(ledger.after_sql(swap_times).problems.empty());
        }
    }
}

TEST_CASE("I15: an inserted entry is found, wherever it was slipped in") {
    BrokenIntoLedger ledger;
    for (std::int64_t place = 1; place <= entry_count + 1; ++place) {
        CAPTURE(place);
        const std::string sql = "UPDATE ledger_entry SET sequence = -sequence WHERE sequence >= " + std::to_string(place) +
                                "; UPDATE ledger_entry SET sequence = 1 - sequence WHERE sequence < 0;"
                                "INSERT INTO ledger_entry SELECT " +
                                std::to_string(place) +
                                ", 'new', debit_account, credit_account, unit, amount, code, reference, state, timeout_s, expires_at_us, "
                                "resolves, time_us + 500000000, hash FROM ledger_entry WHERE transfer_id = 'spend-1'";
        CHECK_FALSE(ledger.after_sql(sql).problems.empty());
    }
}

TEST_CASE("I15: an entry that was changed with a right chain after it is told by another head") {
    BrokenIntoLedger ledger;
    const LedgerHead kept = ledger_head(ledger.connection());
    const LedgerReport report = ledger.after_sql("DELETE FROM ledger_entry WHERE sequence = 8; UPDATE ledger_head SET (sequence, time_us, hash) ="
                                                 "(SELECT sequence, time_us, hash FROM ledger_entry WHERE sequence = 7);"
                                                 "UPDATE ledger_account SET debits_posted = debits_posted - 50 WHERE account_id = 'budget:walk';"
                                                 "UPDATE ledger_account SET credits_posted = 0 WHERE account_id = 'draw:d'");
    CHECK(report.problems.empty());
    CHECK(report.head.sequence != kept.sequence);
    CHECK(report.head.hash != kept.hash);
}

TEST_CASE("entries that break a rule are found although chain, totals and head are right") {
    BrokenIntoLedger ledger;
    using Problems = std::vector<std::string>;
    SECTION("a right one has no problem") { CHECK(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 1)) == Problems{}); }
    SECTION("member to member") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "member:a", "member:b", 1)),
                          "entry 9 moves points from 'member:a' to 'member:b'"));
    }
    SECTION("below zero") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "member:a", "shop:s", 8)),
                          "entry 9 takes the account 'member:a' below zero: 20 points came in, 21 went out and 0 are reserved"));
    }
    SECTION("what is reserved was spent") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 424)), "below zero"));
        CHECK(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 423)).empty());
    }
    SECTION("time that stands still") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 1), 500'000), "not after 1000007 µs"));
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 1), 1'000'007), "not after 1000007 µs"));
        CHECK(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 1), 1'000'008).empty());
    }
    SECTION("a refused id") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("refused", "budget:walk", "member:a", 1)), "which was refused as exceeds_credits"));
    }
    SECTION("no points, negative points") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 0)), "moves 0 points"));
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", -1)), "moves -1 points"));
    }
    SECTION("another unit") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "member:a", 1), 0, "childcare"),
                          "entry 9 is in unit 'childcare', but the account 'budget:walk' has 'nin'"));
        for (const auto &[account, kind, unit] : {std::array{"shop:s/childcare", "shop", "nin"}, {"member:c", "member", "childcare"}}) {
            const auto report = ledger.after([&] {
                Statement insert = ledger.connection().prepare("INSERT INTO ledger_account (account_id, kind, unit) VALUES (?1, ?2, ?3)");
                insert.bind_text(1, account).bind_text(2, kind).bind_text(3, unit).run();
            });
            CHECK(has_problem(report->problems, "is stored with unit '"s + unit + "', which is not the one that its id names"));
        }
    }
    SECTION("an account that is not stored, or of no kind") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "member:ghost", 1)),
                          "name the account 'member:ghost', which is not stored"));
        CHECK(has_problem(ledger.problems_of_forged(request_of("new", "budget:walk", "bank:x", 1)), "'bank:x', which is of no known kind"));
    }
    SECTION("a timeout of a posted transfer") {
        TransferRequest request = request_of("new", "budget:walk", "member:a", 1);
        request.timeout_s = 5;
        CHECK(has_problem(ledger.problems_of_forged(request), "has the timeout 5 s"));
    }
    SECTION("no id, no code") {
        CHECK(has_problem(ledger.problems_of_forged(request_of("", "budget:walk", "member:a", 1)), "entry 9 has no transfer id"));
        TransferRequest request = request_of("new", "budget:walk", "member:a", 1);
        request.code.clear();
        CHECK(has_problem(ledger.problems_of_forged(request), "entry 9 has no code"));
    }
    SECTION("past 64 bits") {
        const auto report = ledger.after([&] {
            Transfer fund;
            fund.request = request_of("huge", "issuer:chamber", "budget:walk", std::numeric_limits<std::int64_t>::max() - 499);
            ledger.forge_entry(fund);
        });
        CHECK(has_problem(report.value().problems, "entry 9 takes debits_posted of the account 'issuer:chamber' past 64 bits"));
        CHECK(has_problem(report->problems, "entry 9 takes credits_posted of the account 'budget:walk' past 64 bits"));
    }
}

TEST_CASE("I3: an account that went below zero in between is found although it is above it at the end") {
    BrokenIntoLedger ledger;
    const auto report = ledger.after([&] {
        Transfer out;
        out.request = request_of("out", "member:a", "shop:s", 8);
        ledger.forge(out);
        Transfer in;
        in.request = request_of("in", "budget:walk", "member:a", 8);
        ledger.forge(in);
    });
    REQUIRE(report.value().problems.size() == 4); // none about the end, where it is above zero again
    CHECK(has_problem(report->problems, "entry 9 takes the account 'member:a' below zero"));
    CHECK(has_problem(report->problems, "while lot 2 of the account should have expired"));
    CHECK(has_problem(report->problems, "lot 2 is stored with 7 points left, but the entries leave 0"));
    CHECK(has_problem(report->problems, "entry 9 takes 7 points of lot 2 by the entries, which is not stored"));
}

TEST_CASE("I4, I12, I18: ends, expiries and reversals that break a rule are found although the chain is right") {
    BrokenIntoLedger ledger;
    const auto problems_of = [&](std::string_view id, std::string_view debit, std::string_view credit, std::int64_t amount, auto change) {
        return ledger
            .after([&] {
                Transfer entry;
                entry.request = request_of(id, debit, credit, amount);
                change(entry);
                ledger.forge_entry(entry);
            })
            .value()
            .problems;
    };
    // Entry 3 is the award of 7 points to b that waits until 3,601 s; entry 2 the lot of 20 points of a, of which 7 are left, until 98 s.
    const auto end = [&](std::string_view id, std::int64_t amount, TransferState state, std::int64_t time_us) {
        return problems_of(id, "budget:walk", "member:b", amount, [&](Transfer &entry) {
            entry.state = state;
            entry.resolves = 3;
            entry.time_us = time_us;
            entry.request.expires_at_us = state == TransferState::posted ? std::optional<std::int64_t>(99'000'000) : std::nullopt;
        });
    };
    CHECK(has_problem(end("post/3", 8, TransferState::posted, 2'000'000), "entry 9 ends entry 3 with 8 points of 7"));
    CHECK(has_problem(end("void/3", 6, TransferState::voided, 2'000'000), "entry 9 ends entry 3 with 6 points of 7"));
    CHECK(has_problem(end("post/4", 7, TransferState::posted, 2'000'000), "entry 9 ends entry 3, but is called 'post/4'"));
    CHECK(has_problem(end("post/3", 7, TransferState::posted, 3'602'000'000), "entry 9 ends entry 3 as posted at"));
    CHECK(has_problem(end("timeout/3", 7, TransferState::expired, 2'000'000), "entry 9 ends entry 3 as expired at"));
    CHECK_FALSE(has_problem(end("post/3", 7, TransferState::posted, 2'000'000), "entry 9 ends"));
    CHECK(has_problem(problems_of("void/4", "member:a", "shop:s", 5,
                                  [](Transfer &entry) {
                                      entry.state = TransferState::voided;
                                      entry.resolves = 4;
                                  }),
                      "entry 9 ends entry 4, which is no pending entry before it"));
    CHECK(has_problem(problems_of("new", "budget:walk", "member:b", 5, [](Transfer &entry) { entry.state = TransferState::voided; }),
                      "entry 9 is voided, but says not which entry it ends"));
    const auto same = [](Transfer &) {};
    const auto early = [](Transfer &entry) { entry.time_us = 97'000'000; };
    CHECK(has_problem(problems_of("expire/2/9", "member:a", "expired", 7, early), "entry 9 expires lot 2 at 97000000 µs"));
    CHECK(has_problem(problems_of("expire/2/9", "member:a", "expired", 6, same), "entry 9 expires 6 points of lot 2, which has 7"));
    CHECK(has_problem(problems_of("expire/4/9", "member:a", "expired", 6, same), "entry 9 expires lot 4, which is not the member's"));
    CHECK(has_problem(problems_of("late", "member:a", "shop:s", 1, same), "while lot 2 of the account should have expired at 98000000 µs"));
    CHECK(has_problem(problems_of("reverse/4", "shop:s", "member:a", 4, same), "entry 9 does not give back what entry 4 moved"));
    CHECK(has_problem(problems_of("reverse/3", "member:b", "budget:walk", 7, same), "entry 9 does not give back what entry 3 moved"));
    CHECK_FALSE(has_problem(problems_of("reverse/4", "shop:s", "member:a", 5, early), "entry 9 does not"));
    CHECK(has_problem(problems_of("new", "budget:walk", "draw:d", 5, [](Transfer &entry) { entry.request.expires_at_us = 999'000'000; }),
                      "brings points that expire at 999000000 µs to the account 'draw:d'"));
}

TEST_CASE("I11: what is stored of lots and of what waits is held against the entries") {
    BrokenIntoLedger ledger;
    CHECK(has_problem(ledger.after_sql("UPDATE ledger_open_lot SET rest = rest + 1").problems,
                      "lot 2 is stored with 8 points left, but the entries leave 7"));
    CHECK(has_problem(ledger.after_sql("DELETE FROM ledger_open_lot").problems, "the entries leave 7 points in lot 2, which is not stored as open"));
    CHECK(has_problem(ledger.after_sql("UPDATE ledger_lot_use SET amount = 4 WHERE entry = 4").problems,
                      "entry 4 is stored as taking 4 points of lot 2"));
    CHECK(has_problem(ledger.after_sql("DELETE FROM ledger_lot_use WHERE entry = 5").problems, "entry 5 takes 5 points of lot 2 by the entries"));
    CHECK(has_problem(ledger.after_sql("DELETE FROM ledger_open_pending").problems, "entry 3 waits until"));
    CHECK(has_problem(ledger.after_sql("UPDATE ledger_open_pending SET deadline_us = 5").problems, "entry 3 is stored as waiting until 5 µs"));
}

TEST_CASE("what the schema rules out is found where the schema is gone") {
    BrokenIntoLedger ledger;
    // The same rows in a table without types, keys and uniqueness.
    const std::string loosen = "CREATE TABLE loose AS SELECT * FROM ledger_entry; DROP TABLE ledger_entry; ALTER TABLE loose RENAME TO ledger_entry;";
    CHECK(ledger.after_sql(loosen).problems.empty());
    CHECK(has_problem(ledger.after_sql(loosen + "UPDATE ledger_entry SET code = CAST(code AS BLOB) WHERE sequence = 4").problems,
                      "entry 4 holds a value of another type"));
    CHECK(has_problem(ledger.after_sql(loosen + "UPDATE ledger_entry SET transfer_id = 'fund' WHERE sequence = 5").problems,
                      "entries 1 and 5 have the same transfer id 'fund'"));
    CHECK(has_problem(ledger.after_sql(loosen + "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE sequence = 8").problems,
                      "entry 8 follows entry 8"));
    CHECK(has_problem(ledger.after_sql("DELETE FROM ledger_head").problems, "the ledger has no head, but 8 entries"));
}

TEST_CASE("an account more or less is found") {
    BrokenIntoLedger ledger;
    CHECK(has_problem(ledger.after_sql("DELETE FROM ledger_account WHERE account_id = 'shop:s'").problems, "'shop:s', which is not stored"));
    CHECK(has_problem(ledger.after_sql("INSERT INTO ledger_account VALUES ('member:x', 'member', 'nin', 0, 0, 5, 0)").problems,
                      "the account 'member:x' is stored with credits_posted 5, but its entries up to sequence 8 give 0"));
    CHECK(ledger.after_sql("INSERT INTO ledger_account VALUES ('member:x', 'member', 'nin', 0, 0, 0, 0)").problems.empty());
}

TEST_CASE("a ledger with very many faults is told in at most 100 sentences") {
    BrokenIntoLedger ledger;
    const LedgerReport report = ledger.after_sql(
        "WITH RECURSIVE number(n) AS (VALUES (9) UNION ALL SELECT n + 1 FROM number WHERE n < 500) INSERT INTO ledger_entry SELECT n, 'x' || n, "
        "'member:a', 'member:b', 'nin', 1, 'x', '', 'posted', 0, NULL, NULL, 1, zeroblob(32) FROM number");
    CHECK(report.problems.size() == 100);
    CHECK(report.transfers == 500);
}

TEST_CASE("I13: a payment between any two accounts whose kinds may not pay is found, member to member too, although chain and totals are right") {
    BrokenIntoLedger ledger;
    int forbidden = 0;
    const std::vector<Account> all = accounts(ledger.connection());
    for (const Account &debit : all) {
        for (const Account &credit : all) {
            if (debit.id == credit.id) {
                continue;
            }
            CAPTURE(debit.id, credit.id);
            const auto problems = ledger.problems_of_forged(request_of("new", debit.id, credit.id, 1));
            const bool is_allowed = is_kind_pair_allowed(debit.kind, credit.kind);
            CHECK(has_problem(problems, "entry 9 moves points from '" + debit.id + "' to '" + credit.id + "', which those kinds may not") !=
                  is_allowed);
            forbidden += is_allowed ? 0 : 1;
        }
    }
    CHECK(forbidden == 34); // of 56: of 7 kinds, and of two members
}
