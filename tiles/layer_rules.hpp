#pragma once

#include "tiles/candidates.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstddef>
#include <vector>

namespace keyaki::tiles {

// What a tile leaves out, in one place. A unit is 1/4096 of the tile's side, 1/8 pixel of a 512-pixel tile.
//
// 1. Zoom: a layer has no tiles outside of its zoom_min..zoom_max.
// 2. Simplification: above (at smaller z than) zoom_max, lines and rings are drawn by simplify.hpp's vertices: at most one unit off.
//    At zoom_max every vertex is drawn.
// 3. Points are always drawn; points of one multipoint that fall into one unit become one.
// 4. A line that falls into one unit is left out. So is a ring whose corners all fall onto one line of units: a hole closes, a polygon whose exterior
//    does so disappears. Nothing collapses into another kind of geometry: a polygon is a polygon at every zoom, or is not there.
// 5. A feature that has nothing left to draw is left out with its properties.
// 6. Of more than max_features_per_tile_layer features the largest are drawn (by the larger side of their box, in powers of two), of those of one
//    size the ones whose numeric id, multiplied by the golden ratio of 2^64, is smallest: no place, name or age is preferred, and a
//    feature that a tile keeps stays when one zooms in.

/// Rule 4 for whole features, before anything of them is looked at: a box in tile units without width and height, or for polygons without one of
/// them.
[[nodiscard]] inline bool is_too_small_for_line(const TileBox &box) noexcept { return box.min_x == box.max_x && box.min_y == box.max_y; }
[[nodiscard]] inline bool is_too_small_for_polygon(const TileBox &box) noexcept { return box.min_x == box.max_x || box.min_y == box.max_y; }

/// Rule 6: leaves `limit` candidates, in the order in which they are.
void thin(const LayerSnapshot &snapshot, std::vector<Candidate> &candidates, std::size_t limit);

} // namespace keyaki::tiles
