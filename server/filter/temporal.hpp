#pragma once

#include "server/filter/expression.hpp"
#include "server/filter/scalar.hpp"

#include <optional>

namespace keyaki::server::filter {

/// An instant, or an interval closed at both ends (21-065r2, 7.8); nothing at an end is "..".
struct Span {
    std::optional<Instant> begin;
    std::optional<Instant> end;
    bool is_instant = false;
};

/// One of the fifteen T_ functions (OWL-Time's relations). Two spans of timestamps compare by microsecond; where a date is among the four ends, all
/// compare by Japan's day. Unknown for an interval whose begin is behind its end. \pre is_temporal(op); instants only where takes_instants(op)
[[nodiscard]] Truth related(Operator op, const Span &a, const Span &b) noexcept;

/// T_AFTER, T_BEFORE, T_DISJOINT, T_EQUALS and T_INTERSECTS; the others are of intervals alone.
[[nodiscard]] constexpr bool takes_instants(Operator op) noexcept {
    return op == Operator::t_after || op == Operator::t_before || op == Operator::t_disjoint || op == Operator::t_equals ||
           op == Operator::t_intersects;
}

} // namespace keyaki::server::filter
