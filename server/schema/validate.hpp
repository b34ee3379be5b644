#pragma once

#include "server/schema/schema.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::schema {

/// A property that is not as the schema says: which one, and a sentence with what was expected and what was found.
struct Finding {
    std::string property;
    std::string detail;

    friend bool operator==(const Finding &, const Finding &) = default;
};

/// How exact the source of the values is. JSON has types: what is not of the declared one is wrong. A table's cells are texts, so a file's "１２",
/// "有" or "2026/4/1" is understood where number, boolean or date is declared, and the label of a choice counts as its value.
enum class Source : std::uint8_t { json, file };

/// Whole: a feature in full, which must have what is required and gets defaults. The other way is for what is there already: no defaults.
enum class Missing : std::uint8_t { take_defaults, leave };

/// Checks the properties of one feature and brings them into the declared types and order: declared ones first, others after them as they came.
/// Computed ones that come from outside are dropped (clients send back what they got); null counts as absent and stays where it is not required.
/// \return what is wrong, in the order of the schema; empty: the properties may be stored. Pure; any thread.
[[nodiscard]] std::vector<Finding> validate(const Schema &schema, geo::Properties &properties, Source source,
                                            Missing missing = Missing::take_defaults);

/// One value alone, brought into the property's type; a sentence where it does not fit, empty where it does.
[[nodiscard]] std::string fit_value(const Property &property, geo::Value &value, Source source);

} // namespace keyaki::server::schema
