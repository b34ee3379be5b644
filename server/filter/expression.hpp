#pragma once

#include "geo/geometry.hpp"
#include "server/filter/instant.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Filters of OGC CQL2 1.0 (21-065r2): parsed from text or JSON into one tree, bound to a layer's columns, evaluated on a snapshot.
namespace keyaki::server::filter {

enum class Operator : std::uint8_t {
    literal,
    property,
    function,
    // logic
    both,   ///< AND, of two or more
    either, ///< OR, of two or more
    negation,
    // comparison
    equal,
    not_equal,
    less,
    greater,
    less_or_equal,
    greater_or_equal,
    like,    ///< text, pattern
    between, ///< value, least, greatest
    in,      ///< value, then the list
    is_null,
    // text
    casei,
    accenti,
    // arithmetic
    plus,
    minus,
    times,
    divided,
    modulo,
    whole_divided, ///< div
    power,
    // spatial
    s_intersects,
    s_equals,
    s_disjoint,
    s_touches,
    s_within,
    s_overlaps,
    s_crosses,
    s_contains,
    // temporal
    t_after,
    t_before,
    t_contains,
    t_disjoint,
    t_during,
    t_equals,
    t_finished_by,
    t_finishes,
    t_intersects,
    t_meets,
    t_met_by,
    t_overlapped_by,
    t_overlaps,
    t_started_by,
    t_starts,
    interval, ///< begin, end: instants, open ends or properties
};

[[nodiscard]] constexpr bool is_spatial(Operator op) noexcept { return op >= Operator::s_intersects && op <= Operator::s_contains; }
[[nodiscard]] constexpr bool is_temporal(Operator op) noexcept { return op >= Operator::t_after && op <= Operator::t_starts; }
[[nodiscard]] constexpr bool is_arithmetic(Operator op) noexcept { return op >= Operator::plus && op <= Operator::power; }
[[nodiscard]] constexpr bool is_comparison(Operator op) noexcept { return op >= Operator::equal && op <= Operator::greater_or_equal; }

/// The name in CQL2 JSON: "and", "s_intersects", "t_finishedBy"; of literals and the like a word for messages.
[[nodiscard]] std::string_view operator_name(Operator op) noexcept;
/// By that name, whatever its case; nothing for names of functions.
[[nodiscard]] std::optional<Operator> find_operator(std::string_view name) noexcept;

/// A geometry as it was written: x before y in the order of the filter's CRS, whatever that is; heights are dropped.
struct SpatialLiteral {
    std::vector<geo::Geometry> members; ///< one, more for a GEOMETRYCOLLECTION, none for a box
    bool is_collection = false;
    std::optional<std::array<double, 4>> box; ///< BBOX: west, south, east, north; west > east crosses the antimeridian

    friend bool operator==(const SpatialLiteral &, const SpatialLiteral &) = default;
};

/// The ".." of an interval.
struct OpenEnd {
    friend bool operator==(const OpenEnd &, const OpenEnd &) = default;
};

/// std::monostate is null, which no filter can write but which folding constants can give. Whole numbers without a fraction are int64.
using Literal = std::variant<std::monostate, bool, std::int64_t, double, std::string, Instant, OpenEnd, std::shared_ptr<const SpatialLiteral>>;

/// One node and all below it: a value, at most max_expression_depth deep and never changed once it is built.
struct Expression {
    Operator op = Operator::literal;
    Literal literal;                  ///< of Operator::literal
    std::string name;                 ///< of a property or function
    std::vector<Expression> operands; ///< of all others
    std::string place;                ///< where it stood: "character 12" or "/args/0"; equality does not look at it
    std::size_t depth = 1;            ///< levels, this one included
};

/// The same tree, wherever it was written.
[[nodiscard]] bool operator==(const Expression &a, const Expression &b);

/// What both parsers build with: counts nodes and levels and refuses what is past limits.hpp.
class ExpressionBuilder {
  public:
    [[nodiscard]] Expression literal(Literal value, std::string place);
    [[nodiscard]] Expression property(std::string name, std::string place);
    [[nodiscard]] Expression function(std::string name, std::vector<Expression> arguments, std::string place);
    /// \pre the number of operands is one that the operator takes
    [[nodiscard]] Expression operation(Operator op, std::vector<Expression> operands, std::string place);

  private:
    void count(const std::string &place);

    std::size_t m_nodes = 0;
};

/// How many operands an operator takes; `most` is SIZE_MAX for lists.
struct OperandCount {
    std::size_t least = 0;
    std::size_t most = 0;
};
[[nodiscard]] OperandCount operand_count(Operator op) noexcept;

/// Throws Error invalid_input: "filter, at character 12: expected …, found …".
[[noreturn]] void refuse_at(const std::string &place, const std::string &sentence);
/// Throws where the name is one of A_EQUALS, A_CONTAINS, A_CONTAINEDBY, A_OVERLAPS: no property of a layer is an array.
void refuse_array_function(std::string_view name, const std::string &place);
/// What was found, for such a sentence: in quotes, at most 40 characters.
[[nodiscard]] std::string in_quotes(std::string_view text);

} // namespace keyaki::server::filter
