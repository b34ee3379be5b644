#include "server/time.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server;

TEST_CASE("an RFC 3339 time is read to the microsecond, whatever its zone") {
    CHECK(parse_rfc3339_us("1970-01-01T00:00:00Z") == 0);
    CHECK(parse_rfc3339_us("2026-04-12T10:00:03+09:00") == parse_rfc3339_us("2026-04-12T01:00:03Z"));
    CHECK(parse_rfc3339_us("2026-04-12T10:00:03.25+09:00") == *parse_rfc3339_us("2026-04-12T01:00:03Z") + 250'000);
    CHECK(parse_rfc3339_us("1969-12-31T23:59:59Z") == -1'000'000);
    CHECK(parse_rfc3339_us("2016-12-31T23:59:60Z") == parse_rfc3339_us("2016-12-31T23:59:59Z"));
}

TEST_CASE("what is not an RFC 3339 time is not read as one") {
    for (const char *text : {"", "2026", "2026-04-12", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-04-12T24:00:00Z", "2026-04-12T10:60:00Z",
                             "2026-04-12T10:00:00", "2026-04-12T10:00:00.Z", "2026-04-12T10:00:00+9:00", "2026-04-12T10:00:00+09:00x",
                             "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "２０２６-04-12T10:00:00Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_rfc3339_us(text).has_value());
    }
}

TEST_CASE("a day begins at midnight in Japan") {
    const auto before = *parse_rfc3339_us("2026-04-12T23:59:59+09:00");
    const auto after = *parse_rfc3339_us("2026-04-13T00:00:00+09:00");
    CHECK(jst_day(before) == "2026-04-12");
    CHECK(jst_day(after) == "2026-04-13");
    CHECK(jst_day_start_us(before) == *parse_rfc3339_us("2026-04-12T00:00:00+09:00"));
    CHECK(jst_day_start_us(after) == after);
    CHECK(format_rfc3339_jst(before) == "2026-04-12T23:59:59+09:00");
    CHECK(format_rfc3339(before) == "2026-04-12T14:59:59Z");
}

TEST_CASE("weeks are counted as ISO 8601 does, also around New Year") {
    CHECK(jst_week(*parse_rfc3339_us("2026-01-01T00:00:00+09:00")) == "2026-W01");
    CHECK(jst_week(*parse_rfc3339_us("2027-01-01T12:00:00+09:00")) == "2026-W53");
    CHECK(jst_week(*parse_rfc3339_us("2024-12-30T12:00:00+09:00")) == "2025-W01");
    CHECK(jst_week(*parse_rfc3339_us("2026-04-12T23:59:59+09:00")) == "2026-W15");
    CHECK(jst_week(*parse_rfc3339_us("2026-04-13T00:00:00+09:00")) == "2026-W16");
}
