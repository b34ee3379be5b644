#include "server/schema/season.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace keyaki::server::schema;

namespace {

std::string respelled(std::string_view text) {
    const auto season = parse_season(text);
    return season ? season->text : "no season";
}

SeasonRange only_range(std::string_view text) {
    const auto season = parse_season(text);
    REQUIRE(season);
    REQUIRE(season->ranges.size() == 1);
    return season->ranges.front();
}

} // namespace

TEST_CASE("a season is read as growers write it and kept as they wrote it, in one kind of dash and digit") {
    CHECK(respelled("6月上旬〜7月") == "6月上旬〜7月");
    CHECK(respelled("6月中旬～7月上旬") == "6月中旬〜7月上旬");
    CHECK(respelled("６月中旬 - ７月") == "6月中旬〜7月");
    CHECK(respelled("１１月 ー ２月") == "11月〜2月");
    CHECK(respelled("5月") == "5月");
    CHECK(respelled("6〜7月") == "6月〜7月");
    CHECK(respelled("4月上旬から5月中旬まで") == "4月上旬〜5月中旬");
    CHECK(respelled("3月〜5月,10月") == "3月〜5月、10月");
    CHECK(respelled(" 通年 ") == "通年");
}

TEST_CASE("a season is known by thirds of months, over the new year too") {
    CHECK(only_range("6月上旬〜7月") == SeasonRange{15, 20});
    CHECK(only_range("6〜7月") == SeasonRange{15, 20});
    CHECK(only_range("5月下旬") == SeasonRange{14, 14});
    CHECK(only_range("11月中旬〜2月") == SeasonRange{31, 5});
    CHECK(only_range("通年") == SeasonRange{0, 35});
    CHECK(only_range("1月〜12月") == SeasonRange{0, 35});
}

TEST_CASE("what is no season is not taken for one") {
    for (const char *text :
         {"", "夏", "13月", "0月", "6月上旬〜", "〜7月", "6", "6-7", "6月上中旬", "通年、6月", "6月,,7月", "June", "6月上旬〜7月頃"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_season(text));
    }
    std::string many = "1月";
    for (int i = 0; i < 12; ++i) {
        many += "、1月";
    }
    CHECK_FALSE(parse_season(many));
}
