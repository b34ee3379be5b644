#pragma once

#include "geo/grid_shape.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::importers {

/// A way of the coastline, drawn with the land on its left and the sea on its right (https://wiki.openstreetmap.org/wiki/Tag:natural%3Dcoastline).
struct OsmCoastWay {
    std::int64_t id = 0;
    std::vector<geo::GridVertex> vertices; ///< two or more
};

/// The sea of an extract, or why it cannot be told.
struct OsmOcean {
    std::optional<geo::GridShape> shape;
    std::string reason; ///< one clause where there is no shape
};

/// The sea within a box, from the coastline: ways are joined end to end, cut at the box, and what is open is closed along its edge with the sea
/// inside. A coast that ends just before the edge, as those of extracts cut along an outline do, is led there. Without any coastline there is no sea.
/// A coastline that ends further within the box says nothing of where the sea is: then there is a reason instead. The same for the ways in any order.
/// Pure.
[[nodiscard]] OsmOcean ocean_of(std::vector<OsmCoastWay> ways, const geo::GridBox &box);

} // namespace keyaki::importers
