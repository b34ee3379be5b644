#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every limit of packs, with its unit and its reason.
namespace keyaki::server::packs {

/// Bytes of a key's file: minisign's has some 270.
inline constexpr std::size_t max_key_file_bytes = 4'096;

/// Bytes of a manifest: each of the files takes about 150.
inline constexpr std::size_t max_manifest_bytes = std::size_t{16} * 1024 * 1024;
/// Files of a pack: a city has some hundred, a prefecture some thousand; a memory stick's file system grows slow past it.
inline constexpr std::size_t max_files = 50'000;
/// Bytes of a path within a pack; Windows takes 260 with the folders before it.
inline constexpr std::size_t max_path_bytes = 180;
/// Bytes of one file: the archive of a download that lies in memory-mapped pieces while a delta is made, and what FAT32 on a memory stick holds.
inline constexpr std::uint64_t max_file_bytes = std::uint64_t{2} * 1024 * 1024 * 1024 - 1;

/// Tiles of a pack: a prefecture to z14 has some 10,000.
inline constexpr std::uint64_t max_tiles = 250'000;
/// The deepest zoom of a pack without a base map: maps are drawn on beyond it, at 60 cm a unit.
inline constexpr int deepest_zoom = 14;
/// Metres around the layers that the map goes on: the way to a shelter at the edge.
inline constexpr double margin_m = 1'000;

/// A file of tiles for the viewer has those below one tile so many zooms above: 64 at most, about as much as one look at the map needs.
inline constexpr int zooms_of_a_group = 3;

/// Bytes of a file that is deflated for the download: it lies in memory for that.
inline constexpr std::size_t max_deflated_bytes = std::size_t{16} * 1024 * 1024;

/// Between two looks whether something was published: a look compares two pointers.
inline constexpr std::chrono::seconds change_look_interval{1};
/// How long nothing was published before a pack is made, so that an import of all layers makes one pack.
inline constexpr std::chrono::seconds settle_time{5};
/// A city whose layers never rest gets its pack all the same.
inline constexpr std::chrono::seconds settle_time_max{120};
/// Until it is tried again after a failure: a full disk does not become empty at once.
inline constexpr std::chrono::seconds retry_time{300};
/// Packs that are kept, the newest among them: whoever is in the middle of a download finishes it, and a delta finds what it begins with.
inline constexpr std::size_t packs_kept = 3;

} // namespace keyaki::server::packs
