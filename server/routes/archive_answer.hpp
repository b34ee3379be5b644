#pragma once

#include "server/application.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <optional>
#include <string_view>

namespace keyaki::server {

/// Whether `id` names an archive of the settings, which wins over a layer of that name.
[[nodiscard]] bool is_archive(const Application &application, std::string_view id);

/// 200 with the archive's TileJSON; 503 with Retry-After while it cannot be served. \pre is_archive(id)
[[nodiscard]] http::Response answer_archive_tilejson(Application &application, const http::Request &request, std::string_view id);

/// 200 with the tile, as it is stored to a client that takes gzip; 204 where the archive has none there, 404 outside of its zooms and bounds; 503
/// with Retry-After while it cannot be served or its file was written over. Counted as other tiles are. \pre is_archive(id)
[[nodiscard]] http::Response answer_archive_tile(Application &application, std::string_view id, const std::optional<geo::TileId> &tile,
                                                 const http::QueryParameters &query);

} // namespace keyaki::server
