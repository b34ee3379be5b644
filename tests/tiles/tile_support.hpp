#pragma once

#include "geo/feature.hpp"
#include "geo/tile_id.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/mvt_reader.hpp"
#include "tiles/tile_builder.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace keyaki::test {

/// Around Kiyose station.
inline constexpr geo::TileId kiyose_tile{14, 14545, 6443};

/// The position whose grid cell begins at (x, y) of a tile's 4096 units; at zoom 20 and above the same cell for several units.
[[nodiscard]] geo::LonLat at(geo::TileId tile, std::int32_t x, std::int32_t y);
/// A closed ring of such positions, given without the closing one.
[[nodiscard]] std::vector<geo::LonLat> ring_at(geo::TileId tile, const std::vector<tiles::TilePoint> &points);

[[nodiscard]] tiles::SnapshotDescription description(std::string layer = "layer", int zoom_min = 0, int zoom_max = 14);
[[nodiscard]] std::shared_ptr<const tiles::LayerSnapshot> snapshot_of(const std::vector<geo::Feature> &features,
                                                                      tiles::SnapshotDescription about = description());
[[nodiscard]] std::string tile_of(std::shared_ptr<const tiles::LayerSnapshot> snapshot, geo::TileId tile, const tiles::TileOptions &options = {});

/// A tile as a person reads it: a line a feature, "layer 12 polygon (0 0, 4 0, 4 4) hole (…) id=a name=x".
[[nodiscard]] std::string text_of(const std::string &tile);

/// Features of all kinds around Kiyose, every coordinate of seven decimals; the same for the same seed.
[[nodiscard]] std::vector<geo::Feature> random_features(std::uint64_t seed, std::size_t count);

/// All findings, one a line, for INFO.
[[nodiscard]] std::string findings_of(const tiles::MvtTile &tile);

} // namespace keyaki::test
