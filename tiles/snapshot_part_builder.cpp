#include "tiles/snapshot_part_builder.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt.hpp"
#include "tiles/numeric_id.hpp"
#include "tiles/ranges.hpp"
#include "tiles/simplify.hpp"
#include "tiles/text_order.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace keyaki::tiles {

namespace {

constexpr std::uint32_t not_seen = UINT32_MAX;

[[noreturn]] void refuse(const geo::Feature &feature, const std::string &found) {
    throw geo::Error(geo::ErrorKind::invalid_input, "feature \"" + feature.id + "\" " + found);
}

void require_drawable(const geo::Feature &feature) {
    if (feature.id.empty()) {
        refuse(feature, "has no id, and a published feature needs one");
    }
    if (feature.geometry.positions.empty()) {
        refuse(feature, "has a geometry without positions, and one position is the least");
    }
    for (const geo::LonLat position : feature.geometry.positions) {
        if (!geo::is_on_earth(position) || std::abs(position.lat_deg) > geo::max_mercator_lat_deg) {
            refuse(feature, "has the position " + std::to_string(position.lon_deg) + " " + std::to_string(position.lat_deg) +
                                ", but maps are drawn between -180 and 180 degrees of longitude and ±85.0511 degrees of latitude");
        }
    }
}

} // namespace

SnapshotPartBuilder::SnapshotPartBuilder() : m_records(1), m_shapes(1) { m_shape_indices.emplace(std::vector<std::uint32_t>{}, 0); }

void SnapshotPartBuilder::add(const geo::Feature &feature) {
    require_drawable(feature);
    if (size() >= max_features_per_part || m_points.size() + feature.geometry.positions.size() > max_positions_per_part) {
        throw geo::Error(geo::ErrorKind::too_large, "a layer has more than " + std::to_string(max_features_per_part) + " features or " +
                                                        std::to_string(max_positions_per_part) + " positions, the most that a snapshot holds");
    }
    add_geometry(feature.geometry);
    m_is_worked_out.push_back(false);
    m_shape.clear();
    for (const auto &[name, value] : feature.properties) {
        m_shape.push_back(key_index(name, m_shape.size()));
        m_value_indices.push_back(m_values.add(value));
    }
    end_feature(feature.id, feature.geometry.type);
}

void SnapshotPartBuilder::add(const SnapshotPart &part, std::uint32_t index) {
    Translation &translation = m_translations[&part];
    translation.keys.resize(part.keys().size(), not_seen);
    translation.values.resize(part.values().size(), not_seen);
    const PartGeometry geometry = part.geometry(index);
    m_points.insert(m_points.end(), geometry.points.begin(), geometry.points.end());
    m_zooms.insert(m_zooms.end(), geometry.zooms.begin(), geometry.zooms.end());
    m_parts.insert(m_parts.end(), geometry.parts.begin(), geometry.parts.end());
    m_records.back().ring = geometry.ring;
    m_is_worked_out.push_back(true);
    m_shape.clear();
    for (const std::uint32_t key : part.keys_of(index)) {
        if (translation.keys[key] == not_seen) {
            translation.keys[key] = key_index(part.keys()[key], m_shape.size());
        }
        m_shape.push_back(translation.keys[key]);
    }
    for (const std::uint32_t value : part.values_of(index)) {
        if (translation.values[value] == not_seen) {
            translation.values[value] = m_values.add_encoded(part.values().encoded(value));
        }
        m_value_indices.push_back(translation.values[value]);
    }
    end_feature(part.id(index), geometry.type);
}

void SnapshotPartBuilder::add_geometry(const geo::Geometry &geometry) {
    const std::size_t first_point = m_points.size();
    if (geometry.is_point()) {
        add_points(geometry.positions);
        return;
    }
    const bool whole = geometry.part_count() == 1;
    std::size_t polygon = 0;
    for (std::size_t part = 0; part < geometry.part_count(); ++part) {
        auto positions = geometry.part(part);
        if (geometry.is_polygon() && positions.size() > 1 && positions.front() == positions.back()) {
            positions = positions.first(positions.size() - 1);
        }
        add_points(positions);
        if (!whole) {
            const bool last = geometry.is_polygon() && part + 1 == geometry.polygon_ends[polygon];
            polygon += last ? 1 : 0;
            m_parts.push_back(static_cast<std::uint32_t>(m_points.size() - first_point) | (last ? PartGeometry::last_of_polygon : 0U));
        }
    }
}

void SnapshotPartBuilder::add_points(std::span<const geo::LonLat> positions) {
    const std::size_t begin = m_points.size();
    m_points.resize(begin + positions.size());
    geo::to_grid(positions, std::span(m_points).subspan(begin));
    m_zooms.resize(m_points.size(), 0);
}

void SnapshotPartBuilder::end_feature(std::string_view id, geo::GeometryType type) {
    Record &record = m_records.back();
    record.type = type;
    record.shape = shape_index();
    record.id_value = m_values.add_text(id);
    Record next;
    next.points_begin = static_cast<std::uint32_t>(m_points.size());
    next.parts_begin = static_cast<std::uint32_t>(m_parts.size());
    next.values_begin = static_cast<std::uint32_t>(m_value_indices.size());
    m_records.push_back(next);
}

std::uint32_t SnapshotPartBuilder::key_index(std::string_view name, std::size_t place) {
    // Features of a layer mostly have the names of the one before, in the same order.
    const auto &last = m_shapes[m_last_shape];
    if (place < last.size() && m_keys[last[place]] == name) {
        return last[place];
    }
    const auto [found, is_new] = m_key_indices.try_emplace(std::string(name), static_cast<std::uint32_t>(m_keys.size()));
    if (is_new) {
        m_keys.emplace_back(name);
    }
    return found->second;
}

std::uint32_t SnapshotPartBuilder::shape_index() {
    if (m_shapes[m_last_shape] != m_shape) {
        const auto [found, is_new] = m_shape_indices.try_emplace(m_shape, static_cast<std::uint32_t>(m_shapes.size()));
        if (is_new) {
            m_shapes.push_back(m_shape);
        }
        m_last_shape = found->second;
    }
    return m_last_shape;
}

void SnapshotPartBuilder::work_out_zooms(std::uint32_t index) {
    Record &record = m_records[index];
    const Record &next = m_records[index + 1];
    const auto points = std::span(m_points).subspan(record.points_begin, next.points_begin - record.points_begin);
    const auto zooms = std::span(m_zooms).subspan(record.points_begin, points.size());
    const bool is_polygon = mvt_type(record.type) == MvtGeometryType::polygon;
    const auto work_out = [&](std::size_t begin, std::size_t end) {
        const auto path = points.subspan(begin, end - begin);
        is_polygon ? ring_vertex_zooms(path, zooms.subspan(begin, end - begin)) : line_vertex_zooms(path, zooms.subspan(begin, end - begin));
    };
    if (record.parts_begin == next.parts_begin) {
        work_out(0, points.size());
        record.ring = is_polygon ? ring_facts(points, zooms) : RingFacts{};
    }
    std::size_t begin = 0;
    for (std::uint32_t part = record.parts_begin; part < next.parts_begin; ++part) {
        const std::size_t end = m_parts[part] & PartGeometry::end_mask;
        work_out(begin, end);
        begin = end;
    }
}

void SnapshotPartBuilder::work_out() {
    m_boxes.resize(size());
    m_places.resize(size());
    in_ranges(size(), [&](std::size_t begin, std::size_t end) {
        for (std::size_t index = begin; index < end; ++index) {
            if (!m_is_worked_out[index] && mvt_type(m_records[index].type) != MvtGeometryType::point) {
                work_out_zooms(static_cast<std::uint32_t>(index));
            }
            geo::GridBox box;
            for (std::size_t point = m_records[index].points_begin; point < m_records[index + 1].points_begin; ++point) {
                box.extend(m_points[point]);
            }
            m_boxes[index] = box;
            m_places[index] = {curve_place_of(box), static_cast<std::uint32_t>(index)};
        }
    });
}

std::vector<std::uint32_t> SnapshotPartBuilder::curve_order() {
    const ValueDictionary &values = m_values.dictionary();
    std::sort(m_places.begin(), m_places.end(), [&](const Place &a, const Place &b) {
        return a.on_curve != b.on_curve ? a.on_curve < b.on_curve
                                        : values.text(m_records[a.index].id_value) < values.text(m_records[b.index].id_value);
    });
    std::vector<std::uint32_t> order(m_places.size());
    std::transform(m_places.begin(), m_places.end(), order.begin(), [](const Place &place) { return place.index; });
    return order;
}

void SnapshotPartBuilder::copy_feature(std::uint32_t source, SnapshotPart &part, std::vector<std::uint32_t> &renumbered) {
    const auto number = [&](std::uint32_t value) {
        if (value == ValueDictionary::null_value) {
            return value;
        }
        if (renumbered[value] == not_seen) {
            renumbered[value] = part.m_values.append(m_values.dictionary().encoded(value));
        } else {
            part.mark_repeated(renumbered[value]);
        }
        return renumbered[value];
    };
    Record record = m_records[source];
    const Record &next = m_records[source + 1];
    const auto offset = [](std::size_t value) { return static_cast<std::ptrdiff_t>(value); };
    const auto append = [&](auto &to, const auto &from, std::uint32_t begin, std::uint32_t end) {
        to.insert(to.end(), from.begin() + offset(begin), from.begin() + offset(end));
    };
    const auto points_begin = static_cast<std::uint32_t>(part.m_points.size());
    const auto parts_begin = static_cast<std::uint32_t>(part.m_parts.size());
    const auto values_begin = static_cast<std::uint32_t>(part.m_value_indices.size());
    append(part.m_points, m_points, record.points_begin, next.points_begin);
    append(part.m_zooms, m_zooms, record.points_begin, next.points_begin);
    append(part.m_parts, m_parts, record.parts_begin, next.parts_begin);
    for (std::uint32_t value = record.values_begin; value < next.values_begin; ++value) {
        part.m_value_indices.push_back(number(m_value_indices[value]));
    }
    record.id_value = number(record.id_value); // last, as in tiles: what is new in a feature is copied there at once
    record.points_begin = points_begin;
    record.parts_begin = parts_begin;
    record.values_begin = values_begin;
    part.m_records.push_back(record);
}

void SnapshotPartBuilder::copy_in_order(const std::vector<std::uint32_t> &order, SnapshotPart &part) {
    part.m_points.reserve(m_points.size());
    part.m_zooms.reserve(m_zooms.size());
    part.m_parts.reserve(m_parts.size());
    part.m_value_indices.reserve(m_value_indices.size());
    part.m_records.reserve(m_records.size());
    std::vector<std::uint32_t> renumbered(m_values.dictionary().size(), not_seen);
    for (const std::uint32_t source : order) {
        copy_feature(source, part, renumbered);
    }
    Record end;
    end.points_begin = static_cast<std::uint32_t>(part.m_points.size());
    end.parts_begin = static_cast<std::uint32_t>(part.m_parts.size());
    end.values_begin = static_cast<std::uint32_t>(part.m_value_indices.size());
    part.m_records.push_back(end);
    part.m_values.shrink_to_fit();
}

void SnapshotPartBuilder::index_ids(SnapshotPart &part) {
    std::vector<std::string_view> ids(part.size());
    for (std::uint32_t index = 0; index < ids.size(); ++index) {
        ids[index] = part.id(index);
    }
    part.m_by_id = text_order(ids);
    const auto twice = std::adjacent_find(part.m_by_id.begin(), part.m_by_id.end(), [&](auto a, auto b) { return ids[a] == ids[b]; });
    if (twice != part.m_by_id.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "ids are unique in a layer, but two features have the id \"" + std::string(ids[*twice]) + "\"");
    }
    part.m_ranks.resize(ids.size());
    for (std::uint32_t rank = 0; rank < part.m_by_id.size(); ++rank) {
        part.m_ranks[part.m_by_id[rank]] = rank;
    }
}

void SnapshotPartBuilder::index_numeric_ids(SnapshotPart &part) {
    auto &order = part.m_by_numeric_id;
    std::vector<std::uint64_t> numbers(part.size());
    for (std::uint32_t index = 0; index < numbers.size(); ++index) {
        part.m_records[index].numeric_id = numbers[index] = numeric_id_of(part.id(index));
    }
    order.resize(numbers.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return numbers[a] < numbers[b]; });
    for (std::size_t place = 1; place < order.size(); ++place) {
        if (numbers[order[place]] == numbers[order[place - 1]]) {
            part.m_repeated_numeric_ids.push_back(numbers[order[place]]);
        }
    }
}

void SnapshotPartBuilder::index_boxes_and_kinds(std::span<const geo::GridBox> boxes, SnapshotPart &part) {
    part.m_tree = geo::RTree::of_ordered(boxes);
    for (std::uint32_t index = 0; index < boxes.size(); ++index) {
        part.count_kinds(index, part.m_kind_counts, 1);
    }
}

std::shared_ptr<const SnapshotPart> SnapshotPartBuilder::finish() {
    auto part = std::make_shared<SnapshotPart>();
    work_out();
    const std::vector<std::uint32_t> order = curve_order();
    copy_in_order(order, *part);
    std::vector<geo::GridBox> boxes(order.size());
    std::transform(order.begin(), order.end(), boxes.begin(), [this](std::uint32_t source) { return m_boxes[source]; });
    part->m_keys = std::move(m_keys);
    part->m_shapes = std::move(m_shapes);
    if (const auto id_key = m_key_indices.find("id"); id_key != m_key_indices.end()) {
        part->m_id_key = id_key->second;
    }
    // Each writes its own members and reads what is there already.
    SideWork numbers(part->size(), [&] { index_numeric_ids(*part); });
    SideWork boxes_and_kinds(part->size(), [&] { index_boxes_and_kinds(boxes, *part); });
    index_ids(*part);
    numbers.finish();
    boxes_and_kinds.finish();
    return part;
}

} // namespace keyaki::tiles
