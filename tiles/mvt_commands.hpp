#pragma once

#include "tiles/mvt.hpp"
#include "tiles/tile_geometry.hpp"

#include <string_view>

namespace keyaki::tiles {

/// Reads back what MvtGeometryWriter wrote, without checking it: points as one path, lines, or rings without closing point. Appends. For tiles of
/// others there is read_mvt_geometry (mvt_geometry_reader.hpp).
void read_own_commands(std::string_view geometry, MvtGeometryType type, TilePaths &paths);

} // namespace keyaki::tiles
