// What becomes of points that are held: approved, rejected, lapsed, or ended by the ledger.
#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/flows/reviews.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace keyaki;
using nlohmann::json;
using test::SmallCity;

TEST_CASE("held points wait, are posted by an approval and never twice") {
    SmallCity city;
    const json held = city.check_in({.mocked = true});
    CHECK(held["verdict"] == "held");
    CHECK(held["awards"][0]["state"] == "pending");
    CHECK(held["reasons"] == json{"MOCK_FLAG"});
    CHECK(city.points("m-1") == 0);
    CHECK(city.pending("m-1") == 10);
    const std::string id = held["id"];
    const auto outcome = server::decide_review(*city.store, *city.rallies, id, true, "taro", "seen there", city.now_us + 1);
    CHECK(outcome.review.state == data::ReviewState::approved);
    CHECK(outcome.points == 10);
    CHECK(city.points("m-1") == 10);
    CHECK(city.pending("m-1") == 0);
    CHECK_THROWS_AS(server::decide_review(*city.store, *city.rallies, id, true, "taro", "", city.now_us + 2), geo::Error);
    CHECK_THROWS_AS(server::decide_review(*city.store, *city.rallies, id, false, "taro", "no", city.now_us + 2), geo::Error);
    CHECK_THROWS_AS(server::decide_review(*city.store, *city.rallies, "nobody", true, "taro", "", city.now_us), geo::Error);
    CHECK(city.points("m-1") == 10);
    CHECK(city.ledger_holds());
}

TEST_CASE("a rejection gives the points and the stamp back, and stays with the account for a while") {
    SmallCity city;
    const json held = city.check_in({.mocked = true});
    (void)server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), false, "taro", "joystick", city.now_us + 1);
    CHECK(city.pending("m-1") == 0);
    CHECK(city.points("m-1") == 0);
    CHECK(city.store->stamps_of("m-1").empty());
    city.pass_s(3600);
    const json again = city.check_in({.spot = "spots/b"});
    CHECK(again["verdict"] == "held");
    CHECK(again["reasons"] == json{"EARLIER_DOUBT"});
    city.pass_s(30 * 86'400);
    CHECK(city.check_in({.spot = "spots/c"})["verdict"] == "accepted");
    CHECK(city.ledger_holds());
}

TEST_CASE("after held points were given back the spot may be stamped again in the same period, and pays once") {
    for (const std::string end : {"rejected", "lapsed"}) {
        CAPTURE(end);
        SmallCity city;
        std::set<std::string> transfers;
        for (int round = 0; round < 2; ++round) {
            const json held = city.check_in({.mocked = true});
            CAPTURE(held.dump());
            REQUIRE(held["verdict"] == "held");
            CHECK(transfers.insert(held["awards"][0]["transfer"]).second);
            CHECK(city.pending("m-1") == 10);
            CHECK(city.check_in({})["reasons"] == json{"ALREADY_STAMPED"}); // while it waits
            if (end == "rejected") {
                (void)server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), false, "taro", "joystick", city.now_us);
                city.pass_s(60 * 86'400);
            } else {
                city.pass_s(60 * 86'400);
                CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 10) == 1);
            }
            CHECK(city.pending("m-1") == 0);
            CHECK(city.points("m-1") == 0);
        }
        const json third = city.check_in({.mocked = true});
        (void)server::decide_review(*city.store, *city.rallies, third["id"].get<std::string>(), true, "taro", "seen there", city.now_us);
        CHECK(city.points("m-1") == 10);
        city.pass_s(60 * 86'400);
        CHECK(city.check_in({})["reasons"] == json{"ALREADY_STAMPED"});
        CHECK(city.check_in({.mocked = true})["reasons"] == json{"ALREADY_STAMPED"});
        CHECK(city.check_in({.member = "m-2", .device = "d-2"})["verdict"] == "accepted");
        CHECK(city.points("m-1") == 10);
        CHECK(city.ledger_holds());
    }
}

TEST_CASE("what nobody looked at for fourteen days lapses: points back, stamp back, and an approval comes too late") {
    SmallCity city;
    const json held = city.check_in({.mocked = true});
    city.pass_s(14 * 86'400 - 1);
    CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 10) == 0);
    city.pass_s(2);
    CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 10) == 1);
    CHECK(city.pending("m-1") == 0);
    CHECK(city.store->stamps_of("m-1").empty());
    CHECK_THROWS_AS(server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), true, "taro", "", city.now_us), geo::Error);

    const json second = city.check_in({.member = "m-2", .mocked = true});
    city.pass_s(15 * 86'400);
    const auto late = server::decide_review(*city.store, *city.rallies, second["id"].get<std::string>(), true, "taro", "", city.now_us);
    CHECK(late.review.state == data::ReviewState::lapsed);
    CHECK(city.points("m-2") == 0);
    CHECK(city.ledger_holds());
}

TEST_CASE("a review whose points the ledger's own routes ended closes as what they became, and keeps no other one waiting") {
    SmallCity city;
    std::vector<json> held;
    for (int i = 0; i < 6; ++i) {
        const std::string number = std::to_string(i);
        held.push_back(city.check_in({.member = "m-" + number, .device = "d-" + number, .mocked = true}));
        REQUIRE(held.back()["verdict"] == "held");
        city.pass_s(10);
    }
    const auto end = [&](int i, data::Ending ending, const std::string &reference, std::optional<std::int64_t> amount = std::nullopt) {
        city.store->write([&](data::WriteTransaction &books) {
            const std::string transfer = held[static_cast<std::size_t>(i)]["awards"][0]["transfer"];
            CHECK(books.end_pending({transfer, ending, amount, reference}, city.now_us).outcome == data::EndOutcome::created);
        });
    };
    const auto review_of = [&](int i) {
        std::optional<data::Review> review;
        city.store->read_books([&](data::Books &books) { review = books.reviews.find(held[static_cast<std::size_t>(i)]["id"].get<std::string>()); });
        REQUIRE(review);
        return *review;
    };
    const auto stamps = [&](int i) { return city.store->stamps_of("m-" + std::to_string(i)).size(); };
    const auto decide = [&](int i, bool approve) {
        return server::decide_review(*city.store, *city.rallies, held[static_cast<std::size_t>(i)]["id"].get<std::string>(), approve, "taro", "note",
                                     city.now_us);
    };
    end(0, data::Ending::post, "complaint 5");
    end(1, data::Ending::cancel, "complaint 6");
    end(2, data::Ending::post, "", 4);
    end(3, data::Ending::cancel, "");
    end(4, data::Ending::post, "complaint 7");

    const auto posted_in_part = decide(2, true);
    CHECK(posted_in_part.review.state == data::ReviewState::approved);
    CHECK(posted_in_part.points == 4);
    const auto voided = decide(3, true); // comes too late
    CHECK(voided.review.state == data::ReviewState::rejected);
    CHECK(voided.review.note == "note (the ledger ended its points before)");
    CHECK(stamps(3) == 0);
    const auto posted = decide(4, false); // so does this: what is posted is given back by a reversal alone
    CHECK(posted.review.state == data::ReviewState::approved);
    CHECK(stamps(4) == 1);

    city.pass_s(15 * 86'400);
    CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 1) == 1); // one at a time too
    CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 10) == 2);
    CHECK(review_of(0).state == data::ReviewState::approved);
    CHECK(review_of(1).state == data::ReviewState::rejected);
    CHECK(review_of(5).state == data::ReviewState::lapsed);
    CHECK(stamps(0) == 1);
    CHECK(stamps(1) == 0);
    CHECK(stamps(5) == 0);
    CHECK(city.points("m-0") == 10);
    CHECK(city.points("m-5") == 0);
    CHECK(city.ledger_holds());
}

TEST_CASE("a rejection that comes when the held award's time was over closes the review as lapsed, and says nothing against the member") {
    SmallCity city;
    const std::string id = city.check_in({.mocked = true})["id"];
    city.pass_s(15 * 86'400);
    const bool has_ledger_ended_it = GENERATE(false, true);
    if (has_ledger_ended_it) {
        city.store->write([&](data::WriteTransaction &books) { REQUIRE(books.end_what_is_due(city.now_us, 10) == 1); });
    }
    const auto outcome = server::decide_review(*city.store, *city.rallies, id, false, "taro", "joystick", city.now_us);
    CHECK(outcome.review.state == data::ReviewState::lapsed);
    CHECK(city.store->stamps_of("m-1").empty());
    CHECK(city.check_in({.spot = "spots/b"})["verdict"] == "accepted");
    CHECK(city.ledger_holds());
}

TEST_CASE("a review that cannot be closed is passed over, and the next ones lapse") {
    SmallCity city;
    const std::string stuck = city.check_in({.mocked = true})["id"];
    city.pass_s(10);
    (void)city.check_in({.member = "m-2", .device = "d-2", .mocked = true});
    city.store->write([&](data::WriteTransaction &books) { // whose check-in is not there any more
        data::Review lost;
        lost.check_in = "00000000000000000000000000";
        lost.member = "m-9";
        lost.rally = "r";
        lost.opened_at_us = lost.due_at_us = city.now_us;
        books.books().reviews.open(lost);
    });
    city.pass_s(15 * 86'400);
    CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 1) == 1);
    CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 10) == 1);
    CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 10) == 0);
    CHECK(city.pending("m-1") == 0);
    CHECK(city.pending("m-2") == 0);
}
