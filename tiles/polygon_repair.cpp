#include "tiles/polygon_repair.hpp"

#include "geo/error.hpp"
#include "tiles/polygon_check.hpp"

#include <cmath>
#include <geos_c.h>
#include <memory>

namespace keyaki::tiles {

namespace {

struct FinishContext {
    void operator()(GEOSContextHandle_t context) const noexcept { GEOS_finish_r(context); }
};

/// One context a thread: GEOS is thread-safe with that, and with that only.
GEOSContextHandle_t context() {
    static thread_local const std::unique_ptr<GEOSContextHandle_HS, FinishContext> handle(GEOS_init_r());
    return handle.get();
}

struct DestroyGeometry {
    void operator()(GEOSGeometry *geometry) const noexcept { GEOSGeom_destroy_r(context(), geometry); }
};
using Geometry = std::unique_ptr<GEOSGeometry, DestroyGeometry>;

struct DestroyParameters {
    void operator()(GEOSMakeValidParams *parameters) const noexcept { GEOSMakeValidParams_destroy_r(context(), parameters); }
};

Geometry require(GEOSGeometry *geometry) {
    if (geometry == nullptr) {
        throw geo::Error(geo::ErrorKind::internal, "GEOS was to work on a polygon of a tile and gave nothing back");
    }
    return Geometry(geometry);
}

Geometry linear_ring(std::span<const TilePoint> ring) {
    const auto size = static_cast<unsigned int>(ring.size() + 1);
    GEOSCoordSequence *sequence = GEOSCoordSeq_create_r(context(), size, 2);
    for (unsigned int index = 0; index < size; ++index) {
        const TilePoint point = ring[index == ring.size() ? 0 : index];
        GEOSCoordSeq_setXY_r(context(), sequence, index, point.x, point.y);
    }
    return require(GEOSGeom_createLinearRing_r(context(), sequence)); // takes the sequence
}

Geometry polygon(const TilePaths &rings) {
    Geometry exterior = linear_ring(rings.path(0));
    std::vector<GEOSGeometry *> holes;
    holes.reserve(rings.size());
    for (std::size_t path = 1; path < rings.size(); ++path) {
        holes.push_back(linear_ring(rings.path(path)).release());
    }
    return require(GEOSGeom_createPolygon_r(context(), exterior.release(), holes.data(), static_cast<unsigned int>(holes.size()))); // takes all
}

std::int32_t whole_unit(double value) { return static_cast<std::int32_t>(std::lround(value)); }

void append_ring(const GEOSGeometry *ring, TilePaths &out, std::vector<TilePoint> &points) {
    const GEOSCoordSequence *sequence = GEOSGeom_getCoordSeq_r(context(), ring);
    unsigned int size = 0;
    GEOSCoordSeq_getSize_r(context(), sequence, &size);
    points.clear();
    for (unsigned int index = 0; index + 1 < size; ++index) {
        double x = 0;
        double y = 0;
        GEOSCoordSeq_getXY_r(context(), sequence, index, &x, &y);
        points.push_back({whole_unit(x), whole_unit(y)});
    }
    clean_ring(points);
    if (points.size() >= 3) {
        out.points.insert(out.points.end(), points.begin(), points.end());
        out.end_path();
    }
}

void append_polygons(const GEOSGeometry *geometry, TilePolygons &out) {
    const int type = GEOSGeomTypeId_r(context(), geometry);
    if (type == GEOS_POLYGON) {
        const std::size_t before = out.rings.size();
        std::vector<TilePoint> points;
        if (GEOSisEmpty_r(context(), geometry) == 0) {
            append_ring(GEOSGetExteriorRing_r(context(), geometry), out.rings, points);
        }
        if (out.rings.size() == before) {
            return;
        }
        const int holes = GEOSGetNumInteriorRings_r(context(), geometry);
        for (int hole = 0; hole < holes; ++hole) {
            append_ring(GEOSGetInteriorRingN_r(context(), geometry, hole), out.rings, points);
        }
        out.polygon_ends.push_back(static_cast<std::uint32_t>(out.rings.size()));
    } else if (type == GEOS_MULTIPOLYGON || type == GEOS_GEOMETRYCOLLECTION) {
        const int parts = GEOSGetNumGeometries_r(context(), geometry);
        for (int part = 0; part < parts; ++part) { // a collection here holds no collections: one level deep
            append_polygons(GEOSGetGeometryN_r(context(), geometry, part), out);
        }
    }
}

Geometry made_valid(const GEOSGeometry *geometry) {
    const std::unique_ptr<GEOSMakeValidParams, DestroyParameters> parameters(GEOSMakeValidParams_create_r(context()));
    GEOSMakeValidParams_setMethod_r(context(), parameters.get(), GEOS_MAKE_VALID_STRUCTURE);
    GEOSMakeValidParams_setKeepCollapsed_r(context(), parameters.get(), 0);
    return require(GEOSMakeValidWithParams_r(context(), geometry, parameters.get()));
}

} // namespace

void repair_polygon(const TilePaths &rings, TilePolygons &out) {
    const Geometry raw = polygon(rings);
    if (GEOSisValid_r(context(), raw.get()) == 1) {
        append_polygons(raw.get(), out);
        return;
    }
    const Geometry valid = made_valid(raw.get());
    // Snap rounding: valid polygons whose every vertex is a whole unit, also where two cut edges meet between units.
    const Geometry snapped = require(GEOSGeom_setPrecision_r(context(), valid.get(), 1.0, 0));
    append_polygons(snapped.get(), out);
}

bool is_valid_polygon(const TilePaths &rings) { return GEOSisValid_r(context(), polygon(rings).get()) == 1; }

} // namespace keyaki::tiles
