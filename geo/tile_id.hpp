#pragma once

#include "geo/limits.hpp"
#include "geo/lon_lat.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

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

} // namespace keyaki::geo

template <>
struct std::hash<keyaki::geo::TileId> {
    [[nodiscard]] std::size_t operator()(const keyaki::geo::TileId &tile) const noexcept;
};
