#pragma once

#include "importers/osm_rules.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace keyaki::importers {

// Which objects of OpenStreetMap become features of which layer of the base map, and from which zoom on: Shortbread 1.0
// (https://shortbread-tiles.org/schema/1.0/) as one table (shortbread_rules.cpp) and pure functions over tags. What features carry:
// shortbread_attributes.hpp. Thread-safe; nothing here knows a file or a library.

/// In the order in which a map is drawn, from the ground up.
enum class ShortbreadLayer : std::uint8_t {
    ocean,
    water_polygons,
    land,
    sites,
    water_lines,
    dam_lines,
    dam_polygons,
    pier_lines,
    pier_polygons,
    bridges,
    buildings,
    street_polygons,
    streets,
    aerialways,
    ferries,
    boundaries,
    addresses,
    pois,
    public_transport,
    water_lines_labels,
    water_polygons_labels,
    streets_polygons_labels,
    street_labels,
    street_labels_points,
    place_labels,
    boundary_labels,
};
inline constexpr std::size_t shortbread_layer_count = 26;
[[nodiscard]] std::string_view shortbread_name(ShortbreadLayer layer) noexcept;

/// One layer that an object goes to. `kind` is a view into the tags or the table.
struct ShortbreadMatch {
    ShortbreadLayer layer = ShortbreadLayer::ocean;
    OsmShape shape = OsmShape::point;
    std::uint8_t zoom_from = 0; ///< by what it is; shortbread_zoom() looks at its size too
    std::string_view kind;
};

/// At most one match for each layer, in the order of the layers.
class ShortbreadMatches {
  public:
    [[nodiscard]] bool empty() const noexcept { return m_size == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] const ShortbreadMatch *begin() const noexcept { return m_matches.data(); }
    [[nodiscard]] const ShortbreadMatch *end() const noexcept { return m_matches.data() + m_size; }
    [[nodiscard]] const ShortbreadMatch &operator[](std::size_t index) const noexcept { return m_matches[index]; }
    void add(const ShortbreadMatch &match) noexcept { m_matches[m_size++] = match; }

  private:
    std::array<ShortbreadMatch, shortbread_layer_count> m_matches{};
    std::size_t m_size = 0;
};

/// The layers for an object with these tags. Where several rows of one layer fit, the first of the table counts. The layers `ocean` and `boundaries`
/// are made of coastlines and of relations' ways (osm_coastline.hpp, osm_boundaries.hpp) and never match here.
[[nodiscard]] ShortbreadMatches match_shortbread(OsmObject object, OsmTags tags);

/// How large a feature is on the map.
struct ShortbreadSize {
    double length_m = 0; ///< of lines, in metres of Web Mercator
    double area_m2 = 0;  ///< of areas, in square metres of Web Mercator
};

/// The zoom from which on a feature of that size is drawn; past 14 never.
[[nodiscard]] std::uint8_t shortbread_zoom(const ShortbreadMatch &match, const ShortbreadSize &size);

/// The zoom from which on a layer may have features.
[[nodiscard]] std::uint8_t shortbread_zoom_min(ShortbreadLayer layer) noexcept;

/// The deepest zoom of the schema.
inline constexpr std::uint8_t shortbread_zoom_max = 14;

/// Whether the feature is one of the layer `pois` for this key and value.
[[nodiscard]] bool is_shortbread_poi(std::string_view key, std::string_view value);

} // namespace keyaki::importers
