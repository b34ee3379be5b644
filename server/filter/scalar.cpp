#include "server/filter/scalar.hpp"

#include <cmath>

namespace keyaki::server::filter {

namespace {

template <typename T>
int order(T a, T b) noexcept {
    return a < b ? -1 : (b < a ? 1 : 0);
}

/// Exact: a double beyond int64 decides by itself, one within is cut and, where equal, its fraction decides.
int compare_mixed(std::int64_t whole, double real) noexcept {
    if (real >= 9223372036854775808.0) {
        return -1;
    }
    if (real < -9223372036854775808.0) {
        return 1;
    }
    const auto cut = static_cast<std::int64_t>(real);
    return whole != cut ? order(whole, cut) : order(static_cast<double>(cut), real);
}

std::optional<int> compare_reals(double a, double b) noexcept { return std::isnan(a) || std::isnan(b) ? std::nullopt : std::optional(order(a, b)); }

/// Two numbers of whichever kind; nothing where one is no number.
std::optional<int> compare_numbers(const Scalar &a, const Scalar &b) noexcept {
    const auto *whole_a = std::get_if<std::int64_t>(&a);
    const auto *whole_b = std::get_if<std::int64_t>(&b);
    if (whole_a != nullptr && whole_b != nullptr) {
        return order(*whole_a, *whole_b);
    }
    const auto *real_a = std::get_if<double>(&a);
    const auto *real_b = std::get_if<double>(&b);
    if (real_a != nullptr && real_b != nullptr) {
        return compare_reals(*real_a, *real_b);
    }
    if (whole_a != nullptr && real_b != nullptr && !std::isnan(*real_b)) {
        return compare_mixed(*whole_a, *real_b);
    }
    if (real_a != nullptr && whole_b != nullptr && !std::isnan(*real_a)) {
        return -compare_mixed(*whole_b, *real_a);
    }
    return std::nullopt;
}

double remainder_of(Operator op, double a, double b) noexcept { return op == Operator::modulo ? std::fmod(a, b) : std::trunc(a / b); }

double calculated(Operator op, double a, double b) noexcept {
    switch (op) {
    case Operator::plus: return a + b;
    case Operator::minus: return a - b;
    case Operator::times: return a * b;
    case Operator::divided: return a / b;
    case Operator::power: return std::pow(a, b);
    default: return remainder_of(op, a, b);
    }
}

/// Within int64, or nothing.
std::optional<std::int64_t> calculated_whole(Operator op, std::int64_t a, std::int64_t b) noexcept {
    std::int64_t result = 0;
    switch (op) {
    case Operator::plus: return __builtin_add_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Operator::minus: return __builtin_sub_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Operator::times: return __builtin_mul_overflow(a, b, &result) ? std::nullopt : std::optional(result);
    case Operator::modulo: return b == 0 || b == -1 ? std::nullopt : std::optional(a % b); // INT64_MIN % -1 has no answer in C++
    case Operator::whole_divided: return b == 0 || b == -1 ? std::nullopt : std::optional(a / b);
    default: return std::nullopt;
    }
}

} // namespace

Scalar scalar_of(const Literal &literal) noexcept { // NOLINT(bugprone-exception-escape): no variant here is without a value
    return std::visit(
        [](const auto &held) -> Scalar {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<Held, std::string>) {
                return std::string_view(held);
            } else if constexpr (std::is_same_v<Held, OpenEnd> || std::is_same_v<Held, std::shared_ptr<const SpatialLiteral>>) {
                return std::monostate{};
            } else {
                return held;
            }
        },
        literal);
}

std::optional<Instant> instant_of(const Scalar &value) noexcept {
    if (const auto *instant = std::get_if<Instant>(&value)) {
        return *instant;
    }
    const auto *text = std::get_if<std::string_view>(&value);
    return text != nullptr ? parse_instant(*text) : std::nullopt;
}

std::optional<int> compare(const Scalar &a, const Scalar &b) noexcept {
    const auto *text_a = std::get_if<std::string_view>(&a);
    const auto *text_b = std::get_if<std::string_view>(&b);
    if (text_a != nullptr && text_b != nullptr) {
        return order(*text_a, *text_b);
    }
    if (const auto numbers = compare_numbers(a, b)) {
        return numbers;
    }
    const auto *truth_a = std::get_if<bool>(&a);
    const auto *truth_b = std::get_if<bool>(&b);
    if (truth_a != nullptr && truth_b != nullptr) {
        return order(*truth_a, *truth_b);
    }
    if (std::holds_alternative<Instant>(a) || std::holds_alternative<Instant>(b)) {
        const auto left = instant_of(a);
        const auto right = instant_of(b);
        return left && right ? std::optional(compare(*left, *right)) : std::nullopt;
    }
    return std::nullopt;
}

Truth compared(Operator op, const Scalar &a, const Scalar &b) noexcept {
    const auto found = compare(a, b);
    if (!found) {
        return Truth::unknown;
    }
    switch (op) {
    case Operator::equal: return truth_of(*found == 0);
    case Operator::not_equal: return truth_of(*found != 0);
    case Operator::less: return truth_of(*found < 0);
    case Operator::greater: return truth_of(*found > 0);
    case Operator::less_or_equal: return truth_of(*found <= 0);
    default: return truth_of(*found >= 0);
    }
}

std::optional<double> number_of(const Scalar &value) noexcept {
    if (const auto *whole = std::get_if<std::int64_t>(&value)) {
        return static_cast<double>(*whole);
    }
    const auto *real = std::get_if<double>(&value);
    return real != nullptr ? std::optional(*real) : std::nullopt;
}

Scalar calculated(Operator op, const Scalar &a, const Scalar &b) noexcept {
    const auto *whole_a = std::get_if<std::int64_t>(&a);
    const auto *whole_b = std::get_if<std::int64_t>(&b);
    if (whole_a != nullptr && whole_b != nullptr) {
        if (const auto whole = calculated_whole(op, *whole_a, *whole_b)) {
            return *whole;
        }
    }
    const auto left = number_of(a);
    const auto right = number_of(b);
    if (!left || !right) {
        return std::monostate{};
    }
    const double result = calculated(op, *left, *right);
    return std::isfinite(result) ? Scalar(result) : Scalar(std::monostate{});
}

} // namespace keyaki::server::filter
