#pragma once

#include "geo/feature.hpp"

#include <string>
#include <string_view>

namespace keyaki::data {

/// Properties as one JSON object (RFC 8259), in their order, UTF-8 unescaped; a double always has a point or an exponent, so that 5.0 comes
/// back as a double and 5 as an integer, and it is the shortest text that reads back to the same bits. Appends to `json`.
/// Error invalid_input for a number that is not finite: JSON has none.
void append_property_json(std::string &json, const geo::Properties &properties);

/// Reads what append_property_json() wrote. Error corrupt for anything else.
[[nodiscard]] geo::Properties parse_property_json(std::string_view json);

} // namespace keyaki::data
