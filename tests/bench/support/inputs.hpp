#pragma once

#include "geo/feature.hpp"

#include <functional>
#include <string>
#include <vector>

/// What bench-inputs.py has made, in the folder that KEYAKI_BENCH_INPUTS names.
namespace keyaki::bench {

/// Calls visit(feature) for each of the 100,000 features, with the number of its "fid" as id. None where the folder is not there.
void for_each_feature(const std::function<void(geo::Feature &&)> &visit);

/// The same of another file: points and polygons as GeoJSON, one a line.
void for_each_feature_of(const std::string &path, const std::function<void(geo::Feature &&)> &visit);

/// Boxes of about 6 by 4 km around points, the same each time: those that tests/bench/peers/items.mjs asks both sides for.
[[nodiscard]] std::vector<geo::LonLatBox> item_boxes();

} // namespace keyaki::bench
