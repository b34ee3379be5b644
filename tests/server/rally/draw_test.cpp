#include "server/rally/draw.hpp"

#include "server/json_reader.hpp"
#include "tests/support/command.hpp"
#include "tests/support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>

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
        "walking-2026", "2027-03-31T23:59:59+09:00", "drand quicknet round 1000000", 3, tickets(20), entries_hash(tickets(20)), {}, {}, {}, {}};
    document.seed = "8ad3";
    document.drawn_at = "2027-04-01T10:00:00+09:00";
    document.winners = winners_of(document.entries, document.seed, 3);
    return document;
}

/// Twenty tickets of four members, one of whom has fourteen.
DrawDocument drawn_once_each(const std::string &seed, std::size_t winners) {
    DrawDocument document = drawn();
    for (int i = 0; i < 20; ++i) {
        document.holders.push_back(i % 10 == 4 ? 2 : i % 10 == 7 ? 3 : i % 10 == 8 ? 4 : 1);
    }
    document.hash = entries_hash(document.entries, document.holders);
    document.winners_wanted = winners;
    document.seed = seed;
    document.winners = winners_of(document.entries, seed, winners, document.holders);
    return document;
}

std::int64_t holder_of(const DrawDocument &document, const std::string &ticket) {
    const auto place = std::find(document.entries.begin(), document.entries.end(), ticket);
    return document.holders.at(static_cast<std::size_t>(place - document.entries.begin()));
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

TEST_CASE("nobody wins twice where each ticket has its holder, as long as there is somebody else") {
    for (int round = 0; round < 200; ++round) {
        const DrawDocument document = drawn_once_each(fmt::format("seed {}", round), 3);
        REQUIRE(document.winners.size() == 3);
        std::set<std::int64_t> have_won;
        for (const std::string &winner : document.winners) {
            CHECK(have_won.insert(holder_of(document, winner)).second);
        }
        CHECK(verify_draw(parse_draw(draw_json(document))).empty());
    }
    CHECK(drawn_once_each("seed", 20).winners.size() == 4); // there are no more who may
    CHECK(numbered_holders({"m-b", "m-a", "m-b", "m-c", "m-a"}) == Holders{1, 2, 1, 3, 2});
}

TEST_CASE("a draw in which nobody wins twice verifies, and every change of its holders and winners is found") {
    const auto is_found = [](auto change) {
        DrawDocument document = drawn_once_each("8ad3", 3);
        change(document);
        return !verify_draw(document).empty();
    };
    CHECK_FALSE(is_found([](DrawDocument &) {}));
    CHECK(is_found([](DrawDocument &document) { document.holders.clear(); })); // as if anybody could win twice
    CHECK(is_found([](DrawDocument &document) { document.holders.pop_back(); }));
    CHECK(is_found([](DrawDocument &document) { document.holders[6] = 2; }));
    CHECK(is_found([](DrawDocument &document) { std::swap(document.winners[0], document.winners[1]); }));
    CHECK(is_found([](DrawDocument &document) {
        document.holders.assign(20, 1); // others' numbers, with a right hash: then the winners are others
        document.hash = entries_hash(document.entries, document.holders);
    }));
    CHECK(is_found([](DrawDocument &document) {
        std::replace(document.holders.begin(), document.holders.end(), std::int64_t{4}, std::int64_t{9});
        document.hash = entries_hash(document.entries, document.holders);
    }));
    const std::string text = draw_json(drawn_once_each("8ad3", 3));
    CHECK(text.find(R"("unique_winners":true,"holders":[1,1,1,1,2)") != std::string::npos);
    CHECK_THROWS_AS(parse_draw(R"({"rally":"r","closed_at":"x","seed_announced":"y","winners_wanted":1,"entries_hash":"z","entries":["A"],)"
                               R"("unique_winners":true,"holders":[1,2]})"),
                    FieldErrors);
    CHECK_THROWS_AS(parse_draw(R"({"rally":"r","closed_at":"x","seed_announced":"y","winners_wanted":1,"entries_hash":"z","entries":["A"],)"
                               R"("holders":[1]})"),
                    FieldErrors);
}

TEST_CASE("a document from before there were holders is read, verified and written as it was") {
    const std::string text = // drawn with tickets A1, A2 and B1, and the seed "s"
        R"({"rally":"r","closed_at":"2026-04-01T00:00:00+09:00","seed_announced":"drand round 1","winners_wanted":2,)"
        R"("entries_hash":"fe2544980ef48e6c909b8d019b01fb3b9cd107e9e5d520dad8fb4749d9498c46","entries":["A1","A2","B1"],)"
        R"("seed":"s","drawn_at":"2026-04-02T00:00:00+09:00","winners":["B1","A1"]})";
    const DrawDocument document = parse_draw(text);
    CHECK(verify_draw(document).empty());
    CHECK(draw_json(document) == text);
}

TEST_CASE("tickets with blanks or line feeds are refused: two lists could have the same lines") {
    for (const char *ticket : {R"("A\nB")", R"("A 1")", R"("")", "7"}) {
        CAPTURE(ticket);
        CHECK_THROWS_AS(parse_draw(R"({"rally":"r","closed_at":"x","seed_announced":"y","winners_wanted":1,"entries_hash":"z","entries":[)" +
                                   std::string(ticket) + "]}"),
                        FieldErrors);
    }
}

TEST_CASE("threat: a shell finds the same winners by draw-format.md, with holders and without (prize draw rigged)") {
    const keyaki::test::TemporaryFolder folder;
    const bool has_holders = GENERATE(false, true);
    const DrawDocument document = has_holders ? drawn_once_each("8ad3", 3) : drawn();
    std::ofstream(folder / "lines") << entries_lines(document.entries, document.holders);
    const std::string script = R"sh(sha256sum < "$1" | cut -c1-64
        while read -r ticket holder; do
          printf '%s %s %s\n' "$(printf '%s\n%s\n%s' "$2" "$3" "$ticket" | sha256sum | cut -c1-64)" "$ticket" "${holder:-$ticket}"
        done < "$1" | LC_ALL=C sort | awk '!won[$3]++ { print $2 }' | head -n "$4")sh";
    const auto found = keyaki::test::run({"sh", "-c", script, "sh", (folder / "lines").string(), document.seed, document.hash, "3"});
    CHECK(found.error.empty());
    std::string expected = document.hash + "\n";
    for (const std::string &winner : document.winners) {
        expected += winner + "\n";
    }
    CHECK(found.out == expected);
}
