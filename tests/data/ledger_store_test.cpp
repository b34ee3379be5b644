#include "data/ledger_store.hpp"

#include "data/check_in_store.hpp"
#include "data/ledger_verify.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <string>
#include <utility>

using namespace keyaki::data;
using namespace keyaki::test;
using keyaki::geo::ErrorKind;
using namespace std::string_literals;

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

/// A ledger with accounts and a funded budget.
struct FundedLedger : FreshDatabase {
    FundedLedger() {
        make_accounts(**this);
        REQUIRE(run(request_of("fund", "issuer:chamber", "budget:walk", 1'000)) == TransferOutcome::created);
    }
    TransferOutcome run(const TransferRequest &request, std::int64_t now_us = 1'000) { return run_transfer(**this, request, now_us).outcome; }
    Account account(std::string_view id) { return find_account(**this, id).value(); }
    std::vector<std::string> problems() { return verify_ledger(**this).problems; }
};

} // namespace

TEST_CASE("an empty ledger has head 0 with a hash of zeros and nothing to complain of") {
    FreshDatabase database;
    CHECK(ledger_head(*database).sequence == 0);
    CHECK(ledger_head(*database).hash == Hash{});
    const LedgerReport report = verify_ledger(*database);
    CHECK(report.problems.empty());
    CHECK(report.transfers == 0);
    CHECK(transfers(*database, "", 0, 10).empty());
}

TEST_CASE("an account is made once and keeps its unit") {
    FreshDatabase database;
    Transaction transaction(*database);
    ensure_account(*database, "member:a", "nin");
    ensure_account(*database, "member:a", "nin");
    CHECK(accounts(*database).size() == 1);
    CHECK(find_account(*database, "member:a")->kind == AccountKind::member);
    CHECK_FALSE(find_account(*database, "member:b"));
    ensure_account(*database, "budget:a", "nin");
    CHECK(kind_of_error([&] { ensure_account(*database, "budget:a", "childcare"); }) == ErrorKind::conflict);
}

TEST_CASE("an account of a member, a shop or the city is of the unit that its id says, and of no other") {
    FreshDatabase database;
    Transaction transaction(*database);
    for (const char *plain : {"member:a", "shop:bakery", "redeemed", "expired"}) {
        CAPTURE(plain);
        const std::string childcare = plain + "/childcare"s;
        CHECK(unit_of_id(plain) == "nin");
        CHECK(unit_of_id(childcare) == "childcare");
        CHECK(kind_of_error([&] { ensure_account(*database, plain, "childcare"); }) == ErrorKind::invalid_input);
        CHECK(kind_of_error([&] { ensure_account(*database, childcare, "nin"); }) == ErrorKind::invalid_input);
        CHECK(kind_of_error([&] { ensure_account(*database, childcare, "premium-2026"); }) == ErrorKind::invalid_input);
        ensure_account(*database, plain, "nin");
        ensure_account(*database, childcare, "childcare");
    }
    CHECK(accounts(*database).size() == 8);
    for (const char *free : {"issuer:city", "budget:kids", "draw:d"}) {
        CHECK_FALSE(unit_of_id(free));
        ensure_account(*database, free, "childcare");
    }
}

TEST_CASE("an account of no known kind, a bad name or a unit of money is refused") {
    FreshDatabase database;
    Transaction transaction(*database);
    for (const std::string id : {"", "bank:a", "member:", "member:a\n", "redeemed:x", "redeemed/", "expired/childcare"}) {
        CAPTURE(id);
        CHECK(kind_of_error([&] { ensure_account(*database, id, "nin"); }) == ErrorKind::invalid_input);
    }
    for (const std::string unit : {"", "yen", "YEN", "Jpy", "円", "¥", "￥"}) {
        CAPTURE(unit);
        CHECK(kind_of_error([&] { ensure_account(*database, "member:a", unit); }) == ErrorKind::invalid_input);
    }
    CHECK(accounts(*database).empty());
}

TEST_CASE("a created transfer moves points, gets the next number and becomes the head") {
    FundedLedger ledger;
    TransferRequest award = request_of("award", "budget:walk", "member:a", 10);
    award.reference = "01JRK5T0Q2";
    award.expires_at_us = 5'000;
    const TransferResult result = run_transfer(*ledger, award, 2'000);
    REQUIRE(result.outcome == TransferOutcome::created);
    CHECK(result.transfer->sequence == 2);
    CHECK(result.transfer->time_us == 2'000);
    CHECK(result.transfer->request.reference == "01JRK5T0Q2");
    CHECK(ledger.account("budget:walk").available() == 990);
    CHECK(ledger.account("member:a").available() == 10);
    CHECK(ledger.account("issuer:chamber").available() == -1'000);
    CHECK(ledger_head(*ledger).sequence == 2);
    CHECK(ledger_head(*ledger).hash == result.transfer->hash);
    const auto stored = transfers(*ledger, "member:a", 0, 10);
    REQUIRE(stored.size() == 1);
    CHECK(stored[0].hash == result.transfer->hash);
    CHECK(stored[0].request.expires_at_us == 5'000);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I5: the same request again exists, with the entry that was made then") {
    FundedLedger ledger;
    TransferRequest award = request_of("award", "budget:walk", "member:a", 10);
    award.pending = true;
    award.timeout_s = 60;
    award.expires_at_us = 5'000'000;
    const TransferResult first = run_transfer(*ledger, award, 2'000);
    const std::string before = ledger_state(*ledger);
    const TransferResult second = run_transfer(*ledger, award, 9'000);
    CHECK(second.outcome == TransferOutcome::exists);
    REQUIRE(second.transfer);
    CHECK(second.transfer->sequence == first.transfer->sequence);
    CHECK(second.transfer->time_us == 2'000);
    CHECK(second.transfer->hash == first.transfer->hash);
    CHECK(second.transfer->state == TransferState::pending);
    CHECK(ledger_state(*ledger) == before);
}

TEST_CASE("I5, I19: the same id with another field is told which field, and moves nothing") {
    FundedLedger ledger;
    TransferRequest award = request_of("award", "budget:walk", "member:a", 10);
    award.reference = "r";
    award.pending = true;
    award.timeout_s = 60;
    REQUIRE(ledger.run(award) == TransferOutcome::created);
    const std::vector<std::pair<TransferOutcome, std::function<void(TransferRequest &)>>> changes = {
        {TransferOutcome::exists_with_different_debit_account, [](auto &r) { r.debit_account = "issuer:chamber"; }},
        {TransferOutcome::exists_with_different_credit_account, [](auto &r) { r.credit_account = "member:b"; }},
        {TransferOutcome::exists_with_different_amount, [](auto &r) { r.amount = -11; }},
        {TransferOutcome::exists_with_different_code, [](auto &r) { r.code = "bonus\n"; }},
        {TransferOutcome::exists_with_different_reference, [](auto &r) { r.reference = ""; }},
        {TransferOutcome::exists_with_different_pending, [](auto &r) { r.pending = false; }},
        {TransferOutcome::exists_with_different_timeout, [](auto &r) { r.timeout_s = -61; }},
        {TransferOutcome::exists_with_different_expiry, [](auto &r) { r.expires_at_us = 0; }},
    };
    const std::string before = ledger_state(*ledger);
    TransferRequest all = award;
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        TransferRequest one = award;
        change->second(one);
        CAPTURE(transfer_outcome_name(change->first));
        const TransferResult result = run_transfer(*ledger, one);
        CHECK(result.outcome == change->first);
        CHECK_FALSE(result.transfer);
        change->second(all); // of all later fields and this one, this one is told
        CHECK(ledger.run(all) == change->first);
    }
    CHECK(ledger_state(*ledger) == before);
    CHECK_FALSE(find_failed_outcome(*ledger, "award"));
    CHECK(ledger.run(award) == TransferOutcome::exists);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I7, I19: each refusal has its outcome, changes no balance and makes its id fail for ever") {
    FundedLedger ledger;
    {
        Transaction transaction(*ledger);
        ensure_account(*ledger, "member:child/childcare", "childcare");
        ensure_account(*ledger, "budget:huge", "nin");
        ensure_account(*ledger, "issuer:other", "nin");
        transaction.commit();
    }
    REQUIRE(ledger.run(request_of("huge", "issuer:other", "budget:huge", largest)) == TransferOutcome::created);
    const std::vector<std::pair<TransferOutcome, TransferRequest>> refusals = {
        {TransferOutcome::amount_must_be_positive, request_of("1", "budget:walk", "member:a", 0)},
        {TransferOutcome::amount_must_be_positive, request_of("2", "budget:walk", "member:a", -1)},
        {TransferOutcome::accounts_must_be_different, request_of("3", "budget:walk", "budget:walk", 1)},
        {TransferOutcome::debit_account_not_found, request_of("4", "budget:none", "member:a", 1)},
        {TransferOutcome::credit_account_not_found, request_of("5", "budget:walk", "member:none", 1)},
        {TransferOutcome::accounts_must_have_the_same_unit, request_of("6", "budget:walk", "member:child/childcare", 1)},
        {TransferOutcome::kind_pair_not_allowed, request_of("7", "budget:walk", "shop:s", 1)},
        {TransferOutcome::kind_pair_not_allowed, request_of("8", "member:a", "member:b", 1)},
        {TransferOutcome::exceeds_budget, request_of("9", "budget:walk", "member:a", 1'001)},
        {TransferOutcome::exceeds_credits, request_of("10", "member:a", "shop:s", 1)},
        {TransferOutcome::overflows, request_of("11", "issuer:chamber", "budget:huge", 1)},
    };
    const std::string before = ledger_state(*ledger);
    for (const auto &[outcome, request] : refusals) {
        CAPTURE(transfer_outcome_name(outcome));
        CHECK(ledger.run(request) == outcome);
        CHECK(find_failed_outcome(*ledger, request.id) == outcome);
        CHECK(ledger.run(request) == TransferOutcome::id_already_failed);
        CHECK(ledger.run(request_of(request.id, "budget:walk", "member:a", 1)) == TransferOutcome::id_already_failed);
        CHECK(find_failed_outcome(*ledger, request.id) == outcome);
    }
    CHECK(ledger.run(request_of("", "budget:walk", "member:a", 1)) == TransferOutcome::id_must_not_be_empty);
    CHECK(ledger.run(request_of("", "budget:walk", "member:a", 1)) == TransferOutcome::id_must_not_be_empty);
    CHECK(ledger_state(*ledger) == before);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I7: a refused id stays refused after the reason has gone") {
    FundedLedger ledger;
    const TransferRequest spend = request_of("spend", "member:a", "shop:s", 10);
    CHECK(ledger.run(spend) == TransferOutcome::exceeds_credits);
    CHECK(ledger.run(request_of("award", "budget:walk", "member:a", 10)) == TransferOutcome::created);
    CHECK(ledger.run(spend) == TransferOutcome::id_already_failed);
    CHECK(ledger.account("member:a").available() == 10);
    CHECK(ledger.run(request_of("spend-2", "member:a", "shop:s", 10)) == TransferOutcome::created);
}

TEST_CASE("a request that is wrong in itself is an error and leaves its id free") {
    FundedLedger ledger;
    TransferRequest award = request_of("award", "budget:walk", "member:a", 10);
    award.timeout_s = 60;
    CHECK(kind_of_error([&] { ledger.run(award); }) == ErrorKind::invalid_input);
    CHECK_FALSE(find_failed_outcome(*ledger, "award"));
    award.timeout_s = 0;
    CHECK(ledger.run(award) == TransferOutcome::created);
    CHECK(kind_of_error([&] { ledger.run(request_of("bad\nid", "budget:walk", "member:a", 1)); }) == ErrorKind::invalid_input);
}

TEST_CASE("what a rolled-back transaction transferred or refused never happened") {
    FundedLedger ledger;
    const std::string before = ledger_state(*ledger);
    {
        Transaction transaction(*ledger);
        CHECK(transfer(*ledger, request_of("award", "budget:walk", "member:a", 10), 2'000).outcome == TransferOutcome::created);
        CHECK(transfer(*ledger, request_of("spend", "member:b", "shop:s", 10), 2'000).outcome == TransferOutcome::exceeds_credits);
    }
    CHECK(ledger_state(*ledger) == before);
    CHECK_FALSE(find_failed_outcome(*ledger, "spend"));
    CHECK(ledger.run(request_of("award", "budget:walk", "member:a", 10)) == TransferOutcome::created);
}

TEST_CASE("I14: time increases strictly along the sequence also when the clock steps back or stands still") {
    FundedLedger ledger;
    std::int64_t last_us = 0;
    std::uint64_t number = 0;
    for (const std::int64_t now_us : {5'000, 5'000, 4'000, -1, 0, 5'001, 9'000, 8'999, 9'001}) {
        const TransferResult result = run_transfer(*ledger, request_of("t" + std::to_string(++number), "budget:walk", "member:a", 1), now_us);
        REQUIRE(result.outcome == TransferOutcome::created);
        CHECK(result.transfer->sequence == number + 1);
        CHECK(result.transfer->time_us > last_us);
        CHECK(result.transfer->time_us >= now_us);
        last_us = result.transfer->time_us;
    }
    CHECK(last_us == 9'002);
    CHECK(ledger.problems().empty());
}

TEST_CASE("where time ends the ledger refuses instead of going round") {
    FundedLedger ledger;
    CHECK(ledger.run(request_of("last", "budget:walk", "member:a", 1), largest) == TransferOutcome::created);
    CHECK(ledger.run(request_of("after", "budget:walk", "member:a", 1), 5) == TransferOutcome::overflows);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I3: a pending transfer reserves: it can be spent neither again by the one nor yet by the other") {
    FundedLedger ledger;
    TransferRequest held = request_of("held", "budget:walk", "member:a", 900);
    held.pending = true;
    held.timeout_s = 1'209'600;
    const TransferResult result = run_transfer(*ledger, held);
    REQUIRE(result.outcome == TransferOutcome::created);
    CHECK(result.transfer->state == TransferState::pending);
    CHECK(ledger.account("budget:walk").available() == 100);
    CHECK(ledger.account("budget:walk").posted() == 1'000);
    CHECK(ledger.account("member:a").available() == 0);
    CHECK(ledger.account("member:a").credits_pending == 900);
    CHECK(ledger.run(request_of("too-much", "budget:walk", "member:b", 101)) == TransferOutcome::exceeds_budget);
    CHECK(ledger.run(request_of("spend", "member:a", "shop:s", 1)) == TransferOutcome::exceeds_credits);
    CHECK(ledger.run(request_of("rest", "budget:walk", "member:b", 100)) == TransferOutcome::created);
    CHECK(ledger.problems().empty());
}

TEST_CASE("points go round: fund, award, spend, redeem, expire, draw, and each way back") {
    FundedLedger ledger;
    std::uint64_t number = 0;
    const auto move = [&](std::string_view debit, std::string_view credit, std::int64_t amount) {
        CAPTURE(debit, credit);
        CHECK(ledger.run(request_of("move-" + std::to_string(++number), debit, credit, amount)) == TransferOutcome::created);
    };
    move("budget:walk", "member:a", 100);
    move("member:a", "shop:s", 40);
    move("shop:s", "redeemed", 30);
    move("member:a", "expired", 20);
    move("budget:walk", "draw:d", 50);
    move("draw:d", "member:b", 30);
    move("member:b", "draw:d", 10);
    move("draw:d", "budget:walk", 30);
    move("expired", "member:a", 5);
    move("redeemed", "shop:s", 3);
    move("shop:s", "member:a", 2);
    move("member:a", "budget:walk", 1);
    move("budget:walk", "issuer:chamber", 81);
    CHECK(ledger.account("member:a").available() == 46);
    CHECK(ledger.account("budget:walk").available() == 800);
    CHECK(ledger.account("issuer:chamber").available() == -919);
    CHECK(ledger.problems().empty());
}

TEST_CASE("transfers lists an account's entries, or all, by sequence in pages") {
    FundedLedger ledger;
    for (int i = 0; i < 10; ++i) {
        ledger.run(request_of("award-" + std::to_string(i), "budget:walk", i % 2 == 0 ? "member:a" : "member:b", 5));
        ledger.run(request_of("spend-" + std::to_string(i), i % 2 == 0 ? "member:a" : "member:b", "shop:s", 2));
    }
    const auto sequences = [&](std::string_view account, std::uint64_t after, std::size_t limit) {
        std::vector<std::uint64_t> found;
        for (const Transfer &entry : transfers(*ledger, account, after, limit)) {
            found.push_back(entry.sequence);
        }
        return found;
    };
    using Numbers = std::vector<std::uint64_t>;
    CHECK(sequences("member:a", 0, 100) == Numbers{2, 3, 6, 7, 10, 11, 14, 15, 18, 19});
    CHECK(sequences("member:a", 7, 3) == Numbers{10, 11, 14});
    CHECK(sequences("member:a", 19, 3).empty());
    CHECK(sequences("", 0, 3) == Numbers{1, 2, 3});
    CHECK(sequences("", 20, std::numeric_limits<std::size_t>::max()) == Numbers{21});
    CHECK(sequences("", std::numeric_limits<std::uint64_t>::max(), 3).empty());
    CHECK(sequences("member:nobody", 0, 3).empty());
    CHECK(sequences("member:a", 0, 0).empty());
}

TEST_CASE("points awarded are those of one member, one rally and one stretch of time, posted or held") {
    FundedLedger ledger;
    {
        Transaction transaction(*ledger);
        ensure_account(*ledger, "budget:other", "nin");
        transaction.commit();
    }
    ledger.run(request_of("fund-other", "issuer:chamber", "budget:other", 100));
    const auto award = [&](std::string_view id, std::string_view budget, std::string_view member, std::int64_t amount, std::int64_t now_us,
                           bool pending = false) {
        TransferRequest request = request_of(id, budget, member, amount);
        request.pending = pending;
        REQUIRE(ledger.run(request, now_us) == TransferOutcome::created);
    };
    award("1", "budget:walk", "member:a", 1, 10'000);
    award("2", "budget:walk", "member:a", 20, 20'000);
    award("3", "budget:walk", "member:a", 300, 30'000, true);
    award("4", "budget:other", "member:a", 7, 40'000);
    award("5", "budget:walk", "member:b", 8, 50'000);
    REQUIRE(ledger.run(request_of("spend", "member:a", "shop:s", 5), 60'000) == TransferOutcome::created);
    CHECK(points_awarded(*ledger, "a", "walk", 0, 100'000) == 321);
    CHECK(points_awarded(*ledger, "a", "walk", 10'000, 30'000) == 21);
    CHECK(points_awarded(*ledger, "a", "walk", 10'001, 30'001) == 320);
    CHECK(points_awarded(*ledger, "a", "other", 0, 100'000) == 7);
    CHECK(points_awarded(*ledger, "b", "walk", 0, 100'000) == 8);
    CHECK(points_awarded(*ledger, "c", "walk", 0, 100'000) == 0);
    CHECK(points_awarded(*ledger, "a", "walk", 30'000, 30'000) == 0);
}

// The ledger's own time only runs forwards: one entry from a clock that ran ahead would have moved every later award to that day.
TEST_CASE("an award counts for the day of its check-in, wherever the ledger's time stands") {
    FundedLedger ledger;
    constexpr std::int64_t today_us = 1'775'955'603'000'000;
    constexpr std::int64_t tomorrow_us = today_us + std::int64_t{86'400} * 1'000'000;
    REQUIRE(ledger.run(request_of("ahead", "budget:walk", "member:b", 1), tomorrow_us) == TransferOutcome::created);
    {
        Transaction transaction(*ledger);
        insert_check_in(*ledger, {"01A", "a", "walk", "spots/1", "", "accepted", "1", 1, 1, "{}", "{}", today_us});
        transaction.commit();
    }
    TransferRequest request = request_of("award", "budget:walk", "member:a", 10);
    request.reference = "01A";
    REQUIRE(ledger.run(request, today_us) == TransferOutcome::created);
    CHECK(points_awarded(*ledger, "a", "walk", today_us, today_us + 1) == 10);
    CHECK(points_awarded(*ledger, "a", "walk", tomorrow_us, tomorrow_us + 1'000'000) == 0);
}
