#pragma once

#include "data/layer.hpp"
#include "tiles/layer_snapshot.hpp"

namespace keyaki::server {

/// Adds what a map shows of one change to the snapshot of `layer@diff`. A removed feature as it was, an added or changed one as it is, a moved one
/// as both, and of a point that moved also the line between. Each keeps its properties and gets `change` (as change_name() says), `side`
/// ("before", "after" or "path") and `feature` (its id in the layer); ids are `feature@side`.
void add_to_difference(tiles::LayerSnapshot::Builder &builder, const data::Change &change);

} // namespace keyaki::server
