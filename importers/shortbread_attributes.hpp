#pragma once

#include "importers/shortbread_rules.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyaki::importers {

/// As Shortbread types its fields: booleans, integers, floats (MVT's 32 bits), texts.
using ShortbreadValue = std::variant<bool, std::int64_t, float, std::string_view>;

/// A field of a feature and the zoom from which on it is there.
struct ShortbreadAttribute {
    std::string_view name;
    ShortbreadValue value;
    std::uint8_t zoom_from = 0;

    friend bool operator==(const ShortbreadAttribute &, const ShortbreadAttribute &) = default;
};

/// What a feature carries, by the second table (shortbread_attributes.cpp): the schema's fields of its layer, with the defaults where the schema has
/// some, and beside the schema `name_ja` wherever there is `name`. Keeps its memory from feature to feature. Texts are views into the tags, the table
/// or this object; they hold until the next read().
class ShortbreadAttributes {
  public:
    void read(const ShortbreadMatch &match, OsmTags tags, const ShortbreadSize &size);
    [[nodiscard]] std::span<const ShortbreadAttribute> all() const noexcept { return m_attributes; }

  private:
    void read_reference(OsmTags tags);
    void read_poi(OsmTags tags);

    std::vector<ShortbreadAttribute> m_attributes;
    std::string m_reference; ///< ref with its lines
};

/// Where a feature stands among those of its layer: smaller comes first in a tile, as the schema sorts (streets and waterways from the ground up,
/// places by population, labels of areas by area, large ones first), or is drawn first. Below zoom 11, where streets have no bridges, only the class
/// counts.
struct ShortbreadRank {
    std::int32_t fine = 0;
    std::int32_t coarse = 0;
};
inline constexpr std::uint8_t shortbread_fine_rank_from = 11;
[[nodiscard]] ShortbreadRank shortbread_rank(const ShortbreadMatch &match, OsmTags tags, const ShortbreadSize &size);

/// The zoom from which on a line's direction says something and may not be turned: one-way streets where `oneway` is told, waterways always.
[[nodiscard]] std::uint8_t shortbread_direction_from(const ShortbreadMatch &match, OsmTags tags);

/// The fields of a layer with the type that TileJSON writes: "Boolean", "Number" or "String".
struct ShortbreadField {
    std::string_view name;
    std::string_view type;
};
[[nodiscard]] std::vector<ShortbreadField> shortbread_fields(ShortbreadLayer layer);

} // namespace keyaki::importers
