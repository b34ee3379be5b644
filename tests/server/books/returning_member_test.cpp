// A member who was erased and comes back under the same pseudonym: the ledger keeps what was given, and knows nothing else.
#include "data/books.hpp"
#include "server/flows/members.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/flows/reviews.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using nlohmann::json;
using test::SmallCity;
using test::Visit;

namespace {

void erase(SmallCity &city, const std::string &member = "m-1") {
    const json answer = json::parse(server::erase_member(*city.store, city.folder.path() / "city.sqlite", member, "clerk", city.now_us));
    REQUIRE_FALSE(answer["removed"].empty());
    city.restart();
    city.pass_s(3'600);
}

/// Somebody who holds a phone that says that an app makes its positions up.
Visit doubtful() {
    Visit visit;
    visit.mocked = true;
    return visit;
}

std::string replayed(SmallCity &city, const json &answer) {
    std::string verdict;
    city.store->read_books([&](data::Books &books) {
        const auto kept = books.history.find(answer["id"].get<std::string>());
        verdict = kept ? kept->answer_json : "";
    });
    return verdict;
}

} // namespace

TEST_CASE("an erased member who comes back has the stamp again and its points only once") {
    SmallCity city;
    city.put(json::object());
    REQUIRE(city.check_in(Visit())["awards"].size() == 1);
    erase(city);
    for (const char *time : {"once", "again"}) {
        CAPTURE(time);
        const json answer = city.check_in(Visit());
        CHECK(answer["verdict"] == "accepted");
        CHECK(answer["reasons"] == json{"AWARDED_BEFORE"});
        CHECK(answer["message"].get<std::string>().find("was given before") != std::string::npos);
        CHECK(answer["stamp"]["spot"] == "spots/a");
        CHECK(answer["awards"].empty());
        CHECK(replayed(city, answer) == city.last.body);
        erase(city);
    }
    Visit elsewhere;
    elsewhere.spot = "spots/b";
    CHECK(city.check_in(elsewhere)["awards"].size() == 1);
    CHECK(city.points("m-1") == 20);
    CHECK(city.ledger_holds());
}

TEST_CASE("an erased member who comes back is paid for a course and for the rally only once") {
    SmallCity city;
    city.put({{"courses", {{{"id", "street"}, {"line", "courses/street"}, {"spots", {"spots/a", "spots/b"}}, {"points", 100}}}},
              {"completion", {{"courses", 1}, {"points", 50}, {"draw_tickets", 2}}}});
    const auto walk = [&city] {
        Visit visit;
        visit.more = {{"course", "street"}};
        visit.more["run"] = city.check_in(visit)["run"];
        visit.spot = "spots/b";
        city.pass_s(400);
        return city.check_in(visit);
    };
    CHECK(walk()["awards"].size() == 3);
    CHECK(city.points("m-1") == 170);
    erase(city);
    const json answer = walk();
    CHECK(answer["finished"] == json{"course/street", "rally"});
    CHECK(answer["awards"].empty());
    CHECK(answer["draw_tickets"] == 2); // the earlier ones went with the member
    CHECK(city.points("m-1") == 170);
    CHECK(city.ledger_holds());
}

TEST_CASE("an erased member who comes back is paid a day's steps only once, and then for those that are more") {
    SmallCity city;
    city.put({{"kind", "steps"}, {"steps", {{"points_per_1000", 2}, {"most_paid", 8'000}}}});
    const auto report = [&city](int steps) {
        const json body{{"member", "m-1"}, {"day", server::jst_day(city.now_us)}, {"source", "phone"}, {"steps", steps}, {"recording", "sensor"}};
        return json::parse(server::report_steps(*city.store, *city.rallies->find("r"), body.dump(), city.now_us));
    };
    CHECK(report(4'000)["awards"][0]["points"] == 8);
    erase(city);
    const json same = report(4'000);
    CHECK(same["awards"].empty());
    CHECK(same["points_of_day"] == 8);
    erase(city);
    CHECK(report(6'000)["awards"][0]["points"] == 4);
    CHECK(city.points("m-1") == 12);
    CHECK(city.ledger_holds());
}

TEST_CASE("points that were held and then given do not come again after an erasure") {
    SmallCity city;
    city.put(json::object());
    const json held = city.check_in(doubtful());
    REQUIRE(held["verdict"] == "held");
    const bool is_decided = GENERATE(true, false);
    if (is_decided) {
        static_cast<void>(server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), true, "clerk", "", city.now_us));
    }
    erase(city);
    const json answer = city.check_in(GENERATE(true, false) ? Visit() : doubtful());
    CHECK(answer["stamp"]["spot"] == "spots/a");
    CHECK(answer["awards"].empty());
    CHECK(city.points("m-1") == (is_decided ? 10 : 0));
    CHECK(city.pending("m-1") == (is_decided ? 0 : 10));
    CHECK(city.ledger_holds());
}

TEST_CASE("points that were held and not given may come after an erasure") {
    SmallCity city;
    city.put(json::object());
    const json held = city.check_in(doubtful());
    static_cast<void>(server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), false, "clerk", "", city.now_us));
    erase(city);
    CHECK(city.check_in(Visit())["awards"].size() == 1);
    CHECK(city.points("m-1") == 10);
    CHECK(city.ledger_holds());
}

TEST_CASE("a coupon does not come again after an erasure") {
    SmallCity city;
    city.put({{"kind", "event"}, {"coupon", {{"shop", "bakery"}, {"title", {{"ja", "パン"}, {"en", "Bread"}}}, {"valid_days", 3}}}});
    REQUIRE(city.check_in(Visit())["coupon"]["shop"] == "bakery");
    erase(city);
    const json answer = city.check_in(Visit());
    CHECK(answer["reasons"] == json{"AWARDED_BEFORE"});
    CHECK_FALSE(answer.contains("coupon"));
    CHECK(city.ledger_holds());
}

TEST_CASE("nor does it by the approval of a visit that was held after the erasure") {
    SmallCity city;
    city.put({{"kind", "event"}, {"coupon", {{"shop", "bakery"}, {"title", {{"ja", "パン"}, {"en", "Bread"}}}, {"valid_days", 3}}}});
    REQUIRE(city.check_in(Visit())["coupon"]["shop"] == "bakery");
    erase(city);
    const json answer = city.check_in(doubtful());
    REQUIRE(answer["verdict"] == "held");
    (void)server::decide_review(*city.store, *city.rallies, answer["id"].get<std::string>(), true, "taro", "she was there", city.now_us);
    city.store->read_books([](data::Books &books) { CHECK(books.prizes.coupons_of("m-1").empty()); });
    CHECK(city.store->stamps_of("m-1").size() == 1);
    CHECK(city.ledger_holds());
}

TEST_CASE("points that expire are given also after a clock that ran ahead and stepped back") {
    SmallCity city;
    city.put({{"points_expire", "P30D"}, {"budget", 100'000}});
    city.now_us += 400 * server::day_us; // past the rally's end: the budget still moves
    city.put({{"points_expire", "P30D"}, {"budget", 100'010}});
    city.now_us -= 400 * server::day_us;
    const json answer = city.check_in(Visit());
    CHECK(answer["awards"].size() == 1);
    CHECK(city.points("m-1") == 10);
    CHECK(city.ledger_holds());
}
