#pragma once

#include "tiles/tile_geometry.hpp"

namespace keyaki::tiles {

/// The pieces of a line within the box, each of two different points or more, appended to `pieces`. Cut points are rounded to the nearest unit
/// and lie on the box's edge. A line that only touches the box at a point leaves nothing.
void clip_line(std::span<const TilePoint> line, const TileBox &box, TilePaths &pieces);
void clip_line(std::span<const WidePoint> line, const TileBox &box, TilePaths &pieces);

/// The part of a ring (without closing position) within the box, by Sutherland and Hodgman (1974), in place. Where the ring leaves the box more
/// than once its parts hang together along the edge: what is left may touch itself there, which polygon_check.hpp sees and the repair parts.
void clip_ring(std::vector<TilePoint> &ring, const TileBox &box, std::vector<TilePoint> &scratch);
void clip_ring(std::vector<WidePoint> &ring, const TileBox &box, std::vector<WidePoint> &scratch);

} // namespace keyaki::tiles
