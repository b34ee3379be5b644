#pragma once

#include "geo/grid_shape.hpp"
#include "tiles/tile_geometry.hpp"
#include "tiles/vertex_corners.hpp"

#include <cstdint>
#include <vector>

namespace keyaki::tiles {

/// A shape in the units of a zoom, 4096 for each tile's side, counted from the north-west corner of the world: below 2^26 at zoom 14.
struct UnitShape {
    geo::GeometryType type = geo::GeometryType::point;
    TilePaths paths;                         ///< lines, rings without closing point, or one path of points
    std::vector<std::uint32_t> polygon_ends; ///< offsets into paths

    void clear(geo::GeometryType new_type) {
        type = new_type;
        paths.clear();
        polygon_ends.clear();
    }
    [[nodiscard]] bool empty() const noexcept { return paths.size() == 0; }
};

/// Draws shapes for a zoom: at the deepest with all vertices, above with those only that lines within a tolerance of the whole shape need. Corners
/// (vertex_corners.hpp) and ends of lines stay, and what lies between is simplified alike by all shapes that share it. Paths that are nothing at the
/// zoom are left out, holes with their exterior. Keeps its memory. One thread.
class ShapeSimplifier {
  public:
    ShapeSimplifier(const VertexCorners &corners, std::uint8_t zoom_max) : m_corners(corners), m_zoom_max(zoom_max) {}

    /// \pre zoom <= zoom_max <= 14
    void draw(const geo::GridShape &shape, std::uint8_t zoom, UnitShape &out);

  private:
    void keep(std::span<const geo::GridVertex> path, bool is_ring, std::uint8_t zoom);
    void keep_ring_without_corners(std::span<const geo::GridVertex> ring, double tolerance_cells);
    void keep_between(std::span<const geo::GridVertex> path, std::size_t begin, std::size_t end, double tolerance_cells);
    [[nodiscard]] bool append(std::span<const geo::GridVertex> path, bool is_ring, std::uint8_t zoom, TilePaths &out) const;

    const VertexCorners &m_corners;
    std::uint8_t m_zoom_max;
    std::vector<std::uint8_t> m_kept;    ///< for each vertex of the path at hand
    std::vector<std::size_t> m_places;   ///< of its corners
    std::vector<geo::GridPoint> m_piece; ///< between two of them
    std::vector<std::uint8_t> m_piece_kept;
};

} // namespace keyaki::tiles
