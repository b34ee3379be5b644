#pragma once

#include "geo/rtree.hpp"
#include "geo/tile_id.hpp"
#include "tiles/mvt.hpp"
#include "tiles/polygon_drawer.hpp"
#include "tiles/shape_simplifier.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// Takes what a shape is in one tile: MVT's commands, not empty, during the call only.
using TakePiece = std::function<void(geo::TileId tile, std::string_view geometry)>;

/// Spreads shapes over the tiles of a zoom: cuts them at each tile's buffer, in halves and halves of halves, so that what covers many tiles costs its
/// edge and not its edge times the tiles. Points are in one tile each, since clients take no labels from a tile's buffer. Keeps its memory. One
/// thread.
class TileSpreader {
  public:
    /// Only over tiles that meet the box.
    explicit TileSpreader(const geo::GridBox &box) : m_box(box) {}

    void spread(const UnitShape &shape, std::uint8_t zoom, const TakePiece &take);

  private:
    /// Tiles of a zoom; both corners within.
    struct Range {
        std::int32_t min_x;
        std::int32_t min_y;
        std::int32_t max_x;
        std::int32_t max_y;
    };
    [[nodiscard]] static TileBox box_of(const Range &range);
    /// The tiles that may be drawn.
    [[nodiscard]] Range whole_range() const;
    [[nodiscard]] Range range_of(const UnitShape &shape) const;
    void spread_points(const UnitShape &shape, const TakePiece &take) const;
    void divide(const UnitShape &shape, const Range &range, const TakePiece &take);
    void clip(const UnitShape &shape, const TileBox &box, UnitShape &out);
    void draw(const UnitShape &shape, const Range &tile, const TakePiece &take);
    void draw_polygons(const UnitShape &shape, TilePoint origin);

    geo::GridBox m_box;
    std::uint8_t m_zoom = 0;
    MvtGeometryWriter m_writer;
    PolygonDrawer m_polygon;
    UnitShape m_piece;
    std::vector<TilePoint> m_path;
    std::vector<TilePoint> m_scratch;
};

} // namespace keyaki::tiles
