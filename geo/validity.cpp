#include "geo/validity.hpp"

#include "geo/error.hpp"
#include "geo/geos.hpp"

#include <algorithm>
#include <cassert>
#include <set>
#include <span>

#include <fmt/format.h>
#include <geos_c.h>

namespace keyaki::geo {

namespace {

std::string at(LonLat position) { return fmt::format("{:.10g} {:.10g}", position.lon_deg, position.lat_deg); }

/// Why GEOS calls it invalid, with the place; nothing where it is valid.
std::optional<std::string> topology_fault(const GEOSGeometry *geometry) {
    char *reason = nullptr;
    GEOSGeometry *location = nullptr;
    const char valid = GEOSisValidDetail_r(geos_context(), geometry, 0, &reason, &location);
    const GeosGeometry place(location);
    std::string text = reason == nullptr ? std::string("not valid") : std::string(reason);
    GEOSFree_r(geos_context(), reason);
    if (valid == 1) {
        return std::nullopt;
    }
    if (valid == 2) {
        return "GEOS could not judge it: " + geos_message();
    }
    const std::optional<Geometry> point = place ? from_geos(*place, 0) : std::nullopt;
    return point ? text + " at " + at(point->positions.front()) : text;
}

/// Offsets that do not fit together are a mistake of the code that made the geometry, but one that must not reach memory.
std::optional<std::string> offset_fault(const Geometry &geometry) {
    if (geometry.positions.empty()) {
        return "no positions";
    }
    const bool parted = !geometry.is_point();
    if (parted != !geometry.part_ends.empty() || geometry.is_polygon() != !geometry.polygon_ends.empty()) {
        return fmt::format("a {} with {} parts and {} polygons", geometry_type_name(geometry.type), geometry.part_ends.size(),
                           geometry.polygon_ends.size());
    }
    if (parted && (!std::is_sorted(geometry.part_ends.begin(), geometry.part_ends.end()) || geometry.part_ends.back() != geometry.positions.size())) {
        return "parts that do not cover the positions";
    }
    if (geometry.is_polygon() &&
        (std::adjacent_find(geometry.polygon_ends.begin(), geometry.polygon_ends.end(), std::greater_equal<>()) != geometry.polygon_ends.end() ||
         geometry.polygon_ends.front() == 0 || geometry.polygon_ends.back() != geometry.part_ends.size())) {
        return "polygons that do not cover the rings";
    }
    const bool single = geometry.type == GeometryType::point         ? geometry.positions.size() == 1
                        : geometry.type == GeometryType::line_string ? geometry.part_ends.size() == 1
                        : geometry.type == GeometryType::polygon     ? geometry.polygon_ends.size() == 1
                                                                     : true;
    return single ? std::nullopt : std::optional<std::string>(fmt::format("a {} of several parts", geometry_type_name(geometry.type)));
}

std::optional<std::string> position_fault(const Geometry &geometry) {
    const auto bad = std::find_if_not(geometry.positions.begin(), geometry.positions.end(), is_on_earth);
    if (bad != geometry.positions.end()) {
        return "Invalid position at " + at(*bad);
    }
    for (std::size_t part = 0; part < geometry.part_count(); ++part) {
        const auto positions = geometry.part(part);
        const std::size_t least = geometry.is_polygon() ? 4 : 2;
        if (positions.size() < least) {
            return positions.empty() ? "Too few points in an empty part"
                                     : fmt::format("Too few points ({}, at least {}) at {}", positions.size(), least, at(positions.front()));
        }
        if (geometry.is_polygon() && positions.front() != positions.back()) {
            return "Ring not closed at " + at(positions.back());
        }
    }
    return std::nullopt;
}

double doubled_area(std::span<const LonLat> ring) noexcept {
    // Relative to the first position: a ring of some metres at 139° E keeps its sign.
    double sum = 0;
    const LonLat first = ring.front();
    for (std::size_t i = 1; i < ring.size(); ++i) {
        sum += (ring[i - 1].lon_deg - first.lon_deg) * (ring[i].lat_deg - first.lat_deg) -
               (ring[i].lon_deg - first.lon_deg) * (ring[i - 1].lat_deg - first.lat_deg);
    }
    return sum;
}

/// One repair from start to end: what was found, and the geometry on its way.
class Repairer {
  public:
    explicit Repairer(const Geometry &broken) : m_broken(broken) { m_mended.type = broken.type; }

    RepairResult run() {
        if (m_broken.is_point()) {
            mend_points();
        } else if (m_broken.is_line()) {
            mend_lines();
        } else {
            mend_polygons();
            mend_topology();
        }
        RepairResult result{std::nullopt, {m_found.begin(), m_found.end()}, m_reason};
        if (!m_mended.positions.empty()) {
            result.geometry = std::move(m_mended);
        }
        return result;
    }

  private:
    void found(RepairKind kind, const std::string &reason) {
        m_found.insert(kind);
        if (m_reason.empty()) {
            m_reason = reason;
        }
    }

    void mend_points() {
        for (const LonLat position : m_broken.positions) {
            if (is_on_earth(position)) {
                m_mended.positions.push_back(position);
            } else {
                found(RepairKind::bad_position, "Invalid position at " + at(position));
            }
        }
    }

    std::vector<LonLat> without_bad_and_doubled(std::span<const LonLat> part) {
        std::vector<LonLat> kept;
        kept.reserve(part.size() + 1);
        for (const LonLat position : part) {
            if (!is_on_earth(position)) {
                found(RepairKind::bad_position, "Invalid position at " + at(position));
            } else if (!kept.empty() && kept.back() == position) {
                found(RepairKind::duplicate_points, "The same position twice at " + at(position));
            } else {
                kept.push_back(position);
            }
        }
        return kept;
    }

    void mend_lines() {
        for (std::size_t part = 0; part < m_broken.part_count(); ++part) {
            const std::vector<LonLat> line = without_bad_and_doubled(m_broken.part(part));
            if (line.size() < 2) {
                found(RepairKind::too_few_points, line.empty() ? "A line without positions" : "A line of one position at " + at(line.front()));
            } else {
                m_mended.add_part(line);
            }
        }
    }

    std::vector<LonLat> mended_ring(std::span<const LonLat> part) {
        std::vector<LonLat> ring = without_bad_and_doubled(part);
        if (!ring.empty() && (ring.front() != ring.back() || ring.size() == 1)) {
            if (ring.size() > 1) {
                found(RepairKind::ring_not_closed, "Ring not closed at " + at(ring.back()));
            }
            ring.push_back(ring.front());
        }
        return ring;
    }

    void mend_polygons() {
        for (std::size_t number = 0; number < m_broken.polygon_count(); ++number) {
            const std::size_t exterior = m_broken.first_ring(number);
            for (std::size_t part = exterior; part < m_broken.polygon_ends[number]; ++part) {
                const std::vector<LonLat> ring = mended_ring(m_broken.part(part));
                if (ring.size() >= 4) {
                    m_mended.add_part(ring);
                    continue;
                }
                found(RepairKind::too_few_points, ring.empty() ? "A ring without positions" : "A ring without area at " + at(ring.front()));
                if (part == exterior) {
                    break; // holes without an exterior hold nothing
                }
            }
            if (m_mended.part_ends.size() > (m_mended.polygon_ends.empty() ? 0 : m_mended.polygon_ends.back())) {
                m_mended.end_polygon();
            }
        }
    }

    void mend_topology() {
        if (m_mended.positions.empty()) {
            return;
        }
        const GeosGeometry rings = to_geos(m_mended);
        if (const std::optional<std::string> fault = topology_fault(rings.get())) {
            found(kind_of(*fault), *fault);
            make_valid(*rings);
            if (!m_mended.positions.empty()) {
                normalise_rings(m_mended);
            }
        } else if (normalise_rings(m_mended)) {
            found(RepairKind::wrong_winding, "Ring wound the wrong way at " + at(m_mended.positions.front()));
        }
    }

    void make_valid(const GEOSGeometry &rings) {
        struct ParametersDeleter {
            void operator()(GEOSMakeValidParams *parameters) const noexcept { GEOSMakeValidParams_destroy_r(geos_context(), parameters); }
        };
        const std::unique_ptr<GEOSMakeValidParams, ParametersDeleter> parameters(GEOSMakeValidParams_create_r(geos_context()));
        GEOSMakeValidParams_setMethod_r(geos_context(), parameters.get(), GEOS_MAKE_VALID_STRUCTURE);
        GEOSMakeValidParams_setKeepCollapsed_r(geos_context(), parameters.get(), 0);
        const GeosGeometry valid = owned_by_us(GEOSMakeValidWithParams_r(geos_context(), &rings, parameters.get()), "mend a polygon");
        const bool was_multi = m_mended.type == GeometryType::multi_polygon;
        m_mended = from_geos(*valid, 2).value_or(Geometry{GeometryType::polygon, {}, {}, {}});
        if (was_multi) {
            m_mended.type = GeometryType::multi_polygon;
        }
    }

    /// GEOS's words (TopologyValidationError.cpp's list) as kinds.
    static RepairKind kind_of(const std::string &fault) {
        if (fault.starts_with("Too few")) {
            return RepairKind::too_few_points;
        }
        const bool misplaced = fault.starts_with("Hole") || fault.starts_with("Nested") || fault.starts_with("Duplicate");
        return misplaced ? RepairKind::misplaced_ring : RepairKind::self_intersection;
    }

    const Geometry &m_broken;
    Geometry m_mended;
    std::set<RepairKind> m_found;
    std::string m_reason;
};

} // namespace

std::optional<std::string> invalidity(const Geometry &geometry) {
    if (auto fault = offset_fault(geometry)) {
        return fault;
    }
    if (auto fault = position_fault(geometry)) {
        return fault;
    }
    return geometry.is_point() ? std::nullopt : topology_fault(to_geos(geometry).get());
}

std::string_view repair_kind_name(RepairKind kind) noexcept {
    switch (kind) {
    case RepairKind::bad_position: return "bad_position";
    case RepairKind::duplicate_points: return "duplicate_points";
    case RepairKind::ring_not_closed: return "ring_not_closed";
    case RepairKind::too_few_points: return "too_few_points";
    case RepairKind::self_intersection: return "self_intersection";
    case RepairKind::misplaced_ring: return "misplaced_ring";
    case RepairKind::wrong_winding: return "wrong_winding";
    }
    return "";
}

RepairResult repair(const Geometry &geometry) {
    RepairResult result = Repairer(geometry).run();
    // Where rings all but coincide, the points at which GEOS cuts them are rounded, and may cross again: such a geometry is not to be guessed at.
    const bool was_mended = result.geometry && !result.found.empty();
    if (const auto fault = was_mended ? invalidity(*result.geometry) : std::nullopt) {
        result.geometry.reset();
        result.reason = *fault;
    }
    return result;
}

bool normalise_rings(Geometry &geometry) noexcept {
    assert(geometry.is_polygon());
    bool turned = false;
    for (std::size_t number = 0; number < geometry.polygon_count(); ++number) {
        for (std::size_t ring = geometry.first_ring(number); ring < geometry.polygon_ends[number]; ++ring) {
            const auto positions = geometry.part(ring);
            if (positions.size() < 4) {
                continue;
            }
            const double area = doubled_area(positions);
            const bool exterior = ring == geometry.first_ring(number);
            if (area != 0 && (area > 0) != exterior) {
                const auto begin = geometry.positions.begin() + (positions.data() - geometry.positions.data());
                std::reverse(begin, begin + static_cast<std::ptrdiff_t>(positions.size()));
                turned = true;
            }
        }
    }
    return turned;
}

} // namespace keyaki::geo
