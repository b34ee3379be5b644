#include "server/rally/steps.hpp"

#include "server/time.hpp"

#include <algorithm>
#include <array>

namespace keyaki::server::rally {

namespace {

constexpr double most_steps_per_s = 3.3;
constexpr std::int64_t steps_that_move = 8'000; ///< past them somebody has been somewhere
constexpr double least_step_m = 0.3;

/// Seconds of the reported day that have passed; nothing for a day that is neither today nor yesterday.
std::optional<double> seconds_of_day(const StepReport &report) {
    if (report.day == jst_day(report.received_at_us)) {
        return static_cast<double>(report.received_at_us - jst_day_start_us(report.received_at_us)) / 1e6;
    }
    return report.day == jst_day(report.received_at_us - day_us) ? std::optional(static_cast<double>(day_us) / 1e6) : std::nullopt;
}

std::optional<StepReason> refusal(const StepReport &report, const StepsBefore &before) {
    const auto seconds = seconds_of_day(report);
    if (!seconds) {
        return StepReason::day_closed;
    }
    if (report.is_manual) {
        return StepReason::manual;
    }
    if (!before.source.empty() && before.source != report.source) {
        return StepReason::other_source;
    }
    if (static_cast<double>(report.steps) > most_steps_per_s * *seconds) {
        return StepReason::too_fast;
    }
    if (report.distance_m && report.steps > steps_that_move && *report.distance_m < least_step_m * static_cast<double>(report.steps)) {
        return StepReason::without_distance;
    }
    return std::nullopt;
}

} // namespace

std::string_view step_reason_code(StepReason reason) noexcept {
    static constexpr std::array<std::string_view, 8> codes{"STEPS_CAP",        "STEPS_MANUAL",           "STEPS_OTHER_SOURCE",
                                                           "STEPS_TOO_FAST",   "STEPS_WITHOUT_DISTANCE", "STEPS_DAY_CLOSED",
                                                           "BUDGET_EXHAUSTED", "AWARD_REFUSED"};
    return codes.at(static_cast<std::size_t>(reason));
}

StepOutcome decide_steps(const Rally &rally, const StepReport &report, const StepsBefore &before, std::int64_t budget_available) {
    StepOutcome outcome;
    outcome.points = before.paid_points;
    if (const auto reason = refusal(report, before)) {
        outcome.reasons.push_back(*reason);
        return outcome;
    }
    outcome.paid_steps = std::min(report.steps, rally.steps->most_paid);
    if (report.steps > rally.steps->most_paid) {
        outcome.reasons.push_back(StepReason::cap);
    }
    const std::int64_t points = outcome.paid_steps / 1000 * rally.steps->points_per_1000;
    const std::int64_t award = std::max<std::int64_t>(0, points - before.paid_points);
    if (award > budget_available) {
        outcome.reasons.push_back(StepReason::budget_exhausted);
        return outcome;
    }
    outcome.award = award;
    outcome.points = before.paid_points + award;
    return outcome;
}

} // namespace keyaki::server::rally
