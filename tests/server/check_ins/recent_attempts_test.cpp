// What is remembered in memory alone, and in which order it is forgotten.
#include "server/flows/recent_attempts.hpp"

#include "tests/server/check_ins/small_city.hpp"

#include <catch2/catch.hpp>

using namespace keyaki;
using server::RecentAttempts;

namespace {

constexpr std::int64_t start_ms = 1'795'000'000'000;
constexpr std::int64_t day_ms = 86'400'000;

RecentAttempts::Attempt attempt_of(const std::string &member, const std::string &device, std::int64_t at_ms) {
    RecentAttempts::Attempt attempt;
    attempt.member = member;
    attempt.device = device;
    attempt.received_at_ms = attempt.at_ms = at_ms;
    return attempt;
}

} // namespace

TEST_CASE("past the number of members that are remembered the oldest go") {
    test::SmallCity city;
    RecentAttempts recent(*city.store, city.now_us, 10);
    std::vector<std::string> members;
    for (int i = 0; i < 26; ++i) {
        members.emplace_back(1, static_cast<char>('z' - i)); // the oldest last by name
        recent.note(attempt_of(members.back(), "d-" + members.back(), start_ms + i * 1'000));
    }
    recent.note(attempt_of("last", "d-last", start_ms + 100'000));
    const auto devices_of = [&](const std::string &member) {
        return recent.measure(attempt_of(member, "another", start_ms + 101'000), {}).member_devices;
    };
    for (std::size_t i = 0; i < members.size(); ++i) {
        CAPTURE(i);
        CHECK(devices_of(members[i]) == (i < 18 ? 1 : 2)); // nine are kept, and one was since
    }
    CHECK(devices_of("last") == 2);
}

TEST_CASE("of a device with very many members the oldest are forgotten") {
    test::SmallCity city;
    RecentAttempts recent(*city.store);
    for (int i = 0; i < 150; ++i) {
        const std::string member = (i < 50 ? "z-" : "a-") + std::to_string(i);
        recent.note(attempt_of(member, "tablet", start_ms + (i < 50 ? 0 : 3 * day_ms) + i));
    }
    CHECK(recent.measure(attempt_of("m", "tablet", start_ms + 8 * day_ms), {}).device_members == 101);
}

TEST_CASE("positions are forgotten after half an hour, whether anybody comes or not") {
    test::SmallCity city;
    RecentAttempts recent(*city.store);
    for (int i = 0; i < 3'000; ++i) { // more than one piece
        RecentAttempts::Attempt attempt = attempt_of("m-" + std::to_string(i), "", start_ms + i);
        attempt.estimate = geo::LonLat{139.5, 35.7};
        attempt.zone = "walk/a";
        if (i < 10) {
            attempt.stay_fixes = {{attempt.at_ms, 1}};
        }
        recent.note(attempt);
    }
    CHECK(recent.remembered_positions() == 3'010);
    recent.forget_what_is_over(start_ms + 30 * 60'000 + 100);
    CHECK(recent.remembered_positions() == 2'900);
    recent.forget_what_is_over(start_ms + 30 * 60'000 + 3'000);
    CHECK(recent.remembered_positions() == 0);
    CHECK(recent.measure(attempt_of("m-1", "", start_ms + 30 * 60'000 + 3'000), {}).jump_mps == 0);
}

TEST_CASE("whose device it was is forgotten after a week") {
    test::SmallCity city;
    RecentAttempts recent(*city.store);
    recent.note(attempt_of("m-1", "d-1", start_ms));
    recent.forget_what_is_over(start_ms + 7 * day_ms);
    CHECK(recent.measure(attempt_of("m-2", "d-1", start_ms + 7 * day_ms), {}).device_members == 2);
    recent.forget_what_is_over(start_ms + 7 * day_ms + 1);
    CHECK(recent.measure(attempt_of("m-2", "d-1", start_ms + 7 * day_ms), {}).device_members == 1);
}
