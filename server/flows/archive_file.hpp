#pragma once

#include "data/mbtiles_writer.hpp"
#include "data/partial_file.hpp"
#include "geo/tile_id.hpp"
#include "tiles/archive_description.hpp"
#include "tiles/pmtiles_writer.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace keyaki::server {

enum class ArchiveFormat : std::uint8_t { pmtiles, mbtiles };

/// By the ending of the name, .pmtiles or .mbtiles; nothing for any other.
[[nodiscard]] std::optional<ArchiveFormat> archive_format_of(const std::filesystem::path &path);

/// An archive of vector tiles in the making, PMTiles 3 or MBTiles 1.3 as its name ends. It appears under its name when it is whole and synced; what
/// is thrown on the way, a full disk or a kill leaves nothing under it. The same tiles give the same bytes. One thread.
class ArchiveFile {
  public:
    /// What becomes of a file that has the name already: it is refused, at the beginning and once more at the end, or replaced in one step, so that
    /// whoever opens it finds the old archive or the new one, whole.
    enum class Existing : std::uint8_t { refuse, replace };

    /// The refusals of a name that can be made before any work: Error invalid_input for another ending, conflict for a file that is there.
    static void check(const std::filesystem::path &path, Existing existing);

    /// Error as check()'s, and unavailable where no file can be made.
    ArchiveFile(std::filesystem::path path, tiles::ArchiveDescription description, Existing existing);
    ~ArchiveFile();
    ArchiveFile(const ArchiveFile &) = delete;
    ArchiveFile &operator=(const ArchiveFile &) = delete;

    /// `gzipped`: an MVT as one gzip member. In the order of geo::hilbert_id, each tile once. Errors as the writers'.
    void add(geo::TileId tile, std::string_view gzipped);
    /// The last call. Error invalid_input when no tile was added; conflict; unavailable.
    tiles::ArchiveOutcome finish();

  private:
    [[nodiscard]] tiles::ArchiveOutcome finish_content();

    std::filesystem::path m_path;
    tiles::ArchiveDescription m_description;
    Existing m_existing;
    data::PartialFile m_partial;
    std::unique_ptr<tiles::PmtilesWriter> m_pmtiles; ///< one of the two
    std::unique_ptr<data::MbtilesWriter> m_mbtiles;
};

} // namespace keyaki::server
