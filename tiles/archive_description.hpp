#pragma once

#include "geo/lon_lat.hpp"
#include "tiles/tile_builder.hpp"

#include <cstdint>
#include <optional>
#include <set>
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

/// What a stranger's metadata says, bounds and revision left out: the metadata of PMTiles, or the row "json" of MBTiles, where `json` has the layers
/// alone. What is missing or of another type is as if it were not there. Nothing where the text is no JSON object or deeper than max_metadata_depth.
[[nodiscard]] std::optional<ArchiveDescription> parse_archive_metadata(std::string_view json);

/// Something about an archive, not about one of its tiles.
struct ArchiveFinding {
    bool is_error = true; ///< readers go wrong; else they only show less than they could
    std::string section;  ///< of the specification: "Header Design"
    std::string sentence;
};

/// Whether such a "vector_layers" names all of these layers. \pre check_vector_layers(json, section) is empty
[[nodiscard]] std::vector<ArchiveFinding> check_layer_names(std::string_view json, const std::set<std::string> &layers, const std::string &section);

/// Whether a text is a JSON object with a "vector_layers" as TileJSON 3.0.0, 3.3 has it. `section` as in ArchiveFinding.
[[nodiscard]] std::vector<ArchiveFinding> check_vector_layers(std::string_view json, const std::string &section);

/// The deepest zoom at which the bounds fit into about one tile, within the zooms given.
[[nodiscard]] int zoom_that_shows(const geo::LonLatBox &bounds, int zoom_min, int zoom_max);

} // namespace keyaki::tiles
