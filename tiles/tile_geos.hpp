#pragma once

#include "tiles/polygon_repair.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstddef>
#include <geos_c.h>
#include <memory>

namespace keyaki::tiles {

// Polygons of a tile as GEOS's and back. Only for those .cpp files of this room that ask GEOS.

/// This thread's context: GEOS is thread-safe with one a thread, and with that only.
[[nodiscard]] GEOSContextHandle_t geos_context();

struct DestroyGeosGeometry {
    void operator()(GEOSGeometry *geometry) const noexcept { GEOSGeom_destroy_r(geos_context(), geometry); }
};
using GeosPolygon = std::unique_ptr<GEOSGeometry, DestroyGeosGeometry>;

/// Takes what GEOS made; Error(internal) for nothing.
[[nodiscard]] GeosPolygon require_geos(GEOSGeometry *geometry);
/// One polygon from rings `first` to `end`, the first of them its exterior.
[[nodiscard]] GeosPolygon to_geos(const TilePaths &rings, std::size_t first, std::size_t end);
/// Appends all polygons of a geometry, rounded to whole units and cleaned.
void append_polygons(const GEOSGeometry *geometry, TilePolygons &out);

} // namespace keyaki::tiles
