#include "tiles/map_spool.hpp"

#include "tiles/byte_coding.hpp"
#include "tiles/limits.hpp"
#include "tiles/mvt_value.hpp"

#include <utility>

namespace keyaki::tiles {

namespace {

void put_shape(std::string &bytes, const geo::GridShape &shape) {
    bytes.push_back(static_cast<char>(shape.type));
    put_number(bytes, shape.polygon_ends.size());
    for (const std::uint32_t end : shape.polygon_ends) {
        put_number(bytes, end);
    }
    put_number(bytes, shape.path_ends.size());
    for (const std::uint32_t end : shape.path_ends) {
        put_number(bytes, end);
    }
    geo::GridVertex before{};
    for (const geo::GridVertex &vertex : shape.vertices) {
        put_signed(bytes, static_cast<std::int64_t>(vertex.point.x) - before.point.x);
        put_signed(bytes, static_cast<std::int64_t>(vertex.point.y) - before.point.y);
        put_signed(bytes, static_cast<std::int64_t>(vertex.number) - before.number);
        before = vertex;
    }
}

void take_ends(ByteReader &reader, std::vector<std::uint32_t> &ends) {
    ends.resize(reader.number());
    for (std::uint32_t &end : ends) {
        end = static_cast<std::uint32_t>(reader.number());
    }
}

void take_shape(ByteReader &reader, geo::GridShape &shape) {
    shape.clear(static_cast<geo::GeometryType>(reader.byte()));
    take_ends(reader, shape.polygon_ends);
    take_ends(reader, shape.path_ends);
    geo::GridVertex before{};
    const std::size_t count = shape.path_ends.back();
    for (std::size_t index = 0; index < count; ++index) {
        before.point.x = static_cast<std::uint32_t>(before.point.x + reader.signed_number());
        before.point.y = static_cast<std::uint32_t>(before.point.y + reader.signed_number());
        before.number = static_cast<std::uint32_t>(before.number + reader.signed_number());
        shape.vertices.push_back(before);
    }
}

} // namespace

MapSpool::MapSpool(const std::filesystem::path &path, unsigned threads) : m_file(path), m_unwritten(threads) {}

void MapSpool::add(const MapFeature &feature, unsigned thread) {
    std::string &bytes = m_unwritten[thread];
    bytes.push_back(static_cast<char>(feature.layer));
    bytes.push_back(static_cast<char>(feature.zoom_from));
    bytes.push_back(static_cast<char>(feature.direction_from));
    put_signed(bytes, feature.rank_fine);
    put_signed(bytes, feature.rank_coarse);
    put_number(bytes, feature.id);
    put_number(bytes, feature.fields.size());
    static thread_local std::string value;
    for (const MapField &field : feature.fields) {
        bytes.push_back(static_cast<char>(field.key));
        bytes.push_back(static_cast<char>(field.zoom_from));
        value.clear();
        encode_map_value(field.value, value);
        put_text(bytes, value);
    }
    put_shape(bytes, *feature.shape);
    if (bytes.size() >= map_spool_block_bytes) {
        flush(bytes);
    }
}

void MapSpool::flush(std::string &bytes) {
    if (bytes.empty()) {
        return;
    }
    const std::uint64_t offset = m_file.append(bytes);
    const std::lock_guard lock(m_mutex);
    m_blocks.push_back({offset, bytes.size()});
    bytes.clear();
}

void MapSpool::finish() {
    for (std::string &bytes : m_unwritten) {
        flush(bytes);
    }
    m_unwritten = {};
}

void MapSpool::read(std::size_t block, const std::function<void(const SpooledFeature &)> &take) const {
    std::string bytes(m_blocks[block].size, '\0');
    m_file.read(m_blocks[block].offset, bytes);
    ByteReader reader(bytes);
    SpooledFeature feature;
    while (!reader.at_end()) {
        feature.head.layer = reader.byte();
        feature.head.zoom_from = reader.byte();
        feature.head.direction_from = reader.byte();
        feature.head.rank_fine = static_cast<std::int32_t>(reader.signed_number());
        feature.head.rank_coarse = static_cast<std::int32_t>(reader.signed_number());
        feature.head.id = reader.number();
        feature.fields.resize(reader.number());
        for (SpooledField &field : feature.fields) {
            field.key = reader.byte();
            field.zoom_from = reader.byte();
            field.value = reader.text();
        }
        take_shape(reader, feature.shape);
        take(feature);
    }
}

} // namespace keyaki::tiles
