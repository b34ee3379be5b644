#pragma once

#include "geo/tile_id.hpp"
#include "server/flows/archive_file.hpp"
#include "server/flows/tile_files.hpp"

#include <cstddef>
#include <functional>
#include <string>

namespace keyaki::server {

/// Where the tiles of an archive come from: published layers (tile_archive.hpp), or whatever else can draw them.
struct TileProduction {
    std::size_t count = 0;
    /// The tile at a place below `count`; they ascend by geo::hilbert_id. Called from the thread that writes.
    std::function<geo::TileId(std::size_t index)> address;
    /// The MVT of that tile, not compressed; "" where nothing is to be drawn: there is no such tile then. Called once for each place, in about their
    /// order, by several threads at a time; `thread` counts them from 0, and one number is never used twice at a time. The bytes depend on `index`
    /// alone.
    std::function<std::string(unsigned thread, std::size_t index)> draw;
};

/// Draws and gzips on so many threads, and adds the tiles to the archive in their order, on the calling thread, which also reports the progress. How
/// many threads there are changes no byte. At most waiting_tiles_bytes of finished tiles wait for their turn. What anybody throws ends the work and
/// comes out here.
void fill_archive(ArchiveFile &archive, const TileProduction &production, unsigned threads, const TileProgress &progress);

} // namespace keyaki::server
