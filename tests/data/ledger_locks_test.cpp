#include "data/ledger_verify.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace keyaki::data;
using namespace keyaki::test;
using namespace std::string_literals;

// The triggers and checks of data/sql/002-ledger.sql, against SQL that no code of ours runs.

TEST_CASE("I7, I18: the database itself refuses to change, remove or replace an entry, a refused id or an account") {
    FreshDatabase ledger;
    make_accounts(*ledger);
    REQUIRE(run_transfer(*ledger, request_of("fund", "issuer:chamber", "budget:walk", 1'000)).outcome == TransferOutcome::created);
    REQUIRE(run_transfer(*ledger, request_of("award", "budget:walk", "member:a", 10)).outcome == TransferOutcome::created);
    REQUIRE(run_transfer(*ledger, request_of("no", "member:b", "shop:s", 10)).outcome == TransferOutcome::exceeds_credits);
    const std::string entry =
        " (sequence, transfer_id, debit_account, credit_account, unit, amount, code, reference, state, timeout_s, time_us, hash) ";
    const std::string values = ", 'budget:walk', 'member:a', 'nin', 5, 'x', '', 'posted', 0, ";
    for (const std::string &sql : {
             "UPDATE ledger_entry SET amount = 11 WHERE sequence = 2"s,
             "UPDATE ledger_entry SET hash = zeroblob(32)"s,
             "DELETE FROM ledger_entry WHERE sequence = 2"s,
             "DELETE FROM ledger_entry"s,
             "INSERT OR REPLACE INTO ledger_entry" + entry + "VALUES (2, 'new'" + values + "9999, zeroblob(32))",
             "INSERT OR REPLACE INTO ledger_entry" + entry + "VALUES (3, 'award'" + values + "9999, zeroblob(32))",
             "INSERT INTO ledger_entry" + entry + "VALUES (4, 'new'" + values + "9999, zeroblob(32))",
             "INSERT INTO ledger_entry" + entry + "VALUES (3, 'no'" + values + "9999, zeroblob(32))",
             "INSERT INTO ledger_entry" + entry + "VALUES (3, 'new'" + values + "1001, zeroblob(32))",
             "INSERT INTO ledger_entry" + entry + "VALUES (3, 'new'" + values + "9999, zeroblob(31))",
             "DELETE FROM ledger_failed_id"s,
             "UPDATE ledger_failed_id SET transfer_id = 'other'"s,
             "INSERT OR REPLACE INTO ledger_failed_id VALUES ('no', 'overflows', 1)"s,
             "INSERT INTO ledger_failed_id VALUES ('award', 'overflows', 1)"s,
             "DELETE FROM ledger_account WHERE account_id = 'expired'"s,
             "INSERT OR REPLACE INTO ledger_account (account_id, kind, unit) VALUES ('member:a', 'member', 'nin')"s,
             "INSERT INTO ledger_account (account_id, kind, unit) VALUES ('member:y', 'member', 'yen')"s,
             "INSERT INTO ledger_account (account_id, kind, unit) VALUES ('member:y', 'shop', 'nin')"s,
             "INSERT INTO ledger_account (account_id, kind, unit) VALUES ('expired:y', 'expired', 'nin')"s,
             "UPDATE ledger_account SET unit = 'childcare' WHERE account_id = 'member:b'"s,
             "UPDATE ledger_account SET debits_posted = 11 WHERE account_id = 'member:a'"s,
             "UPDATE ledger_account SET credits_posted = 9 WHERE account_id = 'member:a'"s,
             "UPDATE ledger_account SET credits_pending = -1 WHERE account_id = 'member:a'"s,
             "UPDATE ledger_account SET debits_pending = 11 WHERE account_id = 'member:a'"s,
             "UPDATE ledger_head SET sequence = 1"s,
             "UPDATE ledger_head SET hash = zeroblob(32)"s,
             "DELETE FROM ledger_head"s,
         }) {
        CAPTURE(sql);
        const std::string before = ledger_state(*ledger);
        CHECK_THROWS_AS(ledger->execute(sql), DatabaseError);
        CHECK(ledger_state(*ledger) == before);
    }
    CHECK(verify_ledger(*ledger).problems.empty());
}
