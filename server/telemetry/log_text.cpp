#include "server/telemetry/log_text.hpp"

#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <iterator>

namespace keyaki::server::telemetry {

namespace {

/// A JSON string with its quotes; logfmt's readers take the same escapes.
std::string quoted(std::string_view text) { return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

/// "2026-04-12T01:00:03.250Z"; the part up to the second is made once a second.
void append_time(std::string &line, std::int64_t time_us) {
    thread_local std::int64_t second = -1;
    thread_local std::string text;
    if (const std::int64_t of_time = time_us / 1'000'000; of_time != second) {
        text = format_rfc3339(of_time * 1'000'000);
        text.pop_back(); // the Z
        second = of_time;
    }
    fmt::format_to(std::back_inserter(line), "{}.{:03}Z", text, time_us / 1000 % 1000);
}

} // namespace

std::string message_line(LogFormat format, std::int64_t time_us, std::string_view level, std::string_view message, std::string_view request_id) {
    const bool json = format == LogFormat::json;
    std::string line = json ? R"({"time":")" : "time=";
    append_time(line, time_us);
    const auto out = std::back_inserter(line);
    if (json) {
        fmt::format_to(out, R"(","level":"{}","message":{})", level, quoted(message));
    } else {
        fmt::format_to(out, " level={} message={}", level, quoted(message));
    }
    if (!request_id.empty()) {
        json ? fmt::format_to(out, R"(,"request_id":{})", quoted(request_id)) : fmt::format_to(out, " request_id={}", request_id);
    }
    line += json ? "}" : "";
    return line;
}

void request_line(std::string &line, LogFormat format, std::int64_t time_us, const http::RequestSummary &summary, std::string_view route_pattern) {
    line.assign(format == LogFormat::json ? R"({"time":")" : "time=");
    append_time(line, time_us);
    // Nothing here needs escapes: the id is made of letters, digits and -_. (others are not taken over), the rest is the program's own.
    constexpr const char *as_json = R"(","level":"info","message":"request","request_id":"{}","method":"{}","route":"{}","status":{},"bytes":{},)"
                                    R"("duration_ms":{:.3f}}})";
    constexpr const char *as_text = R"( level=info message="request" request_id={} method={} route="{}" status={} bytes={} duration_ms={:.3f})";
    fmt::format_to(std::back_inserter(line), fmt::runtime(format == LogFormat::json ? as_json : as_text), summary.request_id,
                   http::method_name(summary.method), route_pattern, summary.status, summary.bytes,
                   std::chrono::duration<double, std::milli>(summary.duration).count());
}

} // namespace keyaki::server::telemetry
