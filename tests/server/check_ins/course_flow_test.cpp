// Courses, from a request to the books: runs, legs, tracks and the points for the whole, with a clock that the test moves.
#include "data/books.hpp"
#include "geo/geodesic.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/flows/reviews.hpp"
#include "server/json_reader.hpp"
#include "server/time.hpp"
#include "tests/server/check_ins/course_visits.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using nlohmann::json;
using test::course;
using test::on_course;
using test::progress;
using test::SmallCity;
using test::Visit;

TEST_CASE("a course is walked stamp by stamp with its run, and its points come once") {
    SmallCity city;
    city.put({{"courses", {course()}}});
    const json start = city.check_in(on_course("spots/a"));
    REQUIRE(start["verdict"] == "accepted");
    const json run = start["run"];
    CHECK(progress(city)["courses"][0]["next"] == json{"spots/b"});
    city.pass_s(200);
    CHECK(city.check_in(on_course("spots/b", run))["verdict"] == "accepted");
    city.pass_s(200);
    const json finish = city.check_in(on_course("spots/c", run));
    CHECK(finish["finished"] == json{"course/street"});
    CHECK(finish["awards"].size() == 2);
    CHECK(city.points("m-1") == 130);
    CHECK_FALSE(progress(city)["courses"][0]["run"]["finished_at"].is_null());
    city.pass_s(200);
    CHECK(city.check_in(on_course("spots/a"))["reasons"] == json{"ALREADY_STAMPED"});
    CHECK(city.points("m-1") == 130);
    CHECK(city.ledger_holds());
}

TEST_CASE("a course is paid also where the spots' layer is called course and a spot as the course is") {
    SmallCity city;
    std::vector<geo::Feature> spots;
    for (const char *id : {"a", "b"}) {
        spots.push_back({id, geo::Geometry::point(test::place_of_spot(id)), {}});
    }
    city.add_layer("course", data::Visibility::everyone, spots);
    city.snapshots->refresh();
    city.put({{"spots", {{"layer", "course"}}}, {"courses", json::array({{{"id", "b"}, {"spots", {"course/a", "course/b"}}, {"points", 100}}})}});
    Visit visit{.spot = "course/a", .more = {{"course", "b"}}};
    visit.more["run"] = city.check_in(visit)["run"];
    visit.spot = "course/b";
    city.pass_s(400);
    const json finish = city.check_in(visit);
    CHECK(finish["finished"] == json{"course/b"});
    CHECK(city.points("m-1") == 120);
    CHECK(city.ledger_holds());
}

TEST_CASE("threat: a leg takes the time of its way along the path, and the stamp may be done again (vehicle)") {
    SmallCity city;
    city.put({{"courses", {course()}}});
    const json run = city.check_in(on_course("spots/a"))["run"];
    // 300 m, less 2 (40 + 40) m of fences, at 2.8 m/s: 50 s.
    city.pass_s(45);
    const json early = city.check_in(on_course("spots/b", run));
    CHECK(early["reasons"] == json{"LEG_TOO_FAST"});
    CHECK(early["next"]["wait_s"] == 5);
    CHECK(early["stamp"].is_null());
    city.pass_s(6);
    CHECK(city.check_in(on_course("spots/b", run))["verdict"] == "accepted");
}

TEST_CASE("how a course lies is worked out once for a revision of its layers, and anew for the next one") {
    SmallCity city;
    city.put({{"courses", {course()}}});
    const auto rally = city.rallies->find("r");
    const auto first = city.flow->spots().plan(*rally, rally->rally.courses[0]);
    CHECK(city.flow->spots().plan(*rally, rally->rally.courses[0]) == first);
    CHECK(first->least_leg_s(0, 1) == Approx(50).margin(0.5)); // 300 m, less 2 (40 + 40) m
    const geo::LocalPlane plane(test::place_of_spot("spots/a"));
    const auto corner = plane.to_lon_lat({150, 400});
    city.publish(
        "courses",
        {{"street", geo::Geometry::line_string({test::place_of_spot("a"), corner, test::place_of_spot("b"), test::place_of_spot("c")}), {}}});
    city.snapshots->refresh();
    const auto second = city.flow->spots().plan(*rally, rally->rally.courses[0]);
    CHECK(second != first);
    CHECK(second->least_leg_s(0, 1) > 200);
    city.put({{"courses", {course({{"pace", "run"}})}}});
    const auto changed = city.rallies->find("r");
    CHECK(city.flow->spots().plan(*changed, changed->rally.courses[0])->least_leg_s(0, 1) < second->least_leg_s(0, 1));
}

TEST_CASE("a run keeps to its order, its member, its day and its course") {
    SmallCity city;
    city.put({{"courses", {course(), course({{"id", "other"}})}}});
    CHECK(city.check_in(on_course("spots/b"))["reasons"] == json{"WRONG_ORDER"});
    const json run = city.check_in(on_course("spots/a"))["run"];
    city.pass_s(400);
    CHECK(city.check_in(on_course("spots/c", run))["reasons"] == json{"WRONG_ORDER"});
    Visit stranger = on_course("spots/b", run);
    stranger.member = "m-2";
    stranger.device = "d-2";
    CHECK(city.check_in(stranger)["reasons"] == json{"RUN_UNKNOWN"});
    Visit other = on_course("spots/b", run);
    other.more["course"] = "other";
    CHECK(city.check_in(other)["reasons"] == json{"RUN_UNKNOWN"});
    city.pass_s(86'400);
    CHECK(city.check_in(on_course("spots/b", run))["reasons"] == json{"RUN_TOO_LONG"});
}

TEST_CASE("k of n spots in any order finish a course, and a monthly one again the next month") {
    SmallCity city;
    city.put({{"spots", {{"per", "daily"}}}, {"courses", {course({{"order", "k_of_n"}, {"k", 2}, {"per", "monthly"}})}}});
    const auto walk = [&] {
        const json run = city.check_in(on_course("spots/c"))["run"];
        city.pass_s(400);
        return city.check_in(on_course("spots/a", run));
    };
    CHECK(walk()["finished"] == json{"course/street@2026-11"});
    city.pass_s(86'400);
    CHECK(city.check_in(on_course("spots/c"))["reasons"] == json{"RUN_OVER"});
    city.now_us = *server::parse_rfc3339_us("2026-12-01T10:00:00+09:00");
    CHECK(walk()["finished"] == json{"course/street@2026-12"});
    CHECK(city.points("m-1") == 240);
}

TEST_CASE("a prize course needs its track; on it the run finishes, beside it not, and nothing of the track is kept") {
    SmallCity city;
    city.put({{"courses", {course({{"mode", "track"}, {"spots", {"spots/a", "spots/e"}}})}}});
    const json run = city.check_in(on_course("spots/a"))["run"];
    city.pass_s(1200);
    CHECK(city.check_in(on_course("spots/e", run))["reasons"] == json{"TRACK_NEEDED"});
    const geo::LocalPlane plane(test::place_of_spot("spots/a"));
    const auto track = [&](double north_m) {
        json fixes = json::array();
        for (int i = 0; i <= 240; ++i) {
            const geo::LonLat place = plane.to_lon_lat({5.0 * i, north_m});
            fixes.push_back({place.lon_deg, place.lat_deg, 10, city.now_us / 1000 - 1'200'000 + i * 5'000});
        }
        return json{{"member", "m-1"}, {"platform", "android"}, {"fixes", fixes}}.dump();
    };
    const auto send = [&](double north_m) {
        return server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), run.get<std::string>(), track(north_m), city.now_us);
    };
    CHECK(send(80).verdict == geo::TrackVerdict::fail);
    CHECK(city.check_in(on_course("spots/e", run))["reasons"] == json{"TRACK_OFF_COURSE"});
    CHECK(send(0).verdict == geo::TrackVerdict::pass);
    const json finish = city.check_in(on_course("spots/e", run));
    CHECK(finish["verdict"] == "accepted");
    CHECK(finish["finished"] == json{"course/street"});
    CHECK_THROWS_AS(send(0), geo::Error);
    CHECK_THROWS_AS(server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), "nobody", track(0), city.now_us), geo::Error);
    CHECK_THROWS_AS(server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), run.get<std::string>(),
                                       R"({"member":"m-1","fixes":[[1,2,3]]})", city.now_us),
                    server::FieldErrors);
}

TEST_CASE("threat: a track that follows its course at a bicycle's pace is looked at, whatever time the spots were stamped at (vehicle)") {
    SmallCity city;
    city.put({{"courses", {course({{"mode", "track"}, {"spots", {"spots/a", "spots/e"}}})}}});
    const std::string run = city.check_in(on_course("spots/a"))["run"];
    city.pass_s(1200);
    const geo::LocalPlane plane(test::place_of_spot("spots/a"));
    const auto send = [&](double metres_a_second) {
        json fixes = json::array();
        const int count = static_cast<int>(1200 / (5 * metres_a_second));
        for (int i = 0; i <= count; ++i) {
            const geo::LonLat place = plane.to_lon_lat({5 * metres_a_second * i, 0});
            fixes.push_back({place.lon_deg, place.lat_deg, 10, city.now_us / 1000 - 1'200'000 + i * 5'000});
        }
        const json body{{"member", "m-1"}, {"platform", "android"}, {"fixes", fixes}};
        return server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), run, body.dump(), city.now_us).verdict;
    };
    CHECK(send(5) == geo::TrackVerdict::review);
    const json finish = city.check_in(on_course("spots/e", run));
    CHECK(finish["verdict"] == "held");
    CHECK(finish["reasons"] == json{"TRACK_IN_DOUBT"});
    CHECK(city.points("m-1") == 10);

    SmallCity other;
    other.put({{"courses", {course({{"mode", "track"}, {"pace", "bicycle"}, {"spots", {"spots/a", "spots/e"}}})}}});
    const std::string ride = other.check_in(on_course("spots/a"))["run"];
    other.pass_s(300);
    json fixes = json::array();
    for (int i = 0; i <= 48; ++i) {
        const geo::LonLat place = plane.to_lon_lat({25.0 * i, 0});
        fixes.push_back({place.lon_deg, place.lat_deg, 10, other.now_us / 1000 - 300'000 + i * 5'000});
    }
    const json body{{"member", "m-1"}, {"platform", "android"}, {"fixes", fixes}};
    CHECK(server::send_track(*other.store, other.flow->spots(), *other.rallies->find("r"), ride, body.dump(), other.now_us).verdict ==
          geo::TrackVerdict::pass);
    CHECK(other.check_in(on_course("spots/e", ride))["finished"] == json{"course/street"});
}

TEST_CASE("threat: a track counts for its own run's time alone, not one of before, of another day or of what is to come (replayed track)") {
    SmallCity city;
    city.put({{"courses", {course({{"mode", "track"}, {"spots", {"spots/a", "spots/e"}}})}}});
    const std::string run = city.check_in(on_course("spots/a"))["run"];
    const std::int64_t started_ms = city.now_us / 1000;
    city.pass_s(1200);
    const geo::LocalPlane plane(test::place_of_spot("spots/a"));
    const auto send = [&](std::int64_t begins_ms) {
        json fixes = json::array();
        for (int i = 0; i <= 240; ++i) {
            const geo::LonLat place = plane.to_lon_lat({5.0 * i, 0});
            fixes.push_back({place.lon_deg, place.lat_deg, 10, begins_ms + i * 5'000});
        }
        const json body{{"member", "m-1"}, {"platform", "android"}, {"fixes", fixes}};
        return server::send_track(*city.store, city.flow->spots(), *city.rallies->find("r"), run, body.dump(), city.now_us);
    };
    for (const std::int64_t begins_ms : {started_ms - 86'400'000, started_ms - 1'240'000, started_ms + 1'210'000, std::int64_t{0}}) {
        const auto answer = send(begins_ms);
        CAPTURE(begins_ms);
        CHECK(answer.fixes_outside_run == 241);
        CHECK(answer.coverage.coverage == 0);
        CHECK(answer.verdict == geo::TrackVerdict::fail);
    }
    const auto half = send(started_ms - 600'000); // the second half of it was walked in this run
    CHECK(half.fixes_outside_run == 114);
    CHECK(half.verdict == geo::TrackVerdict::fail);
    CHECK(city.check_in(on_course("spots/e", run))["reasons"] == json{"TRACK_OFF_COURSE"});
    CHECK(send(started_ms - 25'000).fixes_outside_run == 0); // from the fixes of the first stamp on
    CHECK(city.check_in(on_course("spots/e", run))["finished"] == json{"course/street"});
}

TEST_CASE("a course's award waits while a stamp of it is in doubt, comes with the approval, and goes with a rejection") {
    for (const bool approve : {true, false}) {
        SmallCity city;
        city.put({{"courses", {course()}}});
        const json run = city.check_in(on_course("spots/a"))["run"];
        city.pass_s(200);
        Visit doubtful = on_course("spots/b", run);
        doubtful.mocked = true;
        const json held = city.check_in(doubtful);
        CHECK(held["verdict"] == "held");
        city.pass_s(200);
        Visit last = on_course("spots/c", run);
        CHECK(city.check_in(last)["finished"].is_null()); // held too, for what the account showed
        CHECK(city.points("m-1") == 10);
        (void)server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), approve, "taro", "note", city.now_us);
        std::string second;
        city.store->read_books([&](data::Books &books) { second = books.reviews.list(0, "", 10).at(0).check_in; });
        const auto outcome = server::decide_review(*city.store, *city.rallies, second, true, "taro", "note", city.now_us);
        CHECK(outcome.prizes.finished == (approve ? std::vector<std::string>{"course/street"} : std::vector<std::string>{}));
        CHECK(city.points("m-1") == (approve ? 130 : 20));
        CHECK(city.ledger_holds());
    }
}

TEST_CASE("a course's award waits for its held finish, though the spot's stamp was there before and later stamps are not in doubt") {
    for (const bool approve : {true, false}) {
        SmallCity city;
        city.put({{"courses", {course()}}});
        CHECK(city.check_in({.spot = "spots/c"})["verdict"] == "accepted");
        city.pass_s(400);
        const json run = city.check_in(on_course("spots/a"))["run"];
        city.pass_s(200);
        CHECK(city.check_in(on_course("spots/b", run))["verdict"] == "accepted");
        city.pass_s(200);
        Visit finish = on_course("spots/c", run);
        finish.mocked = true;
        const json held = city.check_in(finish);
        REQUIRE(held["verdict"] == "held");
        CHECK(held["stamp"].is_null());
        CHECK(progress(city)["waiting_for_review"] == 1);
        city.pass_s(200);
        const json seen = city.check_in({.spot = "spots/d", .evidence = {{"staff", true}}});
        CHECK(seen["verdict"] == "accepted");
        CHECK_FALSE(seen.contains("finished"));
        CHECK(city.points("m-1") == 40);
        const auto outcome = server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), approve, "taro", "note", city.now_us);
        CHECK(outcome.prizes.finished.size() == (approve ? 1 : 0));
        CHECK(city.points("m-1") == (approve ? 140 : 40));
        CHECK(city.store->stamps_of("m-1").size() == 4); // the stamp of before stays
        CHECK(city.check_in({.spot = "spots/e", .evidence = {{"staff", true}}}).contains("finished") == false);
        CHECK(city.points("m-1") == (approve ? 150 : 50));
        CHECK(city.ledger_holds());
    }
}

TEST_CASE("what was won without a doubt comes when the review that it waited for is rejected or lapses") {
    for (const bool reject : {true, false}) {
        SmallCity city;
        city.put({{"completion", {{"spots", 2}, {"points", 200}}}});
        const json held = city.check_in({.mocked = true});
        CHECK(city.check_in({.spot = "spots/b", .evidence = {{"staff", true}}})["verdict"] == "accepted");
        CHECK_FALSE(city.check_in({.spot = "spots/c", .evidence = {{"staff", true}}}).contains("finished"));
        CHECK(city.points("m-1") == 20);
        if (reject) {
            (void)server::decide_review(*city.store, *city.rallies, held["id"].get<std::string>(), false, "taro", "note", city.now_us);
        } else {
            city.pass_s(15 * 86'400);
            CHECK(server::lapse_reviews(*city.store, *city.rallies, city.now_us, 10) == 1);
        }
        CHECK(city.points("m-1") == 220);
        CHECK_FALSE(progress(city)["completion"]["completed_at"].is_null());
        CHECK(city.ledger_holds());
    }
}
