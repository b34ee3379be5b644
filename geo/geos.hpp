#pragma once

#include "geo/geodesic.hpp"
#include "geo/geometry.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// GEOS's own types, so that nobody but the .cpp files of validity, predicates and this one sees geos_c.h.
struct GEOSGeom_t;
struct GEOSContextHandle_HS;

namespace keyaki::geo {

/// This thread's GEOS context, made at its first use and ended with the thread. Never given to another thread.
[[nodiscard]] GEOSContextHandle_HS *geos_context();
/// What GEOS said last on this thread when something failed.
[[nodiscard]] std::string geos_message();

struct GeosGeometryDeleter {
    void operator()(GEOSGeom_t *geometry) const noexcept;
};
/// Lives and dies in the thread that made it.
using GeosGeometry = std::unique_ptr<GEOSGeom_t, GeosGeometryDeleter>;

/// Takes a pointer that GEOS returned; \throws Error(invalid_input) with `doing` and GEOS's own words where it is null.
[[nodiscard]] GeosGeometry owned_by_us(GEOSGeom_t *geometry, const char *doing);

/// \pre the invariants of Geometry. \throws Error(invalid_input) where GEOS refuses it.
[[nodiscard]] GeosGeometry to_geos(const Geometry &geometry);
/// A rectangle, or the line or point to which it has shrunk. \pre !box.empty()
[[nodiscard]] GeosGeometry to_geos(const LonLatBox &box);

/// 0 for points, 1 for lines, 2 for polygons.
[[nodiscard]] int dimension(GeometryType type) noexcept;

/// All parts of that dimension, also out of collections, as one geometry: of the single type where there is one part, else of the multi type.
/// Nothing where there is none. Rings are wound as GEOS left them.
[[nodiscard]] std::optional<Geometry> from_geos(const GEOSGeom_t &geometry, int dimension);

/// Rings in a plane, one after another; `ends` has one end offset per ring. Exteriors counter-clockwise, holes clockwise.
struct PlaneRings {
    std::vector<PlanePoint> positions;
    std::vector<std::size_t> ends;
};
/// Everything within `distance_m` of the lines, round ends and joins by 16 steps per quarter turn.
[[nodiscard]] PlaneRings buffer_lines(const PlaneRings &lines, double distance_m);

} // namespace keyaki::geo
