#pragma once

#include "server/rally/rally.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Points for a day's steps (checkin.md, section 3): recorded by a sensor, one source a day, capped.
namespace keyaki::server::rally {

struct StepReport {
    std::string day;    ///< of Japan, "2026-04-12"
    std::string source; ///< "health-connect", "apple-health", …
    std::int64_t steps = 0;
    bool is_manual = false;           ///< somebody typed them in
    std::optional<double> distance_m; ///< of that day's movement, where location was shared
    std::int64_t received_at_us = 0;
};

/// What was reported and paid of that day before.
struct StepsBefore {
    std::string source; ///< empty: nothing yet
    std::int64_t paid_points = 0;
};

enum class StepReason : std::uint8_t { cap, manual, other_source, too_fast, without_distance, day_closed, budget_exhausted, award_refused };
[[nodiscard]] std::string_view step_reason_code(StepReason reason) noexcept;

struct StepOutcome {
    std::vector<StepReason> reasons;
    std::int64_t paid_steps = 0;
    std::int64_t points = 0; ///< of the day, with those that were paid before
    std::int64_t award = 0;  ///< to be paid now
};

/// Refused are a day that is not today or yesterday in Japan, steps that were typed in, a second source of one day, more than 3.3 steps for each
/// second of the day so far, and more than 8,000 steps with less than 0.3 m of movement each. Paid are whole thousands up to the rally's cap; what
/// was paid stays paid. \pre rally.steps
[[nodiscard]] StepOutcome decide_steps(const Rally &rally, const StepReport &report, const StepsBefore &before, std::int64_t budget_available);

} // namespace keyaki::server::rally
