#include "server/filter/expression.hpp"

#include "geo/error.hpp"
#include "server/filter/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace keyaki::server::filter {

namespace {

struct Named {
    Operator op;
    std::string_view name;
};

/// CQL2 JSON's names (21-065r2, annex C); those of text are the same in any case.
constexpr Named names[] = {
    {Operator::both, "and"},
    {Operator::either, "or"},
    {Operator::negation, "not"},
    {Operator::equal, "="},
    {Operator::not_equal, "<>"},
    {Operator::less, "<"},
    {Operator::greater, ">"},
    {Operator::less_or_equal, "<="},
    {Operator::greater_or_equal, ">="},
    {Operator::like, "like"},
    {Operator::between, "between"},
    {Operator::in, "in"},
    {Operator::is_null, "isNull"},
    {Operator::casei, "casei"},
    {Operator::accenti, "accenti"},
    {Operator::plus, "+"},
    {Operator::minus, "-"},
    {Operator::times, "*"},
    {Operator::divided, "/"},
    {Operator::modulo, "%"},
    {Operator::whole_divided, "div"},
    {Operator::power, "^"},
    {Operator::s_intersects, "s_intersects"},
    {Operator::s_equals, "s_equals"},
    {Operator::s_disjoint, "s_disjoint"},
    {Operator::s_touches, "s_touches"},
    {Operator::s_within, "s_within"},
    {Operator::s_overlaps, "s_overlaps"},
    {Operator::s_crosses, "s_crosses"},
    {Operator::s_contains, "s_contains"},
    {Operator::t_after, "t_after"},
    {Operator::t_before, "t_before"},
    {Operator::t_contains, "t_contains"},
    {Operator::t_disjoint, "t_disjoint"},
    {Operator::t_during, "t_during"},
    {Operator::t_equals, "t_equals"},
    {Operator::t_finished_by, "t_finishedBy"},
    {Operator::t_finishes, "t_finishes"},
    {Operator::t_intersects, "t_intersects"},
    {Operator::t_meets, "t_meets"},
    {Operator::t_met_by, "t_metBy"},
    {Operator::t_overlapped_by, "t_overlappedBy"},
    {Operator::t_overlaps, "t_overlaps"},
    {Operator::t_started_by, "t_startedBy"},
    {Operator::t_starts, "t_starts"},
};

char lowered(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char left, char right) { return lowered(left) == lowered(right); });
}

bool same_spatial(const Literal &a, const Literal &b) {
    const auto *left = std::get_if<std::shared_ptr<const SpatialLiteral>>(&a);
    const auto *right = std::get_if<std::shared_ptr<const SpatialLiteral>>(&b);
    return left != nullptr && right != nullptr && **left == **right;
}

} // namespace

std::string_view operator_name(Operator op) noexcept {
    const auto *found = std::find_if(std::begin(names), std::end(names), [op](const Named &named) { return named.op == op; });
    if (found != std::end(names)) {
        return found->name;
    }
    switch (op) {
    case Operator::property: return "property";
    case Operator::function: return "function";
    case Operator::interval: return "interval";
    default: return "literal";
    }
}

std::optional<Operator> find_operator(std::string_view name) noexcept {
    const auto *found = std::find_if(std::begin(names), std::end(names), [name](const Named &named) { return same_word(named.name, name); });
    return found != std::end(names) ? std::optional(found->op) : std::nullopt;
}

OperandCount operand_count(Operator op) noexcept {
    switch (op) {
    case Operator::literal:
    case Operator::property: return {0, 0};
    case Operator::function: return {0, SIZE_MAX};
    case Operator::both:
    case Operator::either:
    case Operator::in: return {2, SIZE_MAX};
    case Operator::negation:
    case Operator::is_null:
    case Operator::casei:
    case Operator::accenti: return {1, 1};
    case Operator::between: return {3, 3};
    default: return {2, 2};
    }
}

bool operator==(const Expression &a, const Expression &b) {
    return a.op == b.op && a.name == b.name && (a.literal == b.literal || same_spatial(a.literal, b.literal)) && a.operands == b.operands;
}

void ExpressionBuilder::count(const std::string &place) {
    if (++m_nodes > max_expression_nodes) {
        refuse_at(place, fmt::format("expected at most {} literals, names and operators, found more", max_expression_nodes));
    }
}

Expression ExpressionBuilder::literal(Literal value, std::string place) {
    count(place);
    return {Operator::literal, std::move(value), {}, {}, std::move(place), 1};
}

Expression ExpressionBuilder::property(std::string name, std::string place) {
    count(place);
    return {Operator::property, {}, std::move(name), {}, std::move(place), 1};
}

Expression ExpressionBuilder::function(std::string name, std::vector<Expression> arguments, std::string place) {
    Expression made = operation(Operator::function, std::move(arguments), std::move(place));
    made.name = std::move(name);
    return made;
}

Expression ExpressionBuilder::operation(Operator op, std::vector<Expression> operands, std::string place) {
    assert(operands.size() >= operand_count(op).least && operands.size() <= operand_count(op).most);
    count(place);
    std::size_t depth = 0;
    for (const Expression &operand : operands) {
        depth = std::max(depth, operand.depth);
    }
    if (depth >= max_expression_depth) {
        refuse_at(place, fmt::format("expected at most {} levels of operators, found more", max_expression_depth));
    }
    return {op, {}, {}, std::move(operands), std::move(place), depth + 1};
}

void refuse_at(const std::string &place, const std::string &sentence) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("filter, at {}: {}", place, sentence));
}

void refuse_array_function(std::string_view name, const std::string &place) {
    constexpr std::string_view array_functions[] = {"a_equals", "a_contains", "a_containedBy", "a_overlaps"};
    if (std::any_of(std::begin(array_functions), std::end(array_functions), [name](std::string_view one) { return same_word(one, name); })) {
        refuse_at(place, fmt::format("expected a function that is offered here, found {}: no property is an array", in_quotes(name)));
    }
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t most = 40;
    if (text.size() <= most) {
        return fmt::format("\"{}\"", text);
    }
    std::size_t end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
        --end; // no half character at the end
    }
    return fmt::format("\"{}…\"", text.substr(0, end));
}

} // namespace keyaki::server::filter
