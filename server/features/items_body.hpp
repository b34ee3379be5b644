#pragma once

#include "server/features/items_request.hpp"
#include "server/http/response.hpp"

#include <functional>
#include <memory>
#include <string>

/// Pages of items as bodies that are made while they are read: one feature at a time, whatever their number.
namespace keyaki::server {

/// What a page's own links need.
struct ItemsAddress {
    std::string base;                                              ///< of this server's addresses
    std::string self;                                              ///< of this page
    std::string alternate;                                         ///< of the same in the other form
    std::string next_prefix;                                       ///< of the next page, up to the value of `after`
    std::function<std::string(const tiles::FeatureRef &)> after{}; ///< that value behind a feature; without it the feature's id
};

/// A page of at most max_page_bytes: what does not fit comes on the next.
[[nodiscard]] std::shared_ptr<http::BodySource> geojson_items(Collection collection, ItemPage page, const Crs &crs, ItemsAddress address);
/// The same as a page for people.
[[nodiscard]] std::shared_ptr<http::BodySource> html_items(Collection collection, ItemPage page, const Crs &crs, ItemsAddress address);

/// One feature as a page for people.
[[nodiscard]] std::string html_item(const Collection &collection, const tiles::FeatureRef &feature, const Crs &crs, const std::string &base,
                                    const std::string &alternate);

} // namespace keyaki::server
