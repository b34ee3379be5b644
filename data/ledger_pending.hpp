#pragma once

#include "data/database.hpp"
#include "data/ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

/// Pending transfers and how they end. Inside the caller's transaction; the caller's connection decides the thread.
namespace keyaki::data {

/// The deadline of what waits for ever.
constexpr std::int64_t no_deadline_us = std::numeric_limits<std::int64_t>::max();
/// When the pending entry's time is over.
[[nodiscard]] std::int64_t deadline_us(const Transfer &pending) noexcept;

// Pure: the checks after idempotency, in the order of EndOutcome. `time_us` is the time that the end would get. `created` means: may be written.
[[nodiscard]] EndOutcome decide_end(const EndRequest &request, const Transfer &pending, std::int64_t time_us) noexcept;
/// What an end that is there already answers.
[[nodiscard]] EndOutcome compare_end(const EndRequest &request, const Transfer &pending, const Transfer &end) noexcept;

/// Puts a pending entry among those that wait.
void open_pending(Connection &connection, const Transfer &pending);
/// Idempotency, then the checks; on `created` the end, both totals, the lots and the head are written together. Error invalid_input (nothing
/// written) for a reference that breaks the rule for names, and for an amount with another ending than Ending::post.
EndResult end_pending(Connection &connection, const EndRequest &request, std::int64_t now_us);
/// Times out what is over, by deadline, at most `limit`; the ends that were written.
std::vector<Transfer> time_out_pending(Connection &connection, std::int64_t now_us, std::size_t limit);

/// Whether a pending transfer or a lot is over.
[[nodiscard]] bool is_anything_due(Connection &connection, std::int64_t now_us);

/// What waits, by deadline and sequence, after a deadline and sequence that were seen, at most `limit`.
[[nodiscard]] std::vector<Transfer> waiting_transfers(Connection &connection, std::int64_t after_deadline_us, std::uint64_t after_sequence,
                                                      std::size_t limit);

} // namespace keyaki::data
