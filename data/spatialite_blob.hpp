#pragma once

#include "geo/geometry.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace keyaki::data {

/// Every geometry in the database: JGD2011, longitude first.
constexpr std::int32_t storage_srid = 6668;

/// SpatiaLite's own binary form ("BLOB-Geometry", gaia-gis.it): 00 01 srid box(4 doubles) 7C type body FE, little endian. Appends to `bytes`.
void append_spatialite_blob(std::vector<std::uint8_t> &bytes, const geo::Geometry &geometry);

/// Error corrupt for anything that append_spatialite_blob() could not have written (other class types, byte order, SRID, cut short).
[[nodiscard]] geo::Geometry parse_spatialite_blob(std::span<const std::uint8_t> blob);

/// The box in the blob's head, without reading the geometry.
[[nodiscard]] geo::LonLatBox spatialite_blob_bounds(std::span<const std::uint8_t> blob);

/// Place of a box's centre along a Hilbert curve over the whole earth, 31 bits a side: what is near on the curve is near on the ground.
[[nodiscard]] std::int64_t hilbert_position(const geo::LonLatBox &box) noexcept;

} // namespace keyaki::data
