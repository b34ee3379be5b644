#pragma once

#include "server/packs/pack_content.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::packs {

/// The styles of a pack, in the order in which they are offered: what is needed in a disaster comes first.
[[nodiscard]] std::vector<std::string_view> style_names();

/// A MapLibre style over the pack's one source "city", with addresses that begin where the pack lies: "pmtiles://map.pmtiles",
/// "glyphs/{fontstack}/{range}.pbf". Without the layers that the map does not have, which renderers take for mistakes. \pre one of style_names()
[[nodiscard]] std::string pack_style(const PackContent &content, std::string_view name);

} // namespace keyaki::server::packs
