// A few people of each condition through the whole flow: what must not happen to one of a thousand does not happen to these.
#include "tests/sim/condition.hpp"
#include "tests/sim/report.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::sim;

namespace {

constexpr std::uint64_t seed = 7;

Result run_some(const std::string &name, std::size_t people) {
    Result result = run(condition_of(name), seed, people);
    for (const std::string &sentence : result.wrong) {
        FAIL_CHECK(name << ": " << sentence);
    }
    return result;
}

} // namespace

TEST_CASE("honest people at the spot are let in, and none of them is held") {
    for (const char *name : {"open-sky", "park", "cold-start", "unattested", "too-early", "street-again", "ticket-honest"}) {
        const Result result = run_some(name, 40);
        CAPTURE(name);
        CHECK(result.tally.posted >= 39);
        CHECK(result.tally.held == 0);
    }
    const Result kin = run_some("family", 8);
    CHECK(kin.tally.posted >= 31);
    CHECK(kin.tally.held == 0);
}

TEST_CASE("whom no position can tell apart is asked for a code, and let in by it") {
    const Result hall = run_some("indoor", 40);
    CHECK(hall.tally.asked_token > 0);
    CHECK(hall.tally.posted >= 36);
    CHECK(run_some("approximate", 10).tally.token == 10);
}

TEST_CASE("honest walkers finish the city's courses") {
    for (const char *name : {"walk-12-5", "walk-30-30", "walk-child", "walk-back"}) {
        const Result result = run_some(name, 12);
        CAPTURE(name);
        CHECK(result.tally.posted == 12);
    }
}

TEST_CASE("who cuts, rides the last part, goes backwards, takes the next street or drives finishes no course of mode track") {
    for (const char *name :
         {"cut-12", "cut-30", "skip-12", "reverse-12", "reverse-30", "parallel-12", "parallel-30", "car", "bus", "bicycle", "car-waits"}) {
        const Result result = run_some(name, 12);
        CAPTURE(name);
        CHECK(result.tally.posted == 0);
    }
}

TEST_CASE("what is caught for sure posts nothing: flags, teleports, copies, replays, codes from afar, tags and tickets of others") {
    for (const char *name : {"mock-flag",    "copy-own",           "copy-other",        "copy-jitter",  "http-replay", "key-reuse",
                             "clock",        "clock-end",          "sheet-photo",       "relay-5",      "relay-90",    "tap-saved",
                             "tap-cloned",   "ticket-other-phone", "ticket-other-spot", "ticket-twice", "ticket-late", "inflated-60",
                             "inflated-100", "inflated-1000",      "code-guess",        "shaker-still", "steps-typed"}) {
        const Result result = run_some(name, 12);
        CAPTURE(name);
        CHECK(result.tally.tries >= 10);
        CHECK(result.tally.posted == 0);
    }
}

TEST_CASE("a network that loses, delays and repeats and a process that is killed double no award and lose none that was answered") {
    const Result lossy = run_some("net-lossy", 30);
    CHECK(lossy.repeats > 20);
    const Result deaths = run_some("net-deaths", 40);
    CHECK(deaths.deaths > 2);
    CHECK(deaths.posted_points > 0);
}

TEST_CASE("the same seed tells the same of each person, and another seed something else") {
    const auto told = [](std::uint64_t of) { return run(condition_of("net-deaths"), of, 8, 3).told; };
    const auto once = told(seed);
    CHECK(once.size() > 8);
    CHECK(once == told(seed));
    CHECK(once != told(seed + 1));
}
