#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace keyaki::server::web::glyphs {

/// A range of glyphs as it is embedded in the program; everything points into memory that lives as long as it.
struct PackedRange {
    std::string_view gzip; ///< the message `glyphs` of glyphs.proto, packed
    std::string_view tag;  ///< 16 hex digits that change with the bytes
};

inline constexpr char32_t last_range = 0x10FF00; ///< the first character of Unicode's last range of 256

/// The font stacks that there are, in the order of their names: "Noto Sans CJK JP Bold".
[[nodiscard]] std::vector<std::string_view> stacks();

/// The stack that serves these names, separated by commas as renderers join what a style's `text-font` lists: the first of them that is here, also
/// under the names that VersaTiles' styles have for it ("noto_sans_bold"). Nothing when none is here.
[[nodiscard]] std::optional<std::string_view> find_stack(std::string_view names);

/// The range of one of stacks() that begins with this character; nothing when the font has nothing there.
[[nodiscard]] std::optional<PackedRange> find_range(std::string_view stack, char32_t first);

/// The first character of "19968-20223"; nothing for a text that names no range of 256 characters of Unicode.
[[nodiscard]] std::optional<char32_t> parse_range(std::string_view text);

} // namespace keyaki::server::web::glyphs
