#include "importers/osm_box_filter.hpp"

#include "importers/osm_node_places.hpp"

#include <osmium/osm/node.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>

#include <algorithm>

namespace keyaki::importers {

namespace {

constexpr std::uint8_t all_bits = 0b1111;

std::uint8_t side_bits(const geo::LonLatBox &box, osmium::Location location) {
    if (!location.valid()) {
        return all_bits; // gives no position to any geometry
    }
    const double lon = location.lon_without_check();
    const double lat = location.lat_without_check();
    const unsigned bits =
        (lon < box.west_deg ? 1U : 0U) | (lon > box.east_deg ? 2U : 0U) | (lat < box.south_deg ? 4U : 0U) | (lat > box.north_deg ? 8U : 0U);
    return static_cast<std::uint8_t>(bits);
}

} // namespace

bool OsmBoxFilter::Runs::add(std::int64_t id, std::uint8_t bits) {
    const std::uint64_t order = osm_id_order(id);
    if (!m_begins.empty() && order <= m_last_order) {
        return false;
    }
    if (m_bits.empty() || m_bits.back() != bits) {
        m_begins.push_back(order);
        m_bits.push_back(bits);
    }
    m_last_order = order;
    return true;
}

std::uint8_t OsmBoxFilter::Runs::find(std::int64_t id) const noexcept {
    const auto after = std::upper_bound(m_begins.begin(), m_begins.end(), osm_id_order(id));
    return after == m_begins.begin() ? all_bits : m_bits[static_cast<std::size_t>(after - m_begins.begin()) - 1];
}

void OsmBoxFilter::survey(const osmium::Node &node) { m_in_order = m_in_order && m_nodes.add(node.id(), side_bits(m_box, node.location())); }

void OsmBoxFilter::survey(const osmium::Way &way) {
    std::uint8_t common = all_bits;
    for (const osmium::NodeRef &node : way.nodes()) {
        common = static_cast<std::uint8_t>(common & m_nodes.find(node.ref()));
    }
    m_in_order = m_in_order && m_ways.add(way.id(), common);
}

void OsmBoxFilter::survey(const osmium::Relation &area) {
    std::uint8_t common = all_bits;
    for (const osmium::RelationMember &member : area.members()) {
        if (member.type() == osmium::item_type::way) {
            common = static_cast<std::uint8_t>(common & m_ways.find(member.ref()));
        }
    }
    if (common != 0) {
        return;
    }
    m_relations.insert(area.id());
    for (const osmium::RelationMember &member : area.members()) {
        if (member.type() == osmium::item_type::way) {
            m_member_ways.insert(member.ref());
        }
    }
}

void OsmBoxFilter::need_nodes_of(const osmium::Way &way) {
    if (!m_in_order || !needs_way(way.id())) {
        return;
    }
    for (const osmium::NodeRef &node : way.nodes()) {
        m_needed_nodes.push_back(osm_id_order(node.ref()));
    }
}

void OsmBoxFilter::finish() {
    std::sort(m_needed_nodes.begin(), m_needed_nodes.end());
    m_needed_nodes.erase(std::unique(m_needed_nodes.begin(), m_needed_nodes.end()), m_needed_nodes.end());
    m_nodes = {};
}

bool OsmBoxFilter::needs_node(std::int64_t id) const {
    return !m_in_order || std::binary_search(m_needed_nodes.begin(), m_needed_nodes.end(), osm_id_order(id));
}

bool OsmBoxFilter::needs_way(std::int64_t id) const { return !m_in_order || m_ways.find(id) == 0 || m_member_ways.contains(id); }

bool OsmBoxFilter::needs_relation(std::int64_t id) const { return !m_in_order || m_relations.contains(id); }

} // namespace keyaki::importers
