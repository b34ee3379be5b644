#pragma once

#include "tiles/layer_snapshot.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

/// A layer's step from one revision to another, as it has come into service.
struct Publication {
    std::string layer;
    std::uint64_t before = 0; ///< 0: it was not served until now
    std::uint64_t revision = 0;
    bool is_for_staff = false;
    std::shared_ptr<const tiles::LayerSnapshot>
        old_snapshot; ///< nullptr where it was not served, or where what changed is not known feature by feature
    std::shared_ptr<const tiles::LayerSnapshot> snapshot;
    std::vector<std::string> changed_ids;
    int zoom_min = 0; ///< of the layer now, and the highest
    int zoom_max = 0;
    std::string_view why_not_known = "too-many-features"; ///< where old_snapshot is not there and `before` is; a code
};

/// Leaves from a publication what is told without looking at tiles, and lets go of both snapshots: for when there is no time to.
void forget_content(Publication &publication);

/// The data of the event `layer-published` as JSON: `layer`, `before`, `revision` and `tiles`, one entry for each zoom in which a tile has changed:
/// `{"zoom": 14, "tiles": [[x, y], …]}` where exactly these have other bytes, `{"zoom": 0, "tiles": "all", "reason": …}` where any may. Builds tiles:
/// up to half a second of one thread.
[[nodiscard]] std::string layer_published_json(const Publication &publication);

} // namespace keyaki::server
