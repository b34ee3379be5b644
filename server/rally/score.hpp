#pragma once

#include "server/rally/facts.hpp"
#include "server/rally/rules.hpp"

#include <cstdint>
#include <vector>

namespace keyaki::server::rally {

/// What is done with an attempt of some score (checkin.md, section 4).
enum class Band : std::uint8_t { post, sample, hold, refuse };

struct Score {
    double own = 0;   ///< sum of the signals' weights, at most 100
    double total = 0; ///< the larger of own and what the account carries
    Band band = Band::post;
    std::vector<Signal> signals; ///< in the order of the enum
    bool is_carried = false;     ///< the band is that of what the account showed before
};

/// A weak sign that comes with every attempt of an honest phone, such as ATTEST_MISSING, must not add up over the weeks: what an account carries is
/// not added to the attempt's own score, the larger counts.
[[nodiscard]] Score score_of(const Measures &measures, const ScoreRules &rules);

/// What is left of a score after so many days: half for each half-life; 0 below smallest_carried.
[[nodiscard]] double faded(double score, double days, const ScoreRules &rules) noexcept;

} // namespace keyaki::server::rally
