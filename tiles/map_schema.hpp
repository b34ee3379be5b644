#pragma once

#include "geo/grid_shape.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace keyaki::tiles {

// A map that is built from features once, as a file, in contrast to the layers that are served live (layer_snapshot.hpp): each feature with the zoom
// from which on it is drawn, generalised for the zooms above the deepest.

/// A layer of the map and what may be done to its features to make tiles smaller.
struct MapLayer {
    std::string name;
    bool joins_lines = false;    ///< lines of equal fields that meet end to end become one
    bool joins_polygons = false; ///< touching polygons of equal fields become one, but for the deepest zoom
    /// Which layers give way first where a tile is too large: the highest; 0 never does.
    std::uint8_t gives_way = 0;
};

struct MapSchema {
    std::vector<MapLayer> layers;  ///< in the order of the tile, at most 255
    std::vector<std::string> keys; ///< names of fields, at most 255
    std::uint8_t zoom_max = 14;
    std::uint8_t fine_rank_from = 0; ///< the zoom from which on MapFeature::rank_fine counts
};

/// MVT's types: bool, int64, float, string.
using MapValue = std::variant<bool, std::int64_t, float, std::string_view>;

struct MapField {
    std::uint8_t key = 0; ///< place in MapSchema::keys
    MapValue value;
    std::uint8_t zoom_from = 0; ///< it is left out above
};

/// A feature as it is handed over; everything holds during the call only.
struct MapFeature {
    std::uint8_t layer = 0; ///< place in MapSchema::layers
    std::uint8_t zoom_from = 0;
    std::uint8_t direction_from = 255; ///< from this zoom on a line is not turned around when it is joined
    std::int32_t rank_fine = 0;        ///< in a tile's layer those of smaller rank come first
    std::int32_t rank_coarse = 0;
    std::uint64_t id = 0; ///< unique in its layer; not in the tiles
    std::span<const MapField> fields;
    const geo::GridShape *shape = nullptr;
};

} // namespace keyaki::tiles
