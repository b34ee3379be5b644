#pragma once

#include "geo/tile_id.hpp"
#include "tiles/layer_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace keyaki::tiles {

/// What is known of one zoom after a layer has changed.
struct ZoomChanges {
    /// Why it was not worked out which tiles changed; then any may have.
    enum class Unknown : std::uint8_t {
        nothing,           ///< it was
        too_many_tiles,    ///< the changed features meet more than max_compared_tiles
        too_many_features, ///< comparing would draw more than max_compared_features
        zooms_changed,     ///< the layer has other zooms than before, which draws every feature anew
    };
    std::uint8_t zoom = 0;
    Unknown unknown = Unknown::nothing;
    std::vector<geo::TileId> tiles; ///< exactly those whose bytes differ, by x, then y

    friend bool operator==(const ZoomChanges &, const ZoomChanges &) = default;
};

/// Which tiles of a layer have other bytes in `after` than in `before`, for every zoom of the layer, the smallest first. Looks at the tiles that the
/// boxes of changed features meet, with their buffer, builds each from both and compares: so a feature that is too small to be seen, or is left out
/// of a crowded tile, announces nothing. The work is bounded (limits.hpp): where it ends, the deepest zooms are known and others may not be.
/// `changed_ids`: every feature that differs, is new or is gone; others may be among them.
[[nodiscard]] std::vector<ZoomChanges> changed_tiles(const std::shared_ptr<const LayerSnapshot> &before,
                                                     const std::shared_ptr<const LayerSnapshot> &after, std::span<const std::string> changed_ids);

} // namespace keyaki::tiles
