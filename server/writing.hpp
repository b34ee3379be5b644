#pragma once

#include "data/store.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <functional>
#include <optional>

namespace keyaki::server {

/// 503 with the reason while the database takes no changes: it can only be read, a write or an fsync failed, or its disk is full. Nothing else
/// while it takes them. Reading is not concerned.
[[nodiscard]] std::optional<http::Response> why_nothing_is_written(data::Store &store);

/// What a handler that changes something answers: FieldErrors become 422 with every field named, and where nothing can be written because of the
/// disk or the file that is said (503). What else it throws is thrown.
[[nodiscard]] http::Response answer_writing(data::Store &store, const http::Request &request, const std::function<http::Response()> &handler);

} // namespace keyaki::server
