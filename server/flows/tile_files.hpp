#pragma once

#include "server/flows/tile.hpp"
#include "tiles/tile_survey.hpp"
#include "tiles/tile_walk.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace keyaki::server {

/// How far: tiles done, of how many (0: not known), "tiles". Called from one thread; what it throws ends the work.
using TileProgress = std::function<void(std::uint64_t done, std::uint64_t total, std::string_view unit)>;

struct TileFileOptions {
    tiles::ZoomRange zooms;
    bool all_layers_at_all_zooms = false; ///< also outside of a layer's own zooms; its deepest is then zooms.max
    unsigned threads = 1;
};

/// The layers as they are drawn: each at its own zooms, or all at all of them.
[[nodiscard]] TileSet drawn_set(const TileSet &set, const TileFileOptions &options);

struct TileFolderOutcome {
    std::uint64_t tiles = 0; ///< written; empty ones are not
    std::uint64_t bytes = 0;
};

/// Writes every tile of the set as `folder`/{z}/{x}/{y}.mvt, uncompressed, with the bytes that the server would send, and metadata.json beside
/// them (the metadata of MBTiles 1.3, as GDAL's MVT driver and other tools read it). The folder appears when it is whole, under its name; whatever
/// is thrown on the way leaves nothing. Throws geo::Error conflict where the folder exists, too_large past max_tile_files.
[[nodiscard]] TileFolderOutcome write_tile_folder(const TileSet &set, const std::filesystem::path &folder, const TileFileOptions &options,
                                                  const TileProgress &progress);

/// Reads a tile (a file, gzipped or not) or every tile of a folder as write_tile_folder makes it, and checks each against MVT 2.1. What is wrong
/// with a tile is a finding; geo::Error only for a path that is neither a file nor a folder, and for a folder without tiles.
[[nodiscard]] tiles::TileSurvey verify_tile_files(const std::filesystem::path &path, unsigned threads, const TileProgress &progress);

} // namespace keyaki::server
