#pragma once

#include "server/packs/manifest.hpp"
#include "server/packs/pack_content.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyaki::server::packs {

/// A file of the viewer as it comes with keyaki, by its path within the pack.
struct ViewerFile {
    std::string path;
    std::string_view bytes; ///< lives as long as the program
};
[[nodiscard]] std::vector<ViewerFile> viewer_files();

/// The layer's features as GeoJSON, in the order of their ids; every property, as the map's pages show them.
[[nodiscard]] std::string shelters_geojson(const ServedLayer &shelters);

/// What the viewer reads first, as the call of a script: keyakiPack.begin({…}). A page that was opened from a file may load scripts, but fetch
/// nothing. `styles`: name and JSON; `shelters`: GeoJSON or ""; `groups`: as for_each_group() names them.
[[nodiscard]] std::string viewer_data(const PackContent &content, const Manifest &about,
                                      std::span<const std::pair<std::string_view, std::string>> styles, std::string_view shelters,
                                      const std::vector<std::string> &groups);

/// For who finds the pack on a stick: how it is opened, and how it is checked.
[[nodiscard]] std::string read_me(const Manifest &about);

} // namespace keyaki::server::packs
