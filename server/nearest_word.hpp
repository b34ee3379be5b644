#pragma once

#include <span>
#include <string_view>

namespace keyaki::server {

/// The choice that takes the fewest letters to change, add or leave out (Levenshtein's distance): what was probably meant. Of several the first.
/// \pre there are choices
[[nodiscard]] std::string_view nearest_word(std::string_view written, std::span<const std::string_view> choices);

} // namespace keyaki::server
