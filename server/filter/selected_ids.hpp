#pragma once

#include "tiles/layer_snapshot.hpp"

#include <string>
#include <string_view>
#include <unordered_set>

namespace keyaki::server::filter {

/// The features that a CQL2 text selects. Throws Error invalid_input where it cannot be read or names no property of the layer.
[[nodiscard]] std::unordered_set<std::string> selected_ids(const tiles::LayerSnapshot &snapshot, std::string_view filter);

} // namespace keyaki::server::filter
