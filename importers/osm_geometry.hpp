#pragma once

#include "geo/geometry.hpp"

#include <span>

namespace keyaki::importers {

/// A line from the places of a way's nodes, of which those that are not known are not on Earth: it ends there and begins anew after it, so that no
/// road is invented. Doubled positions are dropped. No part (part_count() 0) where no two neighbours are known.
[[nodiscard]] geo::Geometry line_between_known(std::span<const geo::LonLat> positions);

/// A position inside of an area, near its middle: its centre of gravity where that lies inside, else geo::point_on_surface.
/// \throws geo::Error invalid_input for areas that GEOS cannot work on
[[nodiscard]] geo::LonLat middle_of(const geo::Geometry &area);

} // namespace keyaki::importers
