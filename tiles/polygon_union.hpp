#pragma once

#include "tiles/polygon_repair.hpp"

namespace keyaki::tiles {

/// Unites polygons of one tile that touch or overlap; the others stay as they are. What comes out is valid and of whole units, in an order that
/// depends on what came in only. \pre the polygons are valid
void unite_polygons(const TilePolygons &polygons, TilePolygons &united);

} // namespace keyaki::tiles
