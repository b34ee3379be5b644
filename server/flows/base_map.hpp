#pragma once

#include "importers/shortbread_file.hpp"
#include "server/flows/archive_file.hpp"
#include "server/flows/tile_files.hpp"
#include "tiles/map_builder.hpp"

#include <filesystem>
#include <optional>

namespace keyaki::server {

struct BaseMapOptions {
    std::filesystem::path extract;              ///< OpenStreetMap: .osm.pbf, .osm …
    std::optional<std::filesystem::path> ocean; ///< polygons of the sea
    unsigned threads = 1;
};

struct BaseMapOutcome {
    importers::ShortbreadReport report;
    tiles::MapOutcome map;
    tiles::ArchiveOutcome archive;
};

/// Makes an archive of the base map from an extract: Shortbread 1.0 at zooms 0 to 14 (importers/shortbread_rules.hpp). The same extract gives the
/// same bytes with any number of threads. The archive appears under its name when it is whole and synced; whatever is thrown leaves nothing. Errors
/// as importers::read_shortbread's, tiles::MapBuilder's and ArchiveFile's, and invalid_input for an extract with nothing to draw.
[[nodiscard]] BaseMapOutcome build_base_map(const std::filesystem::path &archive, const BaseMapOptions &options, ArchiveFile::Existing existing,
                                            const TileProgress &progress);

/// The layers and fields of the map's tiles, with how they give way (tiles/map_tile.hpp).
[[nodiscard]] tiles::MapSchema base_map_schema();

} // namespace keyaki::server
