#include "tiles/layer_snapshot.hpp"
#include "tiles/part_fences.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <cassert>

namespace keyaki::tiles {

bool LayerSnapshot::prepare_fences(std::chrono::milliseconds patience) const {
    return std::all_of(m_parts.begin(), m_parts.end(), [patience](const PartView &view) { return view.part->fences(patience) != nullptr; });
}

bool LayerSnapshot::fences_are_ready() const noexcept {
    return std::all_of(m_parts.begin(), m_parts.end(), [](const PartView &view) { return view.part->ready_fences() != nullptr; });
}

LayerSnapshot::FenceSummary LayerSnapshot::fence_summary() const {
    FenceSummary summary;
    for (const PartView &view : m_parts) {
        const PartFences *fences = view.part->ready_fences();
        assert(fences != nullptr);
        summary.fences += fences->index().size();
        if (summary.refused == 0 && fences->refused() > 0) {
            summary.first_refusal = fences->first_refusal();
        }
        summary.refused += fences->refused();
    }
    return summary;
}

void LayerSnapshot::find_fences(geo::LonLat position, double sigma_m, double floor, std::vector<FenceHit> &found) const {
    thread_local std::vector<geo::FenceShare> shares; // kept wide: a look-up allocates nothing
    found.clear();
    for (const PartView &view : m_parts) {
        const PartFences *fences = view.part->ready_fences();
        assert(fences != nullptr);
        fences->index().find(position, sigma_m, floor, shares);
        for (const geo::FenceShare share : shares) {
            const std::uint32_t feature = fences->feature_of(share.fence);
            if (!view.is_removed(feature)) {
                found.push_back({FeatureRef(*view.part, feature), static_cast<double>(share.probability)});
            }
        }
    }
}

} // namespace keyaki::tiles
