#pragma once

#include "geo/tile_id.hpp"
#include "server/flows/archive_settings.hpp"
#include "tiles/archive_description.hpp"
#include "tiles/mapped_file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server {

/// An archive of vector tiles that is open to be served: one version of its file, which stays what it is when the file is replaced under its name.
/// Any thread.
class OpenedArchive {
  public:
    OpenedArchive() = default;
    OpenedArchive(const OpenedArchive &) = delete;
    OpenedArchive &operator=(const OpenedArchive &) = delete;
    virtual ~OpenedArchive() = default;

    /// The tile as it is stored; nothing where there is none. Errors as PmtilesReader's and MbtilesReader's.
    [[nodiscard]] virtual std::optional<std::string> find(geo::TileId tile) const = 0;

    /// Every tile as it is stored, in no promised order. Errors as find()'s.
    virtual void for_each_tile(const std::function<void(geo::TileId, std::string_view)> &visit) const = 0;

    tiles::ArchiveDescription description; ///< as the archive says; bounds never empty
    tiles::FileVersion version;
    bool is_gzipped = true; ///< its tiles, one gzip member each, as MBTiles' always are; else plain
    int zoom_min = 0;
    int zoom_max = 0;

    /// Whether the tile lies in the zooms and bounds: others are no part of it.
    [[nodiscard]] bool holds(geo::TileId tile) const;
};

/// Opens a file whose name ends in .pmtiles or .mbtiles, looks whether all its directories can be read and some of its tiles unpacked, and whether
/// they are vector tiles, gzipped or plain. Takes time for the directories, not for the tiles.
/// Error not_found, invalid_input with what is wrong, unavailable where the file changes meanwhile.
[[nodiscard]] std::shared_ptr<const OpenedArchive> open_archive(const std::filesystem::path &path);

/// Whose map it is, as HTML that may be shown: what the settings say wins over what the archive says.
[[nodiscard]] std::string attribution_of(const OpenedArchive &archive, const ArchiveSettings &settings);

} // namespace keyaki::server
