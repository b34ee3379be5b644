#pragma once

#include "data/layer.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"

#include <optional>
#include <string>

namespace keyaki::server {

/// The ETag of a layer's draft: another one whenever the draft or what it lies over has changed.
[[nodiscard]] std::string draft_tag(const data::Layer &layer);
/// The ETag of a layer's history: another one after each publish.
[[nodiscard]] std::string history_tag(const data::Layer &layer);

/// 412 where If-Match names another draft (or history) than the layer has now; nothing where it names this one, or is absent.
[[nodiscard]] std::optional<http::Response> refuse_other_draft(const http::Request &request, const data::Layer &layer);
[[nodiscard]] std::optional<http::Response> refuse_other_history(const http::Request &request, const data::Layer &layer);

} // namespace keyaki::server
