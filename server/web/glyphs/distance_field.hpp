#pragma once

#include "server/web/glyphs/outline.hpp"

#include <cstdint>
#include <string>

namespace keyaki::server::web::glyphs {

/// The glyph format's sizes, as every renderer of MapLibre styles takes them for granted (glyphs.proto, "Protocol Version 1", and its readers).
inline constexpr int em_pixels = 24;         ///< a font's em in the pictures
inline constexpr int border_pixels = 3;      ///< on each side of a glyph, not counted in its width and height
inline constexpr float radius_pixels = 8;    ///< the whole range of a byte
inline constexpr float inside_share = 0.25F; ///< of that range lies inside of the outline, so that 192 is the outline itself

/// A glyph as distances to its outline: darker is farther outside.
struct DistanceField {
    int width = 0;      ///< without the border, pixels
    int height = 0;     ///< without the border, pixels
    int left = 0;       ///< from the pen to the picture's left edge without the border
    int top = 0;        ///< from the baseline up to the picture's upper edge without the border
    std::string bitmap; ///< a byte for a pixel, rows from above, with the border; empty for a blank
};

/// The exact distances at the middles of the pixels, to every straight piece of the outline that is near enough to matter. Pure.
[[nodiscard]] DistanceField distance_field(const Outline &outline);

} // namespace keyaki::server::web::glyphs
