#include "tiles/tile_geos.hpp"

#include "geo/error.hpp"
#include "tiles/polygon_check.hpp"

#include <cmath>
#include <geos_c.h>
#include <numeric>
#include <vector>

namespace keyaki::tiles {

namespace {

struct FinishContext {
    void operator()(GEOSContextHandle_t context) const noexcept { GEOS_finish_r(context); }
};

GeosPolygon linear_ring(std::span<const TilePoint> ring) {
    const auto size = static_cast<unsigned int>(ring.size() + 1);
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(geos_context(), size, 2);
    for (unsigned int index = 0; index < size; ++index) {
        const TilePoint point = ring[index == ring.size() ? 0 : index];
        GEOSCoordSeq_setXY_r(geos_context(), sequence, index, point.x, point.y);
    }
    return require_geos(GEOSGeom_createLinearRing_r(geos_context(), sequence)); // takes the sequence
}

std::int32_t whole_unit(double value) { return static_cast<std::int32_t>(std::lround(value)); }

void append_ring(const GEOSGeometry *ring, TilePaths &out, std::vector<TilePoint> &points) {
    const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(geos_context(), ring);
    unsigned int size = 0;
    GEOSCoordSeq_getSize_r(geos_context(), sequence, &size);
    points.clear();
    for (unsigned int index = 0; index + 1 < size; ++index) {
        double x = 0;
        double y = 0;
        GEOSCoordSeq_getXY_r(geos_context(), sequence, index, &x, &y);
        points.push_back({whole_unit(x), whole_unit(y)});
    }
    clean_ring(points);
    if (points.size() >= 3) {
        out.points.insert(out.points.end(), points.begin(), points.end());
        out.end_path();
    }
}

bool are_valid(const TilePolygons &polygons) {
    if (polygons.polygon_ends.size() == 1 && is_surely_valid(polygons.rings)) {
        return true;
    }
    std::vector<std::uint32_t> all(polygons.polygon_ends.size());
    std::iota(all.begin(), all.end(), 0U);
    return GEOSisValid_r(geos_context(), to_geos_multipolygon(polygons, all).get()) == 1;
}

} // namespace

GEOSContextHandle_HS *geos_context() {
    static thread_local const std::unique_ptr<GEOSContextHandle_HS, FinishContext> handle(GEOS_init_r());
    return handle.get();
}

void DestroyGeosGeometry::operator()(GEOSGeom_t *geometry) const noexcept { GEOSGeom_destroy_r(geos_context(), geometry); }

GeosPolygon require_geos(GEOSGeometry *geometry) {
    if (geometry == nullptr) {
        throw geo::Error(geo::ErrorKind::internal, "GEOS was to work on a polygon of a tile and gave nothing back");
    }
    return GeosPolygon(geometry);
}

GeosPolygon to_geos(const TilePaths &rings, std::size_t first, std::size_t end) {
    GeosPolygon exterior = linear_ring(rings.path(first));
    std::vector<GEOSGeometry *> holes;
    holes.reserve(end - first);
    for (std::size_t path = first + 1; path < end; ++path) {
        holes.push_back(linear_ring(rings.path(path)).release());
    }
    return require_geos(
        GEOSGeom_createPolygon_r(geos_context(), exterior.release(), holes.data(), static_cast<unsigned int>(holes.size()))); // takes all
}

void append_polygons(const GEOSGeometry *geometry, TilePolygons &out) {
    const int type = GEOSGeomTypeId_r(geos_context(), geometry);
    if (type == GEOS_POLYGON) {
        const std::size_t before = out.rings.size();
        std::vector<TilePoint> points;
        if (GEOSisEmpty_r(geos_context(), geometry) == 0) {
            append_ring(GEOSGetExteriorRing_r(geos_context(), geometry), out.rings, points);
        }
        if (out.rings.size() == before) {
            return;
        }
        const int holes = GEOSGetNumInteriorRings_r(geos_context(), geometry);
        for (int hole = 0; hole < holes; ++hole) {
            append_ring(GEOSGetInteriorRingN_r(geos_context(), geometry, hole), out.rings, points);
        }
        out.polygon_ends.push_back(static_cast<std::uint32_t>(out.rings.size()));
    } else if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION) {
        const int parts = GEOSGetNumGeometries_r(geos_context(), geometry);
        for (int part = 0; part < parts; ++part) { // a collection here holds no collections: one level deep
            append_polygons(GEOSGetGeometryN_r(geos_context(), geometry, part), out);
        }
    }
}

GeosPolygon to_geos_multipolygon(const TilePolygons &polygons, std::span<const std::uint32_t> members) {
    std::vector<GEOSGeometry *> parts;
    for (const std::uint32_t polygon : members) {
        parts.push_back(to_geos(polygons.rings, polygons.first_ring(polygon), polygons.polygon_ends[polygon]).release());
    }
    return require_geos(
        GEOSGeom_createCollection_r(geos_context(), GEOS_MULTIPOLYGON, parts.data(), static_cast<unsigned int>(parts.size()))); // takes all
}

bool append_valid_polygons(const GEOSGeometry *geometry, TilePolygons &out) {
    TilePolygons rounded;
    append_polygons(geometry, rounded);
    if (!are_valid(rounded)) {
        // Also where two cut edges meet between units, or a vertex lies within half a unit of an edge.
        const GeosPolygon snapped(GEOSGeom_setPrecision_r(geos_context(), geometry, 1.0, 0));
        if (snapped == nullptr) {
            return false;
        }
        append_polygons(snapped.get(), out);
        return true;
    }
    for (std::size_t polygon = 0; polygon < rounded.polygon_ends.size(); ++polygon) {
        out.append(rounded, polygon);
    }
    return true;
}

} // namespace keyaki::tiles
