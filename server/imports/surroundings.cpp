#include "server/imports/surroundings.hpp"

#include "server/imports/limits.hpp"

#include <algorithm>

namespace keyaki::server::imports {

namespace {

constexpr std::string_view boundary_layer = "boundary";

/// Even-odd over all rings: a position in a hole crosses twice. Lists of places have tens of thousands of rows: no GEOS geometry for each.
bool is_inside(const geo::Geometry &polygons, geo::LonLat place) noexcept {
    bool inside = false;
    for (std::size_t ring = 0; ring < polygons.part_count(); ++ring) {
        const auto positions = polygons.part(ring);
        for (std::size_t i = 1; i < positions.size(); ++i) {
            const geo::LonLat a = positions[i - 1];
            const geo::LonLat b = positions[i];
            const bool spans = (a.lat_deg > place.lat_deg) != (b.lat_deg > place.lat_deg);
            if (spans && place.lon_deg < a.lon_deg + (place.lat_deg - a.lat_deg) / (b.lat_deg - a.lat_deg) * (b.lon_deg - a.lon_deg)) {
                inside = !inside;
            }
        }
    }
    return inside;
}

} // namespace

Surroundings::Surroundings(data::Store &store, std::string_view layer) {
    const auto city = layer == boundary_layer ? std::nullopt : store.find_layer(boundary_layer);
    if (city && city->revision > 0) {
        store.read_features(boundary_layer, data::LayerState::published(), [&](geo::Feature &&feature) {
            if (feature.geometry.is_polygon()) {
                m_boundary.push_back(std::move(feature.geometry));
            }
        });
        settle_boundary();
    }
    const auto published = store.find_layer(layer);
    if (m_boundary.empty() && published && !published->bounds.empty()) {
        const geo::LonLatBox &box = published->bounds;
        m_box = {box.west_deg - surroundings_deg, box.south_deg - surroundings_deg, box.east_deg + surroundings_deg,
                 box.north_deg + surroundings_deg};
        m_name = "the box of what is published, with 2 km around it";
    }
}

void Surroundings::settle_boundary() {
    for (const geo::Geometry &polygon : m_boundary) {
        m_box.extend(polygon.bounds());
    }
    m_name = "the city's boundary (layer boundary)";
}

bool Surroundings::contain(geo::LonLat place) const noexcept {
    if (!are_known()) {
        return true;
    }
    return m_box.contains(place) &&
           (m_boundary.empty() || std::any_of(m_boundary.begin(), m_boundary.end(), [&](const auto &polygon) { return is_inside(polygon, place); }));
}

} // namespace keyaki::server::imports
