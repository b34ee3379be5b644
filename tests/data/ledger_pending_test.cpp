#include "data/ledger_pending.hpp"

#include "data/ledger_store.hpp"
#include "data/ledger_verify.hpp"
#include "data/store.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace keyaki::data;
using namespace keyaki::test;

namespace {

constexpr std::int64_t second_us = 1'000'000;

/// A budget of 1,000 points and an award of 10 that is held for a minute.
struct HeldAward : FreshDatabase {
    HeldAward() {
        make_accounts(**this);
        REQUIRE(run_transfer(**this, request_of("fund", "issuer:chamber", "budget:walk", 1'000), 1'000).outcome == TransferOutcome::created);
        TransferRequest award = request_of("award", "budget:walk", "member:a", 10);
        award.reference = "01JRK5T0Q2";
        award.pending = true;
        award.timeout_s = 60;
        REQUIRE(run_transfer(**this, award, 2'000).outcome == TransferOutcome::created);
    }
    EndResult end(Ending ending, std::optional<std::int64_t> amount = {}, std::int64_t now_us = 3'000, std::string reference = {}) {
        Transaction transaction(**this);
        EndResult result = end_pending(**this, {"award", ending, amount, std::move(reference)}, now_us);
        transaction.commit();
        return result;
    }
    Account account(std::string_view id) { return find_account(**this, id).value(); }
    std::vector<std::string> problems() { return verify_ledger(**this).problems; }
};

constexpr std::int64_t deadline = 2'000 + 60 * second_us;

} // namespace

TEST_CASE("a held award that is posted moves its points, by an entry of its own in the chain") {
    HeldAward ledger;
    const EndResult result = ledger.end(Ending::post, {}, 3'000, "review/7");
    REQUIRE(result.outcome == EndOutcome::created);
    CHECK(result.is_new);
    CHECK(result.transfer->sequence == 3);
    CHECK(result.transfer->request.id == "post/2");
    CHECK(result.transfer->state == TransferState::posted);
    CHECK(result.transfer->resolves == 2);
    CHECK(result.transfer->request.reference == "review/7");
    CHECK(ledger.account("member:a").available() == 10);
    CHECK(ledger.account("member:a").credits_pending == 0);
    CHECK(ledger.account("budget:walk").available() == 990);
    CHECK(ledger_head(*ledger).hash == result.transfer->hash);
    CHECK(ledger.problems().empty());
}

TEST_CASE("a part of a held award may be posted: the rest goes back to the budget") {
    HeldAward ledger;
    REQUIRE(ledger.end(Ending::post, 4).outcome == EndOutcome::created);
    CHECK(ledger.account("member:a").available() == 4);
    CHECK(ledger.account("budget:walk").available() == 996);
    CHECK(ledger.account("budget:walk").debits_pending == 0);
    CHECK(ledger.problems().empty());
}

TEST_CASE("a held award that is voided or whose time is over gives its points back") {
    for (const Ending ending : {Ending::cancel, Ending::time_out}) {
        HeldAward ledger;
        const EndResult result = ledger.end(ending, {}, ending == Ending::time_out ? deadline : 3'000);
        REQUIRE(result.outcome == EndOutcome::created);
        CHECK(result.transfer->request.id == (ending == Ending::time_out ? "timeout/2" : "void/2"));
        CHECK(ledger.account("member:a").credits_pending == 0);
        CHECK(ledger.account("member:a").available() == 0);
        CHECK(ledger.account("budget:walk").available() == 1'000);
        CHECK(ledger.problems().empty());
    }
}

TEST_CASE("I4: what has ended once answers with that end, whatever is asked of it, and moves nothing") {
    HeldAward ledger;
    REQUIRE(ledger.end(Ending::post, 4, 3'000, "r").outcome == EndOutcome::created);
    const std::string before = ledger_state(*ledger);
    CHECK(ledger.end(Ending::post, 4, 3'000, "r").outcome == EndOutcome::exists);
    CHECK(ledger.end(Ending::post, 4, 2 * deadline, "r").outcome == EndOutcome::exists);
    CHECK(ledger.end(Ending::post, 5).outcome == EndOutcome::exists_with_different_amount);
    CHECK(ledger.end(Ending::post).outcome == EndOutcome::exists_with_different_amount);
    CHECK(ledger.end(Ending::post, 4, 3'000, "other").outcome == EndOutcome::exists_with_different_reference);
    CHECK(ledger.end(Ending::cancel).outcome == EndOutcome::already_posted);
    CHECK(ledger.end(Ending::time_out, {}, deadline).outcome == EndOutcome::already_posted);
    CHECK(ledger.end(Ending::cancel).transfer->request.id == "post/2");
    CHECK(ledger_state(*ledger) == before);
}

TEST_CASE("I4, I19: more than was reserved, nothing, an unknown or a posted transfer are refused and change nothing, and may be asked again") {
    HeldAward ledger;
    const std::string before = ledger_state(*ledger);
    CHECK(ledger.end(Ending::post, 11).outcome == EndOutcome::exceeds_pending);
    CHECK(ledger.end(Ending::post, 0).outcome == EndOutcome::amount_must_be_positive);
    CHECK(ledger.end(Ending::post, -1).outcome == EndOutcome::amount_must_be_positive);
    CHECK(ledger.end(Ending::time_out, {}, deadline - 1).outcome == EndOutcome::time_not_over);
    {
        Transaction transaction(*ledger);
        CHECK(end_pending(*ledger, {"never", Ending::post, {}, {}}, 3'000).outcome == EndOutcome::transfer_not_found);
        CHECK(end_pending(*ledger, {"fund", Ending::post, {}, {}}, 3'000).outcome == EndOutcome::transfer_not_pending);
        CHECK_THROWS_WITH(end_pending(*ledger, {"award", Ending::cancel, 3, {}}, 3'000), Catch::Contains("ended in part"));
        CHECK_THROWS_WITH(end_pending(*ledger, {"award", Ending::post, 3, "a\nb"}, 3'000), Catch::Contains("the reference of an end"));
    }
    CHECK(ledger_state(*ledger) == before);
    CHECK(ledger.end(Ending::post, 10).outcome == EndOutcome::created);
}

TEST_CASE("from its deadline on a held award can only expire: who comes later is told so, and finds it written down") {
    HeldAward ledger;
    const EndResult late = ledger.end(Ending::post, {}, deadline);
    CHECK(late.outcome == EndOutcome::already_expired);
    CHECK(late.is_new);
    REQUIRE(late.transfer);
    CHECK(late.transfer->state == TransferState::expired);
    CHECK(ledger.account("budget:walk").available() == 1'000);
    CHECK_FALSE(ledger.end(Ending::post, {}, deadline).is_new);
    CHECK(ledger.problems().empty());
    HeldAward other;
    CHECK(other.end(Ending::post, {}, deadline - 1).outcome == EndOutcome::created);
}

TEST_CASE("what is due is ended by deadline, so many at a time, and what waits for ever waits") {
    HeldAward ledger;
    for (const int number : {3, 1, 2}) {
        TransferRequest more = request_of("more-" + std::to_string(number), "budget:walk", "member:b", number);
        more.pending = true;
        more.timeout_s = number;
        REQUIRE(run_transfer(*ledger, more, 3'000).outcome == TransferOutcome::created);
    }
    TransferRequest patient = request_of("patient", "budget:walk", "member:b", 5);
    patient.pending = true;
    REQUIRE(run_transfer(*ledger, patient, 3'000).outcome == TransferOutcome::created);
    CHECK(waiting_transfers(*ledger, 0, 0, 10).size() == 5);
    Transaction transaction(*ledger);
    std::vector<std::string> order;
    for (int round = 0; round < 3; ++round) {
        for (const Transfer &end : time_out_pending(*ledger, 10 * second_us, 2)) {
            order.push_back(end.request.id);
        }
    }
    CHECK(order == std::vector<std::string>{"timeout/4", "timeout/5", "timeout/3"});
    CHECK(time_out_pending(*ledger, 1'000'000 * second_us, 10).size() == 1);
    transaction.commit();
    const auto waiting = waiting_transfers(*ledger, 0, 0, 10);
    REQUIRE(waiting.size() == 1);
    CHECK(waiting[0].request.id == "patient");
    CHECK(ledger.problems().empty());
}

TEST_CASE("a held award uses up the day's limit, until it is voided, and with what was posted of it after that") {
    HeldAward ledger;
    CHECK(points_awarded(*ledger, "a", "walk", 0, second_us) == 10);
    REQUIRE(ledger.end(Ending::post, 4, 5 * second_us).outcome == EndOutcome::created);
    CHECK(points_awarded(*ledger, "a", "walk", 0, second_us) == 4);
    CHECK(points_awarded(*ledger, "a", "walk", second_us, 9 * second_us) == 0);
    HeldAward voided;
    REQUIRE(voided.end(Ending::cancel).outcome == EndOutcome::created);
    CHECK(points_awarded(*voided, "a", "walk", 0, second_us) == 0);
}

// Every order in which reviewers, a maintenance pass and repeats of one request can reach the writer, which runs them one after another.
TEST_CASE("I4, I5, I6: in every order of post, part, void, time-out, repeats and the same key with another body exactly one end is made") {
    using Step = std::function<std::string(Connection &, std::int64_t)>;
    const auto ends = [](Ending ending, std::optional<std::int64_t> amount) {
        return [=](Connection &connection, std::int64_t now_us) {
            return std::string(end_outcome_name(end_pending(connection, {"award", ending, amount, {}}, now_us).outcome));
        };
    };
    const auto awards = [](std::int64_t amount) {
        return [=](Connection &connection, std::int64_t now_us) {
            TransferRequest request = request_of("other", "budget:walk", "member:b", amount);
            return std::string(transfer_outcome_name(transfer(connection, request, now_us).outcome));
        };
    };
    const std::vector<Step> steps = {
        ends(Ending::post, {}), ends(Ending::post, 4), ends(Ending::cancel, {}), ends(Ending::time_out, {}), awards(7), awards(8),
        ends(Ending::post, {})};
    HeldAward ledger;
    std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5, 6};
    int schedules = 0;
    Transaction outer(*ledger);
    do {
        for (std::size_t crossing = 0; crossing <= steps.size(); crossing += 3) { // the deadline passes before the step of this number
            const Savepoint undone(*ledger);
            int made = 0;
            int awarded = 0;
            for (std::size_t place = 0; place < order.size(); ++place) {
                const std::int64_t now_us = (place >= crossing ? deadline : 3'000) + static_cast<std::int64_t>(place);
                const std::string outcome = steps[order[place]](*ledger, now_us);
                const bool is_award = order[place] == 4 || order[place] == 5;
                made += !is_award && outcome == "created" ? 1 : 0;
                awarded += is_award && outcome == "created" ? 1 : 0;
            }
            const std::int64_t entries = ledger->query_int64("SELECT count(*) FROM ledger_entry WHERE resolves = 2");
            const Account member = ledger.account("member:a");
            const Account other = ledger.account("member:b");
            if (entries != 1 || made > 1 || awarded != 1 || member.credits_pending != 0 ||
                (member.posted() != 0 && member.posted() != 10 && member.posted() != 4) || (other.posted() != 7 && other.posted() != 8)) {
                CAPTURE(order, crossing, entries, made, awarded, member.posted(), other.posted());
                FAIL("more or less than one end or award");
            }
            ++schedules;
        }
    } while (std::next_permutation(order.begin(), order.end()));
    CHECK(schedules == 5'040 * 3);
    CHECK(ledger.problems().empty());
}

TEST_CASE("I4: of many threads that post, void and time out at once exactly one ends each transfer") {
    const TemporaryFolder folder;
    const auto store = open_store({folder / "city.sqlite", true});
    constexpr int awards = 20;
    store->write([](WriteTransaction &change) {
        for (const char *account : {"issuer:chamber", "budget:walk", "member:a"}) {
            change.ensure_account(account, "nin");
        }
        REQUIRE(change.transfer(request_of("fund", "issuer:chamber", "budget:walk", 1'000), 1).outcome == TransferOutcome::created);
        for (int number = 0; number < awards; ++number) {
            TransferRequest award = request_of("award-" + std::to_string(number), "budget:walk", "member:a", 10);
            award.pending = true;
            award.timeout_s = 1;
            REQUIRE(change.transfer(award, 1).outcome == TransferOutcome::created);
        }
    });
    std::atomic<int> made{0};
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 12; ++thread) {
        threads.emplace_back([&, thread] {
            for (int number = 0; number < awards; ++number) {
                const Ending ending = thread % 3 == 0 ? Ending::post : thread % 3 == 1 ? Ending::cancel : Ending::time_out;
                const std::int64_t now_us = ending == Ending::time_out || number % 2 == 0 ? 2 * second_us : 1;
                store->write([&](WriteTransaction &change) {
                    made += change.end_pending({"award-" + std::to_string(number), ending, {}, {}}, now_us).is_new ? 1 : 0;
                });
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    CHECK(made == awards);
    CHECK(store->find_account("member:a")->credits_pending == 0);
    CHECK(store->ledger_head().sequence == 1 + 2 * awards);
    CHECK(store->verify_ledger().problems == std::vector<std::string>{});
}
