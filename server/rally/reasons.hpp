#pragma once

#include "geo/presence.hpp"

#include <cstdint>
#include <string_view>

namespace keyaki::server::rally {

/// Why an attempt was decided as it was. Names are of checkin.md section 4 and stand in answers, so they never change.
enum class Reason : std::uint8_t {
    rally_not_started,
    rally_over,
    already_stamped,
    stale_fix,
    future_fix,
    mock_flag,
    no_evidence,
    outside,
    uncertain,
    low_accuracy,
    needs_more_fixes,
    daily_limit,
    budget_exhausted,
};

[[nodiscard]] std::string_view reason_code(Reason reason) noexcept;
/// A sentence for the member, who reads it on a phone.
[[nodiscard]] std::string_view reason_text_ja(Reason reason) noexcept;
[[nodiscard]] std::string_view reason_text_en(Reason reason) noexcept;

} // namespace keyaki::server::rally
