#include "server/filter/temporal.hpp"

#include <cstdint>

namespace keyaki::server::filter {

namespace {

/// On one scale, microseconds or days; open ends lie beyond all others.
struct Range {
    std::int64_t begin = INT64_MIN;
    std::int64_t end = INT64_MAX;
};

bool has_date(const Span &span) noexcept { return (span.begin && span.begin->is_date) || (span.end && span.end->is_date); }

Range range_of(const Span &span, bool by_day) noexcept {
    const auto place = [by_day](const Instant &instant) { return by_day ? day_of(instant) : instant.value; };
    Range range;
    range.begin = span.begin ? place(*span.begin) : range.begin;
    range.end = span.end ? place(*span.end) : range.end;
    return range;
}

bool holds(Operator op, const Range &a, const Range &b) noexcept {
    switch (op) {
    case Operator::t_after: return a.begin > b.end;
    case Operator::t_before: return a.end < b.begin;
    case Operator::t_disjoint: return a.begin > b.end || a.end < b.begin;
    case Operator::t_intersects: return a.begin <= b.end && a.end >= b.begin;
    case Operator::t_equals: return a.begin == b.begin && a.end == b.end;
    case Operator::t_contains: return a.begin < b.begin && a.end > b.end;
    case Operator::t_finished_by: return a.begin < b.begin && a.end == b.end;
    case Operator::t_meets: return a.end == b.begin;
    case Operator::t_overlaps: return a.begin < b.begin && a.end > b.begin && a.end < b.end;
    case Operator::t_starts: return a.begin == b.begin && a.end < b.end;
    case Operator::t_during: return holds(Operator::t_contains, b, a);
    case Operator::t_finishes: return holds(Operator::t_finished_by, b, a);
    case Operator::t_met_by: return holds(Operator::t_meets, b, a);
    case Operator::t_overlapped_by: return holds(Operator::t_overlaps, b, a);
    default: return holds(Operator::t_starts, b, a); // T_STARTEDBY
    }
}

} // namespace

Truth related(Operator op, const Span &a, const Span &b) noexcept {
    const bool by_day = has_date(a) || has_date(b);
    const Range left = range_of(a, by_day);
    const Range right = range_of(b, by_day);
    if (left.begin > left.end || right.begin > right.end) {
        return Truth::unknown;
    }
    return truth_of(holds(op, left, right));
}

} // namespace keyaki::server::filter
