#pragma once

#include "tiles/polygon_repair.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

// GEOS's own types, so that only those .cpp files that ask GEOS see geos_c.h.
struct GEOSGeom_t;
struct GEOSContextHandle_HS;

namespace keyaki::tiles {

// Polygons of a tile as GEOS's and back. Only for those .cpp files of this room that ask GEOS.

/// This thread's context: GEOS is thread-safe with one a thread, and with that only.
[[nodiscard]] GEOSContextHandle_HS *geos_context();

struct DestroyGeosGeometry {
    void operator()(GEOSGeom_t *geometry) const noexcept;
};
using GeosPolygon = std::unique_ptr<GEOSGeom_t, DestroyGeosGeometry>;

/// Takes what GEOS made; Error(internal) for nothing.
[[nodiscard]] GeosPolygon require_geos(GEOSGeom_t *geometry);
/// One polygon from rings `first` to `end`, the first of them its exterior.
[[nodiscard]] GeosPolygon to_geos(const TilePaths &rings, std::size_t first, std::size_t end);
/// Several as one geometry.
[[nodiscard]] GeosPolygon to_geos_multipolygon(const TilePolygons &polygons, std::span<const std::uint32_t> members);
/// Appends all polygons of a geometry, rounded to whole units and cleaned.
void append_polygons(const GEOSGeom_t *geometry, TilePolygons &out);
/// The same as valid polygons that do not overlap. Mostly rounding each vertex is enough; where it is not, GEOS's snap rounding decides, which takes
/// several times as long as all the rest of what is asked of GEOS. False, and appends nothing, where GEOS does not find the geometry valid.
[[nodiscard]] bool append_valid_polygons(const GEOSGeom_t *geometry, TilePolygons &out);

} // namespace keyaki::tiles
