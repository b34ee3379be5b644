// From a request to the books, with a clock that the test moves.
#include "data/books.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/json_reader.hpp"
#include "server/rally/nfc_tap.hpp"
#include "server/rally/one_time_code.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using nlohmann::json;
using test::SmallCity;
using test::Visit;

namespace {

std::string refused_pointer(SmallCity &city, const Visit &visit) {
    try {
        static_cast<void>(city.check_in(visit));
    } catch (const server::FieldErrors &errors) {
        return errors.errors().front().pointer + ": " + errors.errors().front().detail;
    }
    return "";
}

} // namespace

TEST_CASE("a spot's fence is made once for each version of the rally and revision of its layer") {
    SmallCity city;
    server::SpotSets &spots = city.flow->spots();
    const auto spot = spots.find(*city.rallies->find("r"), "spots/a");
    REQUIRE(spot);
    CHECK(spots.find(*city.rallies->find("r"), "spots/a") == spot);
    CHECK_FALSE(spots.find(*city.rallies->find("r"), "spots/nowhere"));
    city.put({{"spots", {{"radius_m", 60}}}});
    const auto wider = spots.find(*city.rallies->find("r"), "spots/a");
    CHECK(wider->fence.radius_m() == 60);
    CHECK(spot->fence.radius_m() == 40); // whoever has it keeps it
    city.publish("spots", {{"a", geo::Geometry::point({139.6, 35.8}), {}}});
    city.snapshots->refresh();
    CHECK(spots.find(*city.rallies->find("r"), "spots/a")->fence.centre() == geo::LonLat{139.6, 35.8});
}

TEST_CASE("a visit gives the stamp and its points, and its answer again for the same key") {
    SmallCity city;
    const Visit visit{.key = "one"};
    const auto body = server::parse_check_in(city.body_of(visit).dump());
    const auto first = city.flow->check_in("client", "one", body, server::http::Language::en, city.now_us);
    const auto again = city.flow->check_in("client", "one", body, server::http::Language::en, city.now_us + 1);
    CHECK(json::parse(first.body)["verdict"] == "accepted");
    CHECK(json::parse(first.body)["reasons"].empty());
    CHECK(again.replayed);
    CHECK(again.body == first.body);
    CHECK(city.points("m-1") == 10);
    CHECK(city.check_in({})["reasons"] == json{"ALREADY_STAMPED"});
    CHECK(city.points("m-1") == 10);
    CHECK(city.ledger_holds());
}

TEST_CASE("threat: an account that is in two places at once, on one phone or on two, is held (teleport, two places)") {
    SmallCity city;
    CHECK(city.check_in({})["verdict"] == "accepted");
    city.pass_s(2);
    const json jump = city.check_in({.spot = "spots/e"}); // 1.2 km in two seconds
    CHECK(jump["verdict"] == "held");
    CHECK(jump["reasons"] == json{"TELEPORT"});
    SmallCity other;
    CHECK(other.check_in({})["verdict"] == "accepted");
    other.pass_s(2);
    CHECK(other.check_in({.spot = "spots/e", .device = "d-2"})["reasons"] == json{"TWO_PLACES"});
    other.restart(); // positions are in memory alone
    other.pass_s(2);
    CHECK(other.check_in({.member = "m-3", .spot = "spots/e"})["verdict"] == "accepted");
}

TEST_CASE("threat: a recorded visit sent again by anybody, later and in another account, is held (replayed recording)") {
    SmallCity city;
    Visit visit;
    json body = city.body_of(visit);
    const auto send = [&](const std::string &member, const std::string &key) {
        json changed = body;
        changed["member"] = member;
        changed["device"] = "d-" + member;
        return json::parse(city.flow->check_in("client", key, server::parse_check_in(changed.dump()), server::http::Language::en, city.now_us).body);
    };
    CHECK(send("m-1", "1")["verdict"] == "accepted");
    CHECK(send("m-2", "2")["reasons"] == json{"FIX_CLONED"});
    CHECK(send("m-2", "2")["verdict"] == "held");
    // The same, shifted in time, the next day and after a restart.
    city.pass_s(86'400);
    for (json &fix : body["fixes"]) {
        fix["taken_at"] = server::format_rfc3339(*server::parse_rfc3339_us(fix["taken_at"].get<std::string>()) + 86'400'000'000);
    }
    city.restart();
    CHECK(send("m-3", "3")["reasons"] == json{"FIX_CLONED"});
}

TEST_CASE("the same phone may send its fixes again with what was missing") {
    SmallCity city;
    city.put({{"spots", {{"evidence", {"quiz"}}}}, {"quiz", {{"questions", {{{"id", "q"}, {"text", {{"ja", "?"}}}, {"answers", {"けやき"}}}}}}}});
    json body = city.body_of({});
    const auto send = [&](const char *key) {
        return json::parse(city.flow->check_in("client", key, server::parse_check_in(body.dump()), server::http::Language::en, city.now_us).body);
    };
    const json first = send("1");
    CHECK(first["verdict"] == "token_required");
    CHECK(first["next"]["evidence"] == json{"quiz"});
    city.pass_s(9);
    body["evidence"] = {{"quiz", "ケヤキ"}};
    CHECK(send("2")["verdict"] == "accepted");
}

TEST_CASE("threat: wrong answers make the member wait, longer each time, and are counted by day (brute force)") {
    SmallCity city;
    city.put({{"spots", {{"evidence", {"quiz"}}}},
              {"quiz", {{"wait_s", 60}, {"questions", {{{"id", "q"}, {"text", {{"ja", "?"}}}, {"answers", {"b"}}}}}}}});
    CHECK(city.check_in({.evidence = {{"quiz", "a"}}})["reasons"] == json{"WRONG_ANSWER"});
    const json waiting = city.check_in({.evidence = {{"quiz", "b"}}});
    CHECK(waiting["reasons"] == json{"WAIT_AFTER_WRONG"});
    CHECK(waiting["next"]["wait_s"] == 60);
    city.pass_s(61);
    CHECK(city.check_in({.evidence = {{"quiz", "c"}}})["reasons"] == json{"WRONG_ANSWER"});
    city.pass_s(61);
    CHECK(city.check_in({.evidence = {{"quiz", "b"}}})["next"]["wait_s"] == 59); // 120 s now
    city.pass_s(60);
    CHECK(city.check_in({.evidence = {{"quiz", "b"}}})["verdict"] == "accepted");
}

TEST_CASE("a rotating code of the spot counts once it is there, an old, a wrong and another spot's do not") {
    SmallCity city;
    city.put({{"spots", {{"evidence", {"code"}}}}});
    const std::string secret_a = server::secret_of_spot(*city.store, "r", "spots/a");
    const std::string secret_b = server::secret_of_spot(*city.store, "r", "spots/b");
    CHECK(secret_a != secret_b);
    CHECK(secret_a == server::secret_of_spot(*city.store, "r", "spots/a"));
    const auto code = [&](const std::string &secret, std::int64_t before_s) {
        return json{{"code", server::rally::one_time_code(secret, city.now_us / 1'000'000 - before_s)}};
    };
    CHECK(city.check_in({})["reasons"] == json{"TOKEN_NEEDED"});
    CHECK(city.check_in({.evidence = code(secret_b, 0)})["reasons"] == json{"QR_WRONG"});
    city.pass_s(3600);
    CHECK(city.check_in({.evidence = code(secret_a, 120)})["reasons"] == json{"QR_STALE"});
    city.pass_s(7200);
    CHECK(city.check_in({.metres_north = 300, .evidence = code(secret_a, 0)})["reasons"] == json{"QR_FAR"});
    city.pass_s(60);
    CHECK(city.check_in({.evidence = code(secret_a, 5)})["verdict"] == "accepted");
}

TEST_CASE("threat: rotating codes are not guessed, neither from a vague position nor from far away (guessing codes)") {
    for (const double metres_north : {0.0, 500.0}) {
        SmallCity city;
        const std::string secret = server::secret_of_spot(*city.store, "r", "spots/a");
        int looked_at = 0;
        for (int guess = 0; guess < 400; ++guess) {
            std::string code = server::rally::one_time_code(secret, city.now_us / 1'000'000);
            code[0] = code[0] == '9' ? '0' : static_cast<char>(code[0] + 1);
            const json answer =
                city.check_in({.metres_north = metres_north, .accuracy_m = 120, .fixes = 1 + guess % 5, .evidence = {{"code", code}}});
            looked_at += answer["reasons"][0] == "WAIT_AFTER_WRONG" ? 0 : 1;
            city.pass_s(60);
        }
        // 60 s, 120 s, … up to an hour: a dozen in seven hours.
        CHECK(looked_at >= 5);
        CHECK(looked_at <= 13);
        city.pass_s(86'400);
        const std::string right = server::rally::one_time_code(secret, city.now_us / 1'000'000);
        CHECK(city.check_in({.accuracy_m = 120, .fixes = 5, .evidence = {{"code", right}}})["verdict"] == "accepted");
    }
}

TEST_CASE("a printed code helps a vague phone, and stamps nothing from afar (shared photo)") {
    SmallCity city;
    const std::string code = server::rally::printed_code(server::secret_of_spot(*city.store, "r", "spots/a"), "r", "spots/a");
    CHECK(city.check_in({.accuracy_m = 120, .fixes = 5})["verdict"] == "token_required");
    city.pass_s(60);
    CHECK(city.check_in({.accuracy_m = 120, .fixes = 5, .evidence = {{"qr", code}}})["verdict"] == "accepted");
    CHECK(city.check_in({.member = "m-2", .device = "d-2", .metres_north = 400, .evidence = {{"qr", code}}})["reasons"] == json{"QR_FAR"});
}

TEST_CASE("threat: a tag's tap counts once, of its own tag and spot (tag cloned, address saved)") {
    SmallCity city;
    city.put({{"spots", {{"evidence", {"nfc"}}}}});
    data::EvidenceBook::Tag tag{{4, 0xDE, 0x5F, 0x1E, 0xAC, 0xC0, 0x40}, "r", "spots/a", {1, 2, 3}, -1};
    city.store->write([&](data::WriteTransaction &books) { books.books().evidence.put_tag(tag); });
    const auto tap = [&](std::uint32_t counter, std::uint8_t key = 1) {
        const auto mac = server::rally::tap_mac({key, 2, 3}, tag.uid, counter);
        std::string hex;
        for (const std::uint8_t byte : mac) {
            constexpr const char *digits = "0123456789abcdef";
            hex += {digits[byte >> 4U], digits[byte & 15U]};
        }
        std::string count = "000000";
        for (std::size_t i = 6; i-- > 0; counter >>= 4U) {
            count[i] = "0123456789abcdef"[counter & 15U];
        }
        return json{{"nfc", {{"uid", "04DE5F1EACC040"}, {"counter", count}, {"mac", hex}}}};
    };
    CHECK(city.check_in({.evidence = tap(5)})["verdict"] == "accepted");
    CHECK(city.check_in({.member = "m-2", .evidence = tap(5)})["reasons"] == json{"NFC_COUNTER_BACK"});
    CHECK(city.check_in({.member = "m-3", .evidence = tap(4)})["reasons"] == json{"NFC_COUNTER_BACK"});
    CHECK(city.check_in({.member = "m-4", .evidence = tap(6, 9)})["reasons"] == json{"NFC_WRONG"});
    CHECK(city.check_in({.member = "m-5", .spot = "spots/b", .evidence = tap(7)})["reasons"] == json{"NFC_WRONG"});
    CHECK(city.check_in({.member = "m-6", .device = "d-6", .evidence = tap(8)})["verdict"] == "accepted");
}

TEST_CASE("whom the staff sees is stamped without a phone") {
    SmallCity city;
    city.put({{"spots", {{"evidence", {"staff"}}}}});
    CHECK(city.check_in({})["reasons"] == json{"TOKEN_NEEDED"});
    CHECK(city.check_in({.device = "", .fixes = 0, .evidence = {{"staff", true}}, .more = {{"device", nullptr}}})["verdict"] == "accepted");
    CHECK(city.points("m-1") == 10);
}

TEST_CASE("threat: many members on one phone are held to their day's limit, and counted (many accounts, one phone)") {
    SmallCity city;
    city.put({{"limits", {{"stamps_per_device_per_day", 3}, {"stamps_per_spot_per_day", 4}}}});
    std::vector<std::string> verdicts;
    for (const char *member : {"m-1", "m-2", "m-3", "m-4"}) {
        verdicts.push_back(city.check_in({.member = member})["verdict"]);
        city.pass_s(90);
    }
    CHECK(verdicts == std::vector<std::string>{"accepted", "accepted", "accepted", "refused"});
    CHECK(city.check_in({.member = "m-5", .device = "d-5"})["verdict"] == "accepted");
    CHECK(city.check_in({.member = "m-6", .device = "d-6"})["reasons"] == json{"SPOT_LIMIT"});
    city.pass_s(86'400);
    CHECK(city.check_in({.member = "m-4"})["verdict"] == "accepted");
}

TEST_CASE("I10: the day's limit of points holds on both sides of midnight in Japan, and completions are not of it") {
    SmallCity city;
    city.put({{"limits", {{"points_per_member_per_day", 25}}}, {"completion", {{"spots", 3}, {"points", 200}}}});
    city.now_us = *server::parse_rfc3339_us("2026-11-23T23:40:00+09:00");
    CHECK(city.check_in({.spot = "spots/a"})["awards"][0]["points"] == 10);
    city.pass_s(300);
    CHECK(city.check_in({.spot = "spots/b"})["awards"][0]["points"] == 10);
    city.pass_s(300);
    const json third = city.check_in({.spot = "spots/c"});
    CHECK(third["reasons"] == json{"DAILY_LIMIT"});
    CHECK(third["finished"] == json{"rally"});
    CHECK(third["awards"][0]["points"] == 200);
    CHECK(city.points("m-1") == 220);
    city.now_us = *server::parse_rfc3339_us("2026-11-24T00:00:00+09:00");
    CHECK(city.check_in({.spot = "spots/d"})["awards"][0]["points"] == 10);
    CHECK(city.ledger_holds());
}

TEST_CASE("a filter says which features are spots") {
    SmallCity city;
    city.put({{"spots", {{"filter", "earthquake = true"}}}});
    CHECK(city.check_in({.spot = "spots/d"})["verdict"] == "accepted");
    CHECK(refused_pointer(city, {.spot = "spots/e"}).find("/spot: ") == 0);
    const auto refusal = [&](const char *filter) {
        try {
            city.put({{"spots", {{"filter", filter}}}});
        } catch (const server::FieldErrors &errors) {
            return errors.errors().front().pointer;
        }
        return std::string();
    };
    CHECK(refusal("no_such_property = 1") == "/spots/filter");
    CHECK(refusal("earthquake =") == "/spots/filter");
    CHECK(refusal("name = 'nothing'") == "/spots/filter");
}

TEST_CASE("points expire when the rally says so") {
    SmallCity city;
    city.put({{"points_expire", "P1Y"}});
    CHECK(city.check_in({})["verdict"] == "accepted");
    const auto entries = city.store->transfers("member:m-1", 0, 10);
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].request.expires_at_us == *server::parse_rfc3339_us("2027-11-23T10:00:00+09:00"));
}
