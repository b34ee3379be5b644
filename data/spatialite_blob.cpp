#include "data/spatialite_blob.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

namespace keyaki::data {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are: the blob says little endian");

constexpr std::uint8_t blob_start = 0x00;
constexpr std::uint8_t little_endian = 0x01;
constexpr std::uint8_t box_end = 0x7C;
constexpr std::uint8_t entity_start = 0x69;
constexpr std::uint8_t blob_end = 0xFE;
constexpr std::size_t head_bytes = 39; ///< up to the class type

/// Class types of OGC Simple Features (WKB), two-dimensional.
std::int32_t class_type(geo::GeometryType type) noexcept {
    switch (type) {
    case geo::GeometryType::point: return 1;
    case geo::GeometryType::line_string: return 2;
    case geo::GeometryType::polygon: return 3;
    case geo::GeometryType::multi_point: return 4;
    case geo::GeometryType::multi_line_string: return 5;
    case geo::GeometryType::multi_polygon: return 6;
    }
    return 0;
}

class BlobWriter {
  public:
    explicit BlobWriter(std::vector<std::uint8_t> &bytes) : m_bytes(bytes) {}

    template <typename T>
    void put(T value) {
        const std::size_t at = m_bytes.size();
        m_bytes.resize(at + sizeof value);
        std::memcpy(m_bytes.data() + at, &value, sizeof value);
    }
    void put_count(std::size_t count) { put(static_cast<std::int32_t>(count)); }
    void put_positions(std::span<const geo::LonLat> positions) {
        static_assert(sizeof(geo::LonLat) == 16, "positions are copied as they are");
        const std::size_t at = m_bytes.size();
        m_bytes.resize(at + positions.size_bytes());
        if (!positions.empty()) {
            std::memcpy(m_bytes.data() + at, positions.data(), positions.size_bytes());
        }
    }
    void put_part(std::span<const geo::LonLat> part) {
        put_count(part.size());
        put_positions(part);
    }
    void put_rings(const geo::Geometry &geometry, std::size_t polygon) {
        const std::size_t first = geometry.first_ring(polygon);
        put_count(geometry.polygon_ends[polygon] - first);
        for (std::size_t ring = first; ring < geometry.polygon_ends[polygon]; ++ring) {
            put_part(geometry.part(ring));
        }
    }
    void start_entity(geo::GeometryType type) {
        put(entity_start);
        put(class_type(type));
    }

  private:
    std::vector<std::uint8_t> &m_bytes;
};

void put_body(BlobWriter &writer, const geo::Geometry &geometry) {
    switch (geometry.type) {
    case geo::GeometryType::point: writer.put_positions(geometry.positions); break;
    case geo::GeometryType::line_string: writer.put_part(geometry.part(0)); break;
    case geo::GeometryType::polygon: writer.put_rings(geometry, 0); break;
    case geo::GeometryType::multi_point:
        writer.put_count(geometry.positions.size());
        for (const geo::LonLat &position : geometry.positions) {
            writer.start_entity(geo::GeometryType::point);
            writer.put_positions({&position, 1});
        }
        break;
    case geo::GeometryType::multi_line_string:
        writer.put_count(geometry.part_count());
        for (std::size_t part = 0; part < geometry.part_count(); ++part) {
            writer.start_entity(geo::GeometryType::line_string);
            writer.put_part(geometry.part(part));
        }
        break;
    case geo::GeometryType::multi_polygon:
        writer.put_count(geometry.polygon_count());
        for (std::size_t polygon = 0; polygon < geometry.polygon_count(); ++polygon) {
            writer.start_entity(geo::GeometryType::polygon);
            writer.put_rings(geometry, polygon);
        }
        break;
    }
}

class BlobReader {
  public:
    explicit BlobReader(std::span<const std::uint8_t> bytes) : m_bytes(bytes) {}

    [[noreturn]] void fail(std::string_view expected) const {
        throw geo::Error(geo::ErrorKind::corrupt,
                         fmt::format("a geometry in the database is damaged: expected {} at byte {} of {}", expected, m_at, m_bytes.size()));
    }
    template <typename T>
    T take() {
        T value;
        if (m_bytes.size() - m_at < sizeof value) {
            fail("more bytes");
        }
        std::memcpy(&value, m_bytes.data() + m_at, sizeof value);
        m_at += sizeof value;
        return value;
    }
    template <typename T>
    void expect(T value, std::string_view what) {
        if (take<T>() != value) {
            m_at -= sizeof value;
            fail(what);
        }
    }
    /// A count of things of at least `least_bytes` each: never more than the bytes that are left can hold.
    std::size_t take_count(std::size_t least_bytes) {
        const auto count = take<std::int32_t>();
        if (count < 0 || static_cast<std::size_t>(count) > (m_bytes.size() - m_at) / least_bytes) {
            fail("a count that fits the blob");
        }
        return static_cast<std::size_t>(count);
    }
    void take_positions(std::vector<geo::LonLat> &positions, std::size_t count) {
        if ((m_bytes.size() - m_at) / sizeof(geo::LonLat) < count) {
            fail("more positions");
        }
        const std::size_t before = positions.size();
        positions.resize(before + count);
        if (count != 0) {
            std::memcpy(positions.data() + before, m_bytes.data() + m_at, count * sizeof(geo::LonLat));
        }
        m_at += count * sizeof(geo::LonLat);
    }
    void take_part(geo::Geometry &geometry) {
        take_positions(geometry.positions, take_count(sizeof(geo::LonLat)));
        geometry.part_ends.push_back(static_cast<std::uint32_t>(geometry.positions.size()));
    }
    void take_rings(geo::Geometry &geometry) {
        for (std::size_t rings = take_count(4); rings > 0; --rings) {
            take_part(geometry);
        }
        geometry.end_polygon();
    }
    void take_entity(geo::GeometryType type) {
        expect(entity_start, "the start of a part");
        expect(class_type(type), "a part of the same type");
    }
    void finish() {
        expect(blob_end, "the end mark FE");
        if (m_at != m_bytes.size()) {
            fail("no bytes after the end");
        }
    }

  private:
    std::span<const std::uint8_t> m_bytes;
    std::size_t m_at = 0;
};

geo::LonLatBox take_head(BlobReader &reader) {
    reader.expect(blob_start, "the start mark 00");
    reader.expect(little_endian, "little endian");
    reader.expect(storage_srid, "SRID 6668");
    geo::LonLatBox box;
    box.west_deg = reader.take<double>();
    box.south_deg = reader.take<double>();
    box.east_deg = reader.take<double>();
    box.north_deg = reader.take<double>();
    reader.expect(box_end, "the end of the box, 7C");
    return box;
}

void take_body(BlobReader &reader, geo::Geometry &geometry) {
    switch (reader.take<std::int32_t>()) {
    case 1:
        geometry.type = geo::GeometryType::point;
        reader.take_positions(geometry.positions, 1);
        break;
    case 2:
        geometry.type = geo::GeometryType::line_string;
        reader.take_part(geometry);
        break;
    case 3:
        geometry.type = geo::GeometryType::polygon;
        reader.take_rings(geometry);
        break;
    case 4:
        geometry.type = geo::GeometryType::multi_point;
        for (std::size_t points = reader.take_count(5 + sizeof(geo::LonLat)); points > 0; --points) {
            reader.take_entity(geo::GeometryType::point);
            reader.take_positions(geometry.positions, 1);
        }
        break;
    case 5:
        geometry.type = geo::GeometryType::multi_line_string;
        for (std::size_t lines = reader.take_count(9); lines > 0; --lines) {
            reader.take_entity(geo::GeometryType::line_string);
            reader.take_part(geometry);
        }
        break;
    case 6:
        geometry.type = geo::GeometryType::multi_polygon;
        for (std::size_t polygons = reader.take_count(9); polygons > 0; --polygons) {
            reader.take_entity(geo::GeometryType::polygon);
            reader.take_rings(geometry);
        }
        break;
    default: reader.fail("a class type from 1 to 6");
    }
}

} // namespace

void append_spatialite_blob(std::vector<std::uint8_t> &bytes, const geo::Geometry &geometry) {
    assert(!geometry.positions.empty() && "a geometry has positions");
    const geo::LonLatBox box = geometry.bounds();
    bytes.reserve(bytes.size() + head_bytes + 16 + geometry.positions.size() * (sizeof(geo::LonLat) + 5) + geometry.part_ends.size() * 9);
    BlobWriter writer(bytes);
    writer.put(blob_start);
    writer.put(little_endian);
    writer.put(storage_srid);
    writer.put(box.west_deg);
    writer.put(box.south_deg);
    writer.put(box.east_deg);
    writer.put(box.north_deg);
    writer.put(box_end);
    writer.put(class_type(geometry.type));
    put_body(writer, geometry);
    writer.put(blob_end);
}

geo::Geometry parse_spatialite_blob(std::span<const std::uint8_t> blob) {
    BlobReader reader(blob);
    take_head(reader);
    geo::Geometry geometry;
    take_body(reader, geometry);
    reader.finish();
    return geometry;
}

geo::LonLatBox spatialite_blob_bounds(std::span<const std::uint8_t> blob) {
    BlobReader reader(blob);
    return take_head(reader);
}

std::int64_t hilbert_position(const geo::LonLatBox &box) noexcept {
    constexpr std::uint32_t side_bits = 31;
    constexpr double side = 2147483647.0;
    const auto cell = [](double value, double low, double span) {
        const double share = (value - low) / span;
        return static_cast<std::uint32_t>(share <= 0 ? 0 : share >= 1 ? side : share * side);
    };
    std::uint32_t x = cell((box.west_deg + box.east_deg) / 2, -180, 360);
    std::uint32_t y = cell((box.south_deg + box.north_deg) / 2, -90, 180);
    std::uint64_t position = 0;
    // From the largest square to the smallest: which quarter, then turn so that the next one is entered where this one was.
    for (std::uint32_t bit = 1U << (side_bits - 1); bit > 0; bit >>= 1) {
        const std::uint32_t right = (x & bit) != 0 ? 1 : 0;
        const std::uint32_t upper = (y & bit) != 0 ? 1 : 0;
        position = (position << 2) | ((3 * right) ^ upper);
        if (upper == 0) {
            if (right == 1) {
                x = ~x;
                y = ~y;
            }
            std::swap(x, y);
        }
    }
    return static_cast<std::int64_t>(position);
}

} // namespace keyaki::data
