#pragma once

#include "geo/geometry.hpp"

namespace keyaki::geo {

// Spatial truth, decided by GEOS on plane lon/lat coordinates. Thread-safe: each thread has its own GEOS context.
// A geometry that GEOS cannot work on (invalid beyond its patience) throws Error(invalid_input).

/// True where geometry and box share a point; touching counts (OGC API - Features 7.15.3).
[[nodiscard]] bool intersects(const Geometry &geometry, const LonLatBox &box);
[[nodiscard]] bool intersects(const Geometry &a, const Geometry &b);

/// True where a position lies inside a polygon or on its boundary (GEOS covers). False for points and lines that do not go through it.
[[nodiscard]] bool contains(const Geometry &geometry, LonLat position);
/// True where no point of `inner` lies outside of `outer` (GEOS covers).
[[nodiscard]] bool contains(const Geometry &outer, const Geometry &inner);

/// A position inside of the geometry, for a label or a marker: of a polygon the middle of its widest scan line, of a line a position of it.
[[nodiscard]] LonLat point_on_surface(const Geometry &geometry);

} // namespace keyaki::geo
