#include "server/query.hpp"

#include "geo/error.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using namespace keyaki::server;

TEST_CASE("a bbox has four or six numbers, west before south") {
    CHECK(parse_bbox("139.4,35.7,139.6,35.9") == std::vector{geo::LonLatBox{139.4, 35.7, 139.6, 35.9}});
    CHECK(parse_bbox("139.4,35.7,0,139.6,35.9,100") == std::vector{geo::LonLatBox{139.4, 35.7, 139.6, 35.9}});
}

TEST_CASE("a bbox over the antimeridian is two boxes") {
    const auto boxes = parse_bbox("177,65,-177,70");
    REQUIRE(boxes.size() == 2);
    CHECK(boxes[0] == geo::LonLatBox{177, 65, 180, 70});
    CHECK(boxes[1] == geo::LonLatBox{-180, 65, -177, 70});
}

TEST_CASE("what is no bbox is refused") {
    for (const char *text : {"", "1", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "a,b,c,d", "1,2,3,nan", "1,2,3,inf", "1,2,3,1e999",
                             "35.7,139.4,35.9,139.6", "0,10,1,5", "1,2,3,4,", ",1,2,3,4"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_bbox(text), geo::Error);
    }
}

TEST_CASE("a limit above the maximum is the maximum, anything else that is no positive number is refused") {
    CHECK(parse_limit("1", 10'000) == 1);
    CHECK(parse_limit("10000", 10'000) == 10'000);
    CHECK(parse_limit("1000000000", 10'000) == 10'000);
    CHECK(parse_limit("99999999999999999999999", 10'000) == 10'000);
    for (const char *text : {"", "0", "-1", "abc", "unlimited", "1.5", "1 ", "+1", "-99999999999999999999999"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(parse_limit(text, 10'000), geo::Error);
    }
}
