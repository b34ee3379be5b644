#pragma once

#include "data/store.hpp"
#include "server/http/response.hpp"

#include <optional>

namespace keyaki::server {

/// 503 with the reason while the database takes no changes: it can only be read, a write or an fsync failed, or its disk is full. Nothing else
/// while it takes them. Reading is not concerned.
[[nodiscard]] std::optional<http::Response> why_nothing_is_written(data::Store &store);

} // namespace keyaki::server
