// Tours, events, steps, completion and draws, with a clock that the test moves.
#include "data/books.hpp"
#include "server/flows/coupons.hpp"
#include "server/flows/progress.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/json_reader.hpp"
#include "server/rally/draw.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/course_visits.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace keyaki;
using nlohmann::json;
using test::course;
using test::on_course;
using test::progress;
using test::SmallCity;
using test::Visit;

namespace {

std::string pointer_of_refusal(SmallCity &city, const json &changes) {
    try {
        city.put(changes);
    } catch (const server::FieldErrors &errors) {
        return errors.errors().front().pointer;
    }
    return "";
}

} // namespace

TEST_CASE("a tour's answer opens the next spot, which before is as if it were not there") {
    SmallCity city;
    city.put({{"kind", "tour"},
              {"spots", {{"layer", "treasures"}, {"hidden", true}, {"evidence", {"riddle"}}}},
              {"riddles",
               {{{"spot", "treasures/a"}, {"text", {{"ja", "木は?"}}}, {"answers", {"けやき"}}, {"opens", {"treasures/c"}}},
                {{"spot", "treasures/c"}, {"text", {{"ja", "川は?"}}}, {"answers", {"やなせがわ", "柳瀬川"}}}}}});
    const auto refusal = [&](const char *spot) {
        try {
            return city.check_in({.spot = spot}).dump();
        } catch (const server::FieldErrors &errors) {
            return errors.errors().front().detail;
        }
    };
    const std::string of_nothing = refusal("treasures/x");
    CHECK(refusal("treasures/c").size() == of_nothing.size());
    CHECK(progress(city)["riddles"].size() == 1);
    CHECK(progress(city).dump().find("treasures/c") == std::string::npos);
    const auto question = [&](const char *spot) {
        return json::parse(
            server::question_json(*city.store, city.flow->spots(), *city.rallies->find("r"), spot, "m-1", server::http::Language::ja, city.now_us));
    };
    CHECK_THROWS_AS(question("treasures/c"), server::FieldErrors);
    CHECK(question("treasures/a")["riddle"]["text"] == "木は?");
    CHECK(question("treasures/a").dump().find("けやき") == std::string::npos);

    const json first = city.check_in({.spot = "treasures/a", .fixes = 3, .evidence = {{"riddle", "ｹﾔｷ！"}}});
    CHECK(first["verdict"] == "accepted");
    CHECK(first["opens"] == json{"treasures/c"});
    CHECK(first["inside_probability"].is_null());
    city.pass_s(600);
    CHECK(progress(city)["riddles"][0]["spot"] == "treasures/c");
    CHECK(city.check_in({.spot = "treasures/c", .fixes = 3, .evidence = {{"riddle", "柳瀬川"}}})["verdict"] == "accepted");
}

TEST_CASE("a tour's courses name no spot that is still to be opened") {
    for (const char *order : {"ordered", "free"}) {
        SmallCity city;
        city.put({{"kind", "tour"},
                  {"spots", {{"layer", "treasures"}, {"hidden", true}, {"evidence", {"riddle"}}}},
                  {"riddles",
                   {{{"spot", "treasures/a"}, {"text", {{"ja", "木は?"}}}, {"answers", {"けやき"}}, {"opens", {"treasures/c", "treasures/d"}}},
                    {{"spot", "treasures/c"}, {"text", {{"ja", "川は?"}}}, {"answers", {"柳瀬川"}}, {"opens", {"treasures/e"}}}}},
                  {"courses", {{{"id", "street"}, {"order", order}, {"spots", {"treasures/a", "treasures/c", "treasures/d", "treasures/e"}}}}}});
        const json before = progress(city);
        CHECK(before["courses"][0]["next"] == json{"treasures/a"});
        for (const char *locked : {"treasures/c", "treasures/d", "treasures/e"}) {
            CHECK(before.dump().find(locked) == std::string::npos);
        }
        Visit visit = on_course("treasures/a");
        visit.fixes = 3;
        visit.evidence = {{"riddle", "けやき"}};
        REQUIRE(city.check_in(visit)["verdict"] == "accepted");
        const json after = progress(city);
        CHECK(after["courses"][0]["next"] == (std::string(order) == "ordered" ? json{"treasures/c"} : json{"treasures/c", "treasures/d"}));
        CHECK(after.dump().find("treasures/e") == std::string::npos);
    }
}

TEST_CASE("threat: a walk over a grid of false positions does not find a hidden spot to 100 m (trilateration)") {
    SmallCity city;
    city.put({{"kind", "tour"}, {"spots", {{"layer", "treasures"}, {"hidden", true}}}});
    // Whatever is asked from further than the fence, the answers to as many fixes differ in nothing but their ids, and in what the phone itself
    // said of its accuracy.
    for (const int fixes : {2, 3, 4, 5}) {
        std::set<std::string> answers;
        for (const double metres : {120.0, 200.0, 500.0, 2000.0, 12'000.0}) {
            for (const double accuracy_m : {20.0, 90.0, 150.0, 1000.0, 5000.0}) {
                json answer = city.check_in({.spot = "treasures/a", .metres_north = metres, .accuracy_m = accuracy_m, .fixes = fixes});
                city.pass_s(86'400); // the next day, past all waits
                answer.erase("id");
                REQUIRE(answer["reasons"].size() == (accuracy_m > 100 ? 2 : 1));
                CHECK((accuracy_m <= 100 || answer["reasons"][1] == "LOW_ACCURACY"));
                answer["reasons"] = answer["reasons"][0];
                answers.insert(answer.dump());
            }
        }
        CAPTURE(fixes, answers);
        CHECK(answers.size() == 1);
    }
    // And not often: ten empty tries of one day end it, the waits before that. Questions of fewer fixes are answered to nobody.
    int tries = 0;
    for (int i = 0; i < 500; ++i) {
        const json answer = city.check_in({.spot = "treasures/a", .metres_north = 500, .fixes = 2 + i % 2});
        tries += answer["reasons"][0] == "OUTSIDE" ? 1 : 0;
        CHECK((i % 2 == 1 || answer["reasons"][0] != "OUTSIDE"));
        city.pass_s(30);
    }
    CHECK(tries > 1);
    CHECK(tries <= 10);
}

TEST_CASE("hidden spots belong in a layer of the staff, and names of a configuration must be there") {
    SmallCity city;
    CHECK(pointer_of_refusal(city, {{"kind", "tour"}, {"spots", {{"hidden", true}}}}) == "/spots/hidden");
    CHECK(pointer_of_refusal(city, {{"courses", {course({{"spots", {"spots/a", "spots/z"}}})}}}) == "/courses/0/spots/1");
    CHECK(pointer_of_refusal(city, {{"courses", {course({{"line", "courses/nothing"}})}}}) == "/courses/0/line");
    CHECK(pointer_of_refusal(city, {{"courses", {course({{"line", "spots/a"}})}}}) == "/courses/0/line");
    city.publish("courses", {{"pilgrimage", geo::Geometry::line_string({{139.5, 35.7}, {140.7, 35.7}}), {}}}); // 108 km
    CHECK(pointer_of_refusal(city, {{"courses", {course({{"line", "courses/pilgrimage"}})}}}) == "/courses/0/line");
    CHECK_THROWS_AS(city.put({{"spots", {{"layer", "nothing"}}}}), geo::Error);
}

TEST_CASE("threat: a coupon is given to who stays, while there, and redeemed once at its shop (coupon scraping)") {
    SmallCity city;
    city.put({{"kind", "event"},
              {"coupon", {{"title", {{"ja", "焼き芋"}, {"en", "Sweet potato"}}}, {"shop", "shop-1"}, {"dwell_s", 120}, {"valid_days", 1}}}});
    CHECK(city.check_in({})["reasons"] == json{"DWELL_MORE"});
    // A client that only waits and asks again has not stayed.
    city.pass_s(600);
    CHECK(city.check_in({})["reasons"] == json{"DWELL_MORE"});
    json answer;
    int asked = 0;
    for (; asked < 10 && answer["verdict"] != "accepted"; ++asked) {
        city.pass_s(30);
        answer = city.check_in({});
    }
    CHECK(asked >= 4);
    CHECK(asked <= 6);
    REQUIRE(answer["coupon"]["shop"] == "shop-1");
    CHECK(answer["coupon"]["title"] == "Sweet potato");
    const std::string code = answer["coupon"]["code"];
    CHECK(progress(city)["coupons"][0]["code"] == code);
    const auto redeem = [&](const char *shop, const std::string &of_code, const char *id, std::int64_t later_us = 0) {
        return server::redeem_coupon(*city.store, {shop, of_code, id}, "till", "taro", city.now_us + later_us);
    };
    CHECK_THROWS_WITH(redeem("shop-2", code, "1"), "this coupon is of another shop");
    CHECK_THROWS_WITH(redeem("shop-1", "NOTHING", "1"), "there is no coupon of this code");
    CHECK_THROWS_WITH(redeem("shop-1", code, "1", 2 * server::day_us), Catch::StartsWith("this coupon was valid until "));
    const auto redeemed = redeem("shop-1", code, "1"); // a refusal has used up nothing
    CHECK_FALSE(redeemed.is_replayed);
    CHECK(json::parse(redeemed.body)["shop"] == "shop-1");
    const auto again = redeem("shop-1", code, "1", 3 * server::day_us);
    CHECK(again.is_replayed);
    CHECK(again.body == redeemed.body);
    CHECK(redeem("shop-1", "NOTHING", "1").is_id_reused);
    CHECK_THROWS_WITH(redeem("shop-1", code, "2"), Catch::StartsWith("this coupon was redeemed at "));
    std::int64_t told = 0;
    for (const data::NumberedEvent &event : city.store->outbox_events(0, 1'000)) {
        told += event.event.type == "coupon.redeemed" ? 1 : 0;
    }
    CHECK(told == 1);
}

TEST_CASE("a stay goes on by new fixes alone: not by a repeated request, a reused key, or the same fixes under another key") {
    SmallCity city;
    city.put({{"kind", "event"}, {"coupon", {{"title", {{"ja", "焼き芋"}, {"en", "Sweet potato"}}}, {"shop", "shop-1"}, {"dwell_s", 120}}}});
    const auto send = [&](const std::string &key, const json &body) {
        city.last = city.flow->check_in("client", key, server::parse_check_in(body.dump()), server::http::Language::en, city.now_us);
        return city.last;
    };
    const auto dwell_ms = [&](const server::CheckInAnswer &answer) {
        const auto kept = city.store->find_check_in(json::parse(answer.body)["id"].get<std::string>());
        return json::parse(kept->evidence_json)["facts"].value("dwell_ms", std::int64_t{-1});
    };
    const json first = city.body_of({.fixes = 2});
    CHECK(dwell_ms(send("1", first)) == 0); // entered by both
    city.pass_s(20);
    json second = city.body_of({.fixes = 1});
    for (int again = 0; again < 20; ++again) {
        CHECK(send("1", first).replayed);
        CHECK(send("1", second).key_reused); // another body: nothing is done with it
    }
    CHECK(dwell_ms(send("2", first)) == 0);
    CHECK(dwell_ms(send("3", second)) == 20'000);
    CHECK(dwell_ms(send("4", second)) == 20'000);
}

TEST_CASE("steps of a day are paid by what came to them, once") {
    SmallCity city;
    city.put({{"kind", "steps"}, {"steps", {{"points_per_1000", 2}}}});
    city.now_us = *server::parse_rfc3339_us("2026-11-23T20:00:00+09:00");
    const auto report = [&](std::int64_t steps, const char *recording = "sensor") {
        const json body{{"member", "m-1"}, {"day", "2026-11-23"}, {"source", "health-connect"}, {"steps", steps}, {"recording", recording}};
        return json::parse(server::report_steps(*city.store, *city.rallies->find("r"), body.dump(), city.now_us));
    };
    CHECK(report(4'200)["awards"][0]["points"] == 8);
    CHECK(report(4'200)["awards"].empty());
    CHECK(report(12'000)["awards"][0]["points"] == 12);
    CHECK(report(12'000)["reasons"] == json{"STEPS_CAP"});
    CHECK(report(9'000, "manual")["reasons"] == json{"STEPS_MANUAL"});
    CHECK(city.points("m-1") == 20);
    CHECK(city.ledger_holds());
    SmallCity other;
    CHECK_THROWS_AS(server::report_steps(*other.store, *other.rallies->find("r"),
                                         R"({"member":"m-1","day":"2026-11-23","source":"s","steps":1,"recording":"sensor"})", other.now_us),
                    geo::Error);
}

TEST_CASE("who completes a rally has a ticket, and the draw follows from what was published before the seed") {
    SmallCity city;
    city.put({{"ends", "2026-11-23T23:59:59+09:00"}, {"completion", {{"spots", 1}, {"draw_tickets", 2}}}});
    for (int i = 0; i < 10; ++i) {
        const std::string number = std::to_string(i);
        CHECK(city.check_in({.member = "m-" + number, .device = "d-" + number})["draw_tickets"] == 2);
    }
    const auto rally = city.rallies->find("r");
    CHECK_THROWS_AS(server::close_draw(*city.store, *rally, 3, "drand round 1", "hanako", city.now_us), geo::Error); // still open
    CHECK_THROWS_AS(server::draw(*city.store, "r", "seed", "hanako", city.now_us), geo::Error);                      // not closed
    city.pass_s(86'400);
    const auto closed = server::rally::parse_draw(server::close_draw(*city.store, *rally, 3, "drand round 1", "hanako", city.now_us));
    CHECK(closed.entries.size() == 20);
    CHECK(server::rally::verify_draw(closed).empty());
    CHECK(closed.winners.empty());
    CHECK_THROWS_AS(server::close_draw(*city.store, *rally, 5, "another", "hanako", city.now_us), geo::Error);
    const auto drawn = server::rally::parse_draw(server::draw(*city.store, "r", "8ad3", "hanako", city.now_us + 1));
    CHECK(drawn.hash == closed.hash);
    CHECK(drawn.winners.size() == 3);
    CHECK(server::rally::verify_draw(drawn).empty());
    CHECK_THROWS_AS(server::draw(*city.store, "r", "another seed", "hanako", city.now_us + 2), geo::Error);
    CHECK(server::draw_document(*city.store, "r") == server::rally::draw_json(drawn));
}

TEST_CASE("nobody wins twice in a draw unless the rally says so, and the document names nobody") {
    SmallCity city;
    const bool is_unique = GENERATE(true, false);
    city.put({{"ends", "2026-11-23T23:59:59+09:00"}, {"completion", {{"spots", 1}, {"draw_tickets", 100}}}});
    if (!is_unique) {
        city.put({{"ends", "2026-11-23T23:59:59+09:00"}, {"completion", {{"spots", 1}, {"draw_tickets", 100}, {"unique_winners", false}}}});
    }
    for (const char *member : {"m-1", "m-2"}) {
        CHECK(city.check_in({.member = member, .device = std::string("d-") + member})["draw_tickets"] == 100);
    }
    city.pass_s(86'400);
    const std::string closed = server::close_draw(*city.store, *city.rallies->find("r"), 20, "drand round 1", "hanako", city.now_us);
    CHECK(closed.find("m-1") == std::string::npos);
    const auto drawn = server::rally::parse_draw(server::draw(*city.store, "r", "8ad3", "hanako", city.now_us + 1));
    CHECK(server::rally::verify_draw(drawn).empty());
    std::set<std::string> who;
    city.store->read_books([&](data::Books &books) {
        for (const data::DrawTicket &ticket : books.prizes.tickets("r")) {
            if (std::find(drawn.winners.begin(), drawn.winners.end(), ticket.ticket) != drawn.winners.end()) {
                who.insert(ticket.member);
            }
        }
    });
    CHECK(who == std::set<std::string>{"m-1", "m-2"});
    CHECK(drawn.winners.size() == (is_unique ? 2U : 20U));
    CHECK(drawn.holders.size() == (is_unique ? 200U : 0U));
}
