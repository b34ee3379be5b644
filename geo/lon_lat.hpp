#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace keyaki::geo {

/// A position in degrees on JGD2011 (EPSG:6668), which at map scale is WGS 84; longitude first, everywhere in keyaki.
struct LonLat {
    double lon_deg = 0;
    double lat_deg = 0;

    friend bool operator==(const LonLat &, const LonLat &) = default;
};

/// True for finite positions with longitude in -180..180 and latitude in -90..90.
[[nodiscard]] inline bool is_on_earth(LonLat position) noexcept {
    return std::isfinite(position.lon_deg) && std::isfinite(position.lat_deg) && std::abs(position.lon_deg) <= 180 &&
           std::abs(position.lat_deg) <= 90;
}

/// A box of degrees: west <= east, south <= north; empty until the first extend(). Never crosses the antimeridian (a query that does is two boxes).
struct LonLatBox {
    double west_deg = std::numeric_limits<double>::infinity();
    double south_deg = std::numeric_limits<double>::infinity();
    double east_deg = -std::numeric_limits<double>::infinity();
    double north_deg = -std::numeric_limits<double>::infinity();

    friend bool operator==(const LonLatBox &, const LonLatBox &) = default;

    [[nodiscard]] bool empty() const noexcept { return west_deg > east_deg || south_deg > north_deg; }

    void extend(LonLat position) noexcept {
        west_deg = std::min(west_deg, position.lon_deg);
        south_deg = std::min(south_deg, position.lat_deg);
        east_deg = std::max(east_deg, position.lon_deg);
        north_deg = std::max(north_deg, position.lat_deg);
    }

    void extend(const LonLatBox &other) noexcept {
        west_deg = std::min(west_deg, other.west_deg);
        south_deg = std::min(south_deg, other.south_deg);
        east_deg = std::max(east_deg, other.east_deg);
        north_deg = std::max(north_deg, other.north_deg);
    }

    [[nodiscard]] bool contains(LonLat position) const noexcept {
        return position.lon_deg >= west_deg && position.lon_deg <= east_deg && position.lat_deg >= south_deg && position.lat_deg <= north_deg;
    }

    /// Boxes that only touch intersect (OGC API – Features 1.0.1, 7.15.3).
    [[nodiscard]] bool intersects(const LonLatBox &other) const noexcept {
        return west_deg <= other.east_deg && other.west_deg <= east_deg && south_deg <= other.north_deg && other.south_deg <= north_deg;
    }
};

} // namespace keyaki::geo
