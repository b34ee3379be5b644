#pragma once

#include "server/http/request.hpp"
#include "server/http/response.hpp"
#include "server/json_reader.hpp"

namespace keyaki::server {

/// Whether the request says that its body is JSON: Content-Type: application/json, whatever its parameters.
[[nodiscard]] bool has_json_body(const http::Request &request);

/// 422 with every wrong field named.
[[nodiscard]] http::Response problem_of_fields(const FieldErrors &errors);

} // namespace keyaki::server
