#pragma once

#include "server/http/server.hpp"
#include "server/telemetry/log_text.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace keyaki::server::telemetry {

/// In the order of spdlog's levels.
inline constexpr std::array log_level_names{"trace", "debug", "info", "warn", "error"};

struct LogOptions {
    LogFormat format = LogFormat::text;
    std::string level = "info"; ///< one of log_level_names: what is below it is not said
    bool has_requests = true;   ///< a line for each request, at info
};

struct LogStatistics {
    std::array<std::uint64_t, log_level_names.size()> lines{}; ///< by level, dropped ones included
    std::uint64_t dropped = 0;
};

/// The server's log on a descriptor: all that spdlog is told while this object lives, with the id of the request that it belongs to, and one line
/// for each request. Nobody who logs waits for the descriptor (LogWriter). One at a time; any thread may log.
class Log {
  public:
    Log(LogOptions options, int descriptor);
    /// spdlog goes back to its own default.
    ~Log();
    Log(const Log &) = delete;
    Log &operator=(const Log &) = delete;

    [[nodiscard]] bool wants_requests() const noexcept;
    /// `route_pattern` as of RequestCounters::pattern_of. \pre wants_requests()
    void request(const http::RequestSummary &summary, std::string_view route_pattern);
    [[nodiscard]] LogStatistics statistics() const;

  private:
    class Sink;
    LogOptions m_options;
    std::shared_ptr<Sink> m_sink;
};

} // namespace keyaki::server::telemetry
