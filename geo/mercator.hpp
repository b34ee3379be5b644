#pragma once

#include "geo/lon_lat.hpp"

#include <cstdint>
#include <span>

namespace keyaki::geo {

/// A position on the grid that all drawing is done in: Web Mercator's square world (EPSG:3857) in 2^32 x 2^32 cells, origin at the top left
/// (180° W, 85.05° N), y southwards. A cell is 0.93 cm at the equator, 0.76 cm in Tokyo. Tile x at zoom z is `x >> (32 - z)` (z > 0).
struct GridPoint {
    std::uint32_t x = 0;
    std::uint32_t y = 0;

    friend bool operator==(const GridPoint &, const GridPoint &) = default;
};

/// Metres of EPSG:3857: x eastwards and y northwards from 0° N 0° E. Not metres on the ground except at the equator.
struct MercatorMetres {
    double x_m = 0;
    double y_m = 0;

    friend bool operator==(const MercatorMetres &, const MercatorMetres &) = default;
};

/// The cell that holds a position; latitudes beyond ±85.0511° fall into the first or last row. \pre is_on_earth(position)
[[nodiscard]] GridPoint to_grid(LonLat position) noexcept;
/// As above for many; \pre grid.size() == positions.size()
void to_grid(std::span<const LonLat> positions, std::span<GridPoint> grid) noexcept;

/// The middle of a cell, less than 4.2e-8 degrees from whatever fell into it; so for every position of at most seven decimals between
/// ±85.05° of latitude and below 180° of longitude rounded_e7(to_lon_lat(to_grid(position))) == position.
[[nodiscard]] LonLat to_lon_lat(GridPoint point) noexcept;

/// Rounded to seven decimals of a degree (1.1 cm), the doubles nearest to the decimals; never negative zero.
[[nodiscard]] LonLat rounded_e7(LonLat position) noexcept;

/// Degrees in steps of their seventh decimal: 1395262000 is 139.5262.
struct LonLatE7 {
    std::int32_t lon = 0;
    std::int32_t lat = 0;

    /// The doubles nearest to the decimals.
    [[nodiscard]] LonLat degrees() const noexcept { return {lon / 1e7, lat / 1e7}; }
    friend bool operator==(const LonLatE7 &, const LonLatE7 &) = default;
};
/// The middle of a cell, whose degrees() are rounded_e7(to_lon_lat(point)) to the last bit, at a twentieth of the time: reading features does little
/// else. mercator_e7.cpp.
[[nodiscard]] LonLatE7 to_lon_lat_e7(GridPoint point) noexcept;

[[nodiscard]] MercatorMetres to_mercator_metres(LonLat position) noexcept;
[[nodiscard]] MercatorMetres to_mercator_metres(GridPoint point) noexcept;
[[nodiscard]] LonLat to_lon_lat(MercatorMetres metres) noexcept;
/// The cell that holds a point of EPSG:3857; points outside the square fall into its edge.
[[nodiscard]] GridPoint to_grid(MercatorMetres metres) noexcept;

} // namespace keyaki::geo
