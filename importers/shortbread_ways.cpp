#include "importers/shortbread_ways.hpp"

#include <fmt/format.h>

#include <osmium/memory/buffer.hpp>
#include <osmium/osm/way.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace keyaki::importers {

namespace {

std::string name_of(const osmium::Way &way) { return fmt::format(FMT_STRING("w{}"), way.id()); }

bool is_coast(const osmium::Way &way) {
    const char *natural = way.tags().get_value_by_key("natural");
    return natural != nullptr && std::strcmp(natural, "coastline") == 0;
}

bool has(const ShortbreadMatches &matches, bool lines) {
    return std::any_of(matches.begin(), matches.end(), [&](const ShortbreadMatch &match) { return (match.shape == OsmShape::line) == lines; });
}

} // namespace

bool is_closed_ring(const osmium::Way &way) {
    const auto &nodes = way.nodes();
    return nodes.size() >= 4 && (nodes.ends_have_same_id() || (nodes.front().location().valid() && nodes.back().location().valid() &&
                                                               nodes.front().location() == nodes.back().location()));
}

void ShortbreadWays::take(osmium::memory::Buffer &block) {
    for (osmium::Way &way : block.select<osmium::Way>()) {
        if (!way.removed()) {
            take(way);
        }
    }
}

std::uint64_t ShortbreadWays::locate_nodes(osmium::Way &way) {
    std::uint64_t missing = 0;
    for (osmium::NodeRef &node : way.nodes()) {
        const std::optional<std::uint64_t> index = m_places.find_index(node.ref(), m_cursor);
        if (!index) {
            node.set_location(osmium::Location());
            ++missing;
            continue;
        }
        const OsmNodePlaces::Place place = m_places.place_at(*index);
        node.set_location(osmium::Location(place.lon, place.lat));
        node.set_ref(static_cast<osmium::object_id_type>(*index));
    }
    return missing;
}

bool ShortbreadWays::set_line(const osmium::Way &way, std::uint64_t missing) {
    m_maker.begin_lines();
    for (const osmium::NodeRef &node : way.nodes()) {
        if (node.location().valid()) {
            m_maker.add_vertex(node.location().x(), node.location().y(), static_cast<std::uint32_t>(node.ref()));
        } else {
            m_maker.end_line(); // and begins anew after it, so that no road is invented
        }
    }
    m_maker.end_line();
    if (!m_maker.has_line()) {
        m_report.refuse(
            {name_of(way), missing > 0 ? "no two neighbouring nodes of it are in the file" : "it has fewer than two different positions"});
        return false;
    }
    m_report.cut_lines += missing > 0 ? 1U : 0U;
    return true;
}

void ShortbreadWays::take(osmium::Way &way) {
    const std::uint64_t missing = locate_nodes(way);
    const std::optional<OsmBoundaries::Boundary> boundary = m_boundaries.find(way.id());
    if (way.tags().empty() && !boundary) {
        return;
    }
    m_maker.read_tags(way.tags());
    const ShortbreadMatches matches = m_maker.match(is_closed_ring(way) ? OsmObject::closed_way : OsmObject::open_way);
    const bool is_line = has(matches, true);
    const bool is_on_coast = is_coast(way);
    m_report.missing_nodes += matches.empty() && !boundary && !is_on_coast ? 0 : missing;
    if ((is_line || boundary || is_on_coast) && set_line(way, missing)) {
        m_maker.make_lines(matches, way.id());
        if (boundary) {
            m_maker.make_boundary(way.id(), *boundary);
        }
        if (is_on_coast && m_maker.shape().path_count() == 1) {
            m_coast.push_back({way.id(), m_maker.shape().vertices});
        }
    }
    if (has(matches, false) && !m_old_style.is_waiting_for(way)) {
        take_area(way, matches);
    }
}

void ShortbreadWays::take_area(const osmium::Way &way, const ShortbreadMatches &matches) {
    std::string reason;
    if (const std::optional<OsmRings> rings = m_areas.closed_way(way, reason)) {
        m_maker.make_areas(matches, OsmType::way, way.id(), *rings);
    } else {
        ++m_report.invalid_areas;
        m_report.refuse({name_of(way), std::move(reason)});
    }
}

} // namespace keyaki::importers
