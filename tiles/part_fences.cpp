#include "tiles/part_fences.hpp"

#include "geo/error.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/snapshot_part.hpp"

#include <optional>

namespace keyaki::tiles {

PartFences::PartFences(const SnapshotPart &part) {
    std::vector<geo::Fence> fences;
    for (std::uint32_t index = 0; index < part.size(); ++index) {
        const FeatureRef feature(part, index);
        try {
            if (auto fence = geo::Fence::of_feature(feature.feature())) {
                fences.push_back(std::move(*fence));
                m_features.push_back(index);
            }
        } catch (const geo::Error &error) {
            if (m_refused++ == 0) {
                m_first_refusal = "feature " + std::string(feature.id()) + ": " + error.what();
            }
        }
    }
    m_index = geo::FenceIndex(fences);
}

} // namespace keyaki::tiles
