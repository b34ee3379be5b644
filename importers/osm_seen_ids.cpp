#include "importers/osm_seen_ids.hpp"

#include "importers/osm_node_places.hpp"

namespace keyaki::importers {

bool OsmSeenIds::first_time(std::int64_t id) {
    const std::uint64_t order = osm_id_order(id);
    if (m_in_order && (!m_any || order > m_last_order)) {
        append_distance(order - m_last_order);
        m_last_order = order;
        m_any = true;
        return true;
    }
    if (m_in_order) {
        m_in_order = false;
        make_set();
    }
    return m_set.insert(order).second;
}

void OsmSeenIds::append_distance(std::uint64_t distance) {
    while (distance >= 0x80) {
        m_distances.push_back(static_cast<std::uint8_t>(distance | 0x80U));
        distance >>= 7U;
    }
    m_distances.push_back(static_cast<std::uint8_t>(distance));
}

void OsmSeenIds::make_set() {
    std::uint64_t order = 0;
    std::uint64_t distance = 0;
    unsigned shift = 0;
    for (const std::uint8_t byte : m_distances) {
        distance |= std::uint64_t{byte & 0x7FU} << shift;
        shift += 7;
        if ((byte & 0x80U) == 0) {
            order += distance;
            m_set.insert(order);
            distance = 0;
            shift = 0;
        }
    }
    m_distances = {};
}

} // namespace keyaki::importers
