#include "server/schema/validate.hpp"

#include "geo/limits.hpp"
#include "geo/utf8.hpp"
#include "server/schema/value_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace keyaki::server::schema {

namespace {

constexpr std::string_view null_word = "null";

/// The value as a sentence shows it, shortened.
std::string shown(const geo::Value &value) {
    if (const auto *text = std::get_if<std::string>(&value)) {
        return fmt::format("\"{}\"", shortened(*text));
    }
    if (const auto *whole = std::get_if<std::int64_t>(&value)) {
        return fmt::format("{}", *whole);
    }
    if (const auto *real = std::get_if<double>(&value)) {
        return fmt::format("{}", *real);
    }
    if (const auto *truth = std::get_if<bool>(&value)) {
        return *truth ? "true" : "false";
    }
    return std::string(null_word);
}

std::string expected(std::string_view what, const geo::Value &value) { return fmt::format("expected {}, found {}", what, shown(value)); }

std::string range_words(const Property &property) {
    if (property.minimum && property.maximum) {
        return fmt::format(" from {} to {}", *property.minimum, *property.maximum);
    }
    return property.minimum   ? fmt::format(" of at least {}", *property.minimum)
           : property.maximum ? fmt::format(" of at most {}", *property.maximum)
                              : std::string();
}

bool is_within(const Property &property, double number) {
    return std::isfinite(number) && (!property.minimum || number >= *property.minimum) && (!property.maximum || number <= *property.maximum);
}

std::string fit_integer(const Property &property, geo::Value &value, Source source) {
    std::optional<std::int64_t> whole;
    if (const auto *given = std::get_if<std::int64_t>(&value)) {
        whole = *given;
    } else if (const auto *real = std::get_if<double>(&value)) {
        whole = as_whole(*real);
    } else if (const auto *text = std::get_if<std::string>(&value); text != nullptr && source == Source::file) {
        whole = read_whole(*text);
    }
    if (!whole || !is_within(property, static_cast<double>(*whole))) {
        return expected("a whole number" + range_words(property), value);
    }
    value = *whole;
    return {};
}

std::string fit_number(const Property &property, geo::Value &value, Source source) {
    std::optional<double> number;
    if (const auto *whole = std::get_if<std::int64_t>(&value)) {
        number = static_cast<double>(*whole);
    } else if (const auto *real = std::get_if<double>(&value)) {
        number = *real;
    } else if (const auto *text = std::get_if<std::string>(&value); text != nullptr && source == Source::file) {
        number = read_number(*text);
    }
    if (!number || !is_within(property, *number)) {
        return expected("a number" + range_words(property), value);
    }
    value = *number;
    return {};
}

std::string fit_boolean(geo::Value &value, Source source) {
    std::optional<bool> truth;
    if (const auto *given = std::get_if<bool>(&value)) {
        truth = *given;
    } else if (source == Source::file) {
        truth = read_truth(shown_plainly(value));
    }
    if (!truth) {
        return expected(source == Source::json ? "true or false" : "true or false (有 or 無, 1 or 0, ○ or ×)", value);
    }
    value = *truth;
    return {};
}

std::string fit_text(const Property &property, geo::Value &value, Source source) {
    if (source == Source::file && !std::holds_alternative<std::string>(value)) {
        value = shown_plainly(value);
    }
    const auto *text = std::get_if<std::string>(&value);
    if (text == nullptr) {
        return expected("text", value);
    }
    if (!geo::is_utf8(*text)) {
        return "expected text in UTF-8, found bytes that are none";
    }
    const std::size_t characters = count_characters(*text);
    if (property.max_length && characters > *property.max_length) {
        return fmt::format("expected at most {} characters, found {}: \"{}\"", *property.max_length, characters, shortened(*text));
    }
    if (text->size() > geo::max_property_text_bytes) {
        return fmt::format("expected at most {} bytes of text, found {}", geo::max_property_text_bytes, text->size());
    }
    return {};
}

std::string fit_date(geo::Value &value, Source source) {
    auto date = read_date(shown_plainly(value), source == Source::file);
    if (!date || (source == Source::json && !std::holds_alternative<std::string>(value))) {
        return expected("a date such as 2026-04-01", value);
    }
    value = std::move(*date);
    return {};
}

std::string fit_choice(const Property &property, geo::Value &value, Source source) {
    const bool may_be_text = std::holds_alternative<std::string>(value) || source == Source::file;
    const std::string text = shown_plainly(value);
    for (const Choice &choice : property.choices) {
        const bool is_label = source == Source::file && (text == choice.title_ja || text == choice.title_en);
        if (may_be_text && (text == choice.value || is_label)) {
            value = choice.value;
            return {};
        }
    }
    std::string values;
    for (std::size_t i = 0; i < property.choices.size() && i < 20; ++i) {
        values += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", property.choices[i].value);
    }
    return expected(fmt::format("one of {}{}", values, property.choices.size() > 20 ? " and others" : ""), value);
}

std::string fit_url(const Property &property, geo::Value &value, Source source) {
    const auto *text = std::get_if<std::string>(&value);
    if (text == nullptr || !is_web_address(*text)) {
        return expected("a web address that begins with https:// or http://", value);
    }
    return fit_text(property, value, source);
}

std::string fit_season(geo::Value &value) {
    const auto *text = std::get_if<std::string>(&value);
    auto season = text == nullptr ? std::nullopt : read_season(*text);
    if (!season) {
        return expected("a season such as 6月上旬〜7月 or 通年", value);
    }
    value = std::move(*season);
    return {};
}

bool is_absent(const geo::Value *value, Source source) {
    if (value == nullptr || std::holds_alternative<std::monostate>(*value)) {
        return true;
    }
    const auto *text = std::get_if<std::string>(value);
    return source == Source::file && text != nullptr && text->empty(); // an empty cell
}

} // namespace

std::string fit_value(const Property &property, geo::Value &value, Source source) {
    switch (property.type) {
    case PropertyType::text: return fit_text(property, value, source);
    case PropertyType::integer: return fit_integer(property, value, source);
    case PropertyType::number: return fit_number(property, value, source);
    case PropertyType::boolean: return fit_boolean(value, source);
    case PropertyType::date: return fit_date(value, source);
    case PropertyType::choice: return fit_choice(property, value, source);
    case PropertyType::url: return fit_url(property, value, source);
    case PropertyType::season: return fit_season(value);
    }
    return {};
}

namespace {

/// Takes one declared property over into `whole`.
void take_declared(const Property &property, const geo::Value *given, Source source, Missing missing, geo::Properties &whole,
                   std::vector<Finding> &findings) {
    if (property.computed != Computed::none) {
        return;
    }
    if (is_absent(given, source)) {
        const bool has_default = property.default_value && given == nullptr && missing == Missing::take_defaults;
        if (has_default) {
            whole.append(property.name, *property.default_value);
        } else if (property.required) {
            findings.push_back({property.name, given == nullptr ? "is required and is missing" : "is required and is empty"});
        } else if (given != nullptr) {
            whole.append(property.name, std::monostate());
        }
        return;
    }
    geo::Value value = *given;
    if (std::string detail = fit_value(property, value, source); !detail.empty()) {
        findings.push_back({property.name, std::move(detail)});
        return;
    }
    whole.append(property.name, std::move(value));
}

} // namespace

std::vector<Finding> validate(const Schema &schema, geo::Properties &properties, Source source, Missing missing) {
    if (!schema.is_declared()) {
        return {};
    }
    std::vector<Finding> findings;
    geo::Properties whole;
    for (const Property &property : schema.properties) {
        take_declared(property, properties.find(property.name), source, missing, whole, findings);
    }
    for (const auto &[name, value] : properties) {
        if (schema.find(name) != nullptr) {
            continue;
        }
        if (!schema.takes_others) {
            findings.push_back({name, "is not a property of this layer"});
        } else {
            whole.append(name, value);
        }
    }
    if (findings.empty()) {
        properties = std::move(whole);
    }
    return findings;
}

} // namespace keyaki::server::schema
