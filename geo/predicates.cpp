#include "geo/predicates.hpp"

#include "geo/error.hpp"
#include "geo/geos.hpp"

#include <algorithm>
#include <string>

#include <geos_c.h>

namespace keyaki::geo {

namespace {

/// GEOS's char of three: 0 no, 1 yes, 2 failed.
bool answer(char reply, const char *question) {
    if (reply == 2) {
        throw Error(ErrorKind::invalid_input, std::string("GEOS could not tell whether one geometry ") + question + " another: " + geos_message());
    }
    return reply == 1;
}

bool holds(const LonLatBox &outer, const LonLatBox &inner) {
    return outer.west_deg <= inner.west_deg && outer.east_deg >= inner.east_deg && outer.south_deg <= inner.south_deg &&
           outer.north_deg >= inner.north_deg;
}

} // namespace

bool intersects(const Geometry &geometry, const LonLatBox &box) {
    const LonLatBox extent = geometry.bounds();
    if (box.empty() || extent.empty() || !extent.intersects(box)) {
        return false;
    }
    // The common cases need no GEOS: wholly inside, or a position inside.
    if (holds(box, extent) || std::any_of(geometry.positions.begin(), geometry.positions.end(), [&](LonLat at) { return box.contains(at); })) {
        return true;
    }
    if (geometry.is_point()) {
        return false;
    }
    return answer(GEOSIntersects_r(geos_context(), to_geos(box).get(), to_geos(geometry).get()), "intersects");
}

bool intersects(const Geometry &a, const Geometry &b) {
    if (!a.bounds().intersects(b.bounds())) {
        return false;
    }
    return answer(GEOSIntersects_r(geos_context(), to_geos(a).get(), to_geos(b).get()), "intersects");
}

bool contains(const Geometry &geometry, LonLat position) {
    if (!geometry.bounds().contains(position)) {
        return false;
    }
    return answer(GEOSCovers_r(geos_context(), to_geos(geometry).get(), to_geos(Geometry::point(position)).get()), "covers");
}

bool contains(const Geometry &outer, const Geometry &inner) {
    if (!holds(outer.bounds(), inner.bounds())) {
        return false;
    }
    return answer(GEOSCovers_r(geos_context(), to_geos(outer).get(), to_geos(inner).get()), "covers");
}

LonLat point_on_surface(const Geometry &geometry) {
    const GeosGeometry point = owned_by_us(GEOSPointOnSurface_r(geos_context(), to_geos(geometry).get()), "find a position inside");
    const std::optional<Geometry> found = from_geos(*point, 0);
    if (!found) {
        throw Error(ErrorKind::invalid_input, "an empty geometry has no position inside");
    }
    return found->positions.front();
}

} // namespace keyaki::geo
