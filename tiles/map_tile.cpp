#include "tiles/map_tile.hpp"

#include "tiles/byte_coding.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt_commands.hpp"
#include "tiles/polygon_drawer.hpp"
#include "tiles/polygon_union.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <tuple>
#include <utility>

namespace keyaki::tiles {

namespace {

constexpr std::uint32_t no_place = UINT32_MAX;

bool are_equal(const TileRecord &a, const TileRecord &b) {
    return a.type == b.type && a.key.rank == b.key.rank && a.has_direction == b.has_direction && a.fields == b.fields;
}

bool is_dot(std::span<const TilePoint> line) {
    const TileBox box = bounds_of(line);
    return box.max_x - box.min_x < least_line_units && box.max_y - box.min_y < least_line_units;
}

bool is_speck(std::span<const TilePoint> ring) { return std::abs(doubled_area(ring)) < 2 * least_polygon_units; }

std::int64_t length_of(std::span<const TilePoint> line) {
    double length = 0;
    for (std::size_t index = 1; index < line.size(); ++index) {
        length += std::hypot(line[index].x - line[index - 1].x, line[index].y - line[index - 1].y);
    }
    return std::llround(length);
}

std::int64_t measure_of(MvtGeometryType type, const TilePaths &paths, std::size_t first, std::size_t end) {
    std::int64_t sum = 0;
    for (std::size_t path = first; path < end; ++path) {
        sum += type == MvtGeometryType::polygon ? doubled_area(paths.path(path)) : length_of(paths.path(path));
    }
    return std::abs(sum);
}

void append_polygons(const TilePaths &rings, std::size_t first, TilePolygons &polygons) {
    for (std::size_t path = first; path < rings.size(); ++path) {
        const auto ring = rings.path(path);
        const bool is_exterior = doubled_area(ring) > 0; // as we wrote it
        if (is_exterior && polygons.rings.size() > (polygons.polygon_ends.empty() ? 0 : polygons.polygon_ends.back())) {
            polygons.polygon_ends.push_back(static_cast<std::uint32_t>(polygons.rings.size()));
        }
        polygons.rings.points.insert(polygons.rings.points.end(), ring.begin(), ring.end());
        polygons.rings.end_path();
    }
    if (polygons.rings.size() > (polygons.polygon_ends.empty() ? 0 : polygons.polygon_ends.back())) {
        polygons.polygon_ends.push_back(static_cast<std::uint32_t>(polygons.rings.size()));
    }
}

} // namespace

MapTileBuilder::MapTileBuilder(const MapSchema &schema, std::size_t budget_bytes)
    : m_schema(schema), m_budget_bytes(budget_bytes), m_key_places(schema.keys.size(), no_place) {}

std::string MapTileBuilder::build(std::uint8_t zoom, std::span<const TileRecord> records) {
    m_is_deepest = zoom == m_schema.zoom_max;
    m_features.clear();
    m_parts.clear();
    m_paths.clear();
    for (std::size_t begin = 0, end = 0; begin < records.size(); begin = end) {
        while (end < records.size() && records[end].key.layer == records[begin].key.layer) {
            ++end;
        }
        take_layer(records.subspan(begin, end - begin));
    }
    std::string tile = write(0);
    return tile.size() <= m_budget_bytes ? tile : thinned();
}

void MapTileBuilder::take_layer(std::span<const TileRecord> records) {
    const MapLayer &layer = m_schema.layers[records.front().key.layer];
    if (!layer.joins_lines && (!layer.joins_polygons || m_is_deepest)) {
        for (const TileRecord &record : records) {
            take_alone(record);
        }
        return;
    }
    m_group.clear();
    for (const TileRecord &record : records) {
        m_group.push_back(&record);
    }
    std::stable_sort(m_group.begin(), m_group.end(), [](const TileRecord *a, const TileRecord *b) {
        return std::tie(a->key.rank, a->type, a->has_direction, a->fields) < std::tie(b->key.rank, b->type, b->has_direction, b->fields);
    });
    for (std::size_t begin = 0, end = 0; begin < m_group.size(); begin = end) {
        while (end < m_group.size() && are_equal(*m_group[end], *m_group[begin])) {
            ++end;
        }
        take_group(std::span(m_group).subspan(begin, end - begin));
    }
}

void MapTileBuilder::take_group(std::span<const TileRecord *const> group) {
    const MapLayer &layer = m_schema.layers[group.front()->key.layer];
    const MvtGeometryType type = group.front()->type;
    if (type == MvtGeometryType::line_string && layer.joins_lines) {
        join_lines(group);
    } else if (type == MvtGeometryType::polygon && layer.joins_polygons && !m_is_deepest) {
        join_polygons(group);
    } else {
        for (const TileRecord *record : group) {
            take_alone(*record);
        }
    }
}

void MapTileBuilder::take_alone(const TileRecord &record) {
    const std::size_t first_part = m_parts.size();
    const bool may_be_too_small = !m_is_deepest && record.type != MvtGeometryType::point;
    if (!may_be_too_small) {
        Part part;
        part.raw = record.geometry;
        m_parts.push_back(part);
    } else if (record.type == MvtGeometryType::line_string) {
        m_lines.clear();
        read_own_commands(record.geometry, record.type, m_lines);
        for (std::size_t path = 0; path < m_lines.size(); ++path) {
            if (const auto line = std::as_const(m_lines).path(path); !is_dot(line)) {
                m_paths.points.insert(m_paths.points.end(), line.begin(), line.end());
                m_paths.end_path();
                add_path_part(static_cast<std::uint32_t>(m_paths.size() - 1), static_cast<std::uint32_t>(m_paths.size()));
            }
        }
    } else {
        m_polygons.clear();
        m_lines.clear();
        read_own_commands(record.geometry, record.type, m_lines);
        append_polygons(m_lines, 0, m_polygons);
        add_polygons(m_polygons);
    }
    end_feature(record, first_part);
}

void MapTileBuilder::join_lines(std::span<const TileRecord *const> group) {
    m_lines.clear();
    for (const TileRecord *record : group) {
        read_own_commands(record->geometry, record->type, m_lines);
    }
    const std::size_t first_part = m_parts.size();
    const std::size_t first_path = m_paths.size();
    m_joiner.join(m_lines, group.front()->has_direction, m_is_deepest ? -1 : simplification_units, m_paths);
    for (std::size_t path = first_path; path < m_paths.size(); ++path) {
        if (m_is_deepest || !is_dot(std::as_const(m_paths).path(path))) {
            add_path_part(static_cast<std::uint32_t>(path), static_cast<std::uint32_t>(path + 1));
        }
    }
    end_feature(*group.front(), first_part);
}

void MapTileBuilder::join_polygons(std::span<const TileRecord *const> group) {
    m_lines.clear();
    m_polygons.clear();
    m_united.clear();
    for (const TileRecord *record : group) {
        const std::size_t first = m_lines.size();
        read_own_commands(record->geometry, record->type, m_lines);
        append_polygons(m_lines, first, m_polygons);
    }
    unite_polygons(m_polygons, m_united);
    const std::size_t first_part = m_parts.size();
    add_polygons(m_united);
    end_feature(*group.front(), first_part);
}

/// Those that are large enough, without their specks of holes.
void MapTileBuilder::add_polygons(const TilePolygons &polygons) {
    std::size_t first = 0;
    for (const std::uint32_t end : polygons.polygon_ends) {
        const auto begin = static_cast<std::uint32_t>(m_paths.size());
        for (std::size_t ring = first; ring < end; ++ring) {
            const auto path = polygons.rings.path(ring);
            if (is_speck(path)) {
                if (ring == first) {
                    break;
                }
                continue;
            }
            m_paths.points.insert(m_paths.points.end(), path.begin(), path.end());
            m_paths.end_path();
        }
        if (m_paths.size() > begin) {
            add_path_part(begin, static_cast<std::uint32_t>(m_paths.size()));
        }
        first = end;
    }
}

void MapTileBuilder::add_path_part(std::uint32_t first, std::uint32_t end) {
    Part part;
    part.first = first;
    part.end = end;
    m_parts.push_back(part);
}

void MapTileBuilder::end_feature(const TileRecord &like, std::size_t first_part) {
    if (m_parts.size() > first_part) {
        m_features.push_back({like.key.layer, like.type, like.fields, first_part, m_parts.size()});
    }
}

std::int64_t MapTileBuilder::measure_of(const Feature &feature, const Part &part) {
    if (part.raw.empty()) {
        return tiles::measure_of(feature.type, m_paths, part.first, part.end);
    }
    m_lines.clear();
    read_own_commands(part.raw, feature.type, m_lines);
    return tiles::measure_of(feature.type, m_lines, 0, m_lines.size());
}

/// Says in which order parts go. \return how many can
std::uint32_t MapTileBuilder::set_turns() {
    struct Candidate {
        std::uint8_t gives_way;
        std::int64_t measure;
        std::size_t part;
    };
    std::vector<Candidate> candidates;
    for (const Feature &feature : m_features) {
        const std::uint8_t gives_way = m_schema.layers[feature.layer].gives_way;
        if (gives_way == 0) {
            continue;
        }
        for (std::size_t part = feature.first_part; part < feature.end_part; ++part) {
            const bool is_point = feature.type == MvtGeometryType::point;
            candidates.push_back({gives_way, is_point ? -static_cast<std::int64_t>(part) : measure_of(feature, m_parts[part]), part});
        }
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate &a, const Candidate &b) {
        return a.gives_way != b.gives_way ? a.gives_way > b.gives_way : a.measure != b.measure ? a.measure < b.measure : a.part > b.part;
    });
    std::uint32_t turn = 0;
    for (const Candidate &candidate : candidates) {
        m_parts[candidate.part].turn = turn++;
    }
    return turn;
}

/// What a part takes depends on what else is there: its values, the places of keys and values, where the part before it ends. So the tile is written
/// anew for as many parts gone as halving the doubt asks for, some twenty times in the largest tiles; few are ever thinned.
std::string MapTileBuilder::thinned() {
    std::uint32_t too_few = 0;
    std::uint32_t enough = set_turns();
    std::string tile = write(enough); // the most that can be done
    m_thinned_tiles += enough > 0 ? 1 : 0;
    if (tile.size() > m_budget_bytes) {
        return tile;
    }
    while (enough - too_few > 1) {
        const std::uint32_t middle = too_few + (enough - too_few) / 2;
        std::string with_more = write(middle);
        if (with_more.size() <= m_budget_bytes) {
            enough = middle;
            tile = std::move(with_more);
        } else {
            too_few = middle;
        }
    }
    return tile;
}

std::string MapTileBuilder::write(std::uint32_t gone) {
    m_gone = gone;
    std::string tile;
    for (std::size_t begin = 0, end = 0; begin < m_features.size(); begin = end) {
        while (end < m_features.size() && m_features[end].layer == m_features[begin].layer) {
            ++end;
        }
        write_layer(begin, end, tile);
    }
    return tile;
}

std::span<const std::uint32_t> MapTileBuilder::tags_of(std::string_view fields) {
    m_tags.clear();
    for (ByteReader reader(fields); !reader.at_end();) {
        const std::uint8_t key = reader.byte();
        const std::string_view value = reader.text();
        if (m_key_places[key] == no_place) {
            m_key_places[key] = m_layer.add_key(m_schema.keys[key]);
        }
        const auto [found, is_new] = m_value_places.try_emplace(value, 0);
        if (is_new) {
            found->second = m_layer.add_value(value);
        }
        m_tags.push_back(m_key_places[key]);
        m_tags.push_back(found->second);
    }
    return m_tags;
}

void MapTileBuilder::write_feature(const Feature &feature) {
    m_geometry.clear();
    const Part &first = m_parts[feature.first_part];
    if (!first.raw.empty()) { // alone
        if (is_kept(first)) {
            m_layer.add_feature(std::nullopt, tags_of(feature.fields), feature.type, first.raw);
        }
        return;
    }
    for (std::size_t index = feature.first_part; index < feature.end_part; ++index) {
        const Part &part = m_parts[index];
        if (!is_kept(part)) {
            continue;
        }
        if (feature.type == MvtGeometryType::polygon) {
            write_polygon(part.first, part.end, m_paths, m_geometry);
        } else {
            m_geometry.line(std::as_const(m_paths).path(part.first));
        }
    }
    if (!m_geometry.empty()) {
        m_layer.add_feature(std::nullopt, tags_of(feature.fields), feature.type, m_geometry.bytes());
    }
}

void MapTileBuilder::write_layer(std::size_t first_feature, std::size_t end_feature, std::string &tile) {
    m_layer.clear();
    m_value_places.clear();
    std::fill(m_key_places.begin(), m_key_places.end(), no_place);
    for (std::size_t feature = first_feature; feature < end_feature; ++feature) {
        write_feature(m_features[feature]);
    }
    if (!m_layer.empty()) {
        m_layer.append_to(tile, m_schema.layers[m_features[first_feature].layer].name, tile_extent);
    }
}

} // namespace keyaki::tiles
