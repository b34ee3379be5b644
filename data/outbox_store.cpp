#include "data/outbox_store.hpp"

#include "data/columns.hpp"
#include "data/identifier.hpp"
#include "geo/error.hpp"

#include <algorithm>
#include <cassert>
#include <string>

namespace keyaki::data {
namespace {

constexpr std::string_view events_after = R"(
    SELECT sequence, id, type, subject, data_json, time_us FROM outbox_event WHERE sequence > ?1 ORDER BY sequence LIMIT ?2)";
constexpr std::string_view event_by_sequence = R"(
    SELECT sequence, id, type, subject, data_json, time_us FROM outbox_event WHERE sequence = ?1)";
constexpr std::string_view add_webhook = R"(
    INSERT INTO webhook (id, url, types, signing, secret, cursor, created_at_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7))";
constexpr std::string_view all_webhooks = R"(
    SELECT id, url, types, signing, secret, cursor, created_at_us, ended_at_us, ended_because FROM webhook ORDER BY id)";
constexpr std::string_view end_one = "UPDATE webhook SET ended_at_us = ?2, ended_because = ?3 WHERE id = ?1 AND ended_at_us IS NULL";
constexpr std::string_view move_cursor = "UPDATE webhook SET cursor = ?2 WHERE id = ?1 AND cursor < ?2";
constexpr std::string_view waiting_of = R"(
    SELECT sequence, subject, attempts, first_attempt_at_us, next_attempt_at_us, given_up_at_us, last_error FROM webhook_backlog
    WHERE webhook = ?1 AND (given_up_at_us IS NULL OR sequence > (SELECT cursor FROM webhook WHERE id = ?1)) ORDER BY sequence)";
constexpr std::string_view dead_of = R"(
    SELECT item.sequence, item.subject, attempts, first_attempt_at_us, next_attempt_at_us, given_up_at_us, last_error, webhook, id, type,
           event.subject, data_json, time_us
    FROM webhook_backlog AS item CROSS JOIN outbox_event AS event ON event.sequence = item.sequence
    WHERE (webhook, item.sequence) > (?2, ?3) AND (?1 = '' OR webhook = ?1) AND given_up_at_us IS NOT NULL ORDER BY webhook, item.sequence LIMIT ?4)";
constexpr std::string_view put_item = R"(
    INSERT INTO webhook_backlog (webhook, sequence, subject, attempts, first_attempt_at_us, next_attempt_at_us, given_up_at_us, last_error)
    SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM webhook
    WHERE id = ?1 AND ended_at_us IS NULL AND EXISTS (SELECT 1 FROM outbox_event WHERE sequence = ?2)
    ON CONFLICT DO UPDATE SET attempts = excluded.attempts, first_attempt_at_us = excluded.first_attempt_at_us,
      next_attempt_at_us = excluded.next_attempt_at_us, given_up_at_us = excluded.given_up_at_us, last_error = excluded.last_error)";
constexpr std::string_view replay = R"(
    UPDATE webhook_backlog SET attempts = 0, first_attempt_at_us = NULL, next_attempt_at_us = ?3, given_up_at_us = NULL
    WHERE webhook = ?1 AND (?2 IS NULL OR sequence = ?2) AND given_up_at_us IS NOT NULL)";
// A cursor that stands still keeps what comes after it, and so does an item of a live webhook's backlog.
constexpr std::string_view by_age = R"(
    SELECT sequence, time_us, EXISTS (SELECT 1 FROM webhook_backlog AS item CROSS JOIN webhook ON webhook.id = item.webhook
                                      WHERE item.sequence = event.sequence AND ended_at_us IS NULL)
    FROM outbox_event AS event
    WHERE sequence <= min((SELECT max(sequence) FROM outbox_event) - 1,
                          coalesce((SELECT min(cursor) FROM webhook WHERE ended_at_us IS NULL), 9223372036854775807))
    ORDER BY sequence)";

NumberedEvent read_event(const Statement &row) {
    return {static_cast<std::uint64_t>(row.column_int64(0)),
            {std::string(row.column_text(1)), std::string(row.column_text(2)), std::string(row.column_text(3)), std::string(row.column_text(4)),
             row.column_int64(5)}};
}

BacklogItem read_item(const Statement &row) {
    return {static_cast<std::uint64_t>(row.column_int64(0)),
            std::string(row.column_text(1)),
            static_cast<std::uint32_t>(row.column_int64(2)),
            optional_of(row, 3),
            row.column_int64(4),
            optional_of(row, 5),
            std::string(row.column_text(6))};
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        words.emplace_back(word);
        text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
    return words;
}

std::string text_of(const std::vector<std::string> &words) {
    std::string text;
    for (const std::string &word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

Webhook read_webhook(const Statement &row) {
    Webhook webhook;
    webhook.id = row.column_text(0);
    webhook.url = row.column_text(1);
    webhook.types = words_of(row.column_text(2));
    webhook.signing = row.column_text(3) == "hmac" ? Signing::hmac : Signing::ed25519;
    webhook.secret = bytes_of<32>(row, 4, "the secret of webhook '" + webhook.id + "'");
    webhook.cursor = static_cast<std::uint64_t>(row.column_int64(5));
    webhook.created_at_us = row.column_int64(6);
    webhook.ended_at_us = optional_of(row, 7);
    webhook.ended_because = row.column_text(8);
    return webhook;
}

/// Nobody asks for the backlog of who has ended: it would keep its events for ever.
void forget_backlog(Connection &connection, std::string_view webhook) {
    connection.prepare("DELETE FROM webhook_backlog WHERE webhook = ?1").bind_text(1, webhook).run();
}

/// What nobody is to be told of any more, oldest first. Reads as far as the first event that is young enough: events stand in the order of time, but
/// for a clock that stepped back, behind which the older ones wait until the younger are old.
std::vector<std::int64_t> old_events(Connection &connection, std::int64_t before_us, std::size_t limit) {
    std::vector<std::int64_t> sequences;
    Statement row = connection.prepare(by_age);
    while (sequences.size() < limit && row.step() && row.column_int64(1) < before_us) {
        if (row.column_int64(2) == 0) {
            sequences.push_back(row.column_int64(0));
        }
    }
    return sequences;
}

std::uint64_t count_items(Connection &connection, std::string_view webhook, bool is_given_up) {
    Statement row = connection.prepare("SELECT count(*) FROM webhook_backlog WHERE webhook = ?1 AND (given_up_at_us IS NOT NULL) = ?2");
    row.bind_text(1, webhook).bind_int64(2, is_given_up ? 1 : 0);
    return row.step() ? static_cast<std::uint64_t>(row.column_int64(0)) : 0;
}

[[noreturn]] void throw_no_webhook(std::string_view id) {
    throw geo::Error(geo::ErrorKind::not_found, "there is no webhook '" + std::string(id) + "', or it has ended");
}

} // namespace

std::vector<NumberedEvent> outbox_events(Connection &connection, std::uint64_t after, std::size_t limit) {
    std::vector<NumberedEvent> events;
    Statement row = connection.prepare(events_after);
    row.bind_int64(1, static_cast<std::int64_t>(after)).bind_int64(2, static_cast<std::int64_t>(limit));
    while (row.step()) {
        events.push_back(read_event(row));
    }
    return events;
}

std::vector<NumberedEvent> outbox_events(Connection &connection, const std::vector<std::uint64_t> &sequences) {
    std::vector<NumberedEvent> events;
    for (const std::uint64_t sequence : sequences) {
        Statement row = connection.prepare(event_by_sequence);
        if (row.bind_int64(1, static_cast<std::int64_t>(sequence)).step()) {
            events.push_back(read_event(row));
        }
    }
    return events;
}

std::uint64_t last_outbox_sequence(Connection &connection) {
    return static_cast<std::uint64_t>(connection.query_int64("SELECT max(sequence) FROM outbox_event"));
}

void insert_webhook(Connection &connection, const Webhook &webhook) {
    assert(connection.in_transaction());
    require_identifier("the id of a webhook", webhook.id);
    for (const std::string &type : webhook.types) {
        require_identifier("a type of events", type);
    }
    Statement insert = connection.prepare(add_webhook);
    insert.bind_text(1, webhook.id).bind_text(2, webhook.url).bind_text(3, text_of(webhook.types));
    insert.bind_text(4, webhook.signing == Signing::hmac ? "hmac" : "ed25519").bind_blob(5, webhook.secret);
    insert.bind_int64(6, static_cast<std::int64_t>(webhook.cursor)).bind_int64(7, webhook.created_at_us).run();
}

void end_webhook(Connection &connection, std::string_view id, std::string_view because, std::int64_t now_us) {
    connection.prepare(end_one).bind_text(1, id).bind_int64(2, now_us).bind_text(3, because).run();
    if (connection.changes() != 1) {
        throw_no_webhook(id);
    }
    forget_backlog(connection, id);
}

std::vector<Webhook> webhooks(Connection &connection) {
    std::vector<Webhook> found;
    Statement row = connection.prepare(all_webhooks);
    while (row.step()) {
        found.push_back(read_webhook(row));
    }
    return found;
}

std::vector<WebhookFigures> webhook_figures(Connection &connection) {
    std::vector<WebhookFigures> figures;
    const std::uint64_t last = last_outbox_sequence(connection);
    for (Webhook &webhook : webhooks(connection)) {
        const std::uint64_t waiting = count_items(connection, webhook.id, false);
        const std::uint64_t dead = count_items(connection, webhook.id, true);
        const std::uint64_t behind = webhook.ended_at_us || last < webhook.cursor ? 0 : last - webhook.cursor;
        figures.push_back({std::move(webhook), waiting, dead, behind});
    }
    return figures;
}

std::vector<BacklogItem> waiting_items(Connection &connection, std::string_view webhook) {
    std::vector<BacklogItem> items;
    Statement row = connection.prepare(waiting_of);
    row.bind_text(1, webhook);
    while (row.step()) {
        items.push_back(read_item(row));
    }
    return items;
}

std::vector<DeadLetter> dead_letters(Connection &connection, std::string_view webhook, const DeadLetterPlace &after, std::size_t limit) {
    std::vector<DeadLetter> letters;
    Statement row = connection.prepare(dead_of);
    row.bind_text(1, webhook).bind_text(2, after.webhook).bind_int64(3, static_cast<std::int64_t>(after.sequence));
    row.bind_int64(4, static_cast<std::int64_t>(limit));
    while (row.step()) {
        letters.push_back({std::string(row.column_text(7)),
                           read_item(row),
                           {std::string(row.column_text(8)), std::string(row.column_text(9)), std::string(row.column_text(10)),
                            std::string(row.column_text(11)), row.column_int64(12)}});
    }
    return letters;
}

void record_delivery(Connection &connection, const DeliveryRecord &record) {
    assert(connection.in_transaction());
    for (const BacklogItem &item : record.waiting) {
        Statement put = connection.prepare(put_item);
        put.bind_text(1, record.webhook).bind_int64(2, static_cast<std::int64_t>(item.sequence)).bind_text(3, item.subject);
        put.bind_int64(4, item.attempts);
        put.bind_optional(5, item.first_attempt_at_us).bind_int64(6, item.next_attempt_at_us).bind_optional(7, item.given_up_at_us);
        put.bind_text(8, item.last_error).run();
    }
    for (const std::uint64_t sequence : record.delivered) {
        Statement remove = connection.prepare("DELETE FROM webhook_backlog WHERE webhook = ?1 AND sequence = ?2");
        remove.bind_text(1, record.webhook).bind_int64(2, static_cast<std::int64_t>(sequence)).run();
    }
    connection.prepare(move_cursor).bind_text(1, record.webhook).bind_int64(2, static_cast<std::int64_t>(record.cursor)).run();
    if (!record.ended_because.empty()) {
        connection.prepare(end_one).bind_text(1, record.webhook).bind_int64(2, record.now_us).bind_text(3, record.ended_because).run();
        forget_backlog(connection, record.webhook);
    }
}

std::size_t replay_dead_letters(Connection &connection, std::string_view webhook, std::optional<std::uint64_t> sequence, std::int64_t now_us) {
    Statement live = connection.prepare("SELECT 1 FROM webhook WHERE id = ?1 AND ended_at_us IS NULL");
    if (!live.bind_text(1, webhook).step()) {
        throw_no_webhook(webhook);
    }
    Statement update = connection.prepare(replay);
    update.bind_text(1, webhook).bind_optional(2, sequence ? std::optional(static_cast<std::int64_t>(*sequence)) : std::nullopt);
    update.bind_int64(3, now_us).run();
    return static_cast<std::size_t>(connection.changes());
}

bool has_outbox_before(Connection &connection, std::int64_t before_us) { return !old_events(connection, before_us, 1).empty(); }

std::size_t sweep_outbox(Connection &connection, std::int64_t before_us, std::size_t limit) {
    const std::vector<std::int64_t> sequences = old_events(connection, before_us, limit);
    for (const std::int64_t sequence : sequences) {
        connection.prepare("DELETE FROM webhook_backlog WHERE sequence = ?1").bind_int64(1, sequence).run(); // of webhooks that ended long ago
        connection.prepare("DELETE FROM outbox_event WHERE sequence = ?1").bind_int64(1, sequence).run();
    }
    return sequences.size();
}

} // namespace keyaki::data
