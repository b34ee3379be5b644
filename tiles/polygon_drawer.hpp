#pragma once

#include "tiles/mvt.hpp"
#include "tiles/polygon_repair.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstddef>
#include <vector>

namespace keyaki::tiles {

/// Draws the polygons of a feature: cleans their rings, repairs what snapping and clipping broke, winds them as MVT wants and writes them. Keeps its
/// memory. One thread.
class PolygonDrawer {
  public:
    /// Begins a polygon.
    void begin() { m_rings.clear(); }
    /// True until the exterior has turned out to be nothing: without it a polygon is gone, and so are its holes.
    [[nodiscard]] bool wants_ring(bool is_exterior) const noexcept { return is_exterior || m_rings.size() > 0; }
    /// A ring in the tile's units, the exterior first; `ring` is used up.
    void add_ring(std::vector<TilePoint> &ring);
    /// Writes what is left of it.
    void end(MvtGeometryWriter &writer);

  private:
    TilePaths m_rings; ///< of one polygon
    TilePolygons m_repaired;
};

/// Writes rings `first` to `end` as one polygon: the exterior first, wound as MVT wants whichever way they are.
void write_polygon(std::size_t first, std::size_t end, TilePaths &rings, MvtGeometryWriter &writer);

} // namespace keyaki::tiles
