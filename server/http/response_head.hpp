#pragma once

#include "server/http/response.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::server::http {

/// How an answer's end is told, and whether another request may follow (RFC 9112, 6 and 9).
struct Framing {
    bool http_1_1 = true;
    bool keep_alive = true;
    bool to_head = false; ///< the answer to HEAD keeps the Content-Length that the route's answer would have
};

/// Status line and fields up to the empty line. What routes must not set (Content-Length, Transfer-Encoding, Connection, Date, Server) is left out or
/// written here. A streamed answer is chunked, or ends with the connection in HTTP/1.0.
[[nodiscard]] std::string response_head(const Response &response, const Framing &framing);

/// IMF-fixdate of RFC 9110, 5.6.7, made once a second.
[[nodiscard]] const std::string &date_now();

} // namespace keyaki::server::http
