#pragma once

#include "server/flows/tile_files.hpp"
#include "server/packs/pack_content.hpp"
#include "tiles/mvt_merge.hpp"
#include "tiles/pmtiles_writer.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::packs {

/// Error too_large where the area has more than max_tiles tiles.
void require_few_tiles(const PackContent &content);

struct PackMap {
    tiles::ArchiveOutcome archive;
    tiles::LetterRanges letters; ///< of all texts that are drawn
};

/// Draws the map of a pack: in each tile the layers of the base maps and of the city side by side, so that one archive and one source of a style have
/// all. The same content gives the same bytes with any number of threads. Errors as ArchiveFile's and OpenedArchive's; invalid_input where nothing
/// is to be drawn.
[[nodiscard]] PackMap write_map(const PackContent &content, const std::filesystem::path &pmtiles, unsigned threads, const TileProgress &progress);

/// The same tiles as MBTiles. `progress` may end it.
void copy_to_mbtiles(const PackContent &content, const std::filesystem::path &pmtiles, const std::filesystem::path &mbtiles,
                     const TileProgress &progress);

/// The tiles in groups, as the viewer reads them: `see` gets the group's name, "14-1817-805" after the tile that holds it, and its tiles as the call
/// of a script, keyakiPack.tiles({"14/14542/6445": "<base64>", …}). One group is in memory at a time.
void for_each_group(const std::filesystem::path &pmtiles, const std::function<void(const std::string &name, const std::string &script)> &see);

/// Whom all that is drawn comes from, each once: as plain text, and as HTML that is safe to show.
[[nodiscard]] std::vector<std::string> attribution_texts(const PackContent &content);
[[nodiscard]] std::string attribution_of(const PackContent &content);

} // namespace keyaki::server::packs
