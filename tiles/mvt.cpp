#include "tiles/mvt.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <numeric>
#include <protozero/pbf_writer.hpp>
#include <protozero/varint.hpp>

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

constexpr std::size_t longest_varint = 10;

std::size_t length_of(std::uint64_t value) noexcept { return static_cast<std::size_t>(protozero::length_of_varint(value)); }

/// Writes to `end` and moves it; the caller has made room.
void put_varint(char *&end, std::uint64_t value) noexcept {
    if (value < 0x80) { // most are: commands, tags, differences of simplified lines
        *end++ = static_cast<char>(value);
        return;
    }
    end += protozero::write_varint(end, value);
}

/// Room for `more` bytes behind the first `size`.
void make_room(std::vector<char> &bytes, std::size_t size, std::size_t more) {
    if (bytes.size() < size + more) {
        bytes.resize(std::max(bytes.size() * 2, size + more));
    }
}

} // namespace

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
    m_size = 0;
    m_cursor = {}; // 4.3.3: each feature's cursor begins at (0, 0)
}

void MvtGeometryWriter::reserve(std::size_t points) { make_room(m_bytes, m_size, (points * 2 + 3) * longest_varint); }

void MvtGeometryWriter::command(std::uint32_t id, std::size_t count) {
    // 4.3.1: CommandInteger = id in the low three bits, count above.
    char *end = m_bytes.data() + m_size;
    put_varint(end, id | static_cast<std::uint64_t>(count) << 3);
    m_size = static_cast<std::size_t>(end - m_bytes.data());
}

void MvtGeometryWriter::move(TilePoint to) {
    // 4.3.2: parameters are zigzag differences to the cursor; 4.3.3: which goes on from path to path.
    char *end = m_bytes.data() + m_size;
    put_varint(end, protozero::encode_zigzag32(to.x - m_cursor.x));
    put_varint(end, protozero::encode_zigzag32(to.y - m_cursor.y));
    m_size = static_cast<std::size_t>(end - m_bytes.data());
    m_cursor = to;
}

void MvtGeometryWriter::points(std::span<const TilePoint> points) {
    assert(!points.empty() && m_size == 0);
    // 4.3.4.2: a single MoveTo with a count of points.
    reserve(points.size());
    command(move_to, points.size());
    for (const TilePoint point : points) {
        move(point);
    }
}

void MvtGeometryWriter::line(std::span<const TilePoint> line) {
    assert(line.size() >= 2);
    // 4.3.4.3: MoveTo 1, LineTo >= 1.
    reserve(line.size());
    command(move_to, 1);
    move(line.front());
    command(line_to, line.size() - 1);
    for (const TilePoint point : line.subspan(1)) {
        move(point);
    }
}

void MvtGeometryWriter::ring(std::span<const TilePoint> ring) {
    assert(ring.size() >= 3);
    // 4.3.4.4: MoveTo 1, LineTo >= 2, ClosePath; the last point does not repeat the first, and ClosePath leaves the cursor where it is.
    line(ring);
    command(close_path, 1);
}

void MvtLayerWriter::clear() noexcept {
    m_size = 0;
    m_keys.clear();
    m_values.clear();
}

std::uint32_t MvtLayerWriter::add_key(std::string_view key) {
    m_keys.push_back(key);
    return static_cast<std::uint32_t>(m_keys.size() - 1);
}

std::uint32_t MvtLayerWriter::add_value(std::string_view encoded) {
    m_values.push_back(encoded);
    return static_cast<std::uint32_t>(m_values.size() - 1);
}

void MvtLayerWriter::put(std::uint64_t value) noexcept {
    char *end = m_features.data() + m_size;
    put_varint(end, value);
    m_size = static_cast<std::size_t>(end - m_features.data());
}

void MvtLayerWriter::put(std::string_view bytes) noexcept {
    std::memcpy(m_features.data() + m_size, bytes.data(), bytes.size());
    m_size += bytes.size();
}

void MvtLayerWriter::add_feature(std::optional<std::uint64_t> id, std::span<const std::uint32_t> tags, MvtGeometryType type,
                                 std::string_view geometry) {
    assert(tags.size() % 2 == 0 && !geometry.empty());
    make_room(m_tags, 0, tags.size() * longest_varint); // their length comes before them
    char *tags_end = m_tags.data();
    for (const std::uint32_t tag : tags) {
        put_varint(tags_end, tag);
    }
    const auto tags_length = static_cast<std::size_t>(tags_end - m_tags.data());
    std::size_t length = 2 + 1 + length_of(geometry.size()) + geometry.size(); // type and geometry
    if (id) {
        length += 1 + length_of(*id);
    }
    if (!tags.empty()) {
        length += 1 + length_of(tags_length) + tags_length;
    }
    make_room(m_features, m_size, 1 + longest_varint + length);
    put(bytes_field(layer_features));
    put(length);
    if (id) {
        put(varint_field(feature_id));
        put(*id);
    }
    if (!tags.empty()) {
        // 4.4: pairs of a key's and a value's index.
        put(bytes_field(feature_tags));
        put(tags_length);
        put(std::string_view(m_tags.data(), tags_length));
    }
    put(varint_field(feature_type));
    put(static_cast<std::uint64_t>(type));
    put(bytes_field(feature_geometry));
    put(geometry.size());
    put(geometry);
}

void MvtLayerWriter::append_to(std::string &tile, std::string_view name, std::uint32_t extent) const {
    assert(!empty());
    // The layer's length comes before it, so it is counted first, and then all of it is written once.
    const auto framed = [](std::string_view bytes) { return 1 + length_of(bytes.size()) + bytes.size(); };
    const auto sum = [&framed](const std::vector<std::string_view> &list) {
        return std::accumulate(list.begin(), list.end(), std::size_t{0},
                               [&](std::size_t size, std::string_view bytes) { return size + framed(bytes); });
    };
    const std::size_t size = 2 + framed(name) + m_size + sum(m_keys) + sum(m_values) + 1 + length_of(extent);
    tile.reserve(tile.size() + size + 1 + longest_varint);
    protozero::pbf_writer writer(tile);
    tile.push_back(static_cast<char>(bytes_field(tile_layers)));
    protozero::write_varint(std::back_inserter(tile), size);
    writer.add_uint32(layer_version, 2); // 4.1: version SHOULD be the first field
    writer.add_string(layer_name, name.data(), name.size());
    tile.append(m_features.data(), m_size);
    for (const std::string_view key : m_keys) {
        writer.add_string(layer_keys, key.data(), key.size());
    }
    for (const std::string_view value : m_values) {
        writer.add_message(layer_values, value.data(), value.size());
    }
    writer.add_uint32(layer_extent, extent); // 4.1: MUST be there
}

} // namespace keyaki::tiles
