#include "tiles/polygon_repair.hpp"

#include "geo/error.hpp"
#include "tiles/tile_geos.hpp"

#include <geos_c.h>
#include <memory>

namespace keyaki::tiles {

namespace {

struct DestroyParameters {
    void operator()(GEOSMakeValidParams *parameters) const noexcept { GEOSMakeValidParams_destroy_r(geos_context(), parameters); }
};

GeosPolygon made_valid(const GEOSGeometry *geometry) {
    const std::unique_ptr<GEOSMakeValidParams, DestroyParameters> parameters(GEOSMakeValidParams_create_r(geos_context()));
    GEOSMakeValidParams_setMethod_r(geos_context(), parameters.get(), GEOS_MAKE_VALID_STRUCTURE);
    GEOSMakeValidParams_setKeepCollapsed_r(geos_context(), parameters.get(), 0);
    return require_geos(GEOSMakeValidWithParams_r(geos_context(), geometry, parameters.get()));
}

} // namespace

void TilePolygons::append(const TilePolygons &others, std::size_t polygon) {
    for (std::size_t ring = others.first_ring(polygon); ring < others.polygon_ends[polygon]; ++ring) {
        const auto path = others.rings.path(ring);
        rings.points.insert(rings.points.end(), path.begin(), path.end());
        rings.end_path();
    }
    polygon_ends.push_back(static_cast<std::uint32_t>(rings.size()));
}

void repair_polygon(const TilePaths &rings, TilePolygons &out) {
    const GeosPolygon raw = to_geos(rings, 0, rings.size());
    if (GEOSisValid_r(geos_context(), raw.get()) == 1) {
        append_polygons(raw.get(), out);
        return;
    }
    const GeosPolygon valid = made_valid(raw.get());
    if (!append_valid_polygons(valid.get(), out)) {
        throw geo::Error(geo::ErrorKind::internal, "GEOS made a polygon of a tile valid and does not find it so");
    }
}

bool is_valid_polygon(const TilePaths &rings) { return GEOSisValid_r(geos_context(), to_geos(rings, 0, rings.size()).get()) == 1; }

} // namespace keyaki::tiles
