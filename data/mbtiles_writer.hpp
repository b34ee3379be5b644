#pragma once

#include "data/tile_database.hpp"
#include "geo/tile_id.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace keyaki::data {

struct MbtilesOutcome {
    std::uint64_t tiles = 0;
    std::uint64_t contents = 0; ///< different ones
    int zoom_min = 0;
    int zoom_max = 0;
};

/// Fills an MBTiles archive of version 1.3 (github.com/mapbox/mbtiles-spec). Equal tiles are stored once: `map` says where each tile of `images` is,
/// and the view `tiles` puts both together, as the older writers do it and every reader knows it. The same tiles in the same order give the same
/// bytes with the same SQLite. Nothing is synced, and the file is no archive before finish(): its owner gives it its name then (partial_file.hpp).
/// One thread. Errors as TileDatabase's; unavailable when the disk is full.
class MbtilesWriter {
  public:
    /// `file`: there and empty.
    explicit MbtilesWriter(const std::filesystem::path &file);
    ~MbtilesWriter();

    /// `tile_data`: for MVT one gzip member. Each tile once: Error conflict by finish() else. Error too_large past mbtiles_tiles_max.
    void add(geo::TileId tile, std::string_view tile_data);
    /// What was added so far.
    [[nodiscard]] const MbtilesOutcome &outcome() const noexcept { return m_outcome; }
    /// Writes the rows of `metadata` and the indexes; the last call. Error invalid_input when there is no tile.
    void finish(const std::vector<std::pair<std::string, std::string>> &metadata);

  private:
    using Fingerprint = std::array<std::uint64_t, 2>; ///< half of SHA-256
    struct FingerprintHash {
        std::size_t operator()(const Fingerprint &fingerprint) const noexcept { return fingerprint[0]; }
    };

    TileDatabase m_database;
    TileStatement m_insert_place;
    TileStatement m_insert_content;
    std::unordered_set<Fingerprint, FingerprintHash> m_known;
    MbtilesOutcome m_outcome;
};

} // namespace keyaki::data
