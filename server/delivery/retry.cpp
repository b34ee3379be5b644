#include "server/delivery/retry.hpp"

#include "server/delivery/limits.hpp"

#include <algorithm>

namespace keyaki::server::delivery {

namespace {

std::int64_t microseconds(std::chrono::microseconds time) { return time.count(); }

} // namespace

data::BacklogItem after_failure(data::BacklogItem item, std::string_view reason, std::optional<std::chrono::seconds> retry_after, double spread,
                                std::int64_t now_us) {
    item.first_attempt_at_us = item.first_attempt_at_us.value_or(now_us);
    item.last_error = reason.substr(0, limits::error_bytes);
    const std::size_t place = std::min<std::size_t>(item.attempts, limits::retry_intervals.size() - 1);
    ++item.attempts;
    const double factor = 1 + limits::retry_jitter * (2 * spread - 1);
    auto wait_us = static_cast<std::int64_t>(static_cast<double>(microseconds(limits::retry_intervals.at(place))) * factor);
    if (retry_after) {
        wait_us = std::max(wait_us, microseconds(std::clamp(*retry_after, std::chrono::seconds{0}, limits::retry_after_max)));
    }
    item.next_attempt_at_us = now_us + wait_us;
    if (item.next_attempt_at_us > *item.first_attempt_at_us + microseconds(limits::give_up_after)) {
        item.given_up_at_us = now_us;
    }
    return item;
}

} // namespace keyaki::server::delivery
