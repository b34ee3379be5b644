// Attacks of the threat table that need many requests, or a phone's key.
#include "geo/course.hpp"
#include "geo/geodesic.hpp"
#include "server/json_reader.hpp"
#include "server/rally/device_proof.hpp"
#include "tests/server/check_ins/phone_key.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace keyaki;
using nlohmann::json;
using test::PhoneKey;
using test::score_of;
using test::send;
using test::signed_body;
using test::SmallCity;
using test::ticket_for;
using test::Visit;

TEST_CASE("threat: a device that signs its check-ins is nobody else's, and no signature serves twice (stolen request)") {
    SmallCity city;
    const PhoneKey phone;
    const PhoneKey other_phone;
    int key = 0;
    const auto sign = [&](const PhoneKey &with, json body, std::int64_t counter) {
        const auto request = server::parse_check_in(body.dump());
        const server::rally::OnlineClaim claim{request.rally, request.member, request.spot, counter};
        const std::string message = server::rally::online_message(claim, request.plain_fixes());
        body["proof"] = {{"key", with.public_hex()}, {"counter", counter}, {"signature", with.sign_hex(message)}};
        return body;
    };
    const auto reasons_of = [&](const json &body) { return send(city, "signed-" + std::to_string(++key), body)["reasons"]; };

    CHECK(reasons_of(sign(phone, city.body_of({}), 5)).empty()); // and from here on it is this device's key
    city.pass_s(400);
    const json at_b = sign(phone, city.body_of({.spot = "spots/b"}), 6);
    CHECK(reasons_of(at_b).empty());
    CHECK(reasons_of(at_b) == json{"ATTEST_COUNTER_BACK"});
    CHECK(send(city, "signed-2", at_b)["reasons"].empty()); // the same request again has its answer again
    city.pass_s(400);
    const json at_c = city.body_of({.spot = "spots/c"});
    CHECK(reasons_of(at_c) == json{"SIG_INVALID"}); // it signs, and here nobody has
    CHECK(reasons_of(sign(other_phone, at_c, 7)) == json{"SIG_INVALID"});
    json elsewhere = sign(phone, at_c, 7);
    elsewhere["spot"] = "spots/d";
    CHECK(reasons_of(elsewhere) == json{"SIG_INVALID"});
    json moved = sign(phone, at_c, 7);
    moved["fixes"][0]["lat"] = moved["fixes"][0]["lat"].get<double>() + 0.00001;
    CHECK(reasons_of(moved) == json{"SIG_INVALID"});
    json later = sign(phone, at_c, 7);
    later["proof"]["counter"] = 8;
    CHECK(reasons_of(later) == json{"SIG_INVALID"});
    CHECK(reasons_of(sign(phone, at_c, 7)).empty()); // what was refused used nothing up
    CHECK(city.points("m-1") == 30);

    json nameless = sign(phone, city.body_of({.spot = "spots/d"}), 9);
    nameless.erase("device");
    CHECK_THROWS_AS(server::parse_check_in(nameless.dump()), server::FieldErrors);
    const std::string ticket = ticket_for(city, phone, "m-1", {"spots/e"}); // a ticket has a signature of its own
    city.pass_s(600);
    CHECK(reasons_of(signed_body(city, phone, ticket, {.spot = "spots/e"})).empty());
}

TEST_CASE("threat: members who go from spot to spot in step are counted from the fifth on; a family and a queue are not (crowd pattern)") {
    SmallCity city;
    std::vector<double> scores;
    for (const char *spot : {"spots/a", "spots/b", "spots/c"}) {
        scores.clear();
        for (int member = 1; member <= 7; ++member) {
            const std::string number = std::to_string(member);
            const json answer = city.check_in({.member = "m-" + number, .spot = spot, .device = "d-" + number});
            CHECK(answer["verdict"] == "accepted");
            scores.push_back(score_of(city, answer));
            city.pass_s(1);
        }
        city.pass_s(300);
    }
    CHECK(scores == std::vector<double>{0, 0, 0, 0, 20, 20, 20});
    // A queue at a spot is no crowd of that kind: each came from somewhere else, or at another time.
    for (int member = 11; member <= 20; ++member) {
        const std::string number = std::to_string(member);
        (void)city.check_in({.member = "m-" + number, .spot = member % 2 == 0 ? "spots/a" : "spots/b", .device = "d-" + number});
        city.pass_s(30);
        (void)city.check_in({.member = "m-" + number, .spot = member % 2 == 0 ? "spots/b" : "spots/a", .device = "d-" + number});
        city.pass_s(30);
    }
    city.pass_s(300);
    for (int member = 11; member <= 20; ++member) {
        const std::string number = std::to_string(member);
        CHECK(score_of(city, city.check_in({.member = "m-" + number, .spot = "spots/c", .device = "d-" + number})) == 0);
        city.pass_s(1);
    }
}

TEST_CASE("threat: requests that are repeated up to twenty times, in any order and across restarts, move nothing twice (HTTP replay)") {
    SmallCity city;
    std::mt19937 random(23);
    struct Sent {
        std::string key;
        json body;
        std::string answer;
    };
    std::vector<Sent> sent;
    for (int i = 0; i < 12; ++i) {
        const std::string number = std::to_string(i);
        const json body = city.body_of({.member = "m-" + number, .device = "d-" + number, .mocked = i % 4 == 0});
        (void)send(city, number, body);
        sent.push_back({number, body, city.last.body});
        city.pass_s(7);
    }
    const auto head = city.store->ledger_head();
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < sent.size(); ++i) {
        order.insert(order.end(), 1 + random() % 20, i);
    }
    std::shuffle(order.begin(), order.end(), random);
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i % 40 == 39) {
            city.restart();
        }
        const Sent &one = sent[order[i]];
        (void)send(city, one.key, one.body);
        CHECK(city.last.replayed);
        CHECK(city.last.body == one.answer);
    }
    CHECK(city.store->ledger_head().sequence == head.sequence);
    CHECK(city.ledger_holds());
}

TEST_CASE("property: any two accepted stamps of a run satisfy the leg rule, whenever they are tried (teleport between spots)") {
    std::mt19937 random(29);
    std::size_t ordered_legs = 0;
    std::size_t free_legs = 0;
    const std::vector<std::string> spots{"spots/a", "spots/b", "spots/c", "spots/d", "spots/e"};
    for (int round = 0; round < 12; ++round) {
        SmallCity city;
        const bool is_ordered = round % 2 == 0;
        city.put({{"courses",
                   json::array({{{"id", "street"}, {"line", "courses/street"}, {"spots", spots}, {"order", is_ordered ? "ordered" : "free"}}})}});
        json run;
        std::vector<std::pair<std::size_t, std::int64_t>> stamped;
        for (int attempt = 0; attempt < 40; ++attempt) {
            const std::size_t spot = random() % spots.size();
            Visit visit;
            visit.spot = spots[spot];
            visit.more = {{"course", "street"}};
            if (run.is_string()) {
                visit.more["run"] = run;
            }
            const json answer = city.check_in(visit);
            if (answer["verdict"] == "accepted" && answer.contains("run")) {
                run = answer["run"];
                stamped.emplace_back(spot, city.now_us);
            }
            city.pass_s(1 + static_cast<std::int64_t>(random() % 120));
        }
        for (std::size_t i = 1; i < stamped.size(); ++i) {
            const double way_m = geo::distance_m(test::place_of_spot(spots[stamped[i - 1].first]), test::place_of_spot(spots[stamped[i].first]));
            const double took_s = static_cast<double>(stamped[i].second - stamped[i - 1].second) / 1e6;
            CHECK(took_s >= geo::minimum_leg_time_s(way_m, 40, 40, geo::max_walking_speed_mps) - 0.1);
            ++(is_ordered ? ordered_legs : free_legs);
        }
    }
    CHECK(ordered_legs > 0);
    CHECK(free_legs > 0);
}
