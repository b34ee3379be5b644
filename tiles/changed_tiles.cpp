#include "tiles/changed_tiles.hpp"

#include "geo/rtree.hpp"
#include "tiles/feature_drawer.hpp"
#include "tiles/limits.hpp"
#include "tiles/snapshot_part.hpp"
#include "tiles/tile_builder.hpp"

#include <algorithm>
#include <iterator>

namespace keyaki::tiles {

namespace {

using Snapshot = std::shared_ptr<const LayerSnapshot>;
using Unknown = ZoomChanges::Unknown;

geo::GridBox cells_of(geo::TileId tile) { return TileProjection(tile, tile_extent).cells(tile_extent, tile_buffer); }

void add_box(const LayerSnapshot &snapshot, std::string_view id, std::vector<geo::GridBox> &boxes) {
    for (const LayerSnapshot::PartView &view : snapshot.parts()) {
        if (const auto index = view.part->find(id); index && !view.is_removed(*index)) {
            boxes.push_back(view.part->box(*index));
        }
    }
}

/// Features that did not change are written with their number in one snapshot and without it in the other.
void add_boxes_of_numbers(const LayerSnapshot &snapshot, std::span<const std::uint64_t> numbers, std::vector<geo::GridBox> &boxes) {
    for (const LayerSnapshot::PartView &view : snapshot.parts()) {
        for (const std::uint64_t number : numbers) {
            view.part->with_numeric_id(number, [&](std::uint32_t index) { boxes.push_back(view.part->box(index)); });
        }
    }
}

std::vector<geo::GridBox> changed_boxes(const LayerSnapshot &before, const LayerSnapshot &after, std::span<const std::string> changed_ids) {
    std::vector<geo::GridBox> boxes;
    for (const std::string &id : changed_ids) {
        add_box(before, id, boxes);
        add_box(after, id, boxes);
    }
    const auto was = before.ambiguous_numeric_ids();
    const auto is = after.ambiguous_numeric_ids();
    std::vector<std::uint64_t> numbers;
    std::set_symmetric_difference(was.begin(), was.end(), is.begin(), is.end(), std::back_inserter(numbers));
    add_boxes_of_numbers(before, numbers, boxes);
    add_boxes_of_numbers(after, numbers, boxes);
    return boxes;
}

bool meets(const geo::RTree &boxes, geo::TileId tile) {
    bool found = false;
    boxes.query(cells_of(tile), [&](std::uint32_t) {
        found = true;
        return false;
    });
    return found;
}

/// The tiles one zoom deeper that the boxes meet: each lies, with its buffer, in one of `above`.
std::vector<geo::TileId> quarters_that_meet(const geo::RTree &boxes, std::span<const geo::TileId> above) {
    std::vector<geo::TileId> tiles;
    for (const geo::TileId tile : above) {
        for (std::uint32_t quarter = 0; quarter < 4; ++quarter) {
            const geo::TileId child{static_cast<std::uint8_t>(tile.z + 1), tile.x * 2 + quarter % 2, tile.y * 2 + quarter / 2};
            if (meets(boxes, child)) {
                tiles.push_back(child);
            }
        }
    }
    std::sort(tiles.begin(), tiles.end());
    return tiles;
}

/// How many features building the tile would look at, or more than `enough`.
std::size_t count_features(const LayerSnapshot &snapshot, geo::TileId tile, std::size_t enough) {
    std::size_t count = 0;
    for (const LayerSnapshot::PartView &view : snapshot.parts()) {
        view.part->tree().query(cells_of(tile), [&](std::uint32_t) { return ++count <= enough; });
    }
    return count;
}

/// Compares tiles until it has drawn what it may.
class Comparison {
  public:
    Comparison(const Snapshot &before, const Snapshot &after) : m_before({before, "layer"}), m_after({after, "layer"}) {}

    /// Leaves those that differ.
    void compare(ZoomChanges &zoom) {
        std::size_t work = 0;
        for (const geo::TileId tile : zoom.tiles) {
            work += count_features(*m_before.snapshot, tile, m_features_left) + count_features(*m_after.snapshot, tile, m_features_left);
            if (work > m_features_left) {
                zoom.tiles.clear();
                zoom.unknown = Unknown::too_many_features;
                return;
            }
        }
        m_features_left -= work;
        std::erase_if(zoom.tiles,
                      [&](geo::TileId tile) { return build_tile(std::span(&m_before, 1), tile) == build_tile(std::span(&m_after, 1), tile); });
    }

  private:
    TileLayer m_before;
    TileLayer m_after;
    std::size_t m_features_left = max_compared_features;
};

} // namespace

std::vector<ZoomChanges> changed_tiles(const Snapshot &before, const Snapshot &after, std::span<const std::string> changed_ids) {
    const SnapshotDescription &was = before->description();
    const SnapshotDescription &is = after->description();
    const bool zooms_changed = was.zoom_min != is.zoom_min || was.zoom_max != is.zoom_max;
    const int zoom_max = std::max(was.zoom_max, is.zoom_max);
    std::vector<ZoomChanges> zooms;
    const geo::RTree boxes(changed_boxes(*before, *after, changed_ids));
    std::vector<geo::TileId> tiles{{0, 0, 0}};
    if (!meets(boxes, tiles.front())) {
        tiles.clear();
    }
    bool too_many = false;
    for (int z = 0; z <= zoom_max; ++z) {
        too_many = too_many || tiles.size() > max_compared_tiles;
        if (z >= std::min(was.zoom_min, is.zoom_min)) {
            zooms.push_back({static_cast<std::uint8_t>(z),
                             zooms_changed ? Unknown::zooms_changed
                             : too_many    ? Unknown::too_many_tiles
                                           : Unknown::nothing,
                             zooms_changed || too_many ? std::vector<geo::TileId>() : tiles});
        }
        if (!too_many) {
            tiles = quarters_that_meet(boxes, tiles);
        }
    }
    Comparison comparison(before, after);
    for (auto zoom = zooms.rbegin(); zoom != zooms.rend(); ++zoom) {
        if (zoom->unknown == Unknown::nothing) {
            comparison.compare(*zoom);
        }
    }
    return zooms;
}

} // namespace keyaki::tiles
