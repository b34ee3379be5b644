#include "tiles/pmtiles_header.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"

#include <fmt/format.h>

#include <array>
#include <cassert>
#include <cmath>

namespace keyaki::tiles {

namespace {

constexpr std::string_view magic = "PMTiles";
constexpr std::uint8_t version = 3;
constexpr double units_per_degree = 1e7;

[[noreturn]] void refuse(std::string_view where, const std::string &what) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: {}", where, what));
}

/// Whole numbers of the header, little-endian, one after the other.
class FieldReader {
  public:
    explicit FieldReader(std::string_view bytes) : m_bytes(bytes) {}

    template <typename Number>
    Number take() {
        std::uint64_t value = 0;
        for (std::size_t index = 0; index < sizeof(Number); ++index) {
            value |= std::uint64_t{static_cast<unsigned char>(m_bytes[index])} << (8 * index);
        }
        m_bytes.remove_prefix(sizeof(Number));
        return static_cast<Number>(value);
    }
    ByteRange take_range() {
        const auto offset = take<std::uint64_t>();
        return {offset, take<std::uint64_t>()};
    }
    geo::LonLat take_position() {
        const double lon_deg = take<std::int32_t>() / units_per_degree;
        return {lon_deg, take<std::int32_t>() / units_per_degree};
    }

  private:
    std::string_view m_bytes;
};

template <typename Number>
void put(std::string &bytes, Number number) {
    for (std::size_t index = 0; index < sizeof(Number); ++index) {
        bytes += static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * index) & 0xFF);
    }
}

void put(std::string &bytes, const ByteRange &range) {
    put(bytes, range.offset);
    put(bytes, range.length);
}

void put(std::string &bytes, geo::LonLat position) {
    assert(geo::is_on_earth(position));
    put(bytes, static_cast<std::int32_t>(std::llround(position.lon_deg * units_per_degree)));
    put(bytes, static_cast<std::int32_t>(std::llround(position.lat_deg * units_per_degree)));
}

void require_inside(const ByteRange &range, std::uint64_t archive_bytes, std::string_view section, std::string_view where) {
    if (range.offset > archive_bytes || range.length > archive_bytes - range.offset) {
        refuse(where, fmt::format("expected the {} within the archive's {} bytes, found {} bytes at {}", section, archive_bytes, range.length,
                                  range.offset));
    }
}

void require_sections(const PmtilesHeader &header, std::uint64_t archive_bytes, std::string_view where) {
    require_inside(header.root, archive_bytes, "root directory", where);
    require_inside(header.metadata, archive_bytes, "metadata", where);
    require_inside(header.leaves, archive_bytes, "leaf directories", where);
    require_inside(header.tiles, archive_bytes, "tile data", where);
    if (header.root.length == 0 || header.root.length > pmtiles_head_bytes - pmtiles_header_bytes) {
        refuse(where,
               fmt::format("expected a root directory of 1 to {} bytes, found {}", pmtiles_head_bytes - pmtiles_header_bytes, header.root.length));
    }
}

void require_zooms(const PmtilesHeader &header, std::string_view where) {
    if (header.zoom_min > header.zoom_max || header.zoom_max > geo::max_zoom) {
        refuse(where, fmt::format("expected zooms of 0 to {}, the smaller first, found {} to {}", geo::max_zoom, header.zoom_min, header.zoom_max));
    }
}

void require_bounds(const PmtilesHeader &header, std::string_view where) {
    const geo::LonLatBox &box = header.bounds;
    if (box.empty() || !geo::is_on_earth({box.west_deg, box.south_deg}) || !geo::is_on_earth({box.east_deg, box.north_deg})) {
        refuse(where, fmt::format("expected bounds on earth, west before east and south before north, found {}, {}, {}, {}", box.west_deg,
                                  box.south_deg, box.east_deg, box.north_deg));
    }
}

template <typename Value>
Value take_value(FieldReader &fields, Value last, std::string_view what, std::string_view where) {
    const auto number = fields.take<std::uint8_t>();
    if (number > static_cast<std::uint8_t>(last)) {
        refuse(where, fmt::format("expected a {} of 0 to {}, found {}", what, static_cast<int>(last), number));
    }
    return static_cast<Value>(number);
}

} // namespace

std::string_view name_of(PmtilesCompression compression) noexcept {
    constexpr std::array<std::string_view, 5> names{"an unknown compression", "no compression", "gzip", "brotli", "zstd"};
    return names.at(static_cast<std::size_t>(compression));
}

std::string_view name_of(PmtilesTileType type) noexcept {
    constexpr std::array<std::string_view, 6> names{"an unknown type", "MVT", "PNG", "JPEG", "WebP", "AVIF"};
    return names.at(static_cast<std::size_t>(type));
}

std::string encode(const PmtilesHeader &header) {
    std::string bytes(magic);
    put(bytes, version);
    for (const ByteRange &section : {header.root, header.metadata, header.leaves, header.tiles}) {
        put(bytes, section);
    }
    for (const std::uint64_t count : {header.addressed_tiles, header.tile_entries, header.tile_contents}) {
        put(bytes, count);
    }
    for (const std::uint8_t value :
         {static_cast<std::uint8_t>(header.is_clustered), static_cast<std::uint8_t>(header.internal_compression),
          static_cast<std::uint8_t>(header.tile_compression), static_cast<std::uint8_t>(header.tile_type), header.zoom_min, header.zoom_max}) {
        put(bytes, value);
    }
    put(bytes, geo::LonLat{header.bounds.west_deg, header.bounds.south_deg});
    put(bytes, geo::LonLat{header.bounds.east_deg, header.bounds.north_deg});
    put(bytes, header.center_zoom);
    put(bytes, header.center);
    assert(bytes.size() == pmtiles_header_bytes);
    return bytes;
}

PmtilesHeader decode_pmtiles_header(std::string_view bytes, std::uint64_t archive_bytes, std::string_view where) {
    if (bytes.size() < pmtiles_header_bytes || !bytes.starts_with(magic)) {
        refuse(where, fmt::format("expected a PMTiles archive with its header of {} bytes, found {} bytes that do not begin as one",
                                  pmtiles_header_bytes, archive_bytes));
    }
    FieldReader fields(bytes.substr(magic.size()));
    if (const auto found = fields.take<std::uint8_t>(); found != version) {
        refuse(where, fmt::format("expected a PMTiles archive of version {}, found version {}", version, found));
    }
    PmtilesHeader header;
    for (ByteRange *section : {&header.root, &header.metadata, &header.leaves, &header.tiles}) {
        *section = fields.take_range();
    }
    for (std::uint64_t *count : {&header.addressed_tiles, &header.tile_entries, &header.tile_contents}) {
        *count = fields.take<std::uint64_t>();
    }
    header.is_clustered = fields.take<std::uint8_t>() == 1;
    header.internal_compression = take_value(fields, PmtilesCompression::zstd, "compression", where);
    header.tile_compression = take_value(fields, PmtilesCompression::zstd, "compression", where);
    header.tile_type = take_value(fields, PmtilesTileType::avif, "tile type", where);
    header.zoom_min = fields.take<std::uint8_t>();
    header.zoom_max = fields.take<std::uint8_t>();
    const geo::LonLat south_west = fields.take_position();
    const geo::LonLat north_east = fields.take_position();
    header.bounds = {south_west.lon_deg, south_west.lat_deg, north_east.lon_deg, north_east.lat_deg};
    header.center_zoom = fields.take<std::uint8_t>();
    header.center = fields.take_position();
    require_sections(header, archive_bytes, where);
    require_zooms(header, where);
    require_bounds(header, where);
    return header;
}

} // namespace keyaki::tiles
