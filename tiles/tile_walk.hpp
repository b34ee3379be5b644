#pragma once

#include "geo/tile_id.hpp"
#include "tiles/tile_builder.hpp"

#include <cstdint>
#include <functional>
#include <span>

namespace keyaki::tiles {

struct ZoomRange {
    std::uint8_t min = 0;
    std::uint8_t max = 14;

    friend bool operator==(const ZoomRange &, const ZoomRange &) = default;
};

/// Calls visit(tile) for each tile of these zooms in which something may be drawn: the box of a feature meets the tile or its buffer. Every tile
/// that build_tile fills is among them; some that it leaves empty are too. A tile comes before the four below it, north-west first; the order is
/// the same each time. Takes time for features times zooms, not for the area that they cover. A visit that throws ends the walk.
/// \pre zooms.min <= zooms.max <= geo::max_zoom
void walk_tiles(std::span<const TileLayer> layers, ZoomRange zooms, const std::function<void(geo::TileId)> &visit, const TileOptions &options = {});

} // namespace keyaki::tiles
