#include "importers/osm_values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace keyaki::importers {

namespace {

constexpr double metres_per_foot = 0.3048; // international foot, exact
constexpr double metres_per_inch = 0.0254;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

/// Takes a decimal number from the front of `text`.
std::optional<double> take_number(std::string_view &text) {
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (failure != std::errc() || !std::isfinite(number)) {
        return std::nullopt;
    }
    text = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
    return number;
}

std::optional<double> feet_and_inches_m(double feet, std::string_view rest) {
    if (rest.empty()) {
        return feet * metres_per_foot;
    }
    const std::optional<double> inches = take_number(rest);
    if (!inches || rest != "\"") {
        return std::nullopt;
    }
    return feet * metres_per_foot + *inches * metres_per_inch;
}

std::optional<double> length_m(std::string_view text) {
    const std::optional<double> number = take_number(text);
    if (!number || text.empty() || text == "m") {
        return number;
    }
    if (text == "km") {
        return *number * 1000;
    }
    if (text == "cm") {
        return *number / 100;
    }
    if (text == "ft") {
        return *number * metres_per_foot;
    }
    if (text.front() == '\'') {
        return feet_and_inches_m(*number, trimmed(text.substr(1)));
    }
    return std::nullopt;
}

std::optional<std::int64_t> integer(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && text.front() == '+') {
        text.remove_prefix(1);
    }
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

template <typename Number>
geo::Value value_or_nothing(const std::optional<Number> &number) {
    return number ? geo::Value(*number) : geo::Value();
}

geo::Value number(std::string_view text) {
    text = trimmed(text);
    const std::optional<double> value = take_number(text);
    return text.empty() ? value_or_nothing(value) : geo::Value();
}

geo::Value direction(std::string_view text) {
    if (text == "yes" || text == "true" || text == "1") {
        return std::int64_t{1};
    }
    if (text == "-1" || text == "reverse") {
        return std::int64_t{-1};
    }
    return {};
}

} // namespace

geo::Value osm_value(OsmValueType type, std::string_view text) {
    switch (type) {
    case OsmValueType::text: return std::string(text);
    case OsmValueType::integer: return value_or_nothing(integer(text));
    case OsmValueType::number: return number(text);
    case OsmValueType::length_m: return value_or_nothing(length_m(trimmed(text)));
    case OsmValueType::flag: return text != "no" && text != "false" && text != "0";
    case OsmValueType::direction: return direction(text);
    }
    return {};
}

} // namespace keyaki::importers
