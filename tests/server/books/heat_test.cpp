// Where people checked in, as everybody may see it: attacks on it by somebody who knows much.
#include "data/books.hpp"
#include "server/flows/members.hpp"
#include "server/flows/statistics.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

#include <map>

using namespace keyaki;
using namespace keyaki::server;
using data::StatisticsBook;
using nlohmann::json;
using test::SmallCity;
using Heat = StatisticsBook::Heat;

namespace {

const std::int64_t april_us = *parse_rfc3339_us("2026-04-01T00:00:00+09:00");
const std::int64_t may_us = *parse_rfc3339_us("2026-05-01T00:00:00+09:00");
constexpr std::int64_t minute_us = 60 * 1'000'000LL;

/// A stamp with the coarse cell that a check-in keeps, at a place by its number: tiles of zoom 16 that lie apart.
void stamp(SmallCity &city, const std::string &member, int place, std::int64_t at_us, const std::string &layer = "spots") {
    city.store->write([&](data::WriteTransaction &books) {
        data::CheckIn check_in;
        check_in.id = member + "-" + std::to_string(at_us);
        check_in.member = member;
        check_in.rally = "r";
        check_in.spot = layer + "/" + std::to_string(place);
        check_in.verdict = "accepted";
        check_in.rules = "1";
        check_in.inside_probability = 1;
        check_in.evidence_json = json{{"cell", "18/" + std::to_string(232'800 + 4 * place) + "/103240"}}.dump();
        check_in.answer_json = "{}";
        check_in.received_at_us = at_us;
        books.insert_check_in(check_in);
        books.insert_stamp({"r", check_in.spot, member, std::to_string(at_us), check_in.id, at_us});
    });
}

/// From home, past the station and the park, and home again: four stamps, half an hour apart, from 9 o'clock of a day of April.
void outing(SmallCity &city, const std::string &member, int home, int day) {
    const std::int64_t begin_us = april_us + (day - 1) * day_us + 9 * 60 * minute_us;
    const int places[] = {home, 1, 2, home};
    for (int i = 0; i < 4; ++i) {
        stamp(city, member, places[i], begin_us + i * 30 * minute_us);
    }
}

json heat_at(SmallCity &city, std::int64_t now_us) { return json::parse(Statistics(*city.store).at(now_us)->heat); }

/// hour/westernmost degree → members, of the places that are shown.
std::map<std::pair<int, double>, int> shown(const json &heat) {
    std::map<std::pair<int, double>, int> found;
    for (const json &feature : heat["features"]) {
        found[{feature["properties"]["hour"], feature["geometry"]["coordinates"][0][0][0]}] = feature["properties"]["members"];
    }
    return found;
}

std::vector<Heat> counted(SmallCity &city, const std::set<std::string> &layers = {"spots"}) {
    std::vector<Heat> heat;
    city.store->read_books([&](data::Books &books) { heat = books.statistics.heat(april_us, may_us, 60 * minute_us, layers); });
    return heat;
}

} // namespace

TEST_CASE("heat shows tiles with ten members and more in an hour of the day of the last month, rounded down, when the month is over for an hour") {
    SmallCity city;
    city.put(json::object());
    for (int i = 0; i < 14; ++i) {
        outing(city, "m-" + std::to_string(i), 100 + i, 1 + i); // on different days
    }
    const json heat = heat_at(city, may_us + 61 * minute_us);
    CHECK(heat["month"] == "2026-04");
    const auto tiles = shown(heat);
    REQUIRE(tiles.size() == 2); // station at 9:30, park at 10:00
    CHECK(tiles.begin()->first.first == 9);
    CHECK(tiles.rbegin()->first.first == 10);
    CHECK(tiles.begin()->second == 10);
    CHECK(tiles.rbegin()->second == 10);
    CHECK(heat_at(city, may_us + 59 * minute_us)["month"] == "2026-03");
    CHECK(heat_at(city, may_us + 59 * minute_us)["features"].empty());
    CHECK(heat_at(city, april_us + 20 * day_us)["features"].empty()); // nothing of a month that goes on
}

TEST_CASE("heat: a tile with nine members is not shown, however often they came") {
    SmallCity city;
    city.put(json::object());
    for (int day = 1; day <= 5; ++day) {
        for (int i = 0; i < 9; ++i) {
            outing(city, "m-" + std::to_string(i), 100 + i, day);
        }
    }
    CHECK(heat_at(city, may_us + day_us)["features"].empty());
}

TEST_CASE("attack on heat by the ends of outings: twelve neighbours of one block who go out each day leave no warm tile at home") {
    SmallCity city;
    city.put(json::object());
    for (int i = 0; i < 12; ++i) {
        for (int day = 1; day <= 5; ++day) {
            outing(city, "m-" + std::to_string(i), 50, day);
        }
        // In the evening once more, and a stamp alone between two days: an end as well.
        stamp(city, "m-" + std::to_string(i), 50, april_us + 6 * day_us + i * minute_us);
    }
    for (const Heat &one : counted(city)) {
        CAPTURE(one.x, one.hour);
        CHECK(one.x != (232'800U + 4 * 50) >> 2U);
    }
    CHECK(shown(heat_at(city, may_us + day_us)).size() == 2);
}

TEST_CASE("attack on heat by the ends of outings: a pause of more than an hour ends one, so who stays at home at noon is not shown there") {
    SmallCity city;
    city.put(json::object());
    for (int i = 0; i < 12; ++i) {
        const std::int64_t begin_us = april_us + i * day_us + 9 * 60 * minute_us;
        const std::pair<int, int> walk[] = {{1, 0}, {2, 30}, {50, 60}, {50, 121}, {2, 150}, {1, 180}}; // place, minutes
        for (const auto &[place, minutes] : walk) {
            stamp(city, "m-" + std::to_string(i), place, begin_us + minutes * minute_us);
        }
    }
    for (const Heat &one : counted(city)) {
        CHECK(one.x == (232'800U + 4 * 2) >> 2U);
    }
}

TEST_CASE("attack on heat by differences: one member more or less is not seen, unless the tens end with that one") {
    SmallCity city;
    city.put(json::object());
    for (int i = 0; i < 15; ++i) {
        outing(city, "m-" + std::to_string(i), 100 + i, 1 + i);
    }
    const json before = heat_at(city, may_us + day_us);
    REQUIRE(before["features"].size() == 2);
    // Somebody the attacker knows is erased, and then somebody comes whom he sends himself.
    static_cast<void>(erase_member(*city.store, city.folder.path() / "city.sqlite", "m-7", "clerk", city.now_us));
    CHECK(heat_at(city, may_us + day_us) == before);
    for (int i = 0; i < 4; ++i) {
        outing(city, "sent-" + std::to_string(i), 200 + i, 20);
        CHECK(heat_at(city, may_us + day_us) == before);
    }
    // Nothing can be chosen: no area, no rally and no time whose answers could be taken from one another.
    Statistics statistics(*city.store);
    CHECK(statistics.at(may_us + day_us)->heat == statistics.at(may_us + 20 * day_us)->heat);
}

TEST_CASE("heat keeps to a fixed grid and tells nothing of spots that are not public") {
    SmallCity city;
    city.put(json::object());
    for (int i = 0; i < 12; ++i) {
        const std::int64_t begin_us = april_us + i * day_us;
        for (int step = 0; step < 3; ++step) {
            stamp(city, "m-" + std::to_string(i), 7, begin_us + step * 20 * minute_us, "treasures");
        }
    }
    CHECK(heat_at(city, may_us + day_us)["features"].empty());
    CHECK(counted(city).empty());
    const std::vector<Heat> all = counted(city, {"treasures"});
    REQUIRE(all.size() == 1);
    CHECK(all.front() == Heat{(232'800U + 28) >> 2U, 103'240U >> 2U, 0, 12});
}

TEST_CASE("the last month that is over is that of Japan") {
    CHECK(closed_month(may_us).name == "2026-04");
    CHECK(closed_month(may_us - 1).name == "2026-03");
    CHECK(closed_month(may_us).from_us == april_us);
    CHECK(closed_month(may_us).to_us == may_us);
    CHECK(closed_month(*parse_rfc3339_us("2026-01-31T12:00:00+09:00")).name == "2025-12");
}
