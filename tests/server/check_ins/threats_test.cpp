// Attacks of the threat table that need many requests, or a phone's key.
#include "data/books.hpp"
#include "geo/course.hpp"
#include "geo/geodesic.hpp"
#include "server/flows/offline_tickets.hpp"
#include "server/flows/replay.hpp"
#include "server/flows/reviews.hpp"
#include "server/json_reader.hpp"
#include "server/rally/device_proof.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <random>

using namespace keyaki;
using nlohmann::json;
using test::SmallCity;
using test::Visit;

namespace {

/// A phone's key in its keystore.
class PhoneKey {
  public:
    PhoneKey() : m_key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")) { REQUIRE(m_key != nullptr); }
    ~PhoneKey() { EVP_PKEY_free(m_key); }
    PhoneKey(const PhoneKey &) = delete;
    PhoneKey &operator=(const PhoneKey &) = delete;

    [[nodiscard]] std::string public_hex() const {
        std::array<unsigned char, 32> bytes{};
        std::size_t length = bytes.size();
        REQUIRE(EVP_PKEY_get_raw_public_key(m_key, bytes.data(), &length) == 1);
        return hex(bytes);
    }
    [[nodiscard]] std::string sign_hex(const std::string &message) const {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX *)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        std::array<unsigned char, 64> signature{};
        std::size_t length = signature.size();
        REQUIRE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, m_key) == 1);
        REQUIRE(EVP_DigestSign(context.get(), signature.data(), &length, reinterpret_cast<const unsigned char *>(message.data()), message.size()) ==
                1);
        return hex(signature);
    }

  private:
    static std::string hex(std::span<const unsigned char> bytes) {
        std::string text;
        for (const unsigned char byte : bytes) {
            text += {"0123456789abcdef"[byte >> 4U], "0123456789abcdef"[byte & 15U]};
        }
        return text;
    }
    EVP_PKEY *m_key;
};

json send(SmallCity &city, const std::string &key, const json &body) {
    city.last = city.flow->check_in("client", key, server::parse_check_in(body.dump()), server::http::Language::en, city.now_us);
    return json::parse(city.last.body);
}

double score_of(SmallCity &city, const json &answer) {
    double score = -1;
    city.store->read_books([&](data::Books &books) { score = books.history.find(answer["id"].get<std::string>()).value().score; });
    return score;
}

/// A visit that was made without a network: signed by the phone when it was there.
json signed_body(SmallCity &city, const PhoneKey &key, const std::string &ticket, const Visit &visit) {
    json body = city.body_of(visit);
    const auto request = server::parse_check_in(body.dump());
    body["ticket"] = {{"id", ticket}, {"signature", key.sign_hex(server::rally::offline_message(ticket, visit.spot, request.plain_fixes()))}};
    return body;
}

std::string ticket_for(SmallCity &city, const PhoneKey &key, const std::string &member, const json &spots) {
    const json body{{"member", member}, {"device_key", key.public_hex()}, {"spots", spots}};
    return json::parse(server::issue_offline_ticket(*city.store, city.flow->spots(), *city.rallies->find("r"), body.dump(), city.now_us))["ticket"];
}

} // namespace

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
        }
    }
}

TEST_CASE("an honest visit writes nothing to the tables of doubt, which would be pages more in its commit") {
    SmallCity city;
    CHECK(city.check_in({})["verdict"] == "accepted");
    city.store->read_books([](data::Books &books) {
        CHECK(books.reviews.list(0, "", 10).empty());
        CHECK_FALSE(books.evidence.standing("m-1"));
        CHECK(books.evidence.wrong_tries("m-1", "r", "spots/a", "2026-11-23").tries == 0);
        CHECK(books.evidence.daily_count("r", "2026-11-23", "spot/spots/a") == 0);
        CHECK(books.runs.of_member("m-1", "r").empty());
        CHECK(books.runs.finishes("m-1", "r").empty());
    });
}

TEST_CASE("the commit of an honest visit writes no more pages than it has reason to") {
    SmallCity city;
    const auto log_bytes = [&] { return static_cast<double>(std::filesystem::file_size(city.folder / "city.sqlite-wal")); };
    const auto visit = [&](int number) {
        const std::string text = std::to_string(number);
        CHECK(city.check_in({.member = "m-" + text, .device = "d-" + text})["verdict"] == "accepted");
    };
    for (int i = 0; i < 40; ++i) {
        visit(i); // each tree has its pages
    }
    const double before = log_bytes();
    constexpr int visits = 100;
    for (int i = 0; i < visits; ++i) {
        visit(1000 + i);
    }
    const double frames = (log_bytes() - before) / (4096 + 24) / visits;
    // Check-in, stamp, answer, two events, ledger entry, its head and two accounts, with their indexes: 17 trees, and what their pages split.
    CAPTURE(frames);
    CHECK(frames > 10);
    CHECK(frames < 24);
}
