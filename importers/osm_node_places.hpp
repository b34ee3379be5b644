#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace keyaki::importers {

/// Where the nodes of a file are: 12 bytes a node whatever their ids are (an index by id alone, as for a planet, fills the memory with holes
/// when the ids of a small extract are large). Fill it, call finish() once, then ask. One thread.
class OsmNodePlaces {
  public:
    /// In units of 1e-7 degrees, as the files keep them.
    struct Place {
        std::int32_t lon = 0;
        std::int32_t lat = 0;
    };

    /// Fastest in the order of osm_id_order; any other order is sorted by finish(). \throws geo::Error too_large past max_osm_nodes
    void add(std::int64_t id, Place place);
    /// Makes the index ready. Of nodes with the same id the first one counts. \return how many others there were
    std::uint64_t finish();
    /// \pre finish() was called
    [[nodiscard]] std::optional<Place> find(std::int64_t id) const noexcept;
    /// Remembers where the last search ended: ways mostly go on with the next node. Each thread has its own.
    struct Cursor {
        std::uint64_t next = 0; ///< the entry after the last one found
        std::size_t block = 0;  ///< of the last one found
    };
    /// The node's number among all of the index, from 0; thread-safe with a cursor of one's own. \pre finish() was called
    [[nodiscard]] std::optional<std::uint64_t> find_index(std::int64_t id, Cursor &cursor) const noexcept;
    /// \pre index < size()
    [[nodiscard]] Place place_at(std::uint64_t index) const noexcept { return entry(index).place; }
    [[nodiscard]] std::uint64_t size() const noexcept { return m_size; }

  private:
    static constexpr std::size_t chunk_entries = 1U << 16U;
    static constexpr std::uint64_t block_entries = 256; // divides chunk_entries: no block lies in two chunks

    /// A node within its block: its order less the block's first.
    struct Entry {
        std::uint32_t offset = 0;
        Place place;
    };
    struct Block {
        std::uint64_t first_order;
        std::uint64_t begin; ///< of its entries
    };
    struct Unsorted {
        std::uint64_t order = 0;
        Place place;
    };
    struct Range {
        std::uint64_t begin;
        std::uint64_t end;
    };

    void append(std::uint64_t order, Place place);
    [[nodiscard]] const Entry &entry(std::uint64_t index) const noexcept { return m_chunks[index / chunk_entries][index % chunk_entries]; }
    [[nodiscard]] std::size_t block_of(std::uint64_t order, std::size_t likely) const noexcept;
    [[nodiscard]] Range entries_of(std::size_t block) const noexcept;

    std::vector<std::unique_ptr<Entry[]>> m_chunks;
    std::vector<Block> m_blocks;
    std::vector<Unsorted> m_unsorted;
    std::uint64_t m_size = 0;
    std::uint64_t m_last_order = 0;
    mutable Cursor m_cursor; ///< of find()
};

/// The order of ids in OpenStreetMap files: 0, then negative ones by their size, then positive ones. No two ids share a number.
[[nodiscard]] constexpr std::uint64_t osm_id_order(std::int64_t id) noexcept {
    return id > 0 ? (std::uint64_t{1} << 63U) + static_cast<std::uint64_t>(id) : std::uint64_t{0} - static_cast<std::uint64_t>(id);
}

} // namespace keyaki::importers
