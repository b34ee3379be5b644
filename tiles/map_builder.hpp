#pragma once

#include "geo/tile_id.hpp"
#include "tiles/map_schema.hpp"
#include "tiles/map_spool.hpp"
#include "tiles/tile_records.hpp"
#include "tiles/vertex_corners.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>

namespace keyaki::tiles {

struct MapOutcome {
    std::uint64_t tiles = 0;
    std::uint64_t thinned_tiles = 0; ///< past the budget of bytes (map_tile.hpp)
};

/// Makes the tiles of a map from its features: takes them in (to disk), then spreads each over its tiles at every zoom, sorts the pieces by tile, and
/// draws tile by tile. Memory: four bytes a vertex that is drawn above the deepest zoom, and limits.hpp's map_… sizes; disk: what the tiles take
/// before they are packed, in nameless files beside the result. The same features, in any order and from any threads, give the same tiles.
class MapBuilder {
  public:
    /// Scratch beside `path`.
    MapBuilder(const std::filesystem::path &path, MapSchema schema, unsigned adding_threads, unsigned drawing_threads);

    /// Once, before features whose vertices have numbers; these are below `count`.
    void number_vertices(std::uint32_t count);
    /// \param thread below `adding_threads`; calls with the same one do not overlap
    void add(const MapFeature &feature, unsigned thread);

    /// Before finish(): makes only tiles that meet the box.
    void limit_to(const geo::GridBox &box) { m_box = box; }

    /// Done, of how many: of features read back and spread ("blocks"), then tiles ("tiles", of an unknown number: 0). Called from one thread; what it
    /// throws ends the work.
    using Progress = std::function<void(std::uint64_t done, std::uint64_t total, std::string_view unit)>;
    /// A tile, gzipped, in the order of geo::hilbert_id.
    using Take = std::function<void(geo::TileId tile, std::string_view gzipped)>;
    /// No more features: makes the tiles. Call once.
    [[nodiscard]] MapOutcome finish(const Take &take, const Progress &progress);

  private:
    void spread_all(const Progress &progress);
    void spread(std::size_t block, unsigned thread);

    MapSchema m_schema;
    unsigned m_threads; ///< that draw
    geo::GridBox m_box{0, 0, UINT32_MAX, UINT32_MAX};
    VertexCorners m_corners;
    MapSpool m_spool;
    TileRecordSorter m_records;
};

} // namespace keyaki::tiles
