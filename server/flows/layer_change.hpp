#pragma once

#include "data/layer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

/// What became of a feature between two states, in the words of the API: "added", "removed", "moved" where the geometry is another one (whatever
/// else has changed), "changed" where only properties are.
[[nodiscard]] std::string_view change_name(const data::Change &change);

/// Metres that a moved feature has gone: of a point itself, of anything else the middle of its box, so 0 where only its shape is another one.
/// Nothing for features that did not move.
[[nodiscard]] std::optional<double> moved_m(const data::Change &change);

/// Names of the properties whose values differ, also of those that are only on one side, in their order; empty unless moved or changed.
[[nodiscard]] std::vector<std::string> changed_properties(const data::Change &change);

/// One GeoJSON Feature: the geometry as it is afterwards (of removed ones as it was), and as properties `change`, `distance_m` (moved), `fields`
/// (moved, changed), `before` and `after`, each null or with its own `geometry` and `properties`.
void append_change(std::string &out, const data::Change &change);

} // namespace keyaki::server
