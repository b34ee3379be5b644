#pragma once

#include "tiles/archive_description.hpp"

#include <string>
#include <string_view>

namespace keyaki::tiles {

/// A stranger's HTML as text with links: every character that could begin something is escaped, and of the tags only `<a href="http…">` and `</a>`
/// are left. At most max_attribution_bytes are read.
[[nodiscard]] std::string safe_attribution(std::string_view html);

/// Text for HTML's texts and attributes.
[[nodiscard]] std::string html_escaped(std::string_view text);

struct ArchiveTilejsonOptions {
    std::string tiles_url; ///< "https://map.example.jp/tiles/base/{z}/{x}/{y}.mvt"
    int zoom_min = 0;
    int zoom_max = 0;
};

/// TileJSON 3.0.0 of an archive. \pre bounds are not empty, and `attribution` is safe
[[nodiscard]] std::string archive_tilejson(const ArchiveDescription &description, const ArchiveTilejsonOptions &options);

} // namespace keyaki::tiles
