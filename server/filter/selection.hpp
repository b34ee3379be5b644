#pragma once

#include "geo/lon_lat.hpp"
#include "server/filter/bound_filter.hpp"
#include "server/filter/limits.hpp"
#include "tiles/layer_snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace keyaki::server::filter {

/// The features of a snapshot that a filter selects: a bit for each, so that a million take 125 KB and pages need no second evaluation.
struct Selection {
    std::vector<std::vector<std::uint64_t>> marks; ///< by part of the snapshot, one bit a feature
    std::size_t matched = 0;

    [[nodiscard]] bool has(std::size_t part, std::uint32_t index) const noexcept { return (marks[part][index / 64] >> (index % 64) & 1U) != 0; }
};

/// Evaluates the filter on every feature, or on those alone that the snapshot's index finds in the boxes that the filter gives and in one of `boxes`
/// (where there are any; whether a geometry meets them is not asked). Throws Error invalid_input where that takes longer than `patience` or where
/// GEOS cannot tell.
[[nodiscard]] Selection select(const tiles::LayerSnapshot &snapshot, const BoundFilter &filter, std::span<const geo::LonLatBox> boxes = {},
                               std::chrono::milliseconds patience = max_filter_time);
/// All features, or those that the index finds in one of the boxes.
[[nodiscard]] Selection select_all(const tiles::LayerSnapshot &snapshot, std::span<const geo::LonLatBox> boxes = {});

} // namespace keyaki::server::filter
