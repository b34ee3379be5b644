#include "server/web/glyphs/glyph_range.hpp"

#include "server/web/glyphs/distance_field.hpp"

#include <cassert>
#include <cmath>
#include <protozero/pbf_writer.hpp>

namespace keyaki::server::web::glyphs {

namespace {

// glyphs.proto: fields of glyphs, fontstack and glyph.
constexpr protozero::pbf_tag_type glyphs_stacks = 1;
constexpr protozero::pbf_tag_type stack_name = 1;
constexpr protozero::pbf_tag_type stack_range = 2;
constexpr protozero::pbf_tag_type stack_glyphs = 3;
constexpr protozero::pbf_tag_type glyph_id = 1;
constexpr protozero::pbf_tag_type glyph_bitmap = 2;
constexpr protozero::pbf_tag_type glyph_width = 3;
constexpr protozero::pbf_tag_type glyph_height = 4;
constexpr protozero::pbf_tag_type glyph_left = 5;
constexpr protozero::pbf_tag_type glyph_top = 6;
constexpr protozero::pbf_tag_type glyph_advance = 7;

void add_glyph(protozero::pbf_writer &stack, char32_t character, const Outline &outline, int ascender_pixels) {
    const DistanceField field = distance_field(outline);
    protozero::pbf_writer glyph(stack, stack_glyphs);
    glyph.add_uint32(glyph_id, character);
    if (!field.bitmap.empty()) { // readers expect no bitmap of a blank, not an empty one
        glyph.add_bytes(glyph_bitmap, field.bitmap);
    }
    glyph.add_uint32(glyph_width, static_cast<std::uint32_t>(field.width));
    glyph.add_uint32(glyph_height, static_cast<std::uint32_t>(field.height));
    glyph.add_sint32(glyph_left, field.left);
    // From the upper edge of the line of text, not from the baseline: so the format's first writer did it, and renderers count with it.
    glyph.add_sint32(glyph_top, field.top - ascender_pixels);
    glyph.add_uint32(glyph_advance, static_cast<std::uint32_t>(std::lround(outline.advance)));
}

} // namespace

std::string range_name(char32_t first) {
    return std::to_string(static_cast<std::uint32_t>(first)) + "-" + std::to_string(static_cast<std::uint32_t>(first + characters_per_range - 1));
}

std::string encode_range(const Font &font, const std::string &stack, char32_t first, std::span<const char32_t> characters) {
    std::string bytes;
    protozero::pbf_writer whole(bytes);
    protozero::pbf_writer range(whole, glyphs_stacks);
    range.add_string(stack_name, stack);
    range.add_string(stack_range, range_name(first));
    const int ascender_pixels = font.ascender_pixels();
    for (const char32_t character : characters) {
        const auto outline = font.outline(character);
        assert(outline && character / characters_per_range == first / characters_per_range);
        add_glyph(range, character, *outline, ascender_pixels);
    }
    range.commit();
    return bytes;
}

} // namespace keyaki::server::web::glyphs
