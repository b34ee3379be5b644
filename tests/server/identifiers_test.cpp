#include "server/identifiers.hpp"

#include "data/limits.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace keyaki::server;

TEST_CASE("a ULID holds its time in front and sorts by it") {
    // The specification's own example: 1469918176385 ms begins 01ARYZ6S41.
    CHECK(make_ulid(std::int64_t{1469918176385} * 1000).substr(0, 10) == "01ARYZ6S41");
    CHECK(make_ulid(1'000'000'000'000) < make_ulid(1'000'000'001'000));
}

TEST_CASE("ULIDs and secrets of one instant are all different") {
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        CHECK(seen.insert(make_ulid(0)).second);
        CHECK(seen.insert(make_api_secret()).second);
    }
    CHECK(make_api_secret().size() == 51);
}

TEST_CASE("pseudonyms are letters, digits and four signs") {
    for (const char *text : {"m-7f3a", "M", "a.b_c:d-e", "2026-04-12"}) {
        CHECK(is_pseudonym(text));
    }
    for (const std::string &text : {std::string(), std::string("a/b"), std::string("a@b"), std::string("会員"), std::string("a b"),
                                    std::string("a\0b", 3), std::string(65, 'a'), std::string("a\n")}) {
        CAPTURE(text);
        CHECK_FALSE(is_pseudonym(text));
    }
}

TEST_CASE("an award's id is made of rally, spot, member and period") {
    CHECK(award_id("preparedness-2026", "shelters/kiyose-daiichi", "m-7f3a", "once") == "award/preparedness-2026/shelters/kiyose-daiichi/m-7f3a");
    CHECK(award_id("walking", "spots/a", "m", "2026-04-12") == "award/walking/spots/a/m@2026-04-12");
}

TEST_CASE("two different awards never have the same id, however the names are cut") {
    // A feature's id may contain slashes; a member's may not, and no period looks like a member.
    CHECK(award_id("r", "spots/a/b", "c", "once") != award_id("r", "spots/a", "c", "once"));
    CHECK(award_id("r", "spots/a/m", "2026-04-12", "once") != award_id("r", "spots/a", "m", "2026-04-12"));
    const std::string long_spot = "spots/" + std::string(300, 'x');
    CHECK(award_id("r", long_spot + "1", "m", "once") != award_id("r", long_spot + "2", "m", "once"));
    CHECK(award_id("r", long_spot, "m", "once").size() <= keyaki::data::identifier_bytes_max);
    // A held one has a part less than any that is posted, whatever a layer is called.
    CHECK(held_award_id("r", "01JRK5T0Q2M3XKZ7C4V8N9P6WA") == "award/r/held/01JRK5T0Q2M3XKZ7C4V8N9P6WA");
    CHECK(held_award_id("r", "c") != award_id("r", "held/c", "c", "once"));
}

TEST_CASE("no client gives a transfer an id that the server derives for its own") {
    for (const std::string &id :
         {award_id("r", "spots/a", "m", "once"), award_id("r", "spots/" + std::string(300, 'x'), "m", "once"), std::string("award/r/completion/m"),
          std::string("award/r/course/town/m"), std::string("steps/r/m/2026-04-12/5"), std::string("fund/r/1"), std::string("return/r/2")}) {
        CAPTURE(id);
        CHECK(refused_client_transfer_id(id));
    }
    for (const char *id : {"", "fund-1", "award", "till/award/1", "refund/7"}) {
        CAPTURE(id);
        CHECK_FALSE(refused_client_transfer_id(id));
    }
}
