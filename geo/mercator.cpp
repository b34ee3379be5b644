#include "geo/mercator.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

namespace keyaki::geo {

namespace {

constexpr double cells_around = 4294967296.0; // 2^32
constexpr double last_cell = 4294967295.0;
constexpr double half_world_m = 20037508.342789244; // pi * 6378137, the sphere of EPSG:3857
constexpr double radians = std::numbers::pi / 180;

/// The cell of a share of the world's width or height; also past the world's edge.
std::uint32_t cell(double share) noexcept { return static_cast<std::uint32_t>(std::clamp(share * cells_around, 0.0, last_cell)); }

/// Share of the square's height from the north edge: (1 - artanh(sin lat) / pi) / 2 (EPSG guidance note 7-2, 1024, by another name of ln tan).
double share_south(double lat_deg) noexcept {
    const double sine = std::sin(lat_deg * radians);
    return 0.5 - std::log((1 + sine) / (1 - sine)) * (0.25 / std::numbers::pi);
}

double lat_deg_of_share(double share) noexcept { return std::atan(std::sinh(std::numbers::pi * (1 - 2 * share))) / radians; }

} // namespace

GridPoint to_grid(LonLat position) noexcept { return {cell((position.lon_deg + 180) * (1 / 360.0)), cell(share_south(position.lat_deg))}; }

void to_grid(std::span<const LonLat> positions, std::span<GridPoint> grid) noexcept {
    assert(positions.size() == grid.size());
    std::transform(positions.begin(), positions.end(), grid.begin(), [](LonLat position) { return to_grid(position); });
}

LonLat to_lon_lat(GridPoint point) noexcept {
    return {(point.x + 0.5) * (360 / cells_around) - 180, lat_deg_of_share((point.y + 0.5) / cells_around)};
}

LonLat rounded_e7(LonLat position) noexcept {
    // Adding zero turns -0.0 into 0.0.
    return {std::round(position.lon_deg * 1e7) / 1e7 + 0.0, std::round(position.lat_deg * 1e7) / 1e7 + 0.0};
}

MercatorMetres to_mercator_metres(LonLat position) noexcept {
    return {position.lon_deg / 180 * half_world_m, (1 - 2 * share_south(position.lat_deg)) * half_world_m};
}

MercatorMetres to_mercator_metres(GridPoint point) noexcept {
    return {((point.x + 0.5) / cells_around * 2 - 1) * half_world_m, (1 - (point.y + 0.5) / cells_around * 2) * half_world_m};
}

LonLat to_lon_lat(MercatorMetres metres) noexcept { return {metres.x_m / half_world_m * 180, lat_deg_of_share((1 - metres.y_m / half_world_m) / 2)}; }

GridPoint to_grid(MercatorMetres metres) noexcept { return {cell((metres.x_m / half_world_m + 1) / 2), cell((1 - metres.y_m / half_world_m) / 2)}; }

} // namespace keyaki::geo
