#pragma once

#include "geo/limits.hpp"
#include "geo/lon_lat.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace keyaki::geo {

/// A tile of the XYZ scheme in Web Mercator (OGC WebMercatorQuad): x counts eastwards from 180° W, y southwards from the north edge.
struct TileId {
    std::uint8_t z = 0;
    std::uint32_t x = 0;
    std::uint32_t y = 0;

    friend bool operator==(const TileId &, const TileId &) = default;
    friend std::strong_ordering operator<=>(const TileId &, const TileId &) = default;

    /// The tile one zoom up that holds this one. \pre z > 0
    [[nodiscard]] TileId parent() const noexcept;
};

/// True where z <= max_zoom and x and y are below 2^z.
[[nodiscard]] bool is_valid(TileId tile) noexcept;

/// West, south, east and north edge of a tile in degrees. \pre is_valid(tile)
[[nodiscard]] LonLatBox bounds(TileId tile) noexcept;

/// The tile that holds a position; latitudes beyond Web Mercator's square are drawn to its edge. \pre is_on_earth(position), z <= max_zoom
[[nodiscard]] TileId tile_at(LonLat position, std::uint8_t z) noexcept;

/// The tile's number in the row of all tiles, as the PMTiles specification (version 3) has it: zoom by zoom, each along Hilbert's curve. 0 is the
/// world's one tile; neighbours in the row are neighbours on the map. \pre is_valid(tile)
[[nodiscard]] std::uint64_t hilbert_id(TileId tile) noexcept;

/// How many tiles the zooms above (smaller than) `z` have, which is the first hilbert_id of `z`. \pre z <= max_zoom + 1
[[nodiscard]] std::uint64_t first_hilbert_id(int z) noexcept;

/// The tile of a number, or nothing past max_zoom.
[[nodiscard]] std::optional<TileId> tile_of_hilbert_id(std::uint64_t id) noexcept;

} // namespace keyaki::geo

template <>
struct std::hash<keyaki::geo::TileId> {
    [[nodiscard]] std::size_t operator()(const keyaki::geo::TileId &tile) const noexcept;
};
