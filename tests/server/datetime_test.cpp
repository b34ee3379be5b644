#include "server/datetime.hpp"

#include "geo/error.hpp"
#include "server/time.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;

namespace {

std::int64_t at(std::string_view text) { return parse_rfc3339_us(text).value(); }

} // namespace

TEST_CASE("an instant is an instant, a day is the whole day in Japan") {
    CHECK(parse_datetime("2026-04-01T00:00:00Z") == TimeSpan{at("2026-04-01T00:00:00Z"), at("2026-04-01T00:00:00Z")});
    CHECK(parse_datetime("2026-04-01") == TimeSpan{at("2026-03-31T15:00:00Z"), at("2026-04-01T15:00:00Z") - 1});
    CHECK(parse_datetime("0001-01-01T00:00:00Z").begin_us == at("0001-01-01T00:00:00Z"));
    CHECK(parse_datetime("0001-01-01").end_us == at("0001-01-01T15:00:00Z") - 1);
    CHECK(parse_datetime("9999-12-31").begin_us == at("9999-12-30T15:00:00Z"));
}

TEST_CASE("an interval has two ends, and either may be open") {
    const std::int64_t april = at("2026-04-01T00:00:00Z");
    const std::int64_t may = at("2026-05-01T00:00:00+09:00");
    CHECK(parse_datetime("2026-04-01T00:00:00Z/2026-05-01T00:00:00+09:00") == TimeSpan{april, may});
    CHECK(parse_datetime("2026-04-01T00:00:00Z/..") == TimeSpan{april, std::nullopt});
    CHECK(parse_datetime("2026-04-01T00:00:00Z/") == TimeSpan{april, std::nullopt});
    CHECK(parse_datetime("../2026-05-01T00:00:00+09:00") == TimeSpan{std::nullopt, may});
    CHECK(parse_datetime("/2026-05-01T00:00:00+09:00") == TimeSpan{std::nullopt, may});
    CHECK(parse_datetime("../..") == TimeSpan{});
    CHECK(parse_datetime("2026-04-01/2026-04-02") == TimeSpan{at("2026-04-01T00:00:00+09:00"), at("2026-04-03T00:00:00+09:00") - 1});
}

TEST_CASE("a duration stands for one of the ends, by the calendar") {
    CHECK(parse_datetime("2026-04-01T00:00:00Z/P2D").end_us == at("2026-04-03T00:00:00Z"));
    CHECK(parse_datetime("2026-04-01T00:00:00Z/PT36H").end_us == at("2026-04-02T12:00:00Z"));
    CHECK(parse_datetime("2026-04-01T00:00:00Z/P1Y2M3DT4H5M6S").end_us == at("2027-06-04T04:05:06Z"));
    CHECK(parse_datetime("2026-04-01T00:00:00Z/P2W").end_us == at("2026-04-15T00:00:00Z"));
    CHECK(parse_datetime("2026-01-31T10:00:00Z/P1M").end_us == at("2026-02-28T10:00:00Z"));
    CHECK(parse_datetime("2024-02-29T00:00:00Z/P1Y").end_us == at("2025-02-28T00:00:00Z"));
    CHECK(parse_datetime("P1M/2026-03-31T10:00:00Z").begin_us == at("2026-02-28T10:00:00Z"));
    CHECK(parse_datetime("P1D/2026-03-01T00:00:00Z").begin_us == at("2026-02-28T00:00:00Z"));
}

TEST_CASE("what is no time, no interval or no duration is refused") {
    for (const char *text : {"",
                             "now",
                             "2026",
                             "2026-13-01",
                             "2026-02-30T00:00:00Z",
                             "2026-05-01T00:00:00Z/2026-04-01T00:00:00Z",
                             "a/b",
                             "2026-04-01T00:00:00Z/P",
                             "2026-04-01T00:00:00Z/PT",
                             "2026-04-01T00:00:00Z/P1",
                             "2026-04-01T00:00:00Z/P1DT",
                             "2026-04-01T00:00:00Z/P1D1D",
                             "2026-04-01T00:00:00Z/P1D1Y",
                             "2026-04-01T00:00:00Z/P-1D",
                             "2026-04-01T00:00:00Z/P1.5D",
                             "2026-04-01T00:00:00Z/P1H",
                             "2026-04-01T00:00:00Z/P99999999999999999999D",
                             "2026-04-01T00:00:00Z/P9999Y",
                             "P9999Y/2026-04-01T00:00:00Z",
                             "P1D/P1D",
                             "../P1D",
                             "P1D/..",
                             "2026-04-01T00:00:00Z/2026-05-01T00:00:00Z/.."}) {
        CAPTURE(text);
        CHECK_THROWS_WITH(parse_datetime(text), Catch::StartsWith("datetime: expected "));
    }
}

TEST_CASE("spans meet where they have an instant in common, open ends with all") {
    const TimeSpan april{at("2026-04-01T00:00:00Z"), at("2026-05-01T00:00:00Z")};
    CHECK(april.meets({at("2026-05-01T00:00:00Z"), std::nullopt}));
    CHECK_FALSE(april.meets({at("2026-05-01T00:00:01Z"), std::nullopt}));
    CHECK(april.meets({std::nullopt, at("2026-04-01T00:00:00Z")}));
    CHECK_FALSE(april.meets({std::nullopt, at("2026-03-31T23:59:59Z")}));
    CHECK(april.meets({}));
    CHECK(TimeSpan().meets(april));
}
