#pragma once

#include "geo/lon_lat.hpp"
#include "geo/rtree.hpp"
#include "tiles/layer_snapshot.hpp"
#include "tiles/snapshot_part.hpp"

#include <cstdint>

namespace keyaki::tiles {

/// The grid cells of a box: to_grid never turns the order of two coordinates, so no feature within the box is missed.
[[nodiscard]] geo::GridBox cells_of(const geo::LonLatBox &box) noexcept;

/// Decides whether features meet a box: by their cells alone where these lie well within it, as those of nearly all do; else by their degrees, and by
/// GEOS where boxes cannot tell. One thread, or any number of them: nothing is kept.
class BoxSearch {
  public:
    explicit BoxSearch(const geo::LonLatBox &box) noexcept;

    [[nodiscard]] const geo::GridBox &cells() const noexcept { return m_cells; }
    /// Touching counts.
    [[nodiscard]] bool meets(const SnapshotPart &part, std::uint32_t index) const {
        const geo::GridBox &own = part.box(index);
        const bool is_well_within =
            own.min_x >= m_within.min_x && own.max_x <= m_within.max_x && own.min_y >= m_within.min_y && own.max_y <= m_within.max_y;
        return is_well_within || meets_by_degrees(FeatureRef(part, index));
    }
    /// Calls visit(index) for each feature of a part that meets the box and is not removed, in no promised order.
    template <typename Visit>
    void for_each(const LayerSnapshot::PartView &view, Visit &&visit) const {
        view.part->tree().query(m_cells, [&](std::uint32_t index) {
            if (!view.is_removed(index) && meets(*view.part, index)) {
                visit(index);
            }
        });
    }

  private:
    [[nodiscard]] bool meets_by_degrees(const FeatureRef &feature) const;

    geo::LonLatBox m_box;
    geo::GridBox m_cells;
    geo::GridBox m_within; ///< empty where the box is too small to have such cells
};

} // namespace keyaki::tiles
