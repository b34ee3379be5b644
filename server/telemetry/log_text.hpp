#pragma once

#include "server/http/server.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace keyaki::server::telemetry {

/// `text` is logfmt (key=value, quoted where needed), `json` one object a line. Both have the same fields in the same order.
enum class LogFormat : std::uint8_t { text, json };

/// Something that happened. `request_id` is left out when it is empty. Bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string message_line(LogFormat format, std::int64_t time_us, std::string_view level, std::string_view message,
                                       std::string_view request_id);

/// One answered request: id, method, route pattern, status, bytes of the body as sent, milliseconds. Never the path, the query, a header or a body.
/// `line` is written anew; it keeps its memory from call to call.
void request_line(std::string &line, LogFormat format, std::int64_t time_us, const http::RequestSummary &summary, std::string_view route_pattern);

} // namespace keyaki::server::telemetry
