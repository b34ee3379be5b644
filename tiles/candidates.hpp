#pragma once

#include "geo/rtree.hpp"
#include "tiles/layer_snapshot.hpp"

#include <cstdint>
#include <vector>

namespace keyaki::tiles {

/// A feature of a snapshot: which of its parts, and where in it.
struct Candidate {
    std::uint32_t part;
    std::uint32_t index;
};

/// Replaces `candidates` by the features whose boxes meet the box, in the order of tiles: along Hilbert's curve, then by id. The order does not
/// depend on which part holds a feature.
void collect_candidates(const LayerSnapshot &snapshot, const geo::GridBox &box, std::vector<Candidate> &candidates);

} // namespace keyaki::tiles
