#pragma once

#include "tiles/mvt.hpp"
#include "tiles/scratch_file.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// Where a piece of a feature belongs: the order in which tiles are written and their layers drawn.
struct TileRecordKey {
    std::uint64_t tile = 0; ///< geo::hilbert_id
    std::uint8_t layer = 0;
    std::int32_t rank = 0;
    std::uint64_t id = 0; ///< of the feature, unique in its layer

    friend bool operator==(const TileRecordKey &, const TileRecordKey &) = default;
    friend std::strong_ordering operator<=>(const TileRecordKey &, const TileRecordKey &) = default;
};

/// A piece of a feature in one tile, in place.
struct TileRecord {
    TileRecordKey key;
    MvtGeometryType type = MvtGeometryType::unknown;
    bool has_direction = false; ///< a line that is not turned around
    std::string_view fields;    ///< key and value of each: a byte, and a text of byte_coding.hpp
    std::string_view geometry;  ///< MVT's commands
};

/// Sorts more records than memory holds: what was added is sorted piece by piece, pieces past the limit of memory go to a scratch file, and merged
/// when they are read back. Added by several threads, each with a place of its own. Sorted the same whatever the threads.
class TileRecordSorter {
  public:
    /// Scratch beside `path`. Memory: `memory_bytes`, up to twice that while buffers grow, and a record of each sorted piece while they are merged.
    TileRecordSorter(const std::filesystem::path &path, unsigned threads, std::size_t memory_bytes);

    /// \param thread below `threads`; calls with the same one do not overlap
    void add(const TileRecord &record, unsigned thread);

    /// Gives all records in order; call once, when no more are added. Views hold until the next call of next().
    class Reading;
    [[nodiscard]] Reading read();

  private:
    /// Records of one thread that are in memory.
    struct Piece {
        struct Entry {
            TileRecordKey key;
            std::uint64_t offset = 0; ///< in bytes
            std::uint32_t size = 0;   ///< of key, length and content
            std::uint32_t content_size = 0;
        };
        std::vector<Entry> entries;
        std::string bytes;   ///< as they go to the file
        std::string scratch; ///< content of the record that is added

        void sort();
        [[nodiscard]] std::string_view whole(const Entry &entry) const { return std::string_view(bytes).substr(entry.offset, entry.size); }
        [[nodiscard]] std::string_view content(const Entry &entry) const { return whole(entry).substr(entry.size - entry.content_size); }
    };
    /// A sorted piece in the scratch file, record after record.
    struct Run {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };
    void write_out(Piece &piece);

    ScratchFile m_file;
    std::vector<Piece> m_pieces; ///< by thread
    std::size_t m_memory_bytes;
    std::mutex m_mutex;
    std::vector<Run> m_runs; ///< guarded by m_mutex while records are added
};

/// The merge of all pieces. One thread.
class TileRecordSorter::Reading {
  public:
    /// The next record, or nullptr at the end.
    const TileRecord *next();

  private:
    friend class TileRecordSorter;
    /// A sorted piece, in memory or in the file, and how far it is read.
    struct Source {
        const Piece *piece = nullptr; ///< in memory
        std::size_t next_entry = 0;
        Run unread; ///< in the file
        std::string buffer;
        std::size_t position = 0; ///< in the buffer
        TileRecord record;        ///< the next one
        std::string_view content; ///< its bytes, by which records of one key are put in order
        bool at_end = false;
    };
    explicit Reading(TileRecordSorter &sorter);
    void advance(Source &source);
    void advance_in_file(Source &source);
    void fill(Source &source, std::size_t wanted);
    [[nodiscard]] static bool comes_later(const Source *a, const Source *b);

    TileRecordSorter &m_sorter;
    std::size_t m_buffer_bytes = 0;
    std::vector<Source> m_sources;
    std::vector<Source *> m_heap; ///< the smallest at the front
    Source *m_given = nullptr;    ///< whose record was given last
};

} // namespace keyaki::tiles
