#include "importers/osm_geometry.hpp"

#include "geo/predicates.hpp"

#include <cmath>

namespace keyaki::importers {

namespace {

/// Ends the line that begins at position `begin`; one of a single position is taken back.
void end_line(geo::Geometry &geometry, std::size_t begin) {
    if (geometry.positions.size() >= begin + 2) {
        geometry.part_ends.push_back(static_cast<std::uint32_t>(geometry.positions.size()));
    } else {
        geometry.positions.resize(begin);
    }
}

/// Centre of gravity by the sums of triangles; holes count against it for their opposite winding.
geo::LonLat centre_of_gravity(const geo::Geometry &area) {
    const geo::LonLat origin = area.positions.front(); // small numbers: degrees far from 0 would cost digits
    double twice_area = 0;
    double lon = 0;
    double lat = 0;
    for (std::size_t ring = 0; ring < area.part_count(); ++ring) {
        const auto positions = area.part(ring);
        for (std::size_t i = 0; i + 1 < positions.size(); ++i) {
            const double ax = positions[i].lon_deg - origin.lon_deg;
            const double ay = positions[i].lat_deg - origin.lat_deg;
            const double bx = positions[i + 1].lon_deg - origin.lon_deg;
            const double by = positions[i + 1].lat_deg - origin.lat_deg;
            const double cross = ax * by - bx * ay;
            twice_area += cross;
            lon += (ax + bx) * cross;
            lat += (ay + by) * cross;
        }
    }
    return {origin.lon_deg + lon / (3 * twice_area), origin.lat_deg + lat / (3 * twice_area)};
}

/// By the number of edges that a ray to the east crosses, of all rings together. On the boundary either answer may come.
bool is_inside(const geo::Geometry &area, geo::LonLat position) {
    bool inside = false;
    for (std::size_t ring = 0; ring < area.part_count(); ++ring) {
        const auto positions = area.part(ring);
        for (std::size_t i = 0; i + 1 < positions.size(); ++i) {
            const geo::LonLat a = positions[i];
            const geo::LonLat b = positions[i + 1];
            if ((a.lat_deg > position.lat_deg) != (b.lat_deg > position.lat_deg)) {
                const double share = (position.lat_deg - a.lat_deg) / (b.lat_deg - a.lat_deg);
                inside = inside != (position.lon_deg < a.lon_deg + share * (b.lon_deg - a.lon_deg));
            }
        }
    }
    return inside;
}

} // namespace

geo::Geometry line_between_known(std::span<const geo::LonLat> positions) {
    geo::Geometry geometry{geo::GeometryType::line_string, {}, {}, {}};
    geometry.positions.reserve(positions.size());
    std::size_t begin = 0;
    for (const geo::LonLat position : positions) {
        if (!geo::is_on_earth(position)) {
            end_line(geometry, begin);
            begin = geometry.positions.size();
        } else if (geometry.positions.size() == begin || geometry.positions.back() != position) {
            geometry.positions.push_back(position);
        }
    }
    end_line(geometry, begin);
    if (geometry.part_count() > 1) {
        geometry.type = geo::GeometryType::multi_line_string;
    }
    return geometry;
}

geo::LonLat middle_of(const geo::Geometry &area) {
    const geo::LonLat centre = centre_of_gravity(area);
    return geo::is_on_earth(centre) && is_inside(area, centre) ? centre : geo::point_on_surface(area);
}

} // namespace keyaki::importers
