#include "importers/column_type.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace keyaki::importers {

namespace {

constexpr std::size_t double_digits = 15; // decimal digits that a double always keeps

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// "0131016", "-01": digits that lose something as a number. "0", "0.5" and "-0.5" do not.
bool has_leading_zero(std::string_view digits) { return digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]); }

ColumnType type_of(std::string_view cell) {
    if (cell == "true" || cell == "false" || cell == "TRUE" || cell == "FALSE") {
        return ColumnType::boolean;
    }
    const std::string_view digits = cell.substr(cell.starts_with('-') ? 1 : 0);
    if (digits.empty() || !is_digit(digits[0]) || has_leading_zero(digits)) {
        return ColumnType::text;
    }
    if (std::all_of(digits.begin(), digits.end(), is_digit)) {
        return parse_whole<std::int64_t>(cell) && cell != "-0" ? ColumnType::integer : ColumnType::text;
    }
    const auto written_digits = static_cast<std::size_t>(std::count_if(digits.begin(), digits.end(), is_digit));
    const auto value = parse_whole<double>(cell);
    return value && std::isfinite(*value) && written_digits <= double_digits + 2 ? ColumnType::number : ColumnType::text;
}

} // namespace

std::string_view column_type_name(ColumnType type) noexcept {
    switch (type) {
    case ColumnType::integer: return "integer";
    case ColumnType::number: return "number";
    case ColumnType::boolean: return "boolean";
    case ColumnType::empty:
    case ColumnType::text: break;
    }
    return "text";
}

void TypeInference::see(std::string_view cell) {
    if (cell.empty()) {
        return;
    }
    if (cell.size() >= 8 && is_digit(cell[0]) && (cell.find("E+") != std::string_view::npos)) {
        if (parse_whole<double>(cell)) {
            ++m_looks_rounded;
            m_rounded_example = m_rounded_example.empty() ? cell.substr(0, 32) : m_rounded_example;
        }
    }
    if (m_type == ColumnType::text) {
        return;
    }
    const ColumnType found = type_of(cell);
    const bool both_numbers =
        (m_type == ColumnType::integer || m_type == ColumnType::number) && (found == ColumnType::integer || found == ColumnType::number);
    if (m_type == ColumnType::empty || m_type == found) {
        m_type = found;
    } else {
        m_type = both_numbers ? ColumnType::number : ColumnType::text;
    }
}

geo::Value typed_value(std::string_view cell, ColumnType type) {
    if (cell.empty()) {
        return std::monostate();
    }
    switch (type) {
    case ColumnType::integer:
        if (const auto value = parse_whole<std::int64_t>(cell)) {
            return *value;
        }
        break;
    case ColumnType::number:
        if (const auto value = parse_whole<double>(cell)) {
            return *value;
        }
        break;
    case ColumnType::boolean: return cell == "true" || cell == "TRUE";
    case ColumnType::empty:
    case ColumnType::text: break;
    }
    return std::string(cell);
}

} // namespace keyaki::importers
