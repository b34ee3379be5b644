#pragma once

#include "server/web/glyphs/font.hpp"

#include <span>
#include <string>

namespace keyaki::server::web::glyphs {

inline constexpr char32_t characters_per_range = 256;

/// The first and the last character of a range as addresses have it: "19968-20223".
[[nodiscard]] std::string range_name(char32_t first);

/// A range of a font in the format of MapLibre's glyphs (message `glyphs` of glyphs.proto, "Protocol Version 1"): the characters given, all of them
/// in the font and of the range that begins with `first`.
[[nodiscard]] std::string encode_range(const Font &font, const std::string &stack, char32_t first, std::span<const char32_t> characters);

} // namespace keyaki::server::web::glyphs
