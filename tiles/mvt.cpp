#include "tiles/mvt.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>
#include <ranges>

namespace keyaki::tiles {

namespace {

// 4.3.1: command ids.
constexpr std::uint32_t move_to = 1;
constexpr std::uint32_t line_to = 2;
constexpr std::uint32_t close_path = 7;

// vector_tile.proto: fields of Tile, Layer and Feature.
constexpr protozero::pbf_tag_type tile_layers = 3;
constexpr protozero::pbf_tag_type layer_name = 1;
constexpr protozero::pbf_tag_type layer_features = 2;
constexpr protozero::pbf_tag_type layer_keys = 3;
constexpr protozero::pbf_tag_type layer_values = 4;
constexpr protozero::pbf_tag_type layer_extent = 5;
constexpr protozero::pbf_tag_type layer_version = 15;
constexpr protozero::pbf_tag_type feature_id = 1;
constexpr protozero::pbf_tag_type feature_tags = 2;
constexpr protozero::pbf_tag_type feature_type = 3;
constexpr protozero::pbf_tag_type feature_geometry = 4;

constexpr std::uint64_t varint_field(protozero::pbf_tag_type tag) { return tag << 3; }
constexpr std::uint64_t bytes_field(protozero::pbf_tag_type tag) { return tag << 3 | 2; }

constexpr std::size_t longest_parameter = 5; ///< a zigzag number of 32 bits

/// 4.3.2: parameters are zigzag differences to the cursor; 4.3.3: which goes on from path to path.
char *put_move(char *end, TilePoint &cursor, TilePoint to) noexcept {
    end = put_varint(end, protozero::encode_zigzag32(to.x - cursor.x));
    end = put_varint(end, protozero::encode_zigzag32(to.y - cursor.y));
    cursor = to;
    return end;
}

/// 4.3.1: CommandInteger = id in the low three bits, count above.
char *put_command(char *end, std::uint32_t id, std::size_t count) noexcept { return put_varint(end, id | static_cast<std::uint64_t>(count) << 3); }

} // namespace

char *put_long_varint(char *end, std::uint64_t value) noexcept { return end + protozero::write_varint(end, value); }
std::size_t length_of_long_varint(std::uint64_t value) noexcept { return static_cast<std::size_t>(protozero::length_of_varint(value)); }

MvtGeometryType mvt_type(geo::GeometryType type) noexcept {
    switch (type) {
    case geo::GeometryType::point:
    case geo::GeometryType::multi_point: return MvtGeometryType::point;
    case geo::GeometryType::line_string:
    case geo::GeometryType::multi_line_string: return MvtGeometryType::line_string;
    default: return MvtGeometryType::polygon;
    }
}

void MvtGeometryWriter::clear() noexcept {
    m_bytes.clear();
    m_cursor = {}; // 4.3.3: each feature's cursor begins at (0, 0)
}

char *MvtGeometryWriter::reserve(std::size_t points) { return m_bytes.room_for((points * 2) * longest_parameter + 3 * longest_varint); }

void MvtGeometryWriter::points(std::span<const TilePoint> points) {
    assert(!points.empty() && empty());
    // 4.3.4.2: a single MoveTo with a count of points.
    char *end = put_command(reserve(points.size()), move_to, points.size());
    for (const TilePoint point : points) {
        end = put_move(end, m_cursor, point);
    }
    m_bytes.end_at(end);
}

template <typename Points>
char *MvtGeometryWriter::put_line(char *end, TilePoint first, const Points &others) {
    // 4.3.4.3: MoveTo 1, LineTo >= 1.
    TilePoint cursor = m_cursor;
    end = put_move(put_command(end, move_to, 1), cursor, first);
    end = put_command(end, line_to, others.size());
    for (const TilePoint point : others) {
        end = put_move(end, cursor, point);
    }
    m_cursor = cursor;
    return end;
}

void MvtGeometryWriter::line(std::span<const TilePoint> line) {
    assert(line.size() >= 2);
    m_bytes.end_at(put_line(reserve(line.size()), line.front(), line.subspan(1)));
}

void MvtGeometryWriter::ring(std::span<const TilePoint> ring) {
    assert(ring.size() >= 3);
    // 4.3.4.4: MoveTo 1, LineTo >= 2, ClosePath; the last point does not repeat the first, and ClosePath leaves the cursor where it is.
    m_bytes.end_at(put_command(put_line(reserve(ring.size()), ring.front(), ring.subspan(1)), close_path, 1));
}

void MvtGeometryWriter::ring_backwards(std::span<const TilePoint> ring) {
    assert(ring.size() >= 3);
    const auto others = std::ranges::subrange(ring.rbegin() + 1, ring.rend());
    m_bytes.end_at(put_command(put_line(reserve(ring.size()), ring.back(), others), close_path, 1));
}

void MvtLayerWriter::clear() noexcept {
    m_features.clear();
    m_tags.clear();
    m_keys.clear();
    m_values.clear();
    m_key_count = 0;
    m_value_count = 0;
}

std::uint32_t MvtLayerWriter::add_key(std::string_view key) {
    char *end = put_varint(m_keys.room_for(1 + longest_varint + key.size()), bytes_field(layer_keys));
    m_keys.end_at(put_bytes(put_varint(end, key.size()), key));
    return m_key_count++;
}

std::uint32_t MvtLayerWriter::add_value(std::string_view encoded) {
    char *end = put_varint(m_values.room_for(1 + longest_varint + encoded.size()), bytes_field(layer_values));
    m_values.end_at(put_bytes(put_varint(end, encoded.size()), encoded));
    return m_value_count++;
}

void MvtLayerWriter::add_framed_values(std::string_view framed, std::uint32_t count) {
    m_values.end_at(put_bytes(m_values.room_for(framed.size()), framed));
    m_value_count += count;
}

void MvtLayerWriter::add_feature(std::optional<std::uint64_t> id, MvtGeometryType type, std::string_view geometry) {
    assert(!geometry.empty());
    const std::string_view tags = m_tags.view();
    const std::size_t id_length = id ? 1 + length_of_varint(*id) : 0;
    const std::size_t tags_length = tags.empty() ? 0 : 1 + length_of_varint(tags.size()) + tags.size();
    const std::size_t length = id_length + tags_length + 2 + 1 + length_of_varint(geometry.size()) + geometry.size(); // 2: the type
    char *end = put_varint(m_features.room_for(1 + longest_varint + length), bytes_field(layer_features));
    end = put_varint(end, length);
    if (id) {
        end = put_varint(put_varint(end, varint_field(feature_id)), *id);
    }
    if (!tags.empty()) {
        end = put_bytes(put_varint(put_varint(end, bytes_field(feature_tags)), tags.size()), tags);
    }
    end = put_varint(put_varint(end, varint_field(feature_type)), static_cast<std::uint64_t>(type));
    end = put_bytes(put_varint(put_varint(end, bytes_field(feature_geometry)), geometry.size()), geometry);
    m_features.end_at(end);
    m_tags.clear();
}

void MvtLayerWriter::add_feature(std::optional<std::uint64_t> id, std::span<const std::uint32_t> tags, MvtGeometryType type,
                                 std::string_view geometry) {
    assert(tags.size() % 2 == 0);
    for (std::size_t tag = 0; tag < tags.size(); tag += 2) {
        add_tag(tags[tag], tags[tag + 1]);
    }
    add_feature(id, type, geometry);
}

void MvtLayerWriter::append_to(std::string &tile, std::string_view name, std::uint32_t extent) const {
    assert(!empty());
    // The layer's length comes before it, so it is counted first, and then all of it is written once.
    const std::size_t name_length = 1 + length_of_varint(name.size()) + name.size();
    const std::size_t size =
        2 + name_length + m_features.view().size() + m_keys.view().size() + m_values.view().size() + 1 + length_of_varint(extent);
    tile.reserve(tile.size() + size + 1 + longest_varint);
    protozero::pbf_writer writer(tile);
    tile.push_back(static_cast<char>(bytes_field(tile_layers)));
    protozero::write_varint(std::back_inserter(tile), size);
    writer.add_uint32(layer_version, 2); // 4.1: version SHOULD be the first field
    writer.add_string(layer_name, name.data(), name.size());
    tile.append(m_features.view());
    tile.append(m_keys.view());
    tile.append(m_values.view());
    writer.add_uint32(layer_extent, extent); // 4.1: MUST be there
}

} // namespace keyaki::tiles
