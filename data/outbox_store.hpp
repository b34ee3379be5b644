#pragma once

#include "data/database.hpp"
#include "data/outbox.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// Events on their way out (data/sql/010-ledger-whole.sql). Functions that change something run inside the caller's transaction.
namespace keyaki::data {

/// By sequence, after `after`, at most `limit`.
[[nodiscard]] std::vector<NumberedEvent> outbox_events(Connection &connection, std::uint64_t after, std::size_t limit);
/// Those of these numbers that are still there, by sequence.
[[nodiscard]] std::vector<NumberedEvent> outbox_events(Connection &connection, const std::vector<std::uint64_t> &sequences);
[[nodiscard]] std::uint64_t last_outbox_sequence(Connection &connection); ///< 0 for none

/// With the cursor that it says. Conflict when the id is taken; invalid_input for an id or type that breaks the rule for names.
void insert_webhook(Connection &connection, const Webhook &webhook);
/// With its backlog, dead letters too. not_found for an id that is not there or has ended.
void end_webhook(Connection &connection, std::string_view id, std::string_view because, std::int64_t now_us);
[[nodiscard]] std::vector<Webhook> webhooks(Connection &connection); ///< also ended ones, by id
[[nodiscard]] std::vector<WebhookFigures> webhook_figures(Connection &connection);

/// What waits, by sequence; and dead letters after the cursor, so that whoever reads on from there knows of them.
[[nodiscard]] std::vector<BacklogItem> waiting_items(Connection &connection, std::string_view webhook);
/// By webhook and sequence, after that place, at most `limit`; an empty `webhook` for all.
[[nodiscard]] std::vector<DeadLetter> dead_letters(Connection &connection, std::string_view webhook, const DeadLetterPlace &after, std::size_t limit);

/// A cursor that would go back stays; items of a webhook that has ended, or of an event that is gone (its member was erased), are dropped.
void record_delivery(Connection &connection, const DeliveryRecord &record);
/// Dead letters wait again, as if they had never been tried: one, or all of a webhook. How many it were. not_found for an unknown or ended webhook.
std::size_t replay_dead_letters(Connection &connection, std::string_view webhook, std::optional<std::uint64_t> sequence, std::int64_t now_us);
/// Removes events older than `before_us` that everybody has been told of, oldest first, at most `limit`; how many. Never the newest, whose number
/// must not come again, and none after the first that is younger: no index is by time, and the rest of the outbox is not looked at.
std::size_t sweep_outbox(Connection &connection, std::int64_t before_us, std::size_t limit);
[[nodiscard]] bool has_outbox_before(Connection &connection, std::int64_t before_us); ///< whether sweep_outbox() would find something

} // namespace keyaki::data
