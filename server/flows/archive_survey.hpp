#pragma once

#include "server/flows/tile_files.hpp"
#include "tiles/tile_survey.hpp"

#include <filesystem>

namespace keyaki::server {

/// Checks an archive whole: a PMTiles' header, directories and metadata, or an MBTiles' tables and metadata, and every different tile against MVT
/// 2.1. What is wrong is a finding, also where nothing more can be read then. `path` ends in .pmtiles or .mbtiles.
/// Error not_found where there is no such file; unavailable; too_large past tiles::max_archive_entries.
[[nodiscard]] tiles::TileSurvey survey_archive(const std::filesystem::path &path, unsigned threads, const TileProgress &progress);

} // namespace keyaki::server
