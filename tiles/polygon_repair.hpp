#pragma once

#include "tiles/tile_geometry.hpp"

#include <vector>

namespace keyaki::tiles {

/// Polygons in tile units: the first ring of each is its exterior.
struct TilePolygons {
    TilePaths rings;
    std::vector<std::uint32_t> polygon_ends; ///< offsets into rings

    void clear() {
        rings.clear();
        polygon_ends.clear();
    }
    [[nodiscard]] std::size_t first_ring(std::size_t polygon) const noexcept { return polygon == 0 ? 0 : polygon_ends[polygon - 1]; }
    /// One polygon of others.
    void append(const TilePolygons &others, std::size_t polygon);
};

/// Appends to `out` what the rings (the first one the exterior; clean, without closing positions; perhaps crossing or touching themselves or each
/// other, or holes outside of the exterior) enclose, as valid polygons of whole units. Appends nothing where nothing with an area is left.
/// GEOS decides: a valid polygon comes back as it is; another is made valid (method "structure") and brought to whole units.
void repair_polygon(const TilePaths &rings, TilePolygons &out);

/// True where GEOS finds the rings valid as one polygon. For tests and the verifier.
[[nodiscard]] bool is_valid_polygon(const TilePaths &rings);

} // namespace keyaki::tiles
