#pragma once

#include <filesystem>
#include <string>

namespace keyaki::server {

/// An archive of tiles that is served beside the layers, as the settings name it.
struct ArchiveSettings {
    std::string id;             ///< in addresses, /tiles/{id}/…; as a layer's id, and not "city"
    std::filesystem::path file; ///< ends in .pmtiles or .mbtiles
    std::string title_ja;       ///< empty: the archive's own name
    std::string title_en;
    std::string attribution; ///< text; empty: the archive's own

    friend bool operator==(const ArchiveSettings &, const ArchiveSettings &) = default;
};

} // namespace keyaki::server
