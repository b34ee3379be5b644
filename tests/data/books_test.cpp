#include "data/books.hpp"

#include "data/check_in_store.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::data;
using namespace keyaki::test;
using keyaki::geo::Error;

namespace {

/// Runs what changes something in a transaction, as its callers do.
template <typename Action>
void in_transaction(Connection &connection, Action action) {
    Transaction transaction(connection);
    action();
    transaction.commit();
}

Review some_review(const std::string &check_in, std::int64_t due_at_us) {
    return {check_in, "m-1", "r", ReviewKind::held, ReviewState::open, 1, due_at_us, std::nullopt, "", ""};
}

} // namespace

TEST_CASE("a review is listed by its due time, decided once, and counts as held until then, with a stamp or without") {
    FreshDatabase database;
    ReviewBook reviews(*database);
    in_transaction(*database, [&] {
        reviews.open(some_review("late", 20));
        reviews.open(some_review("soon", 10));
    });
    CHECK(reviews.list(0, "", 10).front().check_in == "soon");
    CHECK(reviews.list(10, "soon", 10).size() == 1);
    CHECK(reviews.due(15, std::nullopt, 10).size() == 1);
    CHECK(reviews.due(25, std::nullopt, 10).size() == 2);
    CHECK(reviews.due(25, reviews.find("soon"), 10).front().check_in == "late");
    CHECK(reviews.due(25, reviews.find("late"), 10).empty());
    CHECK(reviews.open_held("m-1", "r") == 2);
    CHECK(reviews.open_held("m-1", "other") == 0);
    in_transaction(*database, [&] { reviews.decide("soon", ReviewState::approved, "taro", "seen", 12); });
    CHECK(reviews.find("soon")->state == ReviewState::approved);
    CHECK(reviews.find("soon")->note == "seen");
    CHECK(reviews.open_held("m-1", "r") == 1);
    Transaction transaction(*database);
    CHECK_THROWS_AS(reviews.decide("soon", ReviewState::rejected, "taro", "no", 13), Error);
    CHECK_THROWS_AS(reviews.decide("nothing", ReviewState::rejected, "taro", "no", 13), Error);
    CHECK_THROWS_AS(database->execute("UPDATE review SET state = 'open', decided_at_us = NULL WHERE check_in = 'soon'"), DatabaseError);
}

TEST_CASE("a device keeps its first key, and its counter goes up") {
    FreshDatabase database;
    DeviceBook devices(*database);
    CHECK_FALSE(devices.find("d-1"));
    in_transaction(*database, [&] { devices.count("d-1", {1, 2, 3}, 7); });
    in_transaction(*database, [&] { devices.count("d-1", {1, 2, 3}, 9); });
    CHECK(devices.find("d-1")->last_counter == 9);
    CHECK(devices.find("d-1")->public_key[2] == 3);
    Transaction transaction(*database);
    CHECK_THROWS_AS(devices.count("d-1", {1, 2, 3}, 9), Error);
    CHECK_THROWS_AS(devices.count("d-1", {1, 2, 4}, 10), Error);
    CHECK_THROWS_AS(database->execute("UPDATE device_key SET public_key = zeroblob(32), last_counter = 20"), DatabaseError);
    CHECK(devices.find("d-1")->last_counter == 9);
}

TEST_CASE("rules keep the constants of their version, secrets stay, counters of tags go up") {
    FreshDatabase database;
    EvidenceBook evidence(*database);
    in_transaction(*database, [&] {
        evidence.put_rule_set("1", "{}");
        evidence.put_rule_set("1", "{}");
        evidence.put_rally_secret("r", {1, 2, 3});
        evidence.put_tag({{1}, "r", "spots/a", {2}, -1});
        evidence.count_tag({1}, 5);
    });
    CHECK(evidence.rule_set("1") == "{}");
    CHECK_FALSE(evidence.rule_set("2"));
    CHECK(evidence.rally_secret("r")->at(2) == 3);
    CHECK(evidence.tag({1})->last_counter == 5);
    CHECK_FALSE(evidence.tag({9}));
    Transaction transaction(*database);
    CHECK_THROWS_AS(evidence.put_rule_set("1", "{ }"), Error);
    CHECK_THROWS_AS(evidence.put_rally_secret("r", {4}), Error);
    CHECK_THROWS_AS(evidence.count_tag({1}, 5), Error);
    CHECK_THROWS_AS(evidence.count_tag({9}, 5), Error);
    CHECK_THROWS_AS(database->execute("UPDATE rule_set SET json = 'x'"), DatabaseError);
    CHECK_THROWS_AS(database->execute("DELETE FROM rule_set"), DatabaseError);
    CHECK_THROWS_AS(database->execute("UPDATE nfc_tag SET last_counter = 4"), DatabaseError);
}

TEST_CASE("a coupon and a ticket are used once, and a draw is drawn once from its list") {
    FreshDatabase database;
    PrizeBook prizes(*database);
    TicketBook tickets(*database);
    const Draw draw{"r", 1, {7}, "drand round 1", 5, "", std::nullopt, "{}"};
    in_transaction(*database, [&] {
        prizes.grant({"CODE", "r", "m-1", "shop-1", "title", "01J", 1, 10, std::nullopt, ""});
        prizes.redeem("CODE", "taro", 2);
        CHECK(prizes.give_ticket("r", {"m-1", "completion/1", "T1", 1}));
        CHECK_FALSE(prizes.give_ticket("r", {"m-1", "completion/1", "T2", 1}));
        tickets.issue({"t", "r", "m-1", {1}, {"spots/a", "spots/b"}, 1, 9, ""});
        tickets.use("t", "01J");
        prizes.close_draw(draw);
    });
    CHECK(prizes.coupon("CODE")->redeemed_by == "taro");
    CHECK(prizes.tickets("r").size() == 1);
    CHECK(tickets.find("t")->spots.size() == 2);
    CHECK(tickets.issued_today("m-1", "r", 1) == 1);
    CHECK(prizes.draw("r")->entries_hash == draw.entries_hash);
    Transaction transaction(*database);
    CHECK_THROWS_AS(prizes.redeem("CODE", "taro", 3), Error);
    CHECK_THROWS_AS(tickets.use("t", "01K"), Error);
    CHECK_THROWS_AS(prizes.close_draw(draw), Error);
    Draw drawn = draw;
    drawn.seed = std::string("s"); // GCC 12 warns of overlapping copies where a short literal is assigned (its bug 105651)
    drawn.drawn_at_us = 6;
    prizes.put_seed(drawn);
    CHECK_THROWS_AS(prizes.put_seed(drawn), Error);
    CHECK_THROWS_AS(database->execute("UPDATE draw SET winners_wanted = 2"), DatabaseError);
    CHECK_THROWS_AS(database->execute("DELETE FROM draw"), DatabaseError);
}
