#include "data/books.hpp"

#include "data/check_in_store.hpp"
#include "data/ledger_lots.hpp"
#include "data/ledger_pending.hpp"
#include "data/ledger_store.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace keyaki::data;
using namespace keyaki::test;
using Figure = StatisticsBook::Figure;

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 24 * 3'600 * second_us;
constexpr std::int64_t april_us = 1'774'969'200 * second_us; // 2026-04-01 00:00 in Tokyo

/// "walk 2026-04 of" → number/members.
std::map<std::string, std::string> figures(Connection &connection, Figure figure, std::int64_t before_us = april_us + 1'000 * day_us) {
    std::map<std::string, std::string> found;
    for (const StatisticsBook::Count &count : Books(connection).statistics.counts(before_us)) {
        if (count.figure == figure) {
            found[count.rally + " " + count.month + " " + count.of] = std::to_string(count.number) + "/" + std::to_string(count.members);
        }
    }
    return found;
}

using Figures = std::map<std::string, std::string>;

} // namespace

TEST_CASE("participants, stamps and completions are counted by rally and month of Japan, and by different people") {
    FreshDatabase database;
    Transaction transaction(*database);
    Books books(*database);
    const auto stamp = [&](const char *member, const char *spot, std::int64_t at_us, const char *period = "once") {
        insert_stamp(*database, {"walk", spot, member, period, "c", at_us});
    };
    stamp("a", "spots/1", april_us - 1); // the last microsecond of March in Tokyo, and still March 31 15:00 in London
    stamp("a", "spots/2", april_us);
    stamp("b", "spots/2", april_us + day_us);
    stamp("b", "spots/2", april_us + 2 * day_us, "2026-04-03");
    static_cast<void>(books.runs.finish("a", "walk", "course/round", april_us));
    static_cast<void>(books.runs.finish("a", "walk", "course/round@2026-04", april_us + 1));
    static_cast<void>(books.runs.finish("b", "walk", "course/long", april_us));
    static_cast<void>(books.runs.finish("b", "walk", "rally", april_us));
    CHECK(figures(*database, Figure::participants) == Figures{{"walk 2026-03 ", "1/1"}, {"walk 2026-04 ", "2/2"}});
    CHECK(figures(*database, Figure::stamps) == Figures{{"walk 2026-03 spots/1", "1/1"}, {"walk 2026-04 spots/2", "3/2"}});
    CHECK(figures(*database, Figure::courses) == Figures{{"walk 2026-04 round", "2/1"}, {"walk 2026-04 long", "1/1"}});
    CHECK(figures(*database, Figure::completions) == Figures{{"walk 2026-04 ", "1/1"}});
    CHECK(figures(*database, Figure::stamps, april_us + day_us) == Figures{{"walk 2026-03 spots/1", "1/1"}, {"walk 2026-04 spots/2", "1/1"}});
}

TEST_CASE("points are counted as they are issued, held, spent and expired, by the rally that gave them where their lots say it") {
    FreshDatabase database;
    make_accounts(*database);
    {
        Transaction transaction(*database);
        ensure_account(*database, "budget:eco", "nin");
        transaction.commit();
    }
    const auto move = [&](const TransferRequest &request, std::int64_t at_us) { return run_transfer(*database, request, at_us).outcome; };
    const auto award = [&](const char *id, const char *budget, const char *member, std::int64_t amount, std::optional<std::int64_t> expires_at_us) {
        TransferRequest request = request_of(id, budget, member, amount);
        request.expires_at_us = expires_at_us;
        REQUIRE(move(request, april_us) == TransferOutcome::created);
    };
    REQUIRE(move(request_of("f1", "issuer:chamber", "budget:walk", 1'000), april_us) == TransferOutcome::created);
    REQUIRE(move(request_of("f2", "issuer:chamber", "budget:eco", 1'000), april_us) == TransferOutcome::created);
    award("a1", "budget:walk", "member:a", 30, april_us + 50 * day_us);
    award("a2", "budget:eco", "member:a", 20, april_us + 60 * day_us);
    award("a3", "budget:walk", "member:a", 5, std::nullopt);
    award("a4", "budget:walk", "member:b", 7, april_us + 50 * day_us);
    TransferRequest held = request_of("h1", "budget:walk", "member:b", 4);
    held.pending = true;
    REQUIRE(move(held, april_us) == TransferOutcome::created);
    // In May: 30 of the walk's and 12 of eco's, reserved first and posted in part; then the rest of eco's and 2 of no lot.
    TransferRequest reserved = request_of("s1", "member:a", "shop:s", 45);
    reserved.pending = true;
    REQUIRE(move(reserved, april_us + 35 * day_us) == TransferOutcome::created);
    {
        Transaction transaction(*database);
        REQUIRE(end_pending(*database, {"s1", Ending::post, 42, ""}, april_us + 35 * day_us).outcome == EndOutcome::created);
        transaction.commit();
    }
    REQUIRE(move(request_of("s2", "member:a", "shop:s", 10), april_us + 36 * day_us) == TransferOutcome::created);
    {
        Transaction transaction(*database);
        CHECK(expire_due_lots(*database, april_us + 62 * day_us, 10) == 1); // b's 7, in June
        transaction.commit();
    }
    CHECK(figures(*database, Figure::issued) == Figures{{"walk 2026-04 nin", "42/2"}, {"eco 2026-04 nin", "20/1"}});
    CHECK(figures(*database, Figure::held) == Figures{{"walk 2026-04 nin", "4/1"}});
    CHECK(figures(*database, Figure::spent) == Figures{{"walk 2026-05 nin", "30/1"}, {"eco 2026-05 nin", "20/1"}, {" 2026-05 nin", "2/1"}});
    CHECK(figures(*database, Figure::expired) == Figures{{"walk 2026-06 nin", "7/1"}});
    CHECK(figures(*database, Figure::spent, april_us + 35 * day_us).empty());
}
