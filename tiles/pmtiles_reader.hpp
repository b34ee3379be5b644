#pragma once

#include "geo/tile_id.hpp"
#include "tiles/mapped_file.hpp"
#include "tiles/pmtiles_directory.hpp"
#include "tiles/pmtiles_header.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace keyaki::tiles {

/// A PMTiles archive of version 3 by whoever wrote it. Nothing in it is believed: what one request looks at is checked before it is used, costs a
/// bounded amount of time and memory, and gives a sentence where it cannot be true. Any thread.
///
/// Errors of every function: invalid_input for what the archive says, with its name; unavailable where the file was changed or cannot be read.
class PmtilesReader {
  public:
    /// Opens a file and reads its header, root directory and metadata. Errors also of MappedFile, and invalid_input for directories that are neither
    /// plain nor gzipped (brotli and zstd are not read).
    explicit PmtilesReader(const std::filesystem::path &path);
    explicit PmtilesReader(std::shared_ptr<const ArchiveBytes> bytes);

    [[nodiscard]] const PmtilesHeader &header() const noexcept { return m_header; }
    /// JSON as it stands in the archive; "" where there is none. Nobody has looked whether it is JSON.
    [[nodiscard]] const std::string &metadata() const noexcept { return m_metadata; }

    /// The tile's bytes as they are stored, compressed as the header says; nothing where the archive has no such tile. Error invalid_input for a tile
    /// of more than max_tile_bytes. \pre geo::is_valid(tile)
    [[nodiscard]] std::optional<std::string> find(geo::TileId tile) const;
    /// Of an entry that is no leaf.
    [[nodiscard]] std::string read(const PmtilesEntry &entry) const;

    /// Every entry with tiles in the order of their ids, after all checks; one directory of each level is in memory at a time. A directory that
    /// is named twice or overlaps another is refused, so that the work is bounded by the archive's size.
    void for_each_entry(const std::function<void(const PmtilesEntry &)> &see) const;

  private:
    using Shared = std::shared_ptr<const PmtilesDirectory>;
    /// The unpacked leaf directories that were used last, up to max_kept_directory_entries.
    class KeptDirectories {
      public:
        [[nodiscard]] Shared find(std::uint64_t key);
        void keep(std::uint64_t key, Shared directory);

      private:
        using Order = std::list<std::pair<std::uint64_t, Shared>>; ///< the one used last comes first
        std::mutex m_mutex;
        Order m_order;
        std::unordered_map<std::uint64_t, Order::iterator> m_by_key;
        std::size_t m_entries = 0;
    };
    struct Walk;

    [[nodiscard]] std::string unpacked(const ByteRange &range, std::size_t max_bytes, const std::string &where) const;
    [[nodiscard]] DirectoryFrame frame(int depth, std::uint64_t first_id, std::uint64_t end_id) const;
    [[nodiscard]] PmtilesDirectory read_leaf(const PmtilesEntry &leaf, int depth, std::uint64_t end_id) const;
    [[nodiscard]] Shared find_leaf(const PmtilesEntry &leaf, int depth, std::uint64_t end_id) const;
    void walk(const PmtilesDirectory &directory, int depth, std::uint64_t end_id, Walk &walk) const;

    std::shared_ptr<const ArchiveBytes> m_bytes;
    PmtilesHeader m_header;
    PmtilesDirectory m_root;
    std::string m_metadata;
    std::unique_ptr<KeptDirectories> m_kept = std::make_unique<KeptDirectories>();
};

} // namespace keyaki::tiles
