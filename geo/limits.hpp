#pragma once

#include <cstddef>
#include <cstdint>

namespace keyaki::geo {

/// Properties of one feature. Properties are searched one after another (feature.hpp); real city layers have up to about 150 columns.
inline constexpr std::size_t max_properties_per_feature = 256;

/// Bytes of one property's name (UTF-8) and of one text value: a longer one is a document, not an attribute.
inline constexpr std::size_t max_property_name_bytes = 255;
inline constexpr std::size_t max_property_text_bytes = 65'536;

/// Positions of one geometry: 16 MB of coordinates. The largest boundary of a Japanese prefecture (Nagasaki, every islet) has about 600,000.
inline constexpr std::size_t max_positions_per_geometry = 1'000'000;

/// Lines or rings of one geometry; islets and holes are small, so this stays below the limit of positions divided by four.
inline constexpr std::size_t max_parts_per_geometry = 200'000;

/// Degrees of latitude at which Web Mercator's square world ends: atan(sinh(pi)). Nothing beyond is map data.
inline constexpr double max_mercator_lat_deg = 85.0511287798066;

/// Deepest zoom of a tile: at 24 a tile of 4096 units resolves 0.6 mm; the 32-bit grid (mercator.hpp) has 256 units left per tile there.
inline constexpr std::uint8_t max_zoom = 24;

/// Metres. Below 1 m no fence can be met by a phone; past 50 km it is a region, and the tangent plane of geodesic.hpp ends (0.3 m error there).
inline constexpr double min_fence_radius_m = 1;
inline constexpr double max_fence_radius_m = 50'000;

/// Metres across a corridor, from edge to edge.
inline constexpr double min_corridor_width_m = 2;
inline constexpr double max_corridor_width_m = 10'000;

/// Positions of a fence: each check-in walks over all of its edges some ten times, at most 0.1 microseconds each: 0.1 s.
inline constexpr std::size_t max_fence_positions = 100'000;

/// Bytes of a description of a CRS (WKT 2 of a compound system has about 4,000).
inline constexpr std::size_t max_crs_text_bytes = 65'536;

} // namespace keyaki::geo
