#pragma once

#include "geo/error.hpp"
#include "server/limits.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace keyaki::server {

/// A field of a JSON document that is not as it must be; `pointer` is an RFC 6901 JSON pointer.
struct FieldError {
    std::string pointer;
    std::string detail; ///< a sentence: what was expected and what was found
};

/// A document that parses but is wrong in some fields: all of them are named at once, not one per attempt.
class FieldErrors : public geo::Error {
  public:
    /// `what` is the subject of the sentence: "the rally", "the check-in". \pre errors is not empty
    FieldErrors(std::string_view what, std::vector<FieldError> errors);
    [[nodiscard]] const std::vector<FieldError> &errors() const noexcept { return m_errors; }

  private:
    std::vector<FieldError> m_errors;
};

/// Parses text as JSON (RFC 8259, UTF-8). Error invalid_input with line and column for malformed text and for nesting deeper than
/// `max_depth` levels; `what` names the document in the sentence.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, std::string_view what, int max_depth = max_json_depth);

/// Reads the fields of one JSON object strictly: each read field is known, every other one is an error at finish(). Errors are collected
/// in the list that is given; a getter that finds an error returns its default, so that reading goes on and all errors show at once.
class ObjectReader {
  public:
    ObjectReader(const nlohmann::json &value, std::string pointer, std::vector<FieldError> &errors);

    [[nodiscard]] bool has(std::string_view name) const;
    /// A field that must be there (otherwise an error) or may be absent (nullptr); marks it as known either way.
    const nlohmann::json *required(std::string_view name);
    const nlohmann::json *optional(std::string_view name);

    std::string text(std::string_view name, std::size_t max_bytes = 1000);
    std::optional<std::string> optional_text(std::string_view name, std::size_t max_bytes = 1000);
    std::string one_of(std::string_view name, const std::vector<std::string_view> &choices);
    std::optional<std::string> optional_one_of(std::string_view name, const std::vector<std::string_view> &choices);
    std::int64_t integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<std::int64_t> optional_integer(std::string_view name, std::int64_t min, std::int64_t max);
    double number(std::string_view name, double min, double max);
    std::optional<double> optional_number(std::string_view name, double min, double max);
    std::optional<bool> optional_boolean(std::string_view name);
    /// An RFC 3339 timestamp as Unix time in microseconds.
    std::int64_t timestamp_us(std::string_view name);

    /// Adds an error about this object's field.
    void refuse(std::string_view name, std::string detail);
    [[nodiscard]] std::string pointer_to(std::string_view name) const;
    /// Reports every field that nobody asked for. Call last.
    void finish();

  private:
    const nlohmann::json &m_value;
    std::string m_pointer;
    std::vector<FieldError> &m_errors;
    std::set<std::string, std::less<>> m_known;
    bool m_is_object;
};

/// Takes the fields of an object and the list to which errors are added.
using ReadFields = std::function<void(ObjectReader &fields, std::vector<FieldError> &errors)>;
/// Has the fields of a whole document read. FieldErrors where `read`, or finish() after it, has found any.
void read_fields(const nlohmann::json &document, std::string_view what, const ReadFields &read);
/// The same for a document that is still text. Also errors as parse_json().
void parse_fields(std::string_view text, std::string_view what, const ReadFields &read);

/// What `read` makes of a text that is one JSON object; it takes the ObjectReader and, where it wants it, the list of errors. Errors as
/// parse_fields().
template <typename Read>
[[nodiscard]] auto read_object(std::string_view text, std::string_view what, const Read &read) {
    if constexpr (std::is_invocable_v<const Read &, ObjectReader &>) {
        std::optional<std::invoke_result_t<const Read &, ObjectReader &>> value;
        parse_fields(text, what, [&](ObjectReader &fields, std::vector<FieldError> &) { value.emplace(read(fields)); });
        return *std::move(value);
    } else {
        std::optional<std::invoke_result_t<const Read &, ObjectReader &, std::vector<FieldError> &>> value;
        parse_fields(text, what, [&](ObjectReader &fields, std::vector<FieldError> &errors) { value.emplace(read(fields, errors)); });
        return *std::move(value);
    }
}

} // namespace keyaki::server
