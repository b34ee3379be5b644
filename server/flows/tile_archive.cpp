#include "server/flows/tile_archive.hpp"

#include "geo/error.hpp"
#include "server/flows/tile_production.hpp"
#include "tiles/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace keyaki::server {

namespace {

/// The Hilbert numbers of all tiles in which something may be drawn, ascending.
std::vector<std::uint64_t> tiles_in_order(const TileSet &set, tiles::ZoomRange zooms) {
    std::vector<std::uint64_t> found;
    tiles::walk_tiles(set.layers, zooms, [&](geo::TileId tile) {
        if (!is_in_tile_set(set, tile)) {
            return; // nothing but another tile's edge: the server has no such tile either
        }
        if (found.size() == tiles::max_archive_entries) {
            throw geo::Error(geo::ErrorKind::too_large, fmt::format("more than {} tiles at zooms {} to {}: ask for fewer zooms or layers",
                                                                    tiles::max_archive_entries, zooms.min, zooms.max));
        }
        found.push_back(geo::hilbert_id(tile));
    });
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace

tiles::ArchiveOutcome write_tile_archive(const TileSet &set, const std::filesystem::path &path, const TileFileOptions &options,
                                         ArchiveFile::Existing existing, const TileProgress &progress) {
    const TileSet drawn = drawn_set(set, options);
    ArchiveFile archive(path, tiles::describe_archive(drawn.layers, drawn.title), existing);
    const std::vector<std::uint64_t> ids = tiles_in_order(drawn, options.zooms);
    const auto address = [&](std::size_t index) { return *geo::tile_of_hilbert_id(ids[index]); };
    const auto draw = [&](unsigned, std::size_t index) { return tiles::build_tile(drawn.layers, address(index)); };
    fill_archive(archive, {ids.size(), address, draw}, options.threads, progress);
    return archive.finish();
}

} // namespace keyaki::server
