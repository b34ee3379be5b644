#pragma once

#include "geo/mercator.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace keyaki::tiles {

/// Simplification that is computed once, when a snapshot is built, and costs a tile one comparison a vertex: for each vertex the smallest zoom
/// at which Douglas and Peucker (1973) would keep it with a tolerance of one unit of a 4096-unit tile. Every tile of a zoom draws the same
/// simplified whole, so neighbours agree.

/// Zoom of a vertex that never matters: exactly on the line of its neighbours.
inline constexpr std::uint8_t never_needed = 255;

/// zooms[i] for points[i] of a line; both ends are needed at zoom 0. \pre same sizes
/// A zoom's line stays within 1 unit (2^(20 - zoom) grid cells) of the whole one, and one zoom's vertices are all in the next zoom's.
void line_vertex_zooms(std::span<const geo::GridPoint> points, std::span<std::uint8_t> zooms);

/// The same for a ring without its closing position: held by its first vertex and the one farthest from it.
void ring_vertex_zooms(std::span<const geo::GridPoint> ring, std::span<std::uint8_t> zooms);

/// Marks with 1 the vertices of a line that Douglas and Peucker keep with a tolerance in cells, both ends included, with 0 the others. The same for
/// a line and for the same one turned around, vertex for vertex. \pre same sizes
void keep_vertices(std::span<const geo::GridPoint> line, double tolerance_cells, std::span<std::uint8_t> kept);

} // namespace keyaki::tiles
