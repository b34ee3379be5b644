#pragma once

#include "geo/grid_shape.hpp"
#include "geo/lon_lat.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace keyaki::importers {

/// The sea from a file of polygons.
struct OceanPolygons {
    std::vector<geo::GridShape> shapes;
    std::uint32_t vertex_count = 0; ///< how many numbers the vertices have, from 0: equal places have equal ones
};

/// Reads the polygons of a Shapefile that meet the box and cuts them at it: water polygons as osmdata.openstreetmap.de has them, in longitude and
/// latitude (EPSG:4326 or what is the same at map scale) or in Web Mercator (EPSG:3857). Other parts of the file are not read where it has an index.
/// Memory: what is in the box. \throws geo::Error not_found or invalid_input with the file and what is wrong with it
[[nodiscard]] OceanPolygons read_ocean_file(const std::filesystem::path &path, const geo::LonLatBox &box);

} // namespace keyaki::importers
