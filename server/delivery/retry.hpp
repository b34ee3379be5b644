#pragma once

#include "data/outbox.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace keyaki::server::delivery {

/// The item after another attempt that failed at `now_us`: when the next one is, or that it is given up. `spread` is 0 to 1, by chance; `retry_after`
/// is what the receiver asked for. Pure.
[[nodiscard]] data::BacklogItem after_failure(data::BacklogItem item, std::string_view reason, std::optional<std::chrono::seconds> retry_after,
                                              double spread, std::int64_t now_us);

} // namespace keyaki::server::delivery
