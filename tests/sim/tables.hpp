#pragma once

#include "geo/presence.hpp"
#include "tests/sim/walk.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The pure decisions of geo over many trials, without a server.
namespace keyaki::sim {

/// So many of so many.
struct Count {
    std::size_t hits = 0;
    std::size_t of = 0;

    [[nodiscard]] double share() const noexcept { return of == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(of); }
};
/// The largest share that so few hits are still likely for, one time in a hundred (Wilson's score, one-sided 99 %).
[[nodiscard]] double upper_limit(const Count &count) noexcept;
/// The smallest.
[[nodiscard]] double lower_limit(const Count &count) noexcept;

/// People at a distance from the middle of a fence of 40 m, without a token.
struct PresenceCell {
    std::size_t trials = 0;
    std::size_t in = 0;
    std::size_t token = 0; ///< were asked for one
    std::size_t out = 0;
    std::size_t fixes = 0; ///< that all of them took
};
[[nodiscard]] PresenceCell presence(const PhoneModel &model, double away_m, std::size_t trials, std::uint64_t seed);

enum class Going { honest, skips_the_end, cuts, reverse, parallel };
[[nodiscard]] std::string_view going_name(Going going) noexcept;

/// Tracks over a course.
struct CoverageCell {
    std::size_t trials = 0;
    std::size_t pass = 0;
    std::size_t review = 0;
    double mean = 0;
    double least = 1;
    double most = 0;
};
/// Over street-like courses of 2.6 km with six spots, one for each trial (the check-in rules' study).
[[nodiscard]] CoverageCell coverage(Going going, double accuracy_m, double cadence_s, std::size_t trials, std::uint64_t seed);

} // namespace keyaki::sim
