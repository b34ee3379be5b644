#pragma once

#include "geo/tile_id.hpp"
#include "tiles/archive_description.hpp"
#include "tiles/archive_output.hpp"
#include "tiles/fingerprint.hpp"
#include "tiles/pmtiles_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <unordered_map>

namespace keyaki::tiles {

struct ArchiveOutcome {
    std::uint64_t tiles = 0;    ///< that have an address
    std::uint64_t contents = 0; ///< different ones
    std::uint64_t bytes = 0;    ///< of the archive
};

/// Writes a PMTiles archive of version 3 (github.com/protomaps/PMTiles, spec/v3): MVT, gzipped, clustered, equal tiles stored once, root directory
/// within the first 16,384 bytes and leaf directories where it would not fit. The same tiles give the same bytes.
///
/// Tiles go to a nameless file beside the archive as they come; in memory are the directories' entries and a fingerprint of each different tile. The
/// archive itself is written by finish(), header and all, so that its file is empty until everything is known. To give it its name once it is whole
/// is its owner's part: server/flows/archive_file.hpp. One thread.
class PmtilesWriter {
  public:
    /// `path`: a file that is not there or is empty. Error unavailable where none can be made, conflict for one with content.
    PmtilesWriter(const std::filesystem::path &path, ArchiveDescription description);

    /// `gzipped`: one gzip member, not empty; anything goes as it is. Tiles come in the order of geo::hilbert_id, each once: Error internal for
    /// another order. Error too_large past max_archive_entries, unavailable when the disk is full or fails.
    void add(geo::TileId tile, std::string_view gzipped);

    /// Writes and syncs the archive; the last call. Error invalid_input when no tile was added, which the format does not allow; unavailable.
    ArchiveOutcome finish();

  private:
    struct Place {
        std::uint64_t offset = 0;
        std::uint32_t length = 0;
    };
    struct FingerprintHash {
        std::size_t operator()(const Fingerprint &fingerprint) const noexcept;
    };

    Place keep(std::string_view gzipped);

    std::filesystem::path m_path;
    ArchiveDescription m_description;
    ArchiveOutput m_archive;
    ArchiveOutput m_tile_data;
    PmtilesDirectory m_entries;
    std::unordered_map<Fingerprint, Place, FingerprintHash> m_known;
    std::uint64_t m_tiles = 0;
};

} // namespace keyaki::tiles
