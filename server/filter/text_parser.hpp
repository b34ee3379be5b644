#pragma once

#include "server/filter/expression.hpp"

#include <string_view>

namespace keyaki::server::filter {

/// Parses CQL2 text (21-065r2, annex B). Beyond the grammar: a keyword that opens a call (DATE, POINT, …) is a property's name where no bracket
/// follows, NOT may be repeated, and a timestamp may have an offset. Throws Error invalid_input with the character where it went wrong, what was
/// expected and what was found. Time is linear in the text.
[[nodiscard]] Expression parse_text(std::string_view text);

} // namespace keyaki::server::filter
