#pragma once

#include "server/filter/expression.hpp"

#include <string_view>

namespace keyaki::server::filter {

/// Parses CQL2 JSON (21-065r2, annex C) into the tree that parse_text makes of the same filter. Throws Error invalid_input with the JSON pointer,
/// what was expected and what was found.
[[nodiscard]] Expression parse_json_filter(std::string_view text);

} // namespace keyaki::server::filter
