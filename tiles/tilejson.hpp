#pragma once

#include "tiles/tile_builder.hpp"

#include <span>
#include <string>

namespace keyaki::tiles {

struct TilejsonOptions {
    std::string base_url; ///< absolute, without a slash at the end: "https://map.example.jp"
    std::string name;     ///< of the tileset; empty: the titles of the layers
    /// The layers as the tiles' URL names them; empty: each with its revision ("shelters@12,parks@3"), whose tiles never change.
    std::string url_layers;
};

/// TileJSON 3.0.0 (mapbox/tilejson-spec) of tiles that hold these layers: vector_layers, bounds, center, zooms, attribution (escaped: clients show
/// it as HTML) and the tiles' absolute URL. `version` is 1.R.0 with R the sum of the revisions: more with every publish.
[[nodiscard]] std::string tilejson(std::span<const TileLayer> layers, const TilejsonOptions &options);

} // namespace keyaki::tiles
