#include "data/ledger_purposes.hpp"
#include "data/ledger_rules.hpp"
#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::data;
using namespace keyaki::test;

TEST_CASE("I13: of all pairs of accounts, posted and pending, the database takes those whose kinds may pay, and for the others nothing moves") {
    FreshDatabase ledger;
    make_accounts(*ledger);
    {
        Transaction transaction(*ledger);
        for (const char *account : {"issuer:city", "budget:other", "shop:t", "draw:e"}) { // two of each kind
            ensure_account(*ledger, account, "nin");
        }
        transaction.commit();
    }
    REQUIRE(run_transfer(*ledger, request_of("fund", "issuer:chamber", "budget:walk", 1'000)).outcome == TransferOutcome::created);
    // Everybody but issuers has something to pay with, so that it is the pair that decides.
    for (const char *account : {"member:a", "member:b", "draw:d", "draw:e"}) {
        REQUIRE(run_transfer(*ledger, request_of("give " + std::string(account), "budget:walk", account, 100)).outcome == TransferOutcome::created);
    }
    for (const char *account : {"shop:s", "shop:t", "expired"}) {
        REQUIRE(run_transfer(*ledger, request_of("pay " + std::string(account), "member:a", account, 20)).outcome == TransferOutcome::created);
    }
    REQUIRE(run_transfer(*ledger, request_of("redeem", "shop:s", "redeemed", 10)).outcome == TransferOutcome::created);
    REQUIRE(run_transfer(*ledger, request_of("fund other", "issuer:city", "budget:other", 100)).outcome == TransferOutcome::created);
    int created = 0;
    int refused = 0;
    const std::vector<Account> all = accounts(*ledger);
    for (const Account &debit : all) {
        for (const Account &credit : all) {
            for (const bool is_pending : {false, true}) {
                CAPTURE(debit.id, credit.id, is_pending);
                TransferRequest request = request_of(debit.id + " to " + credit.id + (is_pending ? "?" : ""), debit.id, credit.id, 1);
                request.pending = is_pending;
                const std::string before = ledger_state(*ledger);
                const TransferOutcome found = run_transfer(*ledger, request).outcome;
                if (debit.id == credit.id) {
                    CHECK(found == TransferOutcome::accounts_must_be_different);
                } else {
                    CHECK(found ==
                          (is_kind_pair_allowed(debit.kind, credit.kind) ? TransferOutcome::created : TransferOutcome::kind_pair_not_allowed));
                }
                CHECK((ledger_state(*ledger) != before) == (found == TransferOutcome::created));
                ++(found == TransferOutcome::created ? created : refused);
            }
        }
    }
    CHECK(created > 80);
    CHECK(refused > 150);
    CHECK(verify_ledger(*ledger).problems == std::vector<std::string>{}); // which has its own table of who may pay whom
    for (const char *money : {"yen", "JPY", "円", "￥"}) {                // nor is there an account that points could become money in
        CAPTURE(money);
        Transaction transaction(*ledger);
        CHECK_THROWS_AS(ensure_account(*ledger, "shop:s/" + std::string(money), money), keyaki::geo::Error);
    }
}

TEST_CASE("a transfer that may make its accounts leaves the books as one whose accounts were there before, and makes none where it is refused") {
    FreshDatabase making;
    FreshDatabase ready;
    const auto in_transaction = [](FreshDatabase &ledger, const auto &action) {
        Transaction transaction(*ledger);
        const TransferOutcome outcome = action();
        transaction.commit();
        return outcome;
    };
    for (FreshDatabase *ledger : {&making, &ready}) {
        in_transaction(*ledger, [&] {
            put_shop(**ledger, "nursery", "childcare");
            put_shop(**ledger, "bakery", "general");
            put_purpose(**ledger, "childcare", "childcare", true);
            return TransferOutcome::created;
        });
    }
    const auto pay = [&](const char *debit, const char *credit, std::int64_t amount, std::size_t made) {
        CAPTURE(debit, credit, amount);
        const std::size_t before = accounts(*making).size();
        const TransferRequest request = request_of(std::string(debit) + " " + credit + " " + std::to_string(amount), debit, credit, amount);
        const TransferOutcome expected = in_transaction(ready, [&] {
            ensure_account(*ready, debit, "childcare");
            ensure_account(*ready, credit, "childcare");
            return transfer(*ready, request, 1'000).outcome;
        });
        CHECK(in_transaction(making, [&] { return foresee_transfer(*making, request, "childcare", 1'000); }) == expected);
        CHECK(in_transaction(making, [&] { return transfer(*making, request, "childcare", 1'000).outcome; }) == expected);
        CHECK(ledger_head(*making).hash == ledger_head(*ready).hash);
        CHECK(accounts(*making).size() == before + made);
        return expected;
    };
    CHECK(pay("issuer:chamber", "budget:care", 1'000, 2) == TransferOutcome::created);
    CHECK(pay("budget:care", "member:a/childcare", 100, 1) == TransferOutcome::created);
    CHECK(pay("member:a/childcare", "shop:nursery/childcare", 30, 1) == TransferOutcome::created);
    CHECK(pay("member:a/childcare", "shop:nursery/childcare", 5, 0) == TransferOutcome::created);
    CHECK(pay("member:a/childcare", "shop:bakery/childcare", 5, 0) == TransferOutcome::purpose_not_allowed);
    CHECK(pay("member:b/childcare", "shop:nursery/childcare", 6, 0) == TransferOutcome::exceeds_credits);
    CHECK(pay("member:b/childcare", "shop:bakery/childcare", 6, 0) == TransferOutcome::purpose_not_allowed);
    for (const Account &account : accounts(*making)) {
        CAPTURE(account.id);
        CHECK(account.posted() == find_account(*ready, account.id)->posted());
    }
    CHECK(verify_ledger(*making).problems == std::vector<std::string>{});
}
