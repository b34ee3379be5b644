#pragma once

#include "geo/tile_id.hpp"
#include "server/application.hpp"
#include "server/http/response.hpp"
#include "server/metrics.hpp"
#include "server/viewer.hpp"

#include <optional>
#include <string_view>

namespace keyaki::server {

/// The newest tile may be a minute old, and old ones serve while the network or we are away (never no-cache or must-revalidate: they make offline
/// maps useless).
inline constexpr std::string_view newest_tile_cache = "public, max-age=60, stale-while-revalidate=86400, stale-if-error=604800";

/// Counts a request for a tile when it ends, however it ends.
struct TileCount {
    TileCount(Metrics &the_metrics, std::optional<std::uint8_t> the_zoom) : metrics(the_metrics), zoom(the_zoom) {}
    TileCount(const TileCount &) = delete;
    TileCount &operator=(const TileCount &) = delete;
    ~TileCount() { metrics.count_tile(zoom, outcome); }
    Metrics &metrics;
    const std::optional<std::uint8_t> zoom;
    TileOutcome outcome = TileOutcome::refused;
};

/// The tile of these texts of an address; nothing for anything but whole numbers without signs and leading zeros, so that one tile has one address.
[[nodiscard]] std::optional<geo::TileId> parse_tile(std::string_view z, std::string_view x, std::string_view y);

/// 200 with the tile of the layers that `names` says, 204 for an empty one, 404 outside the tileset or for layers that are not there for who asks;
/// counted, also where the request has a parameter, which no tile takes.
/// Error invalid_input for a malformed name.
[[nodiscard]] http::Response answer_tile(Application &application, const Viewer &viewer, std::string_view names,
                                         const std::optional<geo::TileId> &tile, const http::QueryParameters &query);

} // namespace keyaki::server
