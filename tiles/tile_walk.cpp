#include "tiles/tile_walk.hpp"

#include "tiles/feature_drawer.hpp"
#include "tiles/snapshot_part.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <vector>

namespace keyaki::tiles {

namespace {

/// Goes down the pyramid with the boxes that are still in sight; those of each depth are kept, since the way down is never deeper than the zooms.
class Walk {
  public:
    Walk(ZoomRange zooms, const std::function<void(geo::TileId)> &visit, const TileOptions &options)
        : m_zooms(zooms), m_visit(visit), m_options(options), m_boxes(std::size_t{zooms.max} + 2) {}

    void add(const LayerSnapshot &snapshot) {
        for (const LayerSnapshot::PartView &view : snapshot.parts()) {
            for (std::uint32_t index = 0; index < view.part->size(); ++index) {
                if (!view.is_removed(index)) {
                    m_boxes[0].push_back(view.part->box(index));
                }
            }
        }
    }

    void descend(geo::TileId tile) {
        const geo::GridBox area = TileProjection(tile, m_options.extent).cells(m_options.extent, m_options.buffer);
        const std::vector<geo::GridBox> &above = m_boxes[tile.z];
        std::vector<geo::GridBox> &here = m_boxes[tile.z + std::size_t{1}];
        here.clear();
        std::copy_if(above.begin(), above.end(), std::back_inserter(here), [&](const geo::GridBox &box) { return box.intersects(area); });
        if (here.empty()) {
            return;
        }
        if (tile.z >= m_zooms.min) {
            m_visit(tile);
        }
        if (tile.z == m_zooms.max) {
            return;
        }
        for (std::uint32_t quarter = 0; quarter < 4; ++quarter) {
            descend({static_cast<std::uint8_t>(tile.z + 1), tile.x * 2 + quarter % 2, tile.y * 2 + quarter / 2});
        }
    }

  private:
    ZoomRange m_zooms;
    const std::function<void(geo::TileId)> &m_visit;
    TileOptions m_options;
    std::vector<std::vector<geo::GridBox>> m_boxes; ///< all, then by depth those that meet the tile on the way
};

} // namespace

void walk_tiles(std::span<const TileLayer> layers, ZoomRange zooms, const std::function<void(geo::TileId)> &visit, const TileOptions &options) {
    assert(zooms.min <= zooms.max && zooms.max <= geo::max_zoom);
    Walk walk(zooms, visit, options);
    for (const TileLayer &layer : layers) {
        walk.add(*layer.snapshot);
    }
    walk.descend({0, 0, 0});
}

} // namespace keyaki::tiles
