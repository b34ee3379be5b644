#include "server/filter/temporal.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace keyaki::server::filter;

namespace {

Span days(std::optional<int> begin, std::optional<int> end) {
    const auto day = [](std::optional<int> number) { return number ? std::optional(Instant{true, *number}) : std::nullopt; };
    return {day(begin), day(end), false};
}

/// Names of the functions that say yes.
std::set<std::string> relations(const Span &a, const Span &b) {
    std::set<std::string> names;
    for (int op = static_cast<int>(Operator::t_after); op <= static_cast<int>(Operator::t_starts); ++op) {
        if (related(static_cast<Operator>(op), a, b) == Truth::yes) {
            names.insert(std::string(operator_name(static_cast<Operator>(op))));
        }
    }
    return names;
}

} // namespace

TEST_CASE("the relations of two intervals are OWL-Time's") {
    using Names = std::set<std::string>;
    const Span b = days(10, 20);
    CHECK(relations(days(1, 5), b) == Names{"t_before", "t_disjoint"});
    CHECK(relations(days(25, 30), b) == Names{"t_after", "t_disjoint"});
    CHECK(relations(days(5, 10), b) == Names{"t_meets", "t_intersects"});
    CHECK(relations(days(20, 30), b) == Names{"t_metBy", "t_intersects"});
    CHECK(relations(days(5, 15), b) == Names{"t_overlaps", "t_intersects"});
    CHECK(relations(days(15, 30), b) == Names{"t_overlappedBy", "t_intersects"});
    CHECK(relations(days(12, 18), b) == Names{"t_during", "t_intersects"});
    CHECK(relations(days(5, 30), b) == Names{"t_contains", "t_intersects"});
    CHECK(relations(days(10, 15), b) == Names{"t_starts", "t_intersects"});
    CHECK(relations(days(10, 30), b) == Names{"t_startedBy", "t_intersects"});
    CHECK(relations(days(15, 20), b) == Names{"t_finishes", "t_intersects"});
    CHECK(relations(days(5, 20), b) == Names{"t_finishedBy", "t_intersects"});
    CHECK(relations(days(10, 20), b) == Names{"t_equals", "t_intersects"});
}

TEST_CASE("an open end of an interval lies beyond every instant") {
    using Names = std::set<std::string>;
    const Span b = days(10, 20);
    CHECK(relations(days({}, 5), b) == Names{"t_before", "t_disjoint"});
    CHECK(relations(days(15, {}), b) == Names{"t_overlappedBy", "t_intersects"});
    CHECK(relations(days({}, {}), b) == Names{"t_contains", "t_intersects"});
    CHECK(relations(days(10, {}), b) == Names{"t_startedBy", "t_intersects"});
    CHECK(relations(days({}, {}), days({}, {})) == Names{"t_equals", "t_intersects"});
}

TEST_CASE("instants are before, after, equal or within") {
    const auto instant = [](const char *text) { return Span{parse_instant(text), parse_instant(text), true}; };
    CHECK(related(Operator::t_before, instant("2026-04-01T00:00:00Z"), instant("2026-04-01T00:00:01Z")) == Truth::yes);
    CHECK(related(Operator::t_equals, instant("2026-04-01T00:00:00Z"), instant("2026-04-01T09:00:00+09:00")) == Truth::yes);
    CHECK(related(Operator::t_equals, instant("2026-04-01"), instant("2026-03-31T20:00:00Z")) == Truth::yes);
    CHECK(related(Operator::t_intersects, instant("2026-04-01"), {parse_instant("2026-03-01"), parse_instant("2026-04-01"), false}) == Truth::yes);
    CHECK(related(Operator::t_disjoint, instant("2026-04-02"), {parse_instant("2026-03-01"), parse_instant("2026-04-01"), false}) == Truth::yes);
}

TEST_CASE("of an interval that ends before it begins nothing is known") {
    CHECK(related(Operator::t_intersects, days(20, 10), days(1, 30)) == Truth::unknown);
    CHECK(related(Operator::t_disjoint, days(1, 30), days(20, 10)) == Truth::unknown);
}
