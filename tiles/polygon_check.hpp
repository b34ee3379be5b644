#pragma once

#include "tiles/tile_geometry.hpp"

#include <vector>

namespace keyaki::tiles {

/// Takes doubled points, spikes (there and back on the same line) and points in the middle of a straight line out of a ring, in place, until none
/// is left. Less than three points left: there is no ring.
void clean_ring(std::vector<TilePoint> &ring);

/// True where rings are surely without fault: no two edges of them meet except neighbours at their common point. False may also be a touch that
/// is allowed. The rings are clean_ring's; together one polygon. Up to max_vertices_compared_in_pairs vertices each edge with each, else by
/// sweeping over edges in the order of x.
[[nodiscard]] bool edges_are_apart(const TilePaths &rings);

/// True where the rings are surely one valid polygon: edges apart, and holes inside of the exterior, the first ring, and not inside of one another.
/// False past max_rings_compared_in_pairs.
[[nodiscard]] bool is_surely_valid(const TilePaths &rings);

/// True where a point is strictly inside of a ring or, half of the time, on its edge: for points that are known not to be on it.
[[nodiscard]] bool is_inside(TilePoint point, std::span<const TilePoint> ring) noexcept;

} // namespace keyaki::tiles
