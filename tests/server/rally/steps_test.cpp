#include "server/rally/steps.hpp"

#include "server/time.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::server;
using namespace keyaki::server::rally;

namespace {

Rally step_rally() {
    Rally rally;
    rally.kind = Kind::steps;
    rally.steps = Steps{2, 10'000};
    return rally;
}

StepReport report(std::int64_t steps, const char *time = "2026-11-23T20:00:00+09:00") {
    return {"2026-11-23", "health-connect", steps, false, std::nullopt, *parse_rfc3339_us(time)};
}

std::vector<StepReason> reasons_of(const StepReport &sent, const StepsBefore &before = {}) {
    const StepOutcome outcome = decide_steps(step_rally(), sent, before, 1000);
    CHECK(outcome.award == 0);
    return outcome.reasons;
}

} // namespace

TEST_CASE("each whole thousand of steps is paid, up to the cap of a day") {
    CHECK(decide_steps(step_rally(), report(999), {}, 1000).award == 0);
    CHECK(decide_steps(step_rally(), report(7'900), {}, 1000).award == 14);
    const StepOutcome capped = decide_steps(step_rally(), report(25'000), {}, 1000);
    CHECK(capped.award == 20);
    CHECK(capped.reasons == std::vector{StepReason::cap});
    CHECK(decide_steps(step_rally(), report(7'900), {"health-connect", 10}, 1000).award == 4);
    CHECK(decide_steps(step_rally(), report(7'900), {"health-connect", 20}, 1000).award == 0); // never back
    CHECK(decide_steps(step_rally(), report(7'900), {}, 13).reasons == std::vector{StepReason::budget_exhausted});
}

TEST_CASE("threat: steps that were typed in are not paid (manual step entry)") {
    StepReport typed = report(9'000);
    typed.is_manual = true;
    CHECK(reasons_of(typed) == std::vector{StepReason::manual});
}

TEST_CASE("threat: a phone that is shaken where it lies, or faster than anybody walks, is not paid (phone shaker)") {
    StepReport still = report(9'000);
    still.distance_m = 100;
    CHECK(reasons_of(still) == std::vector{StepReason::without_distance});
    still.distance_m = 5'000;
    CHECK(decide_steps(step_rally(), still, {}, 1000).award == 18);
    CHECK(reasons_of(report(9'000, "2026-11-23T00:30:00+09:00")) == std::vector{StepReason::too_fast});
}

TEST_CASE("a day counts from one source, and until the end of the next day in Japan") {
    CHECK(reasons_of(report(9'000), {"apple-health", 0}) == std::vector{StepReason::other_source});
    CHECK(decide_steps(step_rally(), report(9'000, "2026-11-24T23:59:00+09:00"), {}, 1000).award == 18);
    CHECK(reasons_of(report(9'000, "2026-11-25T00:00:00+09:00")) == std::vector{StepReason::day_closed});
    CHECK(reasons_of(report(9'000, "2026-11-22T23:59:59+09:00")) == std::vector{StepReason::day_closed});
}
