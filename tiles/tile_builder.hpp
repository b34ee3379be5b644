#pragma once

#include "geo/tile_id.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/limits.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace keyaki::tiles {

/// A snapshot and the name of its layer in the tile (unique there, MVT 2.1 4.1).
struct TileLayer {
    std::shared_ptr<const LayerSnapshot> snapshot;
    std::string name;
};

struct TileOptions {
    std::int32_t extent = tile_extent; ///< units of a side; a power of two, at most max_tile_extent
    std::int32_t buffer = tile_buffer; ///< units beyond each side that are drawn too, at most extent / 4
};

/// The tile as uncompressed MVT 2.1; empty where no layer has anything to draw there (also outside of the layers' zooms).
/// The same snapshots, tile and options give the same bytes, on any thread and however the snapshots came about.
/// \pre geo::is_valid(tile), at most max_layers_per_tile layers with different names
[[nodiscard]] std::string build_tile(std::span<const TileLayer> layers, geo::TileId tile, const TileOptions &options = {});

} // namespace keyaki::tiles
