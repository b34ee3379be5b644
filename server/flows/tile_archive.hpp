#pragma once

#include "server/flows/archive_file.hpp"
#include "server/flows/tile_files.hpp"

#include <filesystem>

namespace keyaki::server {

/// Writes every tile of the set into an archive, with the bytes that write_tile_folder writes, gzipped. Error invalid_input where there is nothing to
/// draw; too_large past tiles::max_archive_entries; else as ArchiveFile's.
[[nodiscard]] tiles::ArchiveOutcome write_tile_archive(const TileSet &set, const std::filesystem::path &path, const TileFileOptions &options,
                                                       ArchiveFile::Existing existing, const TileProgress &progress);

} // namespace keyaki::server
