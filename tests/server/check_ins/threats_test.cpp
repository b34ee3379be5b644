// Attacks of the threat table that need many requests, or a phone's key.
#include "data/books.hpp"
#include "geo/course.hpp"
#include "geo/geodesic.hpp"
#include "server/flows/offline_tickets.hpp"
#include "server/json_reader.hpp"
#include "server/rally/offline_proof.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>

#include <algorithm>
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
