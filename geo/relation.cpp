#include "geo/relation.hpp"

#include "geo/error.hpp"
#include "geo/geos.hpp"

#include <string>

#include <geos_c.h>

namespace keyaki::geo {

namespace {

struct PreparedDeleter {
    void operator()(const GEOSPreparedGeometry *prepared) const noexcept { GEOSPreparedGeom_destroy_r(geos_context(), prepared); }
};

/// GEOS's char of three: 0 no, 1 yes, 2 failed.
bool answer(char reply) {
    if (reply == 2) {
        throw Error(ErrorKind::invalid_input, "GEOS could not tell how two geometries stand to each other: " + geos_message());
    }
    return reply == 1;
}

} // namespace

struct PreparedGeometry::State {
    GeosGeometry geometry; // outlives what is prepared from it
    std::unique_ptr<const GEOSPreparedGeometry, PreparedDeleter> prepared;
};

PreparedGeometry::PreparedGeometry(const Geometry &geometry) : m_state(std::make_unique<State>()) {
    m_state->geometry = to_geos(geometry);
    m_state->prepared.reset(GEOSPrepare_r(geos_context(), m_state->geometry.get()));
    if (m_state->prepared == nullptr) {
        throw Error(ErrorKind::invalid_input, "GEOS could not prepare a geometry: " + geos_message());
    }
}
PreparedGeometry::~PreparedGeometry() = default;
PreparedGeometry::PreparedGeometry(PreparedGeometry &&) noexcept = default;
PreparedGeometry &PreparedGeometry::operator=(PreparedGeometry &&) noexcept = default;

bool PreparedGeometry::holds(Relation relation, const Geometry &other) const {
    const GeosGeometry theirs = to_geos(other);
    GEOSContextHandle_t context = geos_context();
    const GEOSPreparedGeometry *ours = m_state->prepared.get();
    switch (relation) {
    case Relation::intersects: return answer(GEOSPreparedIntersects_r(context, ours, theirs.get()));
    case Relation::disjoint: return answer(GEOSPreparedDisjoint_r(context, ours, theirs.get()));
    case Relation::touches: return answer(GEOSPreparedTouches_r(context, ours, theirs.get()));
    case Relation::within: return answer(GEOSPreparedContains_r(context, ours, theirs.get()));
    case Relation::contains: return answer(GEOSPreparedWithin_r(context, ours, theirs.get()));
    case Relation::overlaps: return answer(GEOSPreparedOverlaps_r(context, ours, theirs.get()));
    case Relation::crosses: return answer(GEOSPreparedCrosses_r(context, ours, theirs.get()));
    case Relation::equals: return answer(GEOSEquals_r(context, theirs.get(), m_state->geometry.get()));
    }
    return false;
}

bool PreparedGeometry::holds_properly(const LonLatBox &box) const {
    return answer(GEOSPreparedContainsProperly_r(geos_context(), m_state->prepared.get(), to_geos(box).get()));
}

bool PreparedGeometry::is_disjoint(const LonLatBox &box) const {
    return answer(GEOSPreparedDisjoint_r(geos_context(), m_state->prepared.get(), to_geos(box).get()));
}

} // namespace keyaki::geo
