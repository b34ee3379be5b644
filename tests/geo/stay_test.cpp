#include "geo/stay.hpp"

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace keyaki::geo {

namespace {

constexpr std::int64_t start_ms = 1'775'000'000'000;

/// Takes a walk drawn as one letter a fix, `seconds` apart: I surely inside, . between, O surely outside, v vague (accuracy 200 m).
void walk(Stay &stay, const std::string &letters, int seconds, std::int64_t from_ms = start_ms) {
    for (const char letter : letters) {
        const double probability = letter == 'I' ? 0.9 : letter == '.' ? 0.3 : letter == 'v' ? 0.9 : 0.01;
        stay.take({from_ms, probability, letter == 'v' ? 200.0 : 10.0});
        from_ms += std::int64_t{1000} * seconds;
    }
}

Stay after(const std::string &letters, int seconds) {
    Stay stay;
    walk(stay, letters, seconds);
    return stay;
}

} // namespace

TEST_CASE("a zone is entered at the second fix in a row inside, not at one") {
    CHECK_FALSE(after("OI", 10).is_inside());
    CHECK_FALSE(after("IOIO", 10).is_inside());
    CHECK_FALSE(after("I.I", 10).is_inside());
    CHECK(after("II", 10).is_inside());
    CHECK(after("OII", 10).is_inside());
}

TEST_CASE("a zone is left at two fixes outside that lie 20 s apart, not at a jump") {
    CHECK(after("IIO", 10).is_inside());
    CHECK(after("IIOO", 10).is_inside());
    CHECK_FALSE(after("IIOOO", 10).is_inside());
    CHECK_FALSE(after("IIOO", 20).is_inside());
    CHECK(after("IIOIO", 20).is_inside());
    CHECK(after("II..........", 20).is_inside());
}

TEST_CASE("a vague fix changes nothing") {
    CHECK_FALSE(after("vvvv", 10).is_inside());
    CHECK_FALSE(after("Ivv", 10).is_inside());
    CHECK(after("IvI", 10).is_inside());
}

TEST_CASE("dwell is the sum of gaps up to a minute between fixes inside") {
    CHECK(after("IIIIIII", 10).dwell_ms() == 50'000); // entered at the second
    CHECK(after("II", 10).dwell_ms() == 0);
    CHECK(after("IIII", 60).dwell_ms() == 120'000);
    CHECK(after("IIII", 61).dwell_ms() == 0);
    CHECK(after("IIOII", 10).dwell_ms() == 10'000); // neither into the doubtful fix nor out of it
    CHECK(after("IIIOOO", 20).dwell_ms() == 20'000);
    CHECK(after("IIIOOOII", 20).dwell_ms() == 0); // a new stay begins anew
}

TEST_CASE("fixes that come late by up to 30 s take their place, later ones do not count") {
    Stay stay;
    for (const int second : {10, 0, 20, 5, 15}) {
        stay.take({start_ms + second * 1000, 0.9, 10});
    }
    CHECK(stay.is_inside());
    CHECK(stay.dwell_ms() == 10'000); // entered at 10 s, known since the fix of 0 s came, so those of 5 s change nothing
    Stay late;
    walk(late, "OOOOOO", 10);
    late.take({start_ms + 1'000, 0.9, 10});
    late.take({start_ms + 2'000, 0.9, 10});
    CHECK_FALSE(late.is_inside());
}

TEST_CASE("what comes later never takes an entry back") {
    Stay stay;
    walk(stay, "II", 10);
    REQUIRE(stay.is_inside());
    stay.take({start_ms + 5'000, 0.0, 10}); // from between the two
    CHECK(stay.is_inside());
    CHECK(stay.dwell_ms() == 0);
}

TEST_CASE("as long as nothing was entered, the order in which fixes come within the window changes nothing") {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        std::vector<StayFix> fixes{{start_ms, 0.9, 10}};
        for (int i = 1; i < 7; ++i) {
            fixes.push_back({start_ms + i * 4'000, 0.2, 10});
        }
        std::shuffle(fixes.begin(), fixes.end(), random);
        Stay stay;
        for (const StayFix &fix : fixes) {
            stay.take(fix);
        }
        CHECK_FALSE(stay.is_inside());
        stay.take({start_ms + 2'000, 0.9, 10}); // beside the only one inside, in time if not in arrival
        CHECK(stay.is_inside());
    }
}

TEST_CASE("times from the edge of their type do no harm to a stay") {
    Stay stay;
    stay.take({std::numeric_limits<std::int64_t>::max(), 0.9, 10});
    stay.take({std::numeric_limits<std::int64_t>::min(), 0.9, 10});
    stay.take({std::numeric_limits<std::int64_t>::max(), 0.9, 10});
    CHECK(stay.dwell_ms() == 0);
}

TEST_CASE("a fix that is sent again, or lies less than a second from another, is no second one") {
    Stay stay;
    stay.take({start_ms, 0.9, 10});
    for (const std::int64_t away_ms : {0, 0, 1, 999, -999}) {
        stay.take({start_ms + away_ms, 0.9, 10});
        CHECK_FALSE(stay.is_inside());
    }
    stay.take({start_ms + 1'000, 0.9, 10});
    CHECK(stay.is_inside());
    for (int again = 0; again < 100; ++again) {
        stay.take({start_ms + 1'000, 0.9, 10});
        stay.take({start_ms + 1'500, 0.01, 10}); // nor does it end a stay
    }
    CHECK(stay.dwell_ms() == 0);
    CHECK(stay.is_inside());
    stay.take({start_ms + 11'000, 0.9, 10});
    CHECK(stay.dwell_ms() == 10'000);
}

TEST_CASE("however many fixes come within the window, no more wait than there are seconds in it") {
    Stay stay;
    std::mt19937 random(11);
    for (int second = 0; second < 600; second += 10) {
        for (int i = 0; i < 500; ++i) {
            stay.take({start_ms + second * 1'000 - static_cast<std::int64_t>(random() % 30'000), 0.3, 10});
            REQUIRE(stay.waiting() <= 31);
        }
    }
    CHECK(stay.waiting() > 10);
}

} // namespace keyaki::geo
