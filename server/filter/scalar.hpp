#pragma once

#include "server/filter/expression.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace keyaki::server::filter {

/// What a predicate says of a feature (21-065r2, table 1). Only `yes` selects it.
enum class Truth : std::uint8_t { no, yes, unknown };

[[nodiscard]] constexpr Truth truth_of(bool value) noexcept { return value ? Truth::yes : Truth::no; }
[[nodiscard]] constexpr Truth negated(Truth truth) noexcept {
    return truth == Truth::unknown ? Truth::unknown : (truth == Truth::yes ? Truth::no : Truth::yes);
}

/// A value while a filter is evaluated, without a copy; std::monostate is null.
using Scalar = std::variant<std::monostate, bool, std::int64_t, double, std::string_view, Instant>;

/// The literal must outlive the scalar; geometries and open ends, which are no scalars, are null.
[[nodiscard]] Scalar scalar_of(const Literal &literal) noexcept; // NOLINT(bugprone-exception-escape): no variant here is without a value

/// An instant, or a text that is one.
[[nodiscard]] std::optional<Instant> instant_of(const Scalar &value) noexcept;

/// Below 0, 0 or above; nothing where one is null or the two are of kinds that have no order between them. Texts compare by code point; whole and
/// other numbers exactly; a text against an instant is read as one.
[[nodiscard]] std::optional<int> compare(const Scalar &a, const Scalar &b) noexcept;

/// =, <>, <, >, <=, >=. \pre is_comparison(op)
[[nodiscard]] Truth compared(Operator op, const Scalar &a, const Scalar &b) noexcept;

[[nodiscard]] std::optional<double> number_of(const Scalar &value) noexcept;

/// + - * / % div ^ on doubles, on int64 where both are whole and the result (not of / and ^) stays within it. Null where an operand is null or no
/// number, where the divisor is zero and where the result is not finite. \pre is_arithmetic(op)
[[nodiscard]] Scalar calculated(Operator op, const Scalar &a, const Scalar &b) noexcept;

} // namespace keyaki::server::filter
