#include "server/rally/rally.hpp"

#include "server/json_reader.hpp"
#include "server/time.hpp"
#include "tests/support/shared_data.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

using namespace keyaki;
using namespace keyaki::server;

namespace {

nlohmann::json smallest() {
    return {{"id", "walking-2026"},
            {"kind", "walking"},
            {"title", {{"ja", "ウォーキングラリー"}}},
            {"starts", "2026-04-01T00:00:00+09:00"},
            {"ends", "2027-03-31T23:59:59+09:00"},
            {"budget", 1000},
            {"spots", {{"layer", "spots"}}}};
}

nlohmann::json complete() {
    nlohmann::json json = smallest();
    json["kind"] = "preparedness";
    json["spots"] = {{"layer", "shelters"},
                     {"filter", "hazard_earthquake = true"},
                     {"radius_m", 40},
                     {"points", 10},
                     {"per", "once"},
                     {"hours", {{"from", "09:30"}, {"until", "24:00"}}},
                     {"evidence", {"quiz", "code"}}};
    json["limits"] = {{"points_per_member_per_day", 50}, {"stamps_per_device_per_day", 10}};
    json["quiz"] = {{"wait_s", 30},
                    {"questions",
                     {{{"id", "q1"},
                       {"text", {{"ja", "備蓄は何日分?"}}},
                       {"choices", {{{"key", "a"}, {"text", {{"ja", "1日"}}}}, {{"key", "b"}, {"text", {{"ja", "3日"}}}}}},
                       {"answers", {"b"}}}}}};
    json["courses"] = {{{"id", "yanase-river"}, {"line", "walking_courses/yanase"}, {"spots", {"shelters/a", "shelters/b"}}, {"points", 100}},
                       {{"id", "ride"},
                        {"line", "walking_courses/ride"},
                        {"spots", {"shelters/a", "shelters/b"}},
                        {"order", "k_of_n"},
                        {"k", 1},
                        {"mode", "track"},
                        {"pace", "bicycle"},
                        {"per", "monthly"}}};
    json["completion"] = {{"spots", 10}, {"points", 200}, {"draw_tickets", 1}};
    json["points_expire"] = "P1Y";
    return json;
}

std::string first_pointer(const nlohmann::json &json) {
    try {
        static_cast<void>(rally::parse_rally(json.dump()));
    } catch (const FieldErrors &errors) {
        return errors.errors().front().pointer;
    }
    return "";
}

} // namespace

TEST_CASE("a rally needs id, kind, title, window, budget and spots, and nothing else") {
    const rally::Rally read = rally::parse_rally(smallest().dump());
    CHECK(read.id == "walking-2026");
    CHECK(read.title_en == "ウォーキングラリー");
    CHECK(read.spots.radius_m == 40);
    CHECK(read.spots.points == 0);
    for (const char *field : {"id", "kind", "title", "starts", "ends", "budget", "spots"}) {
        nlohmann::json json = smallest();
        json.erase(field);
        CHECK(first_pointer(json) == std::string("/") + field);
    }
}

TEST_CASE("a wrong field of a rally is named") {
    const std::vector<std::pair<const char *, nlohmann::json>> wrong{{"/id", "a/b"},
                                                                     {"/kind", "dancing"},
                                                                     {"/title/ja", 5},
                                                                     {"/starts", "today"},
                                                                     {"/ends", "2026-04-01T00:00:00+09:00"},
                                                                     {"/budget", -1},
                                                                     {"/budget", 1.5},
                                                                     {"/spots/layer", "Spots!"},
                                                                     {"/spots/radius_m", 5},
                                                                     {"/spots/points", -1},
                                                                     {"/spots/per", "hourly"},
                                                                     {"/limits", nullptr},
                                                                     {"/limits/points_per_member_per_day", 0}};
    for (const auto &[pointer, value] : wrong) {
        if (value.is_null()) {
            continue;
        }
        nlohmann::json json = smallest();
        json[nlohmann::json::json_pointer(pointer)] = value;
        CAPTURE(pointer);
        CHECK(first_pointer(json) == pointer);
    }
}

TEST_CASE("a complete configuration is read") {
    const rally::Rally read = rally::parse_rally(complete().dump());
    CHECK(read.spots.filter == "hazard_earthquake = true");
    CHECK(read.spots.needs_quiz);
    CHECK(read.spots.token == rally::Token::code);
    CHECK(read.spots.hours->from_minute == 9 * 60 + 30);
    CHECK(read.spots.hours->until_minute == 24 * 60);
    CHECK(read.limits.stamps_per_device_per_day == 10);
    REQUIRE(read.questions.size() == 1);
    CHECK(read.questions[0].choices.size() == 2);
    CHECK(read.wait_s == 30);
    REQUIRE(read.courses.size() == 2);
    CHECK(read.courses[0].order == rally::CourseOrder::ordered);
    CHECK(read.courses[0].needed == 2);
    CHECK(read.courses[1].needed == 1);
    CHECK(read.courses[1].pace == rally::Pace::bicycle);
    CHECK(read.courses[1].mode == rally::CourseMode::track);
    CHECK(read.completion->draw_tickets == 1);
    CHECK(read.completion->unique_winners); // unless it says otherwise
    nlohmann::json json = complete();
    json["completion"]["unique_winners"] = false;
    CHECK_FALSE(rally::parse_rally(json.dump()).completion->unique_winners);
    json["completion"].erase("draw_tickets");
    CHECK(first_pointer(json) == "/completion/unique_winners"); // of no draw
    CHECK(read.points_expire->months == 12);
}

TEST_CASE("every wrong field of a complete configuration is named") {
    const std::vector<std::pair<const char *, nlohmann::json>> wrong{
        {"/spots/filter", 5},
        {"/spots/evidence/0", "dance"},
        {"/spots/evidence", "quiz"},
        {"/spots/hours/from", "9:30"},
        {"/spots/hours/until", "24:01"},
        {"/spots/hidden", "yes"},
        {"/spots/per", "monthly"},
        {"/limits/stamps_per_device_per_day", 0},
        {"/quiz/questions", nlohmann::json::array()},
        {"/quiz/questions/0/id", "a b"},
        {"/quiz/questions/0/answers", nlohmann::json::array()},
        {"/quiz/questions/0/answers/0", "。"},
        {"/quiz/questions/0/answers/0", "z"},
        {"/quiz/questions/0/text/ja", nlohmann::json(std::string(3000, 'x'))},
        {"/quiz/questions/0/spot", "spots/a"},
        {"/quiz/wait_s", 0},
        {"/courses/0/spots", {"shelters/a"}},
        {"/courses/0/spots/1", "shelters/a"},
        {"/courses/0/spots/1", "spots/b"},
        {"/courses/0/order", "random"},
        {"/courses/1/k", 3},
        {"/courses/1/line", "walking_courses"},
        {"/courses/1/id", "yanase-river"},
        {"/courses/0/pace", "swim"},
        {"/courses/0/per", "daily"},
        {"/completion/courses", 3},
        {"/completion/spots", 0},
        {"/completion/unique_winners", "yes"},
        {"/points_expire", "1Y"},
        {"/points_expire", "P"},
        {"/points_expire", "P1D1Y"},
        {"/points_expire", "P0D"},
        {"/coupon", {{"title", {{"ja", "x"}}}, {"shop", "s"}}},
        {"/steps", {{"points_per_1000", 1}}},
        {"/surprise", 1},
    };
    for (const auto &[pointer, value] : wrong) {
        nlohmann::json json = complete();
        json[nlohmann::json::json_pointer(pointer)] = value;
        CAPTURE(pointer, value);
        const std::string found = first_pointer(json);
        const std::string expected = pointer;
        CHECK((found == expected || (expected == "/spots/evidence/0" && found == "/spots/evidence")));
    }
}

TEST_CASE("a rule that its kind of rally would not apply is refused by name") {
    nlohmann::json json = smallest();
    json["spots"]["evidence"] = {"quiz"};
    CHECK(first_pointer(json) == "/quiz");
    json["spots"]["evidence"] = {"riddle"};
    CHECK(first_pointer(json) == "/riddles");
    json = smallest();
    json["kind"] = "event";
    CHECK(first_pointer(json) == "/coupon");
    json["kind"] = "steps";
    CHECK(first_pointer(json) == "/steps");
    json["kind"] = "eco";
    CHECK(first_pointer(json) == "/spots/evidence");
    json = complete();
    json["spots"]["evidence"] = {"code"};
    CHECK(first_pointer(json) == "/quiz");
    json = smallest();
    json["spots"]["radius_m"] = 15;
    CHECK(first_pointer(json) == "/spots/radius_m");
    json["spots"]["evidence"] = {"code"};
    CHECK(first_pointer(json) == "");
}

TEST_CASE("a tour's riddles open the next spots") {
    nlohmann::json json = smallest();
    json["kind"] = "tour";
    json["spots"]["evidence"] = {"riddle"};
    json["riddles"] = {{{"spot", "spots/a"}, {"text", {{"ja", "?"}}}, {"answers", {"けやき"}}, {"opens", {"spots/b"}}},
                       {{"spot", "spots/b"}, {"text", {{"ja", "?"}}}, {"answers", {"かわ"}}}};
    const rally::Rally tour = rally::parse_rally(json.dump());
    CHECK_FALSE(tour.is_locked_at_first("spots/a"));
    CHECK(tour.is_locked_at_first("spots/b"));
    CHECK(tour.riddle_of("spots/b")->answers == std::vector<std::string>{"かわ"});
    json["riddles"][1]["spot"] = "spots/a";
    CHECK(first_pointer(json) == "/riddles/1/spot");
}

TEST_CASE("points expire by the calendar, at the end of a shorter month") {
    rally::Rally one;
    const std::int64_t now_us = *parse_rfc3339_us("2026-01-31T22:15:00+09:00");
    CHECK_FALSE(rally::expiry_us(one, now_us));
    one.points_expire = rally::CalendarSpan{1, 0};
    CHECK(rally::expiry_us(one, now_us) == *parse_rfc3339_us("2026-02-28T22:15:00+09:00"));
    one.points_expire = rally::CalendarSpan{12, 0};
    CHECK(rally::expiry_us(one, now_us) == *parse_rfc3339_us("2027-01-31T22:15:00+09:00"));
    one.points_expire = rally::CalendarSpan{0, 30};
    CHECK(rally::expiry_us(one, now_us) == *parse_rfc3339_us("2026-03-02T22:15:00+09:00"));
}

TEST_CASE("periods are days, weeks and months of Japan") {
    const std::int64_t new_year_us = *parse_rfc3339_us("2026-12-31T15:00:00Z"); // midnight in Japan
    CHECK(rally::period_key(rally::Period::daily, new_year_us) == "2027-01-01");
    CHECK(rally::period_key(rally::Period::daily, new_year_us - 1) == "2026-12-31");
    CHECK(rally::period_key(rally::Period::monthly, new_year_us) == "2027-01");
    CHECK(rally::period_key(rally::Period::once, new_year_us) == "once");
}

TEST_CASE("the order of fields and white space make no other configuration") {
    const std::string text = smallest().dump(2);
    CHECK(rally::canonical_rally_json(text) == rally::canonical_rally_json(smallest().dump()));
}

TEST_CASE("the sample city's rallies can be put") {
    for (const char *name : {"walking-2026", "preparedness-2026"}) {
        std::ifstream file(test::project_file(std::string("data/samples/kiyose/rallies/") + name + ".json"));
        std::stringstream text;
        text << file.rdbuf();
        CHECK(rally::parse_rally(text.str()).id == name);
    }
}
