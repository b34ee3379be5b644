#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// A line of a directory (PMTiles 3, "Entries"): tiles `id` to `id` + `run_length` - 1 have the same bytes of the tile data, or, with a run length
/// of 0, a leaf directory begins with `id`.
struct PmtilesEntry {
    std::uint64_t id = 0;     ///< geo::hilbert_id
    std::uint64_t offset = 0; ///< from the beginning of the tile data, or of the leaf directories
    std::uint32_t length = 0; ///< bytes
    std::uint32_t run_length = 0;

    [[nodiscard]] bool is_leaf() const noexcept { return run_length == 0; }
    friend bool operator==(const PmtilesEntry &, const PmtilesEntry &) = default;
};

using PmtilesDirectory = std::vector<PmtilesEntry>;

/// The columns of a directory, not compressed ("Directory Serialization"). \pre entries are not empty and ascend by id
[[nodiscard]] std::string encode(std::span<const PmtilesEntry> entries);

/// What a directory's entries may say.
struct DirectoryFrame {
    std::uint64_t first_id = 0;        ///< of any of its tiles; a leaf directory begins with exactly this one
    std::uint64_t end_id = 0;          ///< all ids are below
    std::uint64_t tile_data_bytes = 0; ///< what tiles lie in
    std::uint64_t leaves_bytes = 0;    ///< what leaf directories lie in
    bool may_have_leaves = true;       ///< false at the depth past which nobody writes them
    bool begins_with_first_id = false; ///< of a leaf directory
};

/// The entries of a directory that has been unpacked. Error invalid_input, with `where` in its sentence, for an empty one, more entries than
/// max_directory_entries or than its bytes can hold, ids that do not ascend or that a run before covers, and whatever lies outside of the frame.
[[nodiscard]] PmtilesDirectory decode_pmtiles_directory(std::string_view bytes, const DirectoryFrame &frame, std::string_view where);

/// The entry that holds the tile `id` or the leaf directory in which it would be; nullptr where there is none.
[[nodiscard]] const PmtilesEntry *find_entry(const PmtilesDirectory &directory, std::uint64_t id) noexcept;

} // namespace keyaki::tiles
