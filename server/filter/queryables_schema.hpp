#pragma once

#include "geo/geometry.hpp"
#include "server/filter/queryables.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace keyaki::server::filter {

/// `/collections/{layer}/queryables` (19-079r2, 6): a JSON Schema (2020-12) with a property for each queryable and no others. `id` is the document's
/// address without a query; `geometries` are the types that the layer holds.
[[nodiscard]] nlohmann::ordered_json queryables_schema(const Queryables &queryables, const std::vector<geo::GeometryType> &geometries,
                                                       const std::string &id, const std::string &title);

} // namespace keyaki::server::filter
