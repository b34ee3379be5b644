#pragma once

#include "geo/lon_lat.hpp"
#include "tiles/tile_builder.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::tiles {

/// What an archive of vector tiles says of itself, whatever its format. Texts are UTF-8.
struct ArchiveDescription {
    std::string name;
    std::string description;
    std::string attribution;          ///< HTML, as TileJSON has it: escaped, clients write it into the page
    std::uint64_t revision = 0;       ///< grows with every change of what is drawn; 0: not counted
    bool is_base_layer = false;       ///< a map by itself; else to be drawn over one
    geo::LonLatBox bounds;            ///< of what is drawn; empty: the world
    std::string vector_layers = "[]"; ///< JSON, an array as TileJSON 3.0.0, 3.3 has it
};

/// Of tiles with these layers; `name` as in TilejsonOptions.
[[nodiscard]] ArchiveDescription describe_archive(std::span<const TileLayer> layers, const std::string &name);

/// The bounds, or where there are none the square world of Web Mercator.
[[nodiscard]] geo::LonLatBox drawn_bounds(const ArchiveDescription &description);

/// The metadata of PMTiles 3.1, JSON.
[[nodiscard]] std::string pmtiles_metadata(const ArchiveDescription &description);

/// The rows of MBTiles 1.3's table `metadata`, name and value, in the order in which they are written. \pre zoom_min <= zoom_max
[[nodiscard]] std::vector<std::pair<std::string, std::string>> mbtiles_metadata(const ArchiveDescription &description, int zoom_min, int zoom_max);

/// The deepest zoom at which the bounds fit into about one tile, within the zooms given.
[[nodiscard]] int zoom_that_shows(const geo::LonLatBox &bounds, int zoom_min, int zoom_max);

} // namespace keyaki::tiles
