#pragma once

#include "data/store.hpp"
#include "server/flows/snapshots.hpp"
#include "server/http/server.hpp"
#include "tiles/tile_cache.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace keyaki::server {

/// What an operator watches, in Prometheus's text format. Any thread.
class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics &) = delete;
    Metrics &operator=(const Metrics &) = delete;

    void count_request(const http::RequestSummary &summary);
    void count_check_in(std::string_view verdict, std::string_view first_reason, bool replayed);

    /// Everything at once: its own counters and the figures of the store, the tile cache and the snapshots as they are now.
    [[nodiscard]] std::string text(data::Store &store, const tiles::TileCache &cache, const Catalogue &catalogue);

  private:
    struct Families;
    std::unique_ptr<Families> m_families;
};

} // namespace keyaki::server
