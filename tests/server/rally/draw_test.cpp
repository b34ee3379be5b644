#include "server/rally/draw.hpp"

#include "server/json_reader.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace keyaki::server;
using namespace keyaki::server::rally;

namespace {

std::vector<std::string> tickets(std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back("T" + std::to_string(1000 + i));
    }
    return all;
}

DrawDocument drawn() {
    DrawDocument document{
        "walking-2026", "2027-03-31T23:59:59+09:00", "drand quicknet round 1000000", 3, tickets(20), entries_hash(tickets(20)), {}, {}, {}};
    document.seed = "8ad3";
    document.drawn_at = "2027-04-01T10:00:00+09:00";
    document.winners = winners_of(document.entries, document.seed, 3);
    return document;
}

} // namespace

TEST_CASE("the hash of the entries is what sha256sum says of their lines") {
    CHECK(entries_hash({}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(entries_hash({"a"}) == "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7"); // printf 'a\n' | sha256sum
}

TEST_CASE("threat: the winners follow from the published list and the seed alone (prize draw rigged)") {
    const auto winners = winners_of(tickets(20), "seed", 3);
    CHECK(winners.size() == 3);
    CHECK(winners == winners_of(tickets(20), "seed", 3));
    CHECK(winners != winners_of(tickets(20), "Seed", 3));
    CHECK(winners_of(tickets(2), "seed", 3).size() == 2);
    CHECK(winners_of({}, "seed", 3).empty());
    auto more = winners_of(tickets(20), "seed", 20);
    std::sort(more.begin(), more.end());
    CHECK(more == tickets(20));
}

TEST_CASE("each ticket wins about as often as any other") {
    std::map<std::string, int> wins;
    for (int round = 0; round < 2000; ++round) {
        ++wins[winners_of(tickets(10), "seed " + std::to_string(round), 1).front()];
    }
    for (const auto &[ticket, count] : wins) {
        CHECK(count > 140); // 200 expected; 4.5 standard deviations
        CHECK(count < 260);
    }
    CHECK(wins.size() == 10);
}

TEST_CASE("a published draw verifies, and every change of it is found") {
    CHECK(verify_draw(parse_draw(draw_json(drawn()))).empty());
    const auto is_found = [](auto change) {
        DrawDocument document = drawn();
        change(document);
        return !verify_draw(document).empty();
    };
    CHECK(is_found([](DrawDocument &document) { document.entries.pop_back(); }));
    CHECK(is_found([](DrawDocument &document) { document.entries.push_back("T0001"); }));
    CHECK(is_found([](DrawDocument &document) { document.entries[3] = "T9999"; }));
    CHECK(is_found([](DrawDocument &document) { document.hash[0] = document.hash[0] == 'a' ? 'b' : 'a'; }));
    CHECK(is_found([](DrawDocument &document) { document.seed += "0"; }));
    CHECK(is_found([](DrawDocument &document) { std::swap(document.winners[0], document.winners[1]); }));
    CHECK(is_found([](DrawDocument &document) { document.winners.pop_back(); }));
    CHECK(is_found([](DrawDocument &document) { document.winners.push_back("T1000"); }));
    CHECK_THROWS_AS(parse_draw("{}"), FieldErrors);
}
