#include "data/ledger_rules.hpp"

#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <limits>
#include <set>
#include <string>

using namespace keyaki::data;
using keyaki::test::request_of;

namespace {

constexpr std::array all_kinds = {AccountKind::issuer,   AccountKind::budget,  AccountKind::member, AccountKind::shop,
                                  AccountKind::redeemed, AccountKind::expired, AccountKind::draw};
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

/// An award of 10 points that may be applied.
struct Case {
    TransferRequest request = request_of("t", "budget:walk", "member:a", 10);
    std::optional<Account> debit = Account{"budget:walk", AccountKind::budget, "nin", 0, 0, 100, 0};
    std::optional<Account> credit = Account{"member:a", AccountKind::member, "nin", 0, 0, 0, 0};

    [[nodiscard]] TransferOutcome decide(std::int64_t time_us = 1'000) const {
        return decide_transfer(request, debit ? &*debit : nullptr, credit ? &*credit : nullptr, time_us);
    }
};

} // namespace

TEST_CASE("an account id says its kind") {
    CHECK(account_kind_of("issuer:chamber") == AccountKind::issuer);
    CHECK(account_kind_of("budget:preparedness-2026") == AccountKind::budget);
    CHECK(account_kind_of("member:m-7f3a") == AccountKind::member);
    CHECK(account_kind_of("member:m-7f3a:childcare") == AccountKind::member);
    CHECK(account_kind_of("shop:1") == AccountKind::shop);
    CHECK(account_kind_of("draw:2026") == AccountKind::draw);
    CHECK(account_kind_of("redeemed") == AccountKind::redeemed);
    CHECK(account_kind_of("expired") == AccountKind::expired);
    CHECK(account_kind_of("redeemed/childcare") == AccountKind::redeemed);
    CHECK(account_kind_of("expired/premium-2026") == AccountKind::expired);
    for (const std::string id : {"", "redeemed/", "expired/", "redeemedx/a", "member", "member:", "Member:a", "bank:a", "yen:a", "redeemed:a",
                                 "expired:", ":a", "member:\n", "member:\xff"}) {
        CAPTURE(id);
        CHECK_FALSE(account_kind_of(id));
    }
    CHECK_FALSE(account_kind_of("member:" + std::string(200, 'x')));
}

TEST_CASE("every outcome has a name of its own") {
    std::set<std::string_view> names;
    for (int value = 0; value <= static_cast<int>(TransferOutcome::overflows); ++value) {
        names.insert(transfer_outcome_name(static_cast<TransferOutcome>(value)));
    }
    CHECK(names.size() == static_cast<std::size_t>(TransferOutcome::overflows) + 1);
    CHECK(names.count("unknown") == 0);
    CHECK(transfer_outcome_name(TransferOutcome::exists_with_different_debit_account) == "exists_with_different_debit_account");
}

TEST_CASE("I13: the whole matrix of kinds: only these pairs may pay") {
    //                     issuer budget member shop redeemed expired draw
    constexpr std::array<std::string_view, 7> expected = {".F.....",  // issuer
                                                          "b.F...F",  // budget
                                                          ".b.F.Fb",  // member
                                                          "..b.F..",  // shop
                                                          "...b...",  // redeemed
                                                          "..b....",  // expired
                                                          ".bF...."}; // draw
    for (std::size_t row = 0; row < all_kinds.size(); ++row) {
        for (std::size_t column = 0; column < all_kinds.size(); ++column) {
            CAPTURE(account_kind_name(all_kinds[row]), account_kind_name(all_kinds[column]));
            const bool allowed = expected[row][column] != '.';
            CHECK(is_kind_pair_allowed(all_kinds[row], all_kinds[column]) == allowed);
            Case pair;
            pair.debit->kind = all_kinds[row];
            pair.credit->kind = all_kinds[column];
            CHECK(pair.decide() == (allowed ? TransferOutcome::created : TransferOutcome::kind_pair_not_allowed));
        }
    }
}

TEST_CASE("I13: the whole matrix of kinds and purposes: a shop's class is asked where a member pays it, and nowhere else") {
    for (const KindPair &pair : allowed_kind_pairs()) {
        for (const bool takes : {false, true}) {
            Case payment;
            payment.debit->kind = pair.debit;
            payment.credit->kind = pair.credit;
            const bool is_spending = pair.debit == AccountKind::member && pair.credit == AccountKind::shop;
            CAPTURE(pair.meaning, takes);
            const TransferOutcome found = decide_transfer(payment.request, &*payment.debit, &*payment.credit, 1'000, takes);
            CHECK(found == (is_spending && !takes ? TransferOutcome::purpose_not_allowed : TransferOutcome::created));
            payment.credit->unit = "childcare"; // no purpose becomes another one, whoever pays whom
            CHECK(decide_transfer(payment.request, &*payment.debit, &*payment.credit, 1'000, takes) ==
                  TransferOutcome::accounts_must_have_the_same_unit);
        }
    }
}

TEST_CASE("I13: points never move between two accounts of one kind") {
    for (const AccountKind kind : all_kinds) {
        CHECK_FALSE(is_kind_pair_allowed(kind, kind));
    }
}

TEST_CASE("every pair has its way back, so that everything can be corrected") {
    for (const KindPair &pair : allowed_kind_pairs()) {
        CAPTURE(pair.meaning);
        CHECK(is_kind_pair_allowed(pair.credit, pair.debit));
    }
}

TEST_CASE("of several faults the first in the order of TransferOutcome is told: all 1,024 combinations") {
    const std::vector<std::pair<TransferOutcome, std::function<void(Case &)>>> faults = {
        {TransferOutcome::id_must_not_be_empty, [](Case &c) { c.request.id.clear(); }},
        {TransferOutcome::amount_must_be_positive, [](Case &c) { c.request.amount = 0; }},
        {TransferOutcome::accounts_must_be_different,
         [](Case &c) {
             c.request.credit_account = c.request.debit_account;
             c.credit = c.debit;
         }},
        {TransferOutcome::debit_account_not_found, [](Case &c) { c.debit.reset(); }},
        {TransferOutcome::credit_account_not_found, [](Case &c) { c.credit.reset(); }},
        {TransferOutcome::accounts_must_have_the_same_unit,
         [](Case &c) {
             if (c.credit) {
                 c.credit->unit = "childcare";
             }
         }},
        {TransferOutcome::kind_pair_not_allowed,
         [](Case &c) {
             if (c.credit) {
                 c.credit->kind = AccountKind::shop;
             }
         }},
        {TransferOutcome::expiry_must_be_later, [](Case &c) { c.request.expires_at_us = 1'000; }},
        {TransferOutcome::exceeds_budget,
         [](Case &c) {
             if (c.debit) {
                 c.debit->credits_posted = 9;
             }
         }},
        {TransferOutcome::overflows, [](Case &c) {
             if (c.credit) {
                 c.credit->credits_posted = largest - 9;
             }
         }}};
    for (std::size_t subset = 0; subset < (1U << faults.size()); ++subset) {
        Case broken;
        TransferOutcome expected = TransferOutcome::created;
        for (std::size_t i = faults.size(); i-- > 0;) {
            expected = (subset >> i & 1U) != 0 ? faults[i].first : expected;
        }
        for (std::size_t i = 0; i < faults.size(); ++i) {
            if ((subset >> i & 1U) != 0) {
                faults[i].second(broken);
            }
        }
        CAPTURE(subset, transfer_outcome_name(expected));
        REQUIRE(transfer_outcome_name(broken.decide()) == transfer_outcome_name(expected));
    }
}

TEST_CASE("I3: an account may pay exactly what is available: posted credits without what is spent or reserved") {
    Case last;
    last.debit->debits_posted = 60;
    last.debit->debits_pending = 30;
    CHECK(last.decide() == TransferOutcome::created);
    last.request.amount = 11;
    CHECK(last.decide() == TransferOutcome::exceeds_budget);
    last.debit->credits_pending = 1'000; // what is not posted cannot be paid on
    CHECK(last.decide() == TransferOutcome::exceeds_budget);
}

TEST_CASE("below zero is exceeds_budget for a budget, exceeds_credits for the others, and allowed for an issuer alone") {
    for (const KindPair &pair : allowed_kind_pairs()) {
        Case poor;
        poor.debit->kind = pair.debit;
        poor.credit->kind = pair.credit;
        poor.debit->credits_posted = 0;
        const TransferOutcome expected = pair.debit == AccountKind::issuer   ? TransferOutcome::created
                                         : pair.debit == AccountKind::budget ? TransferOutcome::exceeds_budget
                                                                             : TransferOutcome::exceeds_credits;
        CAPTURE(pair.meaning);
        CHECK(poor.decide() == expected);
    }
}

TEST_CASE("a transfer that would leave 64 bits overflows, on either side, posted and pending together") {
    Case issuer;
    issuer.debit->kind = AccountKind::issuer;
    issuer.credit->kind = AccountKind::budget;
    issuer.debit->debits_posted = largest - 10;
    CHECK(issuer.decide() == TransferOutcome::created);
    issuer.debit->debits_posted = largest - 9;
    CHECK(issuer.decide() == TransferOutcome::overflows);
    issuer.debit->debits_posted = largest - 10;
    issuer.debit->debits_pending = 1;
    CHECK(issuer.decide() == TransferOutcome::overflows);

    Case credit;
    credit.credit->credits_posted = largest / 2;
    credit.credit->credits_pending = largest / 2 + 1 - 10;
    CHECK(credit.decide() == TransferOutcome::created);
    credit.credit->credits_pending += 1;
    CHECK(credit.decide() == TransferOutcome::overflows);
}

TEST_CASE("a timeout whose deadline would leave 64 bits overflows") {
    Case waiting;
    waiting.request.pending = true;
    waiting.request.timeout_s = 1'209'600;
    CHECK(waiting.decide() == TransferOutcome::created);
    CHECK(waiting.decide(largest) == TransferOutcome::overflows);
    waiting.request.timeout_s = largest / 1'000'000 + 1;
    CHECK(waiting.decide(1) == TransferOutcome::overflows);
}

TEST_CASE("I2: a posted transfer grows posted columns, a pending one pending columns, and nothing else") {
    for (const bool pending : {false, true}) {
        Case award;
        award.request.pending = pending;
        apply_transfer(award.request, *award.debit, *award.credit);
        CHECK(award.debit->debits_posted == (pending ? 0 : 10));
        CHECK(award.debit->debits_pending == (pending ? 10 : 0));
        CHECK(award.debit->credits_posted == 100);
        CHECK(award.credit->credits_posted == (pending ? 0 : 10));
        CHECK(award.credit->credits_pending == (pending ? 10 : 0));
        CHECK(award.debit->available() == 90);
        CHECK(award.credit->available() == (pending ? 0 : 10));
    }
}

TEST_CASE("I14: the time of an entry is the clock's, or just after the last where the clock stepped back") {
    CHECK(next_entry_time(500, 100) == 500);
    CHECK(next_entry_time(100, 100) == 101);
    CHECK(next_entry_time(-7, 100) == 101);
    CHECK(next_entry_time(0, 0) == 1);
    CHECK_FALSE(next_entry_time(0, largest));
}

TEST_CASE("what no outcome names is an error with a sentence") {
    const auto refused = [](auto change, const std::string &text) {
        TransferRequest request = request_of("t", "budget:walk", "member:a", 10);
        change(request);
        CHECK_THROWS_WITH(require_well_formed(request), Catch::Contains(text));
    };
    refused([](TransferRequest &r) { r.id = std::string(201, 'x'); }, "the transfer id must be");
    refused([](TransferRequest &r) { r.code.clear(); }, "the transfer code must be");
    refused([](TransferRequest &r) { r.code = "a\nb"; }, "the transfer code must be");
    refused([](TransferRequest &r) { r.reference = "\xff"; }, "the transfer reference must be");
    for (const std::string own : {"post/1", "void/1", "timeout/1", "reverse/1", "expire/1/2"}) {
        refused([&](TransferRequest &r) { r.id = own; }, "which the ledger uses itself");
    }
    refused([](TransferRequest &r) { r.timeout_s = -1; }, "0 or more seconds, not -1");
    refused([](TransferRequest &r) { r.timeout_s = 60; }, "only a pending transfer has a timeout");
    CHECK_NOTHROW(require_well_formed(request_of("t", "budget:walk", "member:a", 10)));
}
