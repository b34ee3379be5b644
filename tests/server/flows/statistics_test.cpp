#include "server/flows/statistics.hpp"

#include "server/time.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server;
using Count = data::StatisticsBook::Count;
using Figure = data::StatisticsBook::Figure;
using nlohmann::json;

namespace {

const std::int64_t until_us = *parse_rfc3339_us("2026-05-03T10:00:00+09:00");

/// The numbers that are shown, by month and what they are of.
std::vector<std::string> shown(const std::vector<Count> &counts) {
    std::vector<std::string> lines;
    for (const ShownFigure &figure : anonymous(counts, {"spots"}, until_us)) {
        lines.push_back(figure.month + " " + figure.figure + " " + figure.of + " " + std::to_string(figure.number) +
                        (figure.is_final ? "" : " so far"));
    }
    return lines;
}

} // namespace

TEST_CASE("k-anonymity: a figure about nine people is not shown, one about ten is, whatever its number") {
    CHECK(shown({{"walk", "2026-04", Figure::participants, "", 9, 9}}).empty());
    CHECK(shown({{"walk", "2026-04", Figure::issued, "nin", 9'000, 9}}).empty());
    CHECK(shown({{"walk", "2026-04", Figure::stamps, "spots/1", 500, 9}}).empty());
    CHECK(shown({{"walk", "2026-04", Figure::participants, "", 10, 10}}) == std::vector<std::string>{"2026-04 participants  10"});
    CHECK(shown({{"walk", "2026-04", Figure::issued, "nin", 137, 10}}) == std::vector<std::string>{"2026-04 points_issued nin 137"});
}

TEST_CASE("in a month that is not over no look differs from the next by one person, and what is held is never final") {
    CHECK(shown({{"walk", "2026-05", Figure::stamps, "spots/1", 29, 20}}) == std::vector<std::string>{"2026-05 stamps spots/1 20 so far"});
    CHECK(shown({{"walk", "2026-05", Figure::spent, "nin", 1'299, 20}}) == std::vector<std::string>{"2026-05 points_spent nin 1200 so far"});
    CHECK(shown({{"walk", "2026-04", Figure::held, "nin", 1'299, 20}}) == std::vector<std::string>{"2026-04 points_held nin 1200 so far"});
}

TEST_CASE("a spot of a layer that is the staff's is not named") {
    CHECK(shown({{"tour", "2026-04", Figure::stamps, "hidden/7", 100, 50}}).empty());
    CHECK(shown({{"tour", "2026-04", Figure::courses, "hidden/7", 100, 50}}).size() == 1); // a course's name is no spot
}

TEST_CASE("what is shown ends with a full hour that is over for an hour at least") {
    for (const auto &[now, until] : {std::pair{"2026-05-03T11:00:00+09:00", "2026-05-03T10:00:00+09:00"},
                                     {"2026-05-03T11:59:59+09:00", "2026-05-03T10:00:00+09:00"},
                                     {"2026-05-03T12:00:00+09:00", "2026-05-03T11:00:00+09:00"}}) {
        CHECK(format_rfc3339_jst(shown_until_us(*parse_rfc3339_us(now))) == until);
    }
}

TEST_CASE("the same figures stand in JSON and CSV") {
    const auto figures = anonymous({{"walk", "2026-04", Figure::participants, "", 12, 12}, {"walk", "2026-05", Figure::stamps, "spots/1", 29, 20}},
                                   {"spots"}, until_us);
    CHECK(json::parse(statistics_json(figures, until_us)) == json::parse(R"({"until":"2026-05-03T10:00:00+09:00","members_min":10,"figures":[
        {"rally":"walk","month":"2026-04","figure":"participants","number":12,"is_final":true},
        {"rally":"walk","month":"2026-05","figure":"stamps","of":"spots/1","number":20,"is_final":false}]})"));
    CHECK(statistics_csv(figures) == "\xEF\xBB\xBFrally,month,figure,of,number,is_final\r\n"
                                     "walk,2026-04,participants,,12,true\r\nwalk,2026-05,stamps,spots/1,20,false\r\n");
}
