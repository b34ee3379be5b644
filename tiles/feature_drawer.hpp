#pragma once

#include "geo/rtree.hpp"
#include "geo/tile_id.hpp"
#include "tiles/mvt.hpp"
#include "tiles/polygon_drawer.hpp"
#include "tiles/snapshot_part.hpp"
#include "tiles/tile_builder.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstdint>
#include <vector>

namespace keyaki::tiles {

/// From grid cells to a tile's units. Every tile of a zoom rounds alike, so neighbours agree in their buffers.
class TileProjection {
  public:
    TileProjection(geo::TileId tile, std::int32_t extent) noexcept;

    [[nodiscard]] std::int64_t x(std::uint32_t cell) const noexcept { return scaled(static_cast<std::int64_t>(cell) - m_origin_x); }
    [[nodiscard]] std::int64_t y(std::uint32_t cell) const noexcept { return scaled(static_cast<std::int64_t>(cell) - m_origin_y); }
    /// 4096 units of this size are a tile of this zoom.
    [[nodiscard]] int unit_zoom() const noexcept { return 20 - m_shift; }
    /// The cells that may fall into the tile and so many units around it.
    [[nodiscard]] geo::GridBox cells(std::int32_t extent, std::int32_t buffer) const noexcept;

  private:
    /// Rounded to the nearest unit; deeper than a cell is wide, the middle of the cell.
    [[nodiscard]] std::int64_t scaled(std::int64_t cells) const noexcept {
        return m_shift >= 0 ? (cells + m_half) >> m_shift : cells * (std::int64_t{1} << -m_shift) + m_half;
    }

    std::int64_t m_origin_x;
    std::int64_t m_origin_y;
    int m_shift; ///< a unit is 2^shift cells
    std::int64_t m_half;
};

/// Draws features of one tile: projects, simplifies, clips, cleans, repairs, encodes. Keeps its memory from feature to feature and tile to tile.
/// One thread.
class FeatureDrawer {
  public:
    static constexpr std::uint8_t draws_all = 255;

    /// `vertex_zoom`: vertices needed at deeper zooms only are left out (simplify.hpp); draws_all leaves none out.
    void begin_layer(geo::TileId tile, const TileOptions &options, std::uint8_t vertex_zoom);
    /// Draws into geometry(); false where nothing of the feature is left in the tile.
    [[nodiscard]] bool draw(const PartGeometry &geometry, const geo::GridBox &box);
    [[nodiscard]] std::string_view geometry() const noexcept { return m_writer.bytes(); }

  private:
    void draw_points(const PartGeometry &geometry);
    void draw_lines(const PartGeometry &geometry);
    void draw_polygons(const PartGeometry &geometry);
    [[nodiscard]] bool draw_known_ring(const PartGeometry &geometry);
    void add_ring(std::span<const geo::GridPoint> points, std::span<const std::uint8_t> zooms);
    template <typename Point>
    void project(std::span<const geo::GridPoint> points, std::span<const std::uint8_t> zooms, std::vector<Point> &path) const;

    TileProjection m_projection{{}, tile_extent};
    TileBox m_clip_box;
    std::uint8_t m_vertex_zoom = draws_all;
    bool m_is_inside = false; ///< the feature that is being drawn needs no clipping
    bool m_is_wide = false;   ///< its coordinates need 64 bits
    MvtGeometryWriter m_writer;
    std::vector<TilePoint> m_path;
    std::vector<TilePoint> m_scratch;
    std::vector<WidePoint> m_wide_path;
    std::vector<WidePoint> m_wide_scratch;
    TilePaths m_pieces; ///< of lines
    PolygonDrawer m_polygon;
};

} // namespace keyaki::tiles
