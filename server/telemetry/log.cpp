#include "server/telemetry/log.hpp"

#include "server/http/request_scope.hpp"
#include "server/limits.hpp"
#include "server/telemetry/log_writer.hpp"
#include "server/telemetry/striped_counters.hpp"
#include "server/time.hpp"

#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>

namespace keyaki::server::telemetry {

namespace {

constexpr std::size_t info_level = 2;
static_assert(std::string_view(log_level_names[info_level]) == "info");

/// spdlog's "critical" counts as an error: keyaki has no more than five levels.
std::size_t place_of(spdlog::level::level_enum level) { return std::min(static_cast<std::size_t>(level), log_level_names.size() - 1); }

} // namespace

/// Where spdlog's messages go. It outlives the Log when spdlog still holds it somewhere.
class Log::Sink final : public spdlog::sinks::sink {
  public:
    Sink(LogFormat format, int descriptor) : m_format(format), m_writer(descriptor, log_waiting_bytes) {}

    void log(const spdlog::details::log_msg &message) override {
        const auto time_us = std::chrono::duration_cast<std::chrono::microseconds>(message.time.time_since_epoch()).count();
        const std::size_t level = place_of(message.level);
        m_lines.add(level);
        m_writer.put(message_line(m_format, time_us, log_level_names.at(level), {message.payload.data(), message.payload.size()},
                                  http::RequestScope::current()),
                     level >= info_level ? LogWriter::When::now : LogWriter::When::soon);
    }
    void flush() override {}
    void set_pattern(const std::string &) override {} // the fields are the same for everybody who reads the log
    void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

    void request(const http::RequestSummary &summary, std::string_view route_pattern) {
        thread_local std::string line;
        request_line(line, m_format, now_us(), summary, route_pattern);
        m_lines.add(info_level);
        m_writer.put(line, LogWriter::When::soon);
    }

    [[nodiscard]] LogStatistics statistics() const {
        LogStatistics statistics;
        for (std::size_t level = 0; level < statistics.lines.size(); ++level) {
            statistics.lines.at(level) = m_lines.sum(level);
        }
        statistics.dropped = m_writer.dropped_lines();
        return statistics;
    }

  private:
    LogFormat m_format;
    StripedCounters m_lines{log_level_names.size()};
    LogWriter m_writer;
};

Log::Log(LogOptions options, int descriptor) : m_options(std::move(options)), m_sink(std::make_shared<Sink>(m_options.format, descriptor)) {
    auto logger = std::make_shared<spdlog::logger>("keyaki", m_sink);
    logger->set_level(spdlog::level::from_str(m_options.level));
    spdlog::set_default_logger(std::move(logger));
}

Log::~Log() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("keyaki", std::make_shared<spdlog::sinks::stderr_sink_mt>())); }

bool Log::wants_requests() const noexcept { return m_options.has_requests && spdlog::default_logger_raw()->should_log(spdlog::level::info); }

void Log::request(const http::RequestSummary &summary, std::string_view route_pattern) { m_sink->request(summary, route_pattern); }

LogStatistics Log::statistics() const { return m_sink->statistics(); }

} // namespace keyaki::server::telemetry
