#include "data/ledger_lots.hpp"

#include "data/ledger_pending.hpp"
#include "data/ledger_reversal.hpp"
#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace keyaki::data;
using namespace keyaki::test;

namespace {

constexpr std::int64_t day_us = std::int64_t{86'400} * 1'000'000;

/// A member with 10 points that last a day, 20 that last three and 30 that last for ever; entries 2, 3 and 4.
struct MemberWithLots : FreshDatabase {
    MemberWithLots() {
        make_accounts(**this);
        run(request_of("fund", "issuer:chamber", "budget:walk", 1'000), 1);
        award("three-days", 20, 3 * day_us);
        award("one-day", 10, day_us);
        run(request_of("for-ever", "budget:walk", "member:a", 30), 2);
    }
    void award(std::string_view id, std::int64_t amount, std::int64_t expires_at_us) {
        TransferRequest request = request_of(id, "budget:walk", "member:a", amount);
        request.expires_at_us = expires_at_us;
        run(request, 2);
    }
    void run(const TransferRequest &request, std::int64_t now_us) { REQUIRE(outcome_of(request, now_us) == TransferOutcome::created); }
    TransferOutcome outcome_of(const TransferRequest &request, std::int64_t now_us) { return run_transfer(**this, request, now_us).outcome; }
    TransferOutcome spend(std::string_view id, std::int64_t amount, std::int64_t now_us) {
        return outcome_of(request_of(id, "member:a", "shop:s", amount), now_us);
    }
    /// What is left of each lot, by expiry.
    std::vector<std::int64_t> rests() {
        std::vector<std::int64_t> found;
        for (const Lot &lot : open_lots(**this, "member:a")) {
            found.push_back(lot.rest);
        }
        return found;
    }
    std::size_t expire(std::int64_t now_us, std::size_t limit = 100) {
        Transaction transaction(**this);
        const std::size_t count = expire_due_lots(**this, now_us, limit);
        transaction.commit();
        return count;
    }
    std::int64_t available() { return find_account(**this, "member:a")->available(); }
    std::int64_t expired() { return find_account(**this, "expired")->posted(); }
    std::vector<std::string> problems() { return verify_ledger(**this).problems; }
};

using Rests = std::vector<std::int64_t>;

} // namespace

TEST_CASE("I12: spending takes the earliest-expiring lot first, then the next, then what never expires") {
    MemberWithLots ledger;
    CHECK(ledger.rests() == Rests{10, 20});
    REQUIRE(ledger.spend("s1", 4, 3) == TransferOutcome::created);
    CHECK(ledger.rests() == Rests{6, 20});
    REQUIRE(ledger.spend("s2", 16, 3) == TransferOutcome::created);
    CHECK(ledger.rests() == Rests{10});
    REQUIRE(ledger.spend("s3", 25, 3) == TransferOutcome::created);
    CHECK(ledger.rests().empty());
    CHECK(ledger.available() == 15);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I12: expiry moves exactly what is left of a lot, once, and nothing that lasts longer") {
    MemberWithLots ledger;
    REQUIRE(ledger.spend("s1", 4, 3) == TransferOutcome::created);
    CHECK(ledger.expire(day_us - 1) == 0);
    CHECK(ledger.expire(day_us) == 1);
    CHECK(ledger.expire(day_us) == 0);
    CHECK(ledger.available() == 50);
    CHECK(ledger.expired() == 6);
    const Transfer entry = transfers(*ledger, "expired", 0, 10).at(0);
    CHECK(entry.request.id == "expire/3/6");
    CHECK(entry.request.reference == "one-day");
    CHECK(ledger.rests() == Rests{20});
    CHECK(ledger.expire(9 * day_us) == 1);
    CHECK(ledger.available() == 30);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I12: who spends at the deadline spends what lasts: the lot expires first, in the same transaction") {
    MemberWithLots ledger;
    CHECK(ledger.spend("s1", 51, day_us) == TransferOutcome::exceeds_credits);
    CHECK(ledger.expired() == 0); // I19: a refusal moves nothing, not even what is due
    REQUIRE(ledger.spend("s2", 50, day_us) == TransferOutcome::created);
    CHECK(ledger.expired() == 10);
    CHECK(ledger.available() == 0);
    CHECK(ledger.expire(day_us) == 0);
    CHECK(ledger.problems().empty());
    MemberWithLots before;
    CHECK(before.spend("s1", 60, day_us - 1) == TransferOutcome::created);
    CHECK(before.problems().empty());
}

TEST_CASE("I12: in every order of two spends and a maintenance pass at the deadline the points are spent or expired, never both") {
    std::vector<int> order = {0, 1, 2};
    do {
        for (int crossing = 0; crossing <= 3; ++crossing) {
            MemberWithLots ledger;
            std::int64_t spent = 0;
            for (int place = 0; place < 3; ++place) {
                const std::int64_t now_us = place >= crossing ? day_us : 5;
                if (order[static_cast<std::size_t>(place)] == 2) {
                    ledger.expire(now_us);
                } else {
                    const std::string id = "s" + std::to_string(order[static_cast<std::size_t>(place)]);
                    spent += ledger.spend(id, 30, now_us) == TransferOutcome::created ? 30 : 0;
                }
            }
            ledger.expire(day_us);
            CAPTURE(order, crossing, spent);
            CHECK(spent + ledger.expired() + ledger.available() == 60);
            CHECK(ledger.problems().empty());
        }
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("I11: issued = held + spent + expired + reserved, of each lot and in all, after every step of a busy day") {
    MemberWithLots ledger;
    TransferRequest hold = request_of("hold", "member:a", "shop:s", 25);
    hold.pending = true;
    hold.timeout_s = 7 * 86'400;
    ledger.run(hold, 4);
    CHECK(ledger.rests() == Rests{5});
    CHECK(ledger.expire(day_us) == 0); // reserved before its deadline
    {
        Transaction transaction(*ledger);
        REQUIRE(end_pending(*ledger, {"hold", Ending::post, 12, {}}, day_us).outcome == EndOutcome::created);
        transaction.commit();
    }
    // 13 come back, from what expires last: 13 of the three days' points, none of the one day's.
    CHECK(ledger.rests() == Rests{18});
    CHECK(ledger.expired() == 0);
    CHECK(ledger.available() == 48);
    CHECK(ledger.problems().empty());
}

TEST_CASE("points that come back to a lot whose time is over expire at once") {
    MemberWithLots ledger;
    TransferRequest hold = request_of("hold", "member:a", "shop:s", 15);
    hold.pending = true;
    ledger.run(hold, 4);
    Transaction transaction(*ledger);
    REQUIRE(end_pending(*ledger, {"hold", Ending::cancel, {}, {}}, 2 * day_us).outcome == EndOutcome::created);
    transaction.commit();
    CHECK(ledger.rests() == Rests{20});
    CHECK(ledger.expired() == 10);
    CHECK(ledger.available() == 50);
    CHECK(ledger.problems().empty());
}

TEST_CASE("an award that was held for longer than its points last expires when it is posted") {
    MemberWithLots ledger;
    TransferRequest held = request_of("held", "budget:walk", "member:a", 7);
    held.pending = true;
    held.expires_at_us = day_us;
    ledger.run(held, 5);
    CHECK(ledger.rests() == Rests{10, 20});
    Transaction transaction(*ledger);
    REQUIRE(end_pending(*ledger, {"held", Ending::post, {}, {}}, 2 * day_us).outcome == EndOutcome::created);
    transaction.commit();
    CHECK(ledger.expired() == 17);
    CHECK(ledger.available() == 50);
    CHECK(ledger.problems().empty());
}

TEST_CASE("only points of members expire, and later than the entry that brings them") {
    MemberWithLots ledger;
    TransferRequest request = request_of("t1", "budget:walk", "draw:d", 5);
    request.expires_at_us = 9 * day_us;
    CHECK(ledger.outcome_of(request, 5) == TransferOutcome::expiry_not_allowed);
    request = request_of("t2", "budget:walk", "member:b", 5);
    request.expires_at_us = 100;
    CHECK(ledger.outcome_of(request, 100) == TransferOutcome::expiry_must_be_later);
    request.id = "t3";
    CHECK(ledger.outcome_of(request, 99) == TransferOutcome::created);
}

TEST_CASE("points of a purpose expire to that purpose's account") {
    FreshDatabase ledger;
    {
        Transaction transaction(*ledger);
        for (const char *account : {"issuer:city", "budget:kids", "member:a/childcare"}) {
            ensure_account(*ledger, account, "childcare");
        }
        transaction.commit();
    }
    REQUIRE(run_transfer(*ledger, request_of("fund", "issuer:city", "budget:kids", 50)).outcome == TransferOutcome::created);
    TransferRequest ticket = request_of("ticket", "budget:kids", "member:a/childcare", 5);
    ticket.expires_at_us = day_us;
    REQUIRE(run_transfer(*ledger, ticket).outcome == TransferOutcome::created);
    Transaction transaction(*ledger);
    CHECK(expire_due_lots(*ledger, day_us, 10) == 1);
    transaction.commit();
    CHECK(find_account(*ledger, "expired/childcare")->posted() == 5);
    CHECK_FALSE(find_account(*ledger, "expired"));
    CHECK(verify_ledger(*ledger).problems.empty());
}

TEST_CASE("I18: a reversal gives a member's lots back what was taken, and takes back first what it had brought") {
    MemberWithLots ledger;
    REQUIRE(ledger.spend("s1", 25, 3) == TransferOutcome::created);
    CHECK(ledger.rests() == Rests{5});
    const auto reverse_now = [&](std::string_view id) {
        Transaction transaction(*ledger);
        const ReverseResult result = reverse(*ledger, {std::string(id), {}}, 4);
        transaction.commit();
        return result.outcome;
    };
    CHECK(reverse_now("s1") == ReverseOutcome::created);
    CHECK(ledger.rests() == Rests{10, 20});
    CHECK(reverse_now("three-days") == ReverseOutcome::created); // although the one day's points expire earlier
    CHECK(ledger.rests() == Rests{10});
    CHECK(ledger.available() == 40);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I18: nothing is reversed twice, nor what waits, was voided, is a correction, or has been spent on") {
    MemberWithLots ledger;
    REQUIRE(ledger.spend("s1", 50, 3) == TransferOutcome::created);
    TransferRequest hold = request_of("hold", "member:a", "shop:s", 5);
    hold.pending = true;
    ledger.run(hold, 4);
    Transaction transaction(*ledger);
    const auto outcome = [&](std::string_view id, std::string reference = {}) {
        return reverse(*ledger, {std::string(id), std::move(reference)}, 5).outcome;
    };
    CHECK(outcome("never") == ReverseOutcome::transfer_not_found);
    CHECK(outcome("hold") == ReverseOutcome::transfer_not_posted);
    CHECK(outcome("for-ever") == ReverseOutcome::exceeds_credits);
    REQUIRE(end_pending(*ledger, {"hold", Ending::post, 3, {}}, 5).outcome == EndOutcome::created);
    CHECK(outcome("hold") == ReverseOutcome::created);                           // of the 3 that were posted
    CHECK(outcome("post/6") == ReverseOutcome::exists_with_different_reference); // the same transfer by its other name
    CHECK(outcome("post/6", "hold") == ReverseOutcome::exists);
    CHECK(outcome("s1") == ReverseOutcome::created);
    const std::string before = ledger_state(*ledger);
    CHECK(outcome("s1") == ReverseOutcome::exists);
    CHECK(outcome("s1", "another reason") == ReverseOutcome::exists_with_different_reference);
    CHECK(outcome("reverse/5") == ReverseOutcome::correction_not_reversible);
    CHECK(ledger_state(*ledger) == before);
    CHECK(ledger.available() == 60);
    CHECK(ledger.problems().empty());
}
