#pragma once

#include "server/features/columns.hpp"
#include "server/features/crs.hpp"
#include "server/features/item_selection.hpp"
#include "server/flows/collection.hpp"
#include "server/http/request.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace keyaki::server {

/// What a page of items was asked for with.
struct ItemsRequest {
    ItemSelection selection;
    std::size_t limit = 0;
    std::string after; ///< the id after which the page begins
    const Crs *crs = nullptr;
};

/// The query of `/collections/{layer}/items`. Error invalid_input with both facts for parameters that are unknown, wrong or twice.
/// A parameter that narrows or orders the items adds its part to the selection here.
[[nodiscard]] ItemsRequest parse_items_request(const http::Request &request, const Collection &collection, ColumnsOfLayers &columns);

/// The CRS that `parameter` (crs or bbox-crs) names, CRS84 without it. Error invalid_input where the layer is not offered in it.
[[nodiscard]] const Crs &requested_crs(const http::Request &request, std::string_view parameter, const Collection &collection);

} // namespace keyaki::server
