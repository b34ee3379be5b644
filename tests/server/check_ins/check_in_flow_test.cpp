// From a request to the books, with a clock that the test moves.
#include "data/books.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/flows/reviews.hpp"
#include "server/json_reader.hpp"
#include "server/rally/nfc_tap.hpp"
#include "server/rally/one_time_code.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <set>

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

TEST_CASE("the day's limit of points holds on both sides of midnight in Japan, and completions are not of it") {
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
