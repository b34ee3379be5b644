#pragma once

#include "server/flows/tile_files.hpp"
#include "server/packs/manifest.hpp"
#include "server/packs/minisign.hpp"
#include "server/packs/pack_content.hpp"

#include <filesystem>
#include <string>

namespace keyaki::server::packs {

struct BuiltPack {
    Manifest manifest;
    std::string version;
    std::uint64_t tiles = 0;
};

/// Makes a pack in a folder of its own: the map in both formats, the shelters, styles, sprites and glyphs, the viewer, and a signed manifest. The
/// same content and key give the same bytes, whenever it is made and with any number of threads. The folder appears under its name when it is whole
/// and on the disk; whatever is thrown, or a kill, leaves nothing under it. Memory: some tiles and one file of the viewer at a time. Errors as
/// PackFolder's and write_map()'s.
[[nodiscard]] BuiltPack build_pack(const std::filesystem::path &folder, const PackContent &content, const SecretKey &key, unsigned threads,
                                   const TileProgress &progress);

} // namespace keyaki::server::packs
