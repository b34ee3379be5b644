#pragma once

#include "server/http/router.hpp"
#include "server/http/server.hpp"
#include "server/telemetry/metric_text.hpp"
#include "server/telemetry/striped_counters.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keyaki::server::telemetry {

/// What came in over HTTP, by route. Counting takes no lock. Any thread.
class RequestCounters {
  public:
    /// The routes are all that will ever be counted by name; requests that met none are counted as "none".
    explicit RequestCounters(const std::vector<http::Router::Name> &routes);

    void count(const http::RequestSummary &summary) noexcept;
    /// The route's pattern for the log, "none" for a request that met no route. Never a path, which may name a member.
    [[nodiscard]] std::string_view pattern_of(const http::RequestSummary &summary) const noexcept;

    void write(MetricText &text, const http::ServerStatistics &statistics) const;

  private:
    struct Route {
        std::string name;
        std::string pattern;
    };
    [[nodiscard]] std::size_t index_of(std::string_view name) const noexcept;
    void write_requests(MetricText &text) const;
    void write_durations(MetricText &text) const;
    void write_refusals(MetricText &text, const http::ServerStatistics &statistics) const;
    [[nodiscard]] std::uint64_t answered(std::initializer_list<int> statuses) const;

    std::vector<Route> m_routes;                                   ///< the first is "none"
    std::unordered_map<std::string_view, std::size_t> m_positions; ///< by names that live in m_routes
    StripedCounters m_requests;                                    ///< by route, method and status
    StripedCounters m_durations;                                   ///< by route and bucket
    StripedCounters m_nanoseconds;                                 ///< by route
    StripedCounters m_bytes;                                       ///< by route
};

} // namespace keyaki::server::telemetry
