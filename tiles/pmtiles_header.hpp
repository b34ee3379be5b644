#pragma once

#include "geo/lon_lat.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::tiles {

/// A stretch of an archive's bytes.
struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    friend bool operator==(const ByteRange &, const ByteRange &) = default;
};

/// The values are the specification's.
enum class PmtilesCompression : std::uint8_t { unknown = 0, none = 1, gzip = 2, brotli = 3, zstd = 4 };
enum class PmtilesTileType : std::uint8_t { unknown = 0, mvt = 1, png = 2, jpeg = 3, webp = 4, avif = 5 };

[[nodiscard]] std::string_view name_of(PmtilesCompression compression) noexcept;
[[nodiscard]] std::string_view name_of(PmtilesTileType type) noexcept;

inline constexpr std::size_t pmtiles_header_bytes = 127;
/// Header and root directory together, so that one request fetches both. "Under" says the specification.
inline constexpr std::size_t pmtiles_head_bytes = 16'384;

/// The header of a PMTiles archive (github.com/protomaps/PMTiles, spec/v3, "Header Design"). The root directory, metadata, leaf directories and
/// tile data are where it says.
struct PmtilesHeader {
    ByteRange root;
    ByteRange metadata;
    ByteRange leaves;
    ByteRange tiles;
    std::uint64_t addressed_tiles = 0; ///< 0: not known; so the two below
    std::uint64_t tile_entries = 0;
    std::uint64_t tile_contents = 0;
    bool is_clustered = false;
    PmtilesCompression internal_compression = PmtilesCompression::gzip; ///< of directories and metadata
    PmtilesCompression tile_compression = PmtilesCompression::gzip;
    PmtilesTileType tile_type = PmtilesTileType::mvt;
    std::uint8_t zoom_min = 0;
    std::uint8_t zoom_max = 0;
    geo::LonLatBox bounds;
    std::uint8_t center_zoom = 0;
    geo::LonLat center;

    friend bool operator==(const PmtilesHeader &, const PmtilesHeader &) = default;
};

/// The 127 bytes. Degrees are rounded to 1e-7. \pre bounds and center lie on earth
[[nodiscard]] std::string encode(const PmtilesHeader &header);

/// Reads the header at the beginning of `bytes`, of an archive of `archive_bytes`. Error invalid_input for what is no archive, another version, or a
/// header that cannot be true: a section outside of the archive, a root directory past the first pmtiles_head_bytes in size, zooms that are none,
/// enumerations that the specification does not have, bounds that are not on earth. `where` names the archive in the sentence.
[[nodiscard]] PmtilesHeader decode_pmtiles_header(std::string_view bytes, std::uint64_t archive_bytes, std::string_view where);

} // namespace keyaki::tiles
