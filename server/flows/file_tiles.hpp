#pragma once

#include "importers/importer.hpp"
#include "server/flows/archive_file.hpp"
#include "server/flows/tile_files.hpp"

#include <filesystem>
#include <string>

namespace keyaki::server {

struct FileTilesOptions {
    std::filesystem::path file; ///< whatever importers::read_vector_file reads
    importers::ImportOptions reading;
    std::string layer; ///< its name in the tiles; empty: the file's name without its endings
    tiles::ZoomRange zooms;
    unsigned threads = 1;
};

struct FileTilesOutcome {
    importers::ImportReport report;
    std::string layer;
    tiles::ArchiveOutcome archive;
};

/// Makes an archive of one file's features, without a database: read in a process of its own, drawn as a published layer of them would be, at all of
/// the zooms; the deepest is not simplified. Features without an id get their number as one. The file's features are in memory, packed
/// (tiles/layer_snapshot.hpp), the tiles are not. The same file gives the same bytes with any number of threads. The archive appears under its name
/// when it is whole and synced; whatever is thrown leaves nothing. Errors as importers::read_in_child's and write_tile_archive's, and invalid_input
/// for a file of which no row can be drawn.
[[nodiscard]] FileTilesOutcome build_file_tiles(const std::filesystem::path &archive, const FileTilesOptions &options, ArchiveFile::Existing existing,
                                                const TileProgress &progress);

} // namespace keyaki::server
