#pragma once

#include "geo/feature.hpp"

#include <string>

namespace keyaki::server::imports {

/// The feature's name: the first of the properties that lists call it by (name, 名称, 施設名 …) that holds a text; empty where none does.
[[nodiscard]] std::string name_of(const geo::Feature &feature);
[[nodiscard]] std::string name_of(const geo::Properties &properties);

/// Where a feature is, for comparing: the point, or the middle of its box.
[[nodiscard]] geo::LonLat place_of(const geo::Feature &feature) noexcept;

} // namespace keyaki::server::imports
