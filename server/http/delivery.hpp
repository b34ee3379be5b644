#pragma once

#include "server/http/request.hpp"
#include "server/http/response.hpp"

namespace keyaki::server::http {

/// What turns a route's answer into the one that this client gets, short of the wire: content coding by Accept-Encoding with Vary and the ETag of
/// that coding, 304 by If-None-Match, HEAD without a body but with its Content-Length.
void prepare_for(const Request &request, Response &response);

} // namespace keyaki::server::http
