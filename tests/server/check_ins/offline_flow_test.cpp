// Visits that were made without a network and come later, under a ticket and signed by a phone.
#include "data/books.hpp"
#include "server/flows/replay.hpp"
#include "server/flows/reviews.hpp"
#include "server/json_reader.hpp"
#include "server/rally/device_proof.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/phone_key.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using nlohmann::json;
using test::PhoneKey;
using test::score_of;
using test::send;
using test::signed_body;
using test::SmallCity;
using test::ticket_for;
using test::Visit;

TEST_CASE("threat: an offline ticket is of one phone, its spots and its day, and is used once (hoarding, sharing)") {
    SmallCity city;
    const PhoneKey phone;
    const PhoneKey other_phone;
    const std::string ticket = ticket_for(city, phone, "m-1", {"spots/a", "spots/b"});
    city.pass_s(3600);
    const json visit = signed_body(city, phone, ticket, {});
    const json shared = signed_body(city, other_phone, ticket, {});
    const json elsewhere = signed_body(city, phone, ticket, {.spot = "spots/c"});
    const json of_other_member = signed_body(city, phone, ticket, {.member = "m-2"});
    json changed = visit;
    changed["fixes"][0]["lat"] = changed["fixes"][0]["lat"].get<double>() + 0.00001;

    city.pass_s(5 * 3600); // back in the network
    CHECK(send(city, "2", shared)["reasons"] == json{"TICKET_WRONG"});
    CHECK(send(city, "3", elsewhere)["reasons"] == json{"TICKET_WRONG"});
    CHECK(send(city, "4", of_other_member)["reasons"] == json{"TICKET_WRONG"});
    CHECK(send(city, "5", changed)["reasons"] == json{"TICKET_WRONG"});

    const std::string second = ticket_for(city, phone, "m-3", {"spots/a", "spots/b"});
    city.pass_s(60);
    const json at_a = signed_body(city, phone, second, {.member = "m-3", .device = "d-3"});
    city.pass_s(60);
    const json at_b = signed_body(city, phone, second, {.member = "m-3", .spot = "spots/b", .device = "d-3"});
    city.pass_s(3600);
    json without = at_a;
    without.erase("ticket");
    CHECK(send(city, "6", without)["reasons"] == json{"NO_EVIDENCE", "STALE_FIX"});
    CHECK(send(city, "7", at_a)["verdict"] == "accepted");
    CHECK(send(city, "8", at_b)["reasons"] == json{"REPLAY_NONCE"});
    CHECK(send(city, "9", at_a)["reasons"] == json{"REPLAY_NONCE"});
    CHECK(city.points("m-3") == 10);
}

TEST_CASE("no offline ticket is given that could never be used: for a stay that is counted, and for spots that open one another") {
    SmallCity city;
    const PhoneKey phone;
    const json coupon{{"title", {{"ja", "焼き芋"}}}, {"shop", "shop-1"}};
    city.put({{"kind", "event"}, {"coupon", coupon}});
    CHECK_FALSE(ticket_for(city, phone, "m-1", {"spots/a"}).empty());
    json dwelling = coupon;
    dwelling["dwell_s"] = 120;
    city.put({{"kind", "event"}, {"coupon", dwelling}});
    CHECK_THROWS_AS(ticket_for(city, phone, "m-1", {"spots/a"}), geo::Error);
    city.put({{"kind", "tour"}, {"spots", {{"layer", "treasures"}, {"hidden", true}}}});
    CHECK_THROWS_AS(ticket_for(city, phone, "m-1", {"treasures/a"}), geo::Error);
}

TEST_CASE("threat: an offline check-in that comes more than a day after its fixes, or was made outside of its ticket's day, is no evidence") {
    SmallCity city;
    const PhoneKey phone;
    const std::string ticket = ticket_for(city, phone, "m-1", {"spots/a"});
    city.pass_s(600);
    const json visit = signed_body(city, phone, ticket, {});
    city.pass_s(86'400 + 10);
    const json tomorrow = signed_body(city, phone, ticket, {});
    CHECK(send(city, "1", visit)["reasons"] == json{"NO_EVIDENCE", "STALE_FIX"});
    CHECK(send(city, "2", tomorrow)["reasons"] == json{"NO_EVIDENCE", "FUTURE_FIX"}); // after its ticket ended
    for (int i = 0; i < 10; ++i) {
        (void)ticket_for(city, phone, "m-1", {"spots/a"});
    }
    CHECK_THROWS_AS(ticket_for(city, phone, "m-1", {"spots/a"}), geo::Error);
    CHECK_THROWS_AS(ticket_for(city, phone, "m-2", {"spots/z"}), server::FieldErrors);
    CHECK_THROWS_AS(ticket_for(city, phone, "m-2", json::array()), server::FieldErrors);
}

TEST_CASE("threat: an offline visit counts for the period in which it was made, not for the one in which it comes (tomorrow's stamp today)") {
    SmallCity city;
    city.put({{"spots", {{"per", "daily"}}}});
    city.now_us = *server::parse_rfc3339_us("2026-11-23T20:00:00+09:00");
    const PhoneKey phone;
    const std::string ticket = ticket_for(city, phone, "m-1", {"spots/a"});
    CHECK(city.check_in({})["verdict"] == "accepted");
    city.pass_s(600);
    const json visit = signed_body(city, phone, ticket, {});
    city.now_us = *server::parse_rfc3339_us("2026-11-24T08:00:00+09:00");
    CHECK(send(city, "1", visit)["reasons"] == json{"ALREADY_STAMPED"});
    CHECK(city.points("m-1") == 10);
    CHECK(city.check_in({})["verdict"] == "accepted"); // today's is still to be had

    const PhoneKey other;
    city.now_us = *server::parse_rfc3339_us("2026-11-24T21:00:00+09:00");
    const std::string second = ticket_for(city, other, "m-2", {"spots/a"});
    city.pass_s(10);
    const json yesterday = signed_body(city, other, second, {.member = "m-2", .device = "d-2"});
    city.now_us = *server::parse_rfc3339_us("2026-11-25T09:00:00+09:00");
    CHECK(send(city, "2", yesterday)["stamp"]["stamped_at"].get<std::string>().starts_with("2026-11-24T21:00:0"));
    const auto stamps = city.store->stamps_of("m-2");
    REQUIRE(stamps.size() == 1);
    CHECK(stamps[0].period == "2026-11-24");
    CHECK(city.check_in({.member = "m-2", .device = "d-2"})["verdict"] == "accepted");
    CHECK(city.ledger_holds());
}

TEST_CASE("offline visits of one walk that come together, in any order, are judged by when they were made") {
    const std::vector<std::string> spots{"spots/a", "spots/b", "spots/c"};
    for (const std::vector<std::size_t> &order : std::vector<std::vector<std::size_t>>{{0, 1, 2}, {2, 0, 1}}) {
        SmallCity city;
        city.put({{"kind", "walking"}, {"spots", {{"hours", {{"from", "09:00"}, {"until", "17:00"}}}}}});
        const PhoneKey phone;
        std::vector<json> visits;
        for (const std::string &spot : spots) {
            const std::string ticket = ticket_for(city, phone, "m-1", spots);
            city.pass_s(300);
            visits.push_back(signed_body(city, phone, ticket, {.spot = spot}));
        }
        city.now_us = *server::parse_rfc3339_us("2026-11-23T21:00:00+09:00"); // closed by now
        for (const std::size_t i : order) {
            const json answer = send(city, std::to_string(i), visits[i]);
            CAPTURE(answer.dump());
            CHECK(answer["verdict"] == "accepted");
            CHECK(answer["reasons"].empty());
        }
        CHECK(city.points("m-1") == 30);
        city.now_us = *server::parse_rfc3339_us("2026-11-24T10:00:00+09:00");
        CHECK(city.check_in({.spot = "spots/e"})["verdict"] == "accepted"); // nobody was anywhere last night
    }
}

TEST_CASE("offline visits are held to the speed of a walk, on both sides, and to what was seen of the phone meanwhile") {
    SmallCity city;
    city.put({{"kind", "walking"}});
    const PhoneKey phone;
    std::vector<json> visits;
    for (const auto &[spot, pass_s] : std::vector<std::pair<std::string, std::int64_t>>{{"spots/a", 20}, {"spots/e", 20}, {"spots/c", 1}}) {
        const std::string ticket = ticket_for(city, phone, "m-1", {spot});
        city.pass_s(6);
        visits.push_back(signed_body(city, phone, ticket, {.spot = spot}));
        city.pass_s(pass_s);
    }
    city.pass_s(3600);
    CHECK(send(city, "0", visits[0])["verdict"] == "accepted");
    CHECK(send(city, "2", visits[2])["reasons"] == json{"TOO_FAST_FOR_MODE"}); // 600 m in 52 s
    CHECK(send(city, "1", visits[1])["reasons"] == json{"TOO_FAST_FOR_MODE"});

    SmallCity other;
    const std::string ticket = ticket_for(other, phone, "m-1", {"spots/e"});
    other.pass_s(6);
    const json elsewhere = signed_body(other, phone, ticket, {.spot = "spots/e"});
    other.pass_s(10);
    CHECK(other.check_in({})["verdict"] == "accepted");
    other.pass_s(600);
    CHECK(send(other, "0", elsewhere)["reasons"] == json{"TELEPORT"}); // 1.2 km away ten seconds before
}

TEST_CASE("threat: an offline visit belongs to the rally when it was made within its window, whenever it comes (clock games)") {
    SmallCity city;
    const auto at = [](const char *time) { return *server::parse_rfc3339_us(time); };
    const PhoneKey phone;
    city.put({{"ends", "2026-11-23T17:00:00+09:00"}});
    city.now_us = at("2026-11-23T16:30:00+09:00");
    const std::string ticket = ticket_for(city, phone, "m-1", {"spots/a", "spots/b", "spots/c"});
    city.now_us = at("2026-11-23T16:50:00+09:00");
    const json in_time = signed_body(city, phone, ticket, {});
    city.now_us = at("2026-11-23T17:20:00+09:00");
    const json too_late = signed_body(city, phone, ticket, {.spot = "spots/b"});
    city.now_us = at("2026-11-23T18:00:00+09:00");
    const json still_to_come = signed_body(city, phone, ticket, {.spot = "spots/c"});
    city.now_us = at("2026-11-23T17:30:00+09:00");
    CHECK(send(city, "late", too_late)["reasons"] == json{"RALLY_OVER"});
    CHECK_FALSE(send(city, "future", still_to_come)["stamp"].is_object()); // of a clock that is ahead: no fix counts
    CHECK(city.check_in({.member = "m-2", .device = "d-2"})["reasons"] == json{"RALLY_OVER"});
    const json answer = send(city, "in time", in_time);
    CHECK(answer["verdict"] == "accepted");
    CHECK(answer["stamp"]["stamped_at"].get<std::string>().starts_with("2026-11-23T16:49:5"));
    CHECK(server::replay_check_in(*city.store, answer["id"].get<std::string>()).is_same);

    SmallCity put_off; // the beginning was moved when tickets were out already
    const std::string early = ticket_for(put_off, phone, "m-1", {"spots/a"});
    put_off.pass_s(60);
    const json before = signed_body(put_off, phone, early, {});
    put_off.put({{"starts", "2026-11-23T12:00:00+09:00"}});
    put_off.now_us = at("2026-11-23T13:00:00+09:00");
    CHECK(send(put_off, "before", before)["reasons"] == json{"RALLY_NOT_STARTED"});
    CHECK(put_off.check_in({})["verdict"] == "accepted");
}

TEST_CASE("threat: the fixes of an offline visit lie within its ticket, and a clock that runs ahead makes nobody of tomorrow (future fixes)") {
    SmallCity city;
    city.put({{"spots", {{"per", "daily"}}}});
    const PhoneKey phone;
    city.now_us = *server::parse_rfc3339_us("2026-11-23T23:59:40+09:00");
    const std::string ticket = ticket_for(city, phone, "m-1", {"spots/a"});
    city.now_us = *server::parse_rfc3339_us("2026-11-23T23:59:58+09:00");
    const auto moved = [&](std::int64_t seconds) {
        json body = city.body_of({});
        for (std::size_t i = 0; i < body["fixes"].size(); ++i) {
            const std::int64_t at_us = city.now_us + (seconds - 4 * static_cast<std::int64_t>(body["fixes"].size() - 1 - i)) * 1'000'000;
            body["fixes"][i]["taken_at"] = server::format_rfc3339(at_us);
        }
        const auto request = server::parse_check_in(body.dump());
        body["ticket"] = {{"id", ticket}, {"signature", phone.sign_hex(server::rally::offline_message(ticket, "spots/a", request.plain_fixes()))}};
        return body;
    };
    CHECK(send(city, "1", moved(30))["reasons"] == json{"NO_EVIDENCE", "FUTURE_FIX"});
    CHECK(send(city, "2", moved(4))["reasons"] == json{"NEEDS_MORE_FIXES", "FUTURE_FIX"}); // of 00:00:02: past the ticket's day
    const json answer = send(city, "3", moved(1)); // within what clocks may differ, and never later than the request
    CHECK(answer["verdict"] == "accepted");
    CHECK(answer["stamp"]["stamped_at"] == "2026-11-23T23:59:58+09:00");
}

TEST_CASE("a course that was walked offline goes by its own times, and a rejected stamp of it leaves its run") {
    SmallCity city;
    city.put(
        {{"courses", json::array({{{"id", "street"}, {"line", "courses/street"}, {"spots", {"spots/a", "spots/b", "spots/c"}}, {"points", 100}}})}});
    const PhoneKey phone;
    const auto on_course = [&](const std::string &spot, const std::string &run, bool is_mocked) {
        Visit visit{.spot = spot, .mocked = is_mocked, .more = {{"course", "street"}}};
        if (!run.empty()) {
            visit.more["run"] = run;
        }
        return visit;
    };
    const std::string run = city.check_in(on_course("spots/a", "", false))["run"];
    const std::string ticket_b = ticket_for(city, phone, "m-1", {"spots/b"});
    const std::string ticket_c = ticket_for(city, phone, "m-1", {"spots/c"});
    city.pass_s(200);
    const json at_b = signed_body(city, phone, ticket_b, on_course("spots/b", run, false));
    city.pass_s(200);
    const json at_c = signed_body(city, phone, ticket_c, on_course("spots/c", run, true));
    city.pass_s(5 * 3600);
    CHECK(send(city, "b", at_b)["verdict"] == "accepted");
    const json held = send(city, "c", at_c);
    CHECK(held["verdict"] == "held");
    (void)server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), false, "taro", "joystick", city.now_us);
    city.store->read_books([&](data::Books &books) {
        const auto now = books.runs.find(run);
        REQUIRE(now);
        CHECK(now->stamps.size() == 2);
        CHECK_FALSE(now->finished_at_us);
    });
    CHECK(server::replay_check_in(*city.store, held["id"].get<std::string>()).is_same);
}

TEST_CASE("threat: an offline visit that is sent hours later is counted as late, one of the way home is not (recorded walk)") {
    SmallCity city;
    const PhoneKey phone;
    const auto facts_of = [&](const json &answer) {
        return json::parse(city.store->find_check_in(answer["id"].get<std::string>())->evidence_json)["facts"];
    };
    const auto send_after = [&](const std::string &spot, std::int64_t wait_s) {
        const std::string ticket = ticket_for(city, phone, "m-1", {spot});
        city.pass_s(60);
        json visit = signed_body(city, phone, ticket, {.spot = spot});
        visit.erase("integrity"); // 10: alone nothing, nor with the lateness
        city.pass_s(wait_s);
        return send(city, spot, visit);
    };
    const json soon = send_after("spots/a", 3'600);
    CHECK(soon["verdict"] == "accepted");
    CHECK(facts_of(soon)["measures"]["late_s"] == 3'601);
    const json late = send_after("spots/b", 7 * 3'600);
    CHECK(late["verdict"] == "accepted");
    CHECK(score_of(city, late) == 25);
    CHECK(score_of(city, soon) == 10);
    CHECK(server::replay_check_in(*city.store, late["id"].get<std::string>()).is_same);
}
