#pragma once

#include "geo/geometry.hpp"

#include <string>

namespace keyaki::test {

/// Reads "MULTIPOLYGON(((x y,x y),(x y)),((x y)))".
[[nodiscard]] geo::Geometry multi_polygon_of_wkt(const std::string &wkt);

} // namespace keyaki::test
