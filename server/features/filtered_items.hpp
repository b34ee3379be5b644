#pragma once

#include "server/features/columns.hpp"
#include "server/features/crs.hpp"
#include "server/features/items_request.hpp"
#include "server/filter/bound_filter.hpp"
#include "server/flows/collection.hpp"
#include "server/http/request.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// filter, filter-lang, filter-crs, property parameters (OGC API – Features Part 3, 19-079r2) and sortby of a page of items.
namespace keyaki::server {

/// What a filter may name of a layer: its columns with their types, what its schema declares and no feature has yet, the geometry and the id.
[[nodiscard]] filter::Queryables queryables_of(const Collection &collection, const LayerColumns &columns);

/// The CRS in which a filter's coordinates are written. `crs` must outlive it.
[[nodiscard]] filter::FilterCrs filter_crs(const Crs &crs);

/// Names of the query's parameters that are queryables and not among `known`, the request's own parameters.
[[nodiscard]] std::vector<std::string_view> property_parameters(const http::Request &request, const filter::Queryables &queryables,
                                                                std::span<const std::string_view> known);

/// Adds what those parameters say to the selection and, where it is sorted, the place of the page. Error invalid_input with both facts.
void add_filter(ItemsRequest &items, const http::Request &request, const Collection &collection, const filter::Queryables &queryables,
                std::span<const std::string_view> properties);

/// Makes the `after` of the page behind a feature: its id, or in a sorted answer a token with its place. The collection's snapshot lives with it.
[[nodiscard]] std::function<std::string(const tiles::FeatureRef &)> page_tokens(const ItemsRequest &items, const http::Request &request,
                                                                                const Collection &collection);

/// A page of a selection that has a filter or sort keys.
[[nodiscard]] ItemPage find_filtered_items(const tiles::LayerSnapshot &snapshot, const ItemSelection &selection, std::string_view after,
                                           std::size_t limit);

} // namespace keyaki::server
