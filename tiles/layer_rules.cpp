#include "tiles/layer_rules.hpp"

#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <bit>

namespace keyaki::tiles {

namespace {

struct Rank {
    int size; ///< bits of the larger side of the box in grid cells
    std::uint64_t lot;
    std::uint32_t place; ///< among the candidates

    friend bool operator<(const Rank &a, const Rank &b) {
        if (a.size != b.size) {
            return a.size > b.size;
        }
        return a.lot != b.lot ? a.lot < b.lot : a.place < b.place;
    }
};

} // namespace

void thin(const LayerSnapshot &snapshot, std::vector<Candidate> &candidates, std::size_t limit) {
    if (candidates.size() <= limit) {
        return;
    }
    std::vector<Rank> ranks(candidates.size());
    for (std::uint32_t place = 0; place < ranks.size(); ++place) {
        const SnapshotPart &part = *snapshot.parts()[candidates[place].part].part;
        const geo::GridBox &box = part.box(candidates[place].index);
        ranks[place] = {static_cast<int>(std::bit_width(std::max(box.max_x - box.min_x, box.max_y - box.min_y))),
                        part.numeric_id(candidates[place].index) * 0x9e3779b97f4a7c15U, place};
    }
    std::nth_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(limit), ranks.end());
    ranks.resize(limit);
    std::sort(ranks.begin(), ranks.end(), [](const Rank &a, const Rank &b) { return a.place < b.place; });
    std::vector<Candidate> kept(limit);
    std::transform(ranks.begin(), ranks.end(), kept.begin(), [&](const Rank &rank) { return candidates[rank.place]; });
    candidates.swap(kept);
}

} // namespace keyaki::tiles
