#include "server/json_reader.hpp"

#include "server/limits.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace keyaki::server {

namespace {

std::string joined(std::string_view what, const std::vector<FieldError> &errors) {
    std::string sentence = fmt::format("{} is not right", what);
    const char *separator = ": ";
    for (const FieldError &error : errors) {
        sentence += fmt::format("{}field {}: {}", separator, error.pointer.empty() ? "/" : error.pointer, error.detail);
        separator = "; ";
    }
    return sentence;
}

/// The value as the sentence shows it: shortened, and its type when it is not a scalar.
std::string shown(const nlohmann::json &value) {
    if (value.is_structured()) {
        return value.is_array() ? "an array" : "an object";
    }
    std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (text.size() > 60) {
        text.resize(57);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
            text.pop_back(); // no half character at the end
        }
        if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U) {
            text.pop_back();
        }
        text += "…";
    }
    return text;
}

std::string list_of(const std::vector<std::string_view> &choices) {
    std::string text;
    for (const std::string_view choice : choices) {
        text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", choice);
    }
    return text;
}

/// RFC 6901, section 3.
std::string escaped(std::string_view token) {
    std::string text;
    for (const char c : token) {
        text += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string{c};
    }
    return text;
}

} // namespace

FieldErrors::FieldErrors(std::string_view what, std::vector<FieldError> errors)
    : geo::Error(geo::ErrorKind::invalid_input, joined(what, errors)), m_errors(std::move(errors)) {}

nlohmann::json parse_json(std::string_view text, std::string_view what, int max_depth) {
    const auto bounded_depth = [what, max_depth](int depth, nlohmann::json::parse_event_t, nlohmann::json &) {
        // Copying and destroying a document recurses, so its depth is bounded where it enters.
        if (depth > max_depth) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{} nests deeper than {} levels", what, max_depth));
        }
        return true;
    };
    try {
        return nlohmann::json::parse(text, bounded_depth);
    } catch (const nlohmann::json::parse_error &error) {
        std::size_t line = 1;
        std::size_t column = 1;
        for (std::size_t i = 0; i + 1 < error.byte && i < text.size(); ++i) {
            column = text[i] == '\n' ? 1 : column + 1;
            line += text[i] == '\n' ? 1U : 0U;
        }
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{} is not JSON: line {}, column {} cannot be read as such", what, line, column));
    } catch (const nlohmann::json::out_of_range &) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{} holds a number that no computer's double can hold", what));
    }
}

ObjectReader::ObjectReader(const nlohmann::json &value, std::string pointer, std::vector<FieldError> &errors)
    : m_value(value), m_pointer(std::move(pointer)), m_errors(errors), m_is_object(value.is_object()) {
    if (!m_is_object) {
        m_errors.push_back({m_pointer, fmt::format("expected an object, found {}", shown(value))});
    }
}

std::string ObjectReader::pointer_to(std::string_view name) const { return m_pointer + "/" + escaped(name); }

void ObjectReader::refuse(std::string_view name, std::string detail) { m_errors.push_back({pointer_to(name), std::move(detail)}); }

bool ObjectReader::has(std::string_view name) const { return m_is_object && m_value.contains(name); }

const nlohmann::json *ObjectReader::optional(std::string_view name) {
    m_known.emplace(name);
    if (!m_is_object) {
        return nullptr;
    }
    const auto found = m_value.find(name);
    return found == m_value.end() || found->is_null() ? nullptr : &*found;
}

const nlohmann::json *ObjectReader::required(std::string_view name) {
    const nlohmann::json *found = optional(name);
    if (found == nullptr && m_is_object) {
        refuse(name, "is required and is missing");
    }
    return found;
}

namespace {

/// Value checks shared by the required and the optional getters: each says what is wrong or returns the value.
struct Checker {
    ObjectReader &reader;
    std::string_view name;

    std::optional<std::string> text(const nlohmann::json *value, std::size_t max_bytes) const {
        if (value == nullptr) {
            return std::nullopt;
        }
        if (!value->is_string()) {
            reader.refuse(name, fmt::format("expected text, found {}", shown(*value)));
            return std::nullopt;
        }
        const auto &found = value->get_ref<const std::string &>();
        if (found.empty() || found.size() > max_bytes) {
            reader.refuse(name, fmt::format("expected 1 to {} bytes of text, found {}", max_bytes, found.size()));
            return std::nullopt;
        }
        return found;
    }

    std::optional<std::string> choice(const nlohmann::json *value, const std::vector<std::string_view> &choices) const {
        if (value == nullptr) {
            return std::nullopt;
        }
        if (value->is_string()) {
            for (const std::string_view choice : choices) {
                if (value->get_ref<const std::string &>() == choice) {
                    return std::string(choice);
                }
            }
        }
        reader.refuse(name, fmt::format("expected one of {}, found {}", list_of(choices), shown(*value)));
        return std::nullopt;
    }

    std::optional<std::int64_t> integer(const nlohmann::json *value, std::int64_t min, std::int64_t max) const {
        if (value == nullptr) {
            return std::nullopt;
        }
        const bool fits = value->is_number_integer() && !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX);
        if (!fits || value->get<std::int64_t>() < min || value->get<std::int64_t>() > max) {
            reader.refuse(name, fmt::format("expected a whole number from {} to {}, found {}", min, max, shown(*value)));
            return std::nullopt;
        }
        return value->get<std::int64_t>();
    }

    std::optional<double> number(const nlohmann::json *value, double min, double max) const {
        if (value == nullptr) {
            return std::nullopt;
        }
        if (!value->is_number() || !(value->get<double>() >= min && value->get<double>() <= max)) {
            reader.refuse(name, fmt::format("expected a number from {} to {}, found {}", min, max, shown(*value)));
            return std::nullopt;
        }
        return value->get<double>();
    }
};

} // namespace

std::string ObjectReader::text(std::string_view name, std::size_t max_bytes) {
    return Checker{*this, name}.text(required(name), max_bytes).value_or(std::string());
}

std::optional<std::string> ObjectReader::optional_text(std::string_view name, std::size_t max_bytes) {
    return Checker{*this, name}.text(optional(name), max_bytes);
}

std::string ObjectReader::one_of(std::string_view name, const std::vector<std::string_view> &choices) {
    return Checker{*this, name}.choice(required(name), choices).value_or(std::string(choices.front()));
}

std::optional<std::string> ObjectReader::optional_one_of(std::string_view name, const std::vector<std::string_view> &choices) {
    return Checker{*this, name}.choice(optional(name), choices);
}

std::int64_t ObjectReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
    return Checker{*this, name}.integer(required(name), min, max).value_or(min);
}

std::optional<std::int64_t> ObjectReader::optional_integer(std::string_view name, std::int64_t min, std::int64_t max) {
    return Checker{*this, name}.integer(optional(name), min, max);
}

double ObjectReader::number(std::string_view name, double min, double max) {
    return Checker{*this, name}.number(required(name), min, max).value_or(min);
}

std::optional<double> ObjectReader::optional_number(std::string_view name, double min, double max) {
    return Checker{*this, name}.number(optional(name), min, max);
}

std::optional<bool> ObjectReader::optional_boolean(std::string_view name) {
    const nlohmann::json *value = optional(name);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (!value->is_boolean()) {
        refuse(name, fmt::format("expected true or false, found {}", shown(*value)));
        return std::nullopt;
    }
    return value->get<bool>();
}

std::int64_t ObjectReader::timestamp_us(std::string_view name) {
    const nlohmann::json *value = required(name);
    if (value == nullptr) {
        return 0;
    }
    const auto time_us = value->is_string() ? parse_rfc3339_us(value->get_ref<const std::string &>()) : std::nullopt;
    if (!time_us) {
        refuse(name, fmt::format("expected a time such as 2026-04-01T10:00:00+09:00 (RFC 3339), found {}", shown(*value)));
    }
    return time_us.value_or(0);
}

void ObjectReader::finish() {
    if (!m_is_object) {
        return;
    }
    for (const auto &[name, value] : m_value.items()) {
        if (!m_known.contains(name)) {
            refuse(name, "is not a field that is known here");
        }
    }
}

void read_fields(const nlohmann::json &document, std::string_view what, const ReadFields &read) {
    std::vector<FieldError> errors;
    ObjectReader fields(document, "", errors);
    read(fields, errors);
    fields.finish();
    if (!errors.empty()) {
        throw FieldErrors(what, std::move(errors));
    }
}

void parse_fields(std::string_view text, std::string_view what, const ReadFields &read) { read_fields(parse_json(text, what), what, read); }

} // namespace keyaki::server
