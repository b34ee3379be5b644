#pragma once

#include "data/outbox.hpp"

#include <string>
#include <string_view>

namespace keyaki::server::delivery {

/// The event as CloudEvents 1.0 JSON (structured mode, application/cloudevents+json), the same bytes at every attempt. `source` is the server's
/// public address. `sequence` (an extension of CloudEvents) orders the events of a subject: twenty digits, compared as text.
[[nodiscard]] std::string envelope(const data::NumberedEvent &event, std::string_view source);

} // namespace keyaki::server::delivery
