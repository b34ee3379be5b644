#pragma once

#include "server/filter/bound_filter.hpp"
#include "server/filter/sorting.hpp"
#include "tiles/layer_snapshot.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

/// Which features of a layer a request is about, in which order, and a page of them. Whatever narrows or orders items (bbox, datetime, filters,
/// sorting) puts its part into an ItemSelection; nothing else knows of pages.
namespace keyaki::server {

/// Whether a feature is meant. Called by one thread.
using FeatureCondition = std::function<bool(const tiles::FeatureRef &)>;

struct ItemSelection {
    std::vector<geo::LonLatBox> boxes;        ///< a feature meets one of them; empty: everywhere. Found by the index.
    std::vector<FeatureCondition> conditions; ///< all of them hold, asked in their order
    /// Evaluated on whole columns, with the index where it gives boxes; filtered_items.hpp puts these three together.
    std::shared_ptr<const filter::BoundFilter> filter{};
    std::vector<filter::SortKey> sort_keys{};       ///< empty: by id, in the order of bytes
    std::optional<filter::SortPlace> after_place{}; ///< with sort keys: where the page begins
};

struct ItemPage {
    std::size_t matched = 0;                 ///< on all pages
    std::vector<tiles::FeatureRef> features; ///< valid as long as the snapshot
    bool has_more = false;
};

/// The page of at most `limit` features behind the one with the id `after` ("" for the first page). As a snapshot never changes and its order is
/// total, the pages of one revision hold each feature exactly once.
[[nodiscard]] ItemPage find_items(const tiles::LayerSnapshot &snapshot, const ItemSelection &selection, std::string_view after, std::size_t limit);

} // namespace keyaki::server
