#include "geo/geos.hpp"

#include "geo/error.hpp"

#include <algorithm>
#include <cassert>
#include <span>

#include <geos_c.h>

namespace keyaki::geo {

namespace {

// Positions go to GEOS and back as flat arrays of two doubles.
static_assert(sizeof(LonLat) == 2 * sizeof(double) && sizeof(PlanePoint) == 2 * sizeof(double));

struct ContextDeleter {
    void operator()(GEOSContextHandle_HS *context) const noexcept { GEOS_finish_r(context); }
};

struct ThreadContext {
    std::unique_ptr<GEOSContextHandle_HS, ContextDeleter> handle{GEOS_init_r()};
    std::string message;

    ThreadContext() {
        GEOSContext_setErrorMessageHandler_r(
            handle.get(), [](const char *text, void *self) { static_cast<ThreadContext *>(self)->message = text; }, this);
    }
};

ThreadContext &thread_context() {
    thread_local ThreadContext context;
    return context;
}

struct CoordinateSequenceDeleter {
    void operator()(GEOSCoordSequence *sequence) const noexcept { GEOSCoordSeq_destroy_r(geos_context(), sequence); }
};
using CoordinateSequence = std::unique_ptr<GEOSCoordSequence, CoordinateSequenceDeleter>;

[[noreturn]] void refuse(const char *doing) { throw Error(ErrorKind::invalid_input, std::string("GEOS could not ") + doing + ": " + geos_message()); }

CoordinateSequence to_sequence(const double *first, std::size_t positions) {
    GEOSCoordSequence *made = GEOSCoordSeq_copyFromBuffer_r(geos_context(), first, static_cast<unsigned>(positions), 0, 0);
    if (made == nullptr) {
        refuse("take the positions");
    }
    return CoordinateSequence(made);
}

CoordinateSequence to_sequence(std::span<const LonLat> positions) { return to_sequence(&positions.front().lon_deg, positions.size()); }

/// Hands the parts over to GEOS, which owns them from then on whether it succeeds or not.
std::vector<GEOSGeometry *> released(std::vector<GeosGeometry> &parts) {
    std::vector<GEOSGeometry *> raw(parts.size());
    std::transform(parts.begin(), parts.end(), raw.begin(), [](GeosGeometry &part) { return part.release(); });
    return raw;
}

GeosGeometry collection(int type, std::vector<GeosGeometry> parts) {
    std::vector<GEOSGeometry *> raw = released(parts);
    return owned_by_us(GEOSGeom_createCollection_r(geos_context(), type, raw.data(), static_cast<unsigned>(raw.size())), "collect the parts");
}

GeosGeometry to_point(LonLat position) {
    return owned_by_us(GEOSGeom_createPointFromXY_r(geos_context(), position.lon_deg, position.lat_deg), "make a point");
}

GeosGeometry to_line(std::span<const LonLat> positions) {
    return owned_by_us(GEOSGeom_createLineString_r(geos_context(), to_sequence(positions).release()), "make a line");
}

GeosGeometry to_ring(std::span<const LonLat> positions) {
    return owned_by_us(GEOSGeom_createLinearRing_r(geos_context(), to_sequence(positions).release()), "make a ring");
}

GeosGeometry to_polygon(const Geometry &geometry, std::size_t number) {
    const std::size_t exterior = geometry.first_ring(number);
    GeosGeometry shell = to_ring(geometry.part(exterior));
    std::vector<GeosGeometry> holes;
    for (std::size_t ring = exterior + 1; ring < geometry.polygon_ends[number]; ++ring) {
        holes.push_back(to_ring(geometry.part(ring)));
    }
    std::vector<GEOSGeometry *> raw = released(holes);
    return owned_by_us(GEOSGeom_createPolygon_r(geos_context(), shell.release(), raw.data(), static_cast<unsigned>(raw.size())), "make a polygon");
}

std::vector<LonLat> positions_of(const GEOSGeometry *geometry) {
    const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(geos_context(), geometry); // borrowed
    unsigned size = 0;
    if (sequence == nullptr || GEOSCoordSeq_getSize_r(geos_context(), sequence, &size) == 0) {
        refuse("read positions");
    }
    std::vector<LonLat> positions(size);
    if (size > 0 && GEOSCoordSeq_copyToBuffer_r(geos_context(), sequence, &positions.front().lon_deg, 0, 0) == 0) {
        refuse("read positions");
    }
    return positions;
}

void append_polygon(Geometry &into, const GEOSGeometry *polygon) {
    into.add_part(positions_of(GEOSGetExteriorRing_r(geos_context(), polygon)));
    const int holes = GEOSGetNumInteriorRings_r(geos_context(), polygon);
    for (int hole = 0; hole < holes; ++hole) {
        into.add_part(positions_of(GEOSGetInteriorRingN_r(geos_context(), polygon, hole)));
    }
    into.end_polygon();
}

/// Adds all parts of that dimension, walking down collections; returns how many.
std::size_t append_parts(Geometry &into, const GEOSGeometry *geometry, int wanted_dimension) {
    GEOSContextHandle_t context = geos_context();
    if (GEOSisEmpty_r(context, geometry) != 0) {
        return 0;
    }
    const int type = GEOSGeomTypeId_r(context, geometry);
    if (type >= GEOS_MULTIPOINT) {
        std::size_t added = 0;
        const int members = GEOSGetNumGeometries_r(context, geometry);
        for (int member = 0; member < members; ++member) {
            added += append_parts(into, GEOSGetGeometryN_r(context, geometry, member), wanted_dimension);
        }
        return added;
    }
    if (GEOSGeom_getDimensions_r(context, geometry) != wanted_dimension) {
        return 0;
    }
    if (type == GEOS_POLYGON) {
        append_polygon(into, geometry);
    } else if (type == GEOS_POINT) {
        into.positions.push_back(positions_of(geometry).front());
    } else {
        into.add_part(positions_of(geometry));
    }
    return 1;
}

/// Twice the signed area: positive where the ring runs counter-clockwise.
double doubled_area(std::span<const PlanePoint> ring) {
    double sum = 0;
    for (std::size_t i = 1; i < ring.size(); ++i) {
        sum += ring[i - 1].east_m * ring[i].north_m - ring[i].east_m * ring[i - 1].north_m;
    }
    return sum;
}

} // namespace

GEOSContextHandle_HS *geos_context() { return thread_context().handle.get(); }

std::string geos_message() { return thread_context().message; }

void GeosGeometryDeleter::operator()(GEOSGeom_t *geometry) const noexcept { GEOSGeom_destroy_r(geos_context(), geometry); }

GeosGeometry owned_by_us(GEOSGeom_t *geometry, const char *doing) {
    if (geometry == nullptr) {
        refuse(doing);
    }
    return GeosGeometry(geometry);
}

GeosGeometry to_geos(const Geometry &geometry) {
    std::vector<GeosGeometry> parts;
    switch (geometry.type) {
    case GeometryType::point: return to_point(geometry.positions.front());
    case GeometryType::multi_point:
        std::transform(geometry.positions.begin(), geometry.positions.end(), std::back_inserter(parts), to_point);
        return collection(GEOS_MULTIPOINT, std::move(parts));
    case GeometryType::line_string: return to_line(geometry.part(0));
    case GeometryType::multi_line_string:
        for (std::size_t part = 0; part < geometry.part_count(); ++part) {
            parts.push_back(to_line(geometry.part(part)));
        }
        return collection(GEOS_MULTILINESTRING, std::move(parts));
    case GeometryType::polygon: return to_polygon(geometry, 0);
    case GeometryType::multi_polygon:
        for (std::size_t number = 0; number < geometry.polygon_count(); ++number) {
            parts.push_back(to_polygon(geometry, number));
        }
        return collection(GEOS_MULTIPOLYGON, std::move(parts));
    }
    assert(false && "a geometry has one of six types");
    return {};
}

GeosGeometry to_geos(const LonLatBox &box) {
    assert(!box.empty());
    const LonLat south_west{box.west_deg, box.south_deg};
    const LonLat north_east{box.east_deg, box.north_deg};
    if (south_west == north_east) {
        return to_point(south_west);
    }
    if (box.west_deg == box.east_deg || box.south_deg == box.north_deg) {
        return to_line(std::vector{south_west, north_east});
    }
    return owned_by_us(GEOSGeom_createRectangle_r(geos_context(), box.west_deg, box.south_deg, box.east_deg, box.north_deg), "make a rectangle");
}

int dimension(GeometryType type) noexcept {
    switch (type) {
    case GeometryType::point:
    case GeometryType::multi_point: return 0;
    case GeometryType::line_string:
    case GeometryType::multi_line_string: return 1;
    case GeometryType::polygon:
    case GeometryType::multi_polygon: return 2;
    }
    return 2;
}

std::optional<Geometry> from_geos(const GEOSGeom_t &geometry, int dimension) {
    static constexpr GeometryType single[] = {GeometryType::point, GeometryType::line_string, GeometryType::polygon};
    static constexpr GeometryType multi[] = {GeometryType::multi_point, GeometryType::multi_line_string, GeometryType::multi_polygon};
    assert(dimension >= 0 && dimension <= 2);
    Geometry collected;
    const std::size_t parts = append_parts(collected, &geometry, dimension);
    if (parts == 0) {
        return std::nullopt;
    }
    collected.type = (parts == 1 ? single : multi)[dimension];
    return collected;
}

PlaneRings buffer_lines(const PlaneRings &lines, double distance_m) {
    std::vector<GeosGeometry> parts;
    std::size_t begin = 0;
    for (const std::size_t end : lines.ends) {
        CoordinateSequence sequence = to_sequence(&lines.positions[begin].east_m, end - begin);
        parts.push_back(owned_by_us(GEOSGeom_createLineString_r(geos_context(), sequence.release()), "make a line"));
        begin = end;
    }
    const GeosGeometry joined = collection(GEOS_MULTILINESTRING, std::move(parts));
    const GeosGeometry area = owned_by_us(GEOSBuffer_r(geos_context(), joined.get(), distance_m, 16), "widen the line");
    PlaneRings rings;
    const std::optional<Geometry> outline = from_geos(*area, 2); // its numbers are metres here, not degrees
    if (!outline) {
        return rings;
    }
    for (std::size_t number = 0; number < outline->polygon_count(); ++number) {
        for (std::size_t ring = outline->first_ring(number); ring < outline->polygon_ends[number]; ++ring) {
            std::vector<PlanePoint> points;
            for (const LonLat position : outline->part(ring)) {
                points.push_back({position.lon_deg, position.lat_deg});
            }
            if ((doubled_area(points) > 0) != (ring == outline->first_ring(number))) {
                std::reverse(points.begin(), points.end());
            }
            rings.positions.insert(rings.positions.end(), points.begin(), points.end());
            rings.ends.push_back(rings.positions.size());
        }
    }
    return rings;
}

} // namespace keyaki::geo
