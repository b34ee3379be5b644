// What is kept of a check-in, and what is decided again from it.
#include "server/flows/replay.hpp"
#include "server/json_reader.hpp"
#include "server/rally/decision.hpp"
#include "tests/server/check_ins/course_visits.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using nlohmann::json;
using test::course;
using test::on_course;
using test::SmallCity;
using test::Visit;

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
