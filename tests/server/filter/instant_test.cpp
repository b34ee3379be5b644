#include "server/filter/instant.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server::filter;

TEST_CASE("dates are RFC 3339's, from the year 0000 on, and must be on the calendar") {
    CHECK(parse_date("1970-01-01")->value == 0);
    CHECK(parse_date("0794-11-13").has_value());
    CHECK(parse_date("9999-12-31").has_value());
    CHECK(parse_date("2024-02-29").has_value());
    for (const char *wrong :
         {"", "2026-04-31", "2023-02-29", "2026-4-01", "2026/04/01", "2026-04-01 ", "26-04-01", "2026-00-10", "2026-13-01", "２０２６-04-01"}) {
        INFO(wrong);
        CHECK_FALSE(parse_date(wrong).has_value());
    }
}

TEST_CASE("timestamps are RFC 3339's, with Z or an offset and up to microseconds") {
    CHECK(parse_timestamp("1970-01-01T00:00:01Z")->value == 1'000'000);
    CHECK(parse_timestamp("1970-01-01T09:00:00+09:00")->value == 0);
    CHECK(parse_timestamp("1969-12-31T23:59:59.999999Z")->value == -1);
    CHECK(parse_timestamp("1970-01-01T00:00:00.1234567Z")->value == 123'456);
    CHECK(*parse_timestamp("2016-12-31T23:59:60Z") == *parse_timestamp("2016-12-31T23:59:59Z"));
    for (const char *wrong : {"2026-04-01T00:00:00", "2026-04-01T24:00:00Z", "2026-04-01T00:60:00Z", "2026-04-01T00:00:61Z", "2026-04-01T00:00:00.Z",
                              "2026-04-01T00:00:00+9", "2026-04-01T00:00:00+0900", "2026-04-01T00:00Z", "2026-04-01", "2026-02-30T00:00:00Z"}) {
        INFO(wrong);
        CHECK_FALSE(parse_timestamp(wrong).has_value());
    }
}

TEST_CASE("a date and a timestamp compare by the day in Japan") {
    const Instant first_of_april = *parse_instant("2026-04-01");
    CHECK(compare(first_of_april, *parse_instant("2026-03-31T15:00:00Z")) == 0);
    CHECK(compare(first_of_april, *parse_instant("2026-03-31T14:59:59Z")) == 1);
    CHECK(compare(first_of_april, *parse_instant("2026-04-01T23:59:59+09:00")) == 0);
    CHECK(compare(*parse_instant("1969-12-31T23:00:00Z"), *parse_instant("1970-01-01")) == 0);
    CHECK(compare(*parse_instant("1969-12-31"), *parse_instant("1970-01-01")) == -1);
    CHECK(compare(*parse_instant("1960-05-05T03:00:00Z"), *parse_instant("1960-05-05")) == 0);
}
