#include "importers/shortbread_maker.hpp"

#include "importers/osm_values.hpp"

#include <osmium/osm/location.hpp>
#include <osmium/osm/tag.hpp>

#include <algorithm>
#include <utility>

namespace keyaki::importers {

namespace {

/// A number for each object, whatever the sign of its id.
std::uint64_t number_of(OsmType type, std::int64_t id) {
    const std::uint64_t unsigned_id = static_cast<std::uint64_t>(id) << 1U ^ static_cast<std::uint64_t>(id >> 63); // zigzag
    return unsigned_id << 2U | static_cast<std::uint64_t>(type);
}

geo::GridPoint grid_of(std::int32_t lon_e7, std::int32_t lat_e7) {
    const osmium::Location place(lon_e7, lat_e7);
    return geo::to_grid(geo::LonLat{place.lon_without_check(), place.lat_without_check()});
}

void append_ring(geo::GridShape &shape, std::span<const OsmVertex> ring) {
    const std::size_t begin = shape.vertices.size();
    for (const OsmVertex &vertex : ring.first(ring.size() - 1)) { // the closing one is told by the ring
        const geo::GridVertex next{grid_of(vertex.lon, vertex.lat), static_cast<std::uint32_t>(vertex.node)};
        if (shape.vertices.size() == begin || shape.vertices.back().point != next.point) {
            shape.vertices.push_back(next);
        }
    }
    shape.end_path();
}

void set_polygons(geo::GridShape &shape, const OsmRings &rings) {
    shape.clear(geo::GeometryType::polygon);
    std::size_t begin = 0;
    std::size_t polygon = 0;
    for (std::size_t ring = 0; ring < rings.ring_ends.size(); ++ring) {
        append_ring(shape, std::span(rings.vertices).subspan(begin, rings.ring_ends[ring] - begin));
        begin = rings.ring_ends[ring];
        if (ring + 1 == rings.polygon_ends[polygon]) {
            shape.end_polygon();
            ++polygon;
        }
    }
}

} // namespace

void ShortbreadMaker::clear_tags() {
    m_tags.clear();
    m_repaired.clear();
}

void ShortbreadMaker::add_tag(std::string_view key, std::string_view value) {
    if (!is_utf8(value)) {
        value = m_repaired.emplace_back(as_utf8(value));
        ++m_repaired_texts;
    }
    m_tags.push_back({key, value});
}

void ShortbreadMaker::read_tags(const osmium::TagList &tags) {
    clear_tags();
    for (const osmium::Tag &tag : tags) {
        add_tag(tag.key(), tag.value());
    }
}

void ShortbreadMaker::use_tags(OsmTags tags) {
    clear_tags();
    for (const OsmTag &tag : tags) {
        add_tag(tag.key, tag.value);
    }
}

void ShortbreadMaker::set_point(geo::GridPoint point) {
    m_point.vertices.assign(1, {point, geo::GridVertex::no_number});
    m_point.path_ends.assign(1, 1);
}

void ShortbreadMaker::make_point(const ShortbreadMatches &matches, std::int64_t node, geo::LonLat position) {
    m_size = {};
    set_point(geo::to_grid(position));
    for (const ShortbreadMatch &match : matches) {
        give(match, OsmType::node, node, m_point);
    }
}

void ShortbreadMaker::add_vertex(std::int32_t lon_e7, std::int32_t lat_e7, std::uint32_t number) {
    const geo::GridVertex next{grid_of(lon_e7, lat_e7), number};
    const std::size_t begin = m_shape.path_count() == 0 ? 0 : m_shape.path_ends.back();
    m_last_number = number;
    if (m_shape.vertices.size() == begin || m_shape.vertices.back().point != next.point) {
        m_shape.vertices.push_back(next);
    }
}

void ShortbreadMaker::end_line() {
    const std::size_t begin = m_shape.path_count() == 0 ? 0 : m_shape.path_ends.back();
    if (m_shape.vertices.size() >= begin + 2) {
        m_shape.vertices.back().number = m_last_number; // by which the next way knows it, also where another node lies at the same place
        m_shape.end_path();
    } else {
        m_shape.vertices.resize(begin);
    }
}

void ShortbreadMaker::make_lines(const ShortbreadMatches &matches, std::int64_t way) {
    m_size = {.length_m = geo::length_cells(m_shape) * geo::grid_cell_m, .area_m2 = 0};
    for (const ShortbreadMatch &match : matches) {
        if (match.shape == OsmShape::line) {
            give(match, OsmType::way, way, m_shape);
        }
    }
}

void ShortbreadMaker::make_areas(const ShortbreadMatches &matches, OsmType type, std::int64_t id, const OsmRings &rings) {
    set_polygons(m_shape, rings);
    m_size = {.length_m = 0, .area_m2 = geo::area_cells(m_shape) * geo::grid_cell_m * geo::grid_cell_m};
    const bool has_label = std::any_of(matches.begin(), matches.end(), [](const ShortbreadMatch &match) { return match.shape == OsmShape::point; });
    if (has_label) {
        set_point(geo::label_point(m_shape));
    }
    for (const ShortbreadMatch &match : matches) {
        if (match.shape != OsmShape::line) {
            give(match, type, id, match.shape == OsmShape::point ? m_point : m_shape);
        }
    }
}

void ShortbreadMaker::make_boundary(std::int64_t way, OsmBoundaries::Boundary boundary) {
    const auto has = [&](std::string_view key, std::string_view value) {
        return std::any_of(m_tags.begin(), m_tags.end(), [&](const OsmTag &tag) { return tag.key == key && tag.value == value; });
    };
    const std::array<ShortbreadAttribute, 3> attributes{{
        {"admin_level", static_cast<std::int64_t>(boundary.level)},
        {"maritime", has("maritime", "yes") || has("natural", "coastline")},
        {"disputed", boundary.disputed || has("disputed", "yes")},
    }};
    constexpr std::uint8_t country_from = 0;
    constexpr std::uint8_t state_from = 7;
    ShortbreadFeature feature;
    feature.layer = ShortbreadLayer::boundaries;
    feature.zoom_from = boundary.level == 2 ? country_from : state_from;
    feature.rank = {-boundary.level, -boundary.level}; // countries above states
    feature.id = number_of(OsmType::way, way);
    feature.attributes = attributes;
    feature.shape = &m_shape;
    give(feature);
}

void ShortbreadMaker::make_ocean(const geo::GridShape &ocean, std::uint64_t id) {
    ShortbreadFeature feature;
    feature.layer = ShortbreadLayer::ocean;
    feature.id = id;
    feature.shape = &ocean;
    give(feature);
}

void ShortbreadMaker::give(const ShortbreadMatch &match, OsmType type, std::int64_t id, const geo::GridShape &shape) {
    ShortbreadFeature feature;
    feature.zoom_from = shortbread_zoom(match, m_size);
    if (feature.zoom_from > shortbread_zoom_max) {
        return;
    }
    m_attributes.read(match, m_tags, m_size);
    feature.layer = match.layer;
    feature.direction_from = shortbread_direction_from(match, m_tags);
    feature.rank = shortbread_rank(match, m_tags, m_size);
    feature.id = number_of(type, id);
    feature.attributes = m_attributes.all();
    feature.shape = &shape;
    give(feature);
}

void ShortbreadMaker::give(const ShortbreadFeature &feature) {
    ++m_made[static_cast<std::size_t>(feature.layer)];
    m_sink.take(feature, m_thread);
}

} // namespace keyaki::importers
