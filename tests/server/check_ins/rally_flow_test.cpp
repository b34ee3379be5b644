// Courses, tours, events, steps, draws and replays, with a clock that the test moves.
#include "data/books.hpp"
#include "geo/geodesic.hpp"
#include "server/flows/coupons.hpp"
#include "server/flows/progress.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/flows/replay.hpp"
#include "server/flows/reviews.hpp"
#include "server/json_reader.hpp"
#include "server/rally/draw.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace keyaki;
using nlohmann::json;
using test::SmallCity;
using test::Visit;

namespace {

json course(const json &changes = json::object()) {
    json one{{"id", "street"}, {"line", "courses/street"}, {"spots", {"spots/a", "spots/b", "spots/c"}}, {"points", 100}};
    one.update(changes);
    return one;
}

Visit on_course(const std::string &spot, const json &run = nullptr) {
    Visit visit;
    visit.spot = spot;
    visit.more = {{"course", "street"}};
    if (!run.is_null()) {
        visit.more["run"] = run;
    }
    return visit;
}

json progress(SmallCity &city, const std::string &member = "m-1") {
    return json::parse(server::progress_json(*city.store, *city.rallies->find("r"), member, server::http::Language::ja));
}

std::string pointer_of_refusal(SmallCity &city, const json &changes) {
    try {
        city.put(changes);
    } catch (const server::FieldErrors &errors) {
        return errors.errors().front().pointer;
    }
    return "";
}

} // namespace

TEST_CASE("a course is walked stamp by stamp with its run, and its points come once") {
    SmallCity city;
    city.put({{"courses", {course()}}});
    const json start = city.check_in(on_course("spots/a"));
    REQUIRE(start["verdict"] == "accepted");
    const json run = start["run"];
    CHECK(progress(city)["courses"][0]["next"] == json{"spots/b"});
    city.pass_s(200);
    CHECK(city.check_in(on_course("spots/b", run))["verdict"] == "accepted");
    city.pass_s(200);
    const json finish = city.check_in(on_course("spots/c", run));
    CHECK(finish["finished"] == json{"course/street"});
    CHECK(finish["awards"].size() == 2);
    CHECK(city.points("m-1") == 130);
    CHECK_FALSE(progress(city)["courses"][0]["run"]["finished_at"].is_null());
    city.pass_s(200);
    CHECK(city.check_in(on_course("spots/a"))["reasons"] == json{"ALREADY_STAMPED"});
    CHECK(city.points("m-1") == 130);
    CHECK(city.ledger_holds());
}

TEST_CASE("threat: a leg takes the time of its way along the path, and the stamp may be done again (vehicle)") {
    SmallCity city;
    city.put({{"courses", {course()}}});
    const json run = city.check_in(on_course("spots/a"))["run"];
    // 300 m, less 2 (40 + 40) m of fences, at 2.8 m/s: 50 s.
    city.pass_s(45);
    const json early = city.check_in(on_course("spots/b", run));
    CHECK(early["reasons"] == json{"LEG_TOO_FAST"});
    CHECK(early["next"]["wait_s"] == 5);
    CHECK(early["stamp"].is_null());
    city.pass_s(6);
    CHECK(city.check_in(on_course("spots/b", run))["verdict"] == "accepted");
}

TEST_CASE("a run keeps to its order, its member, its day and its course") {
    SmallCity city;
    city.put({{"courses", {course(), course({{"id", "other"}})}}});
    CHECK(city.check_in(on_course("spots/b"))["reasons"] == json{"WRONG_ORDER"});
    const json run = city.check_in(on_course("spots/a"))["run"];
    city.pass_s(400);
    CHECK(city.check_in(on_course("spots/c", run))["reasons"] == json{"WRONG_ORDER"});
    Visit stranger = on_course("spots/b", run);
    stranger.member = "m-2";
    stranger.device = "d-2";
    CHECK(city.check_in(stranger)["reasons"] == json{"RUN_UNKNOWN"});
    Visit other = on_course("spots/b", run);
    other.more["course"] = "other";
    CHECK(city.check_in(other)["reasons"] == json{"RUN_UNKNOWN"});
    city.pass_s(86'400);
    CHECK(city.check_in(on_course("spots/b", run))["reasons"] == json{"RUN_TOO_LONG"});
}

TEST_CASE("k of n spots in any order finish a course, and a monthly one again the next month") {
    SmallCity city;
    city.put({{"spots", {{"per", "daily"}}}, {"courses", {course({{"order", "k_of_n"}, {"k", 2}, {"per", "monthly"}})}}});
    const auto walk = [&] {
        const json run = city.check_in(on_course("spots/c"))["run"];
        city.pass_s(400);
        return city.check_in(on_course("spots/a", run));
    };
    CHECK(walk()["finished"] == json{"course/street@2026-11"});
    city.pass_s(86'400);
    CHECK(city.check_in(on_course("spots/c"))["reasons"] == json{"RUN_OVER"});
    city.now_us = *server::parse_rfc3339_us("2026-12-01T10:00:00+09:00");
    CHECK(walk()["finished"] == json{"course/street@2026-12"});
    CHECK(city.points("m-1") == 240);
}

TEST_CASE("a prize course needs its track; on it the run finishes, beside it not, and nothing of the track is kept") {
    SmallCity city;
    city.put({{"courses", {course({{"mode", "track"}, {"spots", {"spots/a", "spots/e"}}})}}});
    const json run = city.check_in(on_course("spots/a"))["run"];
    city.pass_s(1200);
    CHECK(city.check_in(on_course("spots/e", run))["reasons"] == json{"TRACK_NEEDED"});
    const geo::LocalPlane plane(test::place_of_spot("spots/a"));
    const auto track = [&](double north_m) {
        json fixes = json::array();
        for (int i = 0; i <= 240; ++i) {
            const geo::LonLat place = plane.to_lon_lat({5.0 * i, north_m});
            fixes.push_back({place.lon_deg, place.lat_deg, 10, city.now_us / 1000 - 1'200'000 + i * 5'000});
        }
        return json{{"member", "m-1"}, {"platform", "android"}, {"fixes", fixes}}.dump();
    };
    const auto send = [&](double north_m) {
        return server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), run.get<std::string>(), track(north_m));
    };
    CHECK(send(80).verdict == geo::TrackVerdict::fail);
    CHECK(city.check_in(on_course("spots/e", run))["reasons"] == json{"TRACK_OFF_COURSE"});
    CHECK(send(0).verdict == geo::TrackVerdict::pass);
    const json finish = city.check_in(on_course("spots/e", run));
    CHECK(finish["verdict"] == "accepted");
    CHECK(finish["finished"] == json{"course/street"});
    CHECK_THROWS_AS(send(0), geo::Error);
    CHECK_THROWS_AS(server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), "nobody", track(0)), geo::Error);
    CHECK_THROWS_AS(server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), run.get<std::string>(),
                                       R"({"member":"m-1","fixes":[[1,2,3]]})"),
                    server::FieldErrors);
}

TEST_CASE("a course's award waits while a stamp of it is in doubt, comes with the approval, and goes with a rejection") {
    for (const bool approve : {true, false}) {
        SmallCity city;
        city.put({{"courses", {course()}}});
        const json run = city.check_in(on_course("spots/a"))["run"];
        city.pass_s(200);
        Visit doubtful = on_course("spots/b", run);
        doubtful.mocked = true;
        const json held = city.check_in(doubtful);
        CHECK(held["verdict"] == "held");
        city.pass_s(200);
        Visit last = on_course("spots/c", run);
        CHECK(city.check_in(last)["finished"].is_null()); // held too, for what the account showed
        CHECK(city.points("m-1") == 10);
        (void)server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), approve, "taro", "note", city.now_us);
        std::string second;
        city.store->read_books([&](data::Books &books) { second = books.reviews.list(0, "", 10).at(0).check_in; });
        const auto outcome = server::decide_review(*city.store, *city.rallies, second, true, "taro", "note", city.now_us);
        CHECK(outcome.prizes.finished == (approve ? std::vector<std::string>{"course/street"} : std::vector<std::string>{}));
        CHECK(city.points("m-1") == (approve ? 130 : 20));
        CHECK(city.ledger_holds());
    }
}

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

    const json first = city.check_in({.spot = "treasures/a", .evidence = {{"riddle", "ｹﾔｷ！"}}});
    CHECK(first["verdict"] == "accepted");
    CHECK(first["opens"] == json{"treasures/c"});
    CHECK(first["inside_probability"].is_null());
    city.pass_s(600);
    CHECK(progress(city)["riddles"][0]["spot"] == "treasures/c");
    CHECK(city.check_in({.spot = "treasures/c", .evidence = {{"riddle", "柳瀬川"}}})["verdict"] == "accepted");
}

TEST_CASE("threat: a walk over a grid of false positions does not find a hidden spot to 100 m (trilateration)") {
    SmallCity city;
    city.put({{"kind", "tour"}, {"spots", {{"layer", "treasures"}, {"hidden", true}}}});
    // Whatever is asked from further than the fence, the answers differ in nothing but their ids.
    std::set<std::string> answers;
    for (const double metres : {120.0, 200.0, 500.0, 2000.0}) {
        for (const int accuracy : {10, 90}) {
            json answer = city.check_in({.spot = "treasures/a", .metres_north = metres, .accuracy_m = static_cast<double>(accuracy), .fixes = 5});
            city.pass_s(86'400); // the next day, past all waits
            answer.erase("id");
            answers.insert(answer.dump());
        }
    }
    CHECK(answers.size() == 1);
    // And not often: ten empty tries of one day end it, the waits before that.
    int tries = 0;
    for (int i = 0; i < 500; ++i) {
        const json answer = city.check_in({.spot = "treasures/a", .metres_north = 500, .fixes = 2});
        tries += answer["reasons"][0] == "OUTSIDE" ? 1 : 0;
        city.pass_s(30);
    }
    CHECK(tries <= 10);
}

TEST_CASE("hidden spots belong in a layer of the staff, and names of a configuration must be there") {
    SmallCity city;
    CHECK(pointer_of_refusal(city, {{"kind", "tour"}, {"spots", {{"hidden", true}}}}) == "/spots/hidden");
    CHECK(pointer_of_refusal(city, {{"courses", {course({{"spots", {"spots/a", "spots/z"}}})}}}) == "/courses/0/spots/1");
    CHECK(pointer_of_refusal(city, {{"courses", {course({{"line", "courses/nothing"}})}}}) == "/courses/0/line");
    CHECK(pointer_of_refusal(city, {{"courses", {course({{"line", "spots/a"}})}}}) == "/courses/0/line");
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

TEST_CASE("every stored verdict is decided again as it was, by the rules and the configuration of then") {
    SmallCity city;
    city.put({{"limits", {{"points_per_member_per_day", 25}}}, {"courses", {course()}}});
    std::vector<std::pair<std::string, std::string>> stored; // id, answer
    const auto keep = [&](const json &answer) { stored.emplace_back(answer["id"], city.last.body); };
    const Visit with_body{};
    const json body = city.body_of(with_body);
    city.last = city.flow->check_in("client", "b", server::parse_check_in(body.dump()), server::http::Language::en, city.now_us);
    keep(json::parse(city.last.body));
    keep(city.check_in({}));
    keep(city.check_in({.member = "m-2", .device = "d-2", .mocked = true}));
    keep(city.check_in({.member = "m-3", .device = "d-3", .metres_north = 300}));
    keep(city.check_in({.member = "m-4", .device = "d-4", .accuracy_m = 30, .fixes = 1}));
    keep(city.check_in({.member = "m-5", .device = "d-5", .accuracy_m = 150, .fixes = 5}));
    city.pass_s(120);
    Visit on_the_way = on_course("spots/a");
    on_the_way.member = "m-6";
    on_the_way.device = "d-6";
    keep(city.check_in(on_the_way));
    city.put({{"spots", {{"points", 99}, {"radius_m", 500}}}}); // what comes later changes nothing of then
    for (const auto &[id, answer] : stored) {
        const server::Replay replay = server::replay_check_in(*city.store, id);
        CAPTURE(answer, replay.difference);
        CHECK(replay.is_same);
        CHECK(server::rally::verdict_name(replay.outcome.verdict) == json::parse(answer)["verdict"].get<std::string>());
    }
    const auto kept = server::replay_check_in(*city.store, stored[0].first).check_in;
    const server::BodyReplay again = server::replay_body(*city.store, kept, body.dump());
    CHECK(again.is_same_body);
    CHECK(again.is_same_presence);
    json moved = body;
    moved["fixes"][0]["lat"] = moved["fixes"][0]["lat"].get<double>() + 0.001;
    CHECK_FALSE(server::replay_body(*city.store, kept, moved.dump()).is_same_body);
    CHECK_FALSE(server::replay_body(*city.store, kept, moved.dump()).is_same_presence);
    CHECK_THROWS_AS(server::replay_check_in(*city.store, "nobody"), geo::Error);
}

TEST_CASE("a shadow tells what other rules, or another configuration, would have decided") {
    SmallCity city;
    CHECK(city.check_in({})["verdict"] == "accepted");
    CHECK(city.check_in({.member = "m-2", .device = "d-2", .mocked = true})["verdict"] == "held");
    CHECK(city.check_in({.member = "m-3", .device = "d-3", .metres_north = 300})["verdict"] == "refused");
    server::ShadowQuestion question{.to_us = city.now_us + 1};
    question.rules = server::rally::parse_rules(R"({"version":"strict","score.refuse_from":70})");
    const server::ShadowReport strict = server::shadow(*city.store, question);
    CHECK(strict.decided == 3);
    CHECK(strict.without_facts == 0);
    using server::rally::Verdict;
    CHECK(strict.verdicts.at({Verdict::held, Verdict::refused}) == 1);
    CHECK(strict.verdicts.at({Verdict::accepted, Verdict::accepted}) == 1);
    CHECK(strict.points_then == 20);
    CHECK(strict.points_now == 10);
    REQUIRE(strict.changes.size() == 1);
    CHECK(strict.changes[0].reason == "MOCK_FLAG");
    question.rules = server::rally::parse_rules(R"({"version":"other","presence.smallest_sigma_m":5})");
    CHECK_THROWS_AS(server::shadow(*city.store, question), geo::Error);
    question.rules.reset();
    server::rally::Rally dear = city.rallies->find("r")->rally;
    dear.spots.points = 50;
    question.configuration = dear;
    CHECK(server::shadow(*city.store, question).points_now == 100);
    question.configuration.reset();
    question.from_us = city.now_us + 1;
    question.to_us = city.now_us + 2;
    CHECK(server::shadow(*city.store, question).decided == 0);
}

TEST_CASE("what is stored of a check-in holds no position") {
    SmallCity city;
    const json answer = city.check_in({});
    const auto kept = city.store->find_check_in(answer["id"].get<std::string>());
    REQUIRE(kept);
    for (const std::string &text : {kept->evidence_json, kept->answer_json}) {
        CAPTURE(text);
        CHECK(text.find("139.5") == std::string::npos);
        CHECK(text.find("35.77") == std::string::npos);
    }
}
