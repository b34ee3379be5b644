#pragma once

#include "tiles/archive_description.hpp"
#include "tiles/pmtiles_reader.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace keyaki::tiles {

/// What is in an archive beside what its tiles hold.
struct PmtilesContents {
    std::vector<PmtilesEntry> contents; ///< one entry for each different content, the first in the order of ids
    std::uint64_t addressed_tiles = 0;
    std::uint64_t tile_entries = 0;
    std::vector<ArchiveFinding> findings;
    std::string unreadable; ///< which directory cannot be read, and why; empty: all can. It is a finding too
};

/// Reads all directories of an opened archive and holds them against the header: counts, zooms, sections, clustering; and the metadata. Never throws
/// for what the archive says: a directory that cannot be read is a finding, and the contents end there. Error unavailable as PmtilesReader's;
/// too_large past max_archive_entries.
[[nodiscard]] PmtilesContents check_pmtiles(const PmtilesReader &reader);

} // namespace keyaki::tiles
