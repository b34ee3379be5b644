#pragma once

#include "tiles/map_schema.hpp"
#include "tiles/scratch_file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace keyaki::tiles {

/// A field of a feature in the spool: its value as MVT writes it (MVT 2.1 4.1, message Value).
struct SpooledField {
    std::uint8_t key = 0;
    std::uint8_t zoom_from = 0;
    std::string_view value;
};

/// A feature read back from the spool; views hold during the call.
struct SpooledFeature {
    MapFeature head; ///< without fields and shape
    std::vector<SpooledField> fields;
    geo::GridShape shape;
};

/// Features on disk between the reading of the source and the drawing of tiles, because how a shape is simplified is known only when all are there.
/// Written by several threads, each with a place of its own; read block by block in any order. Memory: a block a thread.
class MapSpool {
  public:
    /// Beside `path`.
    MapSpool(const std::filesystem::path &path, unsigned threads);

    /// \param thread below `threads`; calls with the same one do not overlap
    void add(const MapFeature &feature, unsigned thread);
    /// No more features.
    void finish();

    [[nodiscard]] std::size_t block_count() const noexcept { return m_blocks.size(); }
    /// Calls take for each feature of a block. Thread-safe after finish().
    void read(std::size_t block, const std::function<void(const SpooledFeature &)> &take) const;

  private:
    struct Block {
        std::uint64_t offset = 0;
        std::size_t size = 0;
    };
    void flush(std::string &bytes);

    ScratchFile m_file;
    std::vector<std::string> m_unwritten; ///< by thread
    std::mutex m_mutex;
    std::vector<Block> m_blocks; ///< guarded by m_mutex until finish()
};

} // namespace keyaki::tiles
