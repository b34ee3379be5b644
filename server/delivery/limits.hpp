#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every limit of telling others what happened, with its unit and its reason.
namespace keyaki::server::delivery::limits {

using namespace std::chrono_literals;

/// Between one attempt and the next, as Standard Webhooks 1.0 proposes them: soon while it may be a hiccup, then for three days in all …
inline constexpr std::array<std::chrono::seconds, 10> retry_intervals = {5s, 30s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 20h};
/// … each longer or shorter by up to a fifth, so that receivers that come back are not met by all at once.
inline constexpr double retry_jitter = 0.2;
/// After its first attempt an event is given up after this, and is a dead letter.
inline constexpr std::chrono::seconds give_up_after = 72h;
/// The longest wait that a receiver may ask for by Retry-After.
inline constexpr std::chrono::seconds retry_after_max = 1h;

/// One attempt, from the name's look-up to the last byte of the answer: Standard Webhooks proposes 15 to 30 seconds.
inline constexpr std::chrono::milliseconds attempt_deadline = 15s;
/// Requests in flight to one receiver, of as many subjects: a receiver that answers in 20 ms is told of 800 events a second.
inline constexpr std::size_t in_flight_per_webhook = 16;
/// Webhooks at a time: a city's app, its shops' association, its dashboards.
inline constexpr std::size_t webhooks = 32;
/// Events that wait in memory for one receiver and in its backlog, together; with more, the rest stay in the outbox until there is room.
inline constexpr std::size_t waiting_events = 1'000;
/// Bytes of an answer that are read; nobody needs them.
inline constexpr std::size_t answer_bytes = std::size_t{4} * 1024;
/// Bytes of a reason that are kept.
inline constexpr std::size_t error_bytes = 300;
/// Bytes of an address.
inline constexpr std::size_t url_bytes = 2'000;

/// What was delivered is written down this often: what a crash leaves unwritten is sent again, with the same id.
inline constexpr std::chrono::milliseconds record_interval = 200ms;
/// So often somebody looks for new events and for webhooks that were added by another process.
inline constexpr std::chrono::milliseconds look_interval = 200ms;
/// Events that everybody has been told of are kept for this long.
inline constexpr std::chrono::hours keep_events = 24h * 30;
/// Events removed at a time, and how often.
inline constexpr std::size_t swept_events = 1'000;
inline constexpr std::chrono::seconds sweep_interval = 60s;

} // namespace keyaki::server::delivery::limits
