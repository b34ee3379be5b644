#pragma once

#include "server/http/server.hpp"
#include "server/telemetry/request_counters.hpp"
#include "server/telemetry/striped_counters.hpp"
#include "tiles/tile_cache.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

class Application;
struct CheckInAnswer;

/// How a request for a tile ended. `empty` is a tile of the tileset without features (204), from wherever it came.
enum class TileOutcome : std::uint8_t { hit, computed, waited, empty, refused };

/// What the server counts for its operators. Counting takes no lock. Any thread.
class Metrics {
  public:
    Metrics();
    Metrics(const Metrics &) = delete;
    Metrics &operator=(const Metrics &) = delete;

    /// Once, before the server starts: only these routes are counted by their names.
    void know_routes(const std::vector<http::Router::Name> &routes);
    /// \pre the routes are known
    [[nodiscard]] telemetry::RequestCounters &requests() noexcept { return *m_requests; }

    /// `zoom` of the tile that was asked for, nothing where the address had none.
    void count_tile(std::optional<std::uint8_t> zoom, TileOutcome outcome) noexcept;
    void count_check_in(const CheckInAnswer &answer) noexcept;
    /// A look at the database for what others had published failed.
    void count_refresh_failure() noexcept { m_refresh_failures.fetch_add(1, std::memory_order_relaxed); }

    /// Everything in Prometheus's text format: the counts, and the figures of the application as they are now.
    [[nodiscard]] std::string text(Application &application) const;

  private:
    void write_tiles(telemetry::MetricText &text, const tiles::TileCacheStatistics &cache) const;
    void write_check_ins(telemetry::MetricText &text) const;

    std::unique_ptr<telemetry::RequestCounters> m_requests;
    telemetry::StripedCounters m_tiles;     ///< by zoom and outcome
    telemetry::StripedCounters m_check_ins; ///< by verdict and deciding reason
    std::atomic<std::uint64_t> m_replays{0};
    std::atomic<std::uint64_t> m_reused_keys{0};
    std::atomic<std::uint64_t> m_refresh_failures{0};
};

} // namespace keyaki::server
