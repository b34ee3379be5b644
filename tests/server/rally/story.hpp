#pragma once

#include "server/rally/decision.hpp"

#include <string>

namespace keyaki::test {

/// One attempt at one spot, and what the books say: everything usual, until a test says otherwise.
struct Story {
    server::rally::Rally rally;
    geo::Feature feature;
    std::vector<geo::Fix> fixes;
    server::rally::Facts facts; ///< what sight() finds is filled in by outcome()
    server::rally::Rules rules;

    Story();

    /// A fix so many metres north of the spot, taken so many seconds before the request came.
    Story &fix(double metres, double accuracy_m, int seconds_before, bool mocked = false);
    /// Two good fixes at the spot.
    Story &at_the_spot() { return fix(3, 10, 6).fix(5, 10, 1); }

    [[nodiscard]] server::rally::Facts all_facts() const;
    [[nodiscard]] server::rally::Outcome outcome() const;
};

inline constexpr geo::LonLat spot_position{139.534844, 35.791556};

} // namespace keyaki::test
