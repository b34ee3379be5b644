#include "data/outbox_store.hpp"

#include "data/check_in_store.hpp"
#include "geo/error.hpp"
#include "tests/data/ledger_fixture.hpp"

#include <catch2/catch.hpp>

using namespace keyaki::data;
using namespace keyaki::test;

namespace {

constexpr std::int64_t old_us = 100; ///< events before this are old
using Numbers = std::vector<std::uint64_t>;

/// An outbox with events 1, 2, 3 … of the times that are given.
struct Outbox {
    FreshDatabase database;

    explicit Outbox(const std::vector<std::int64_t> &times_us) {
        Transaction transaction(*database);
        for (const std::int64_t time_us : times_us) {
            insert_event(*database, {"e", "points.awarded", "m-1", "{}", time_us});
        }
        transaction.commit();
    }
    void add_webhook(const std::string &id, std::uint64_t cursor) {
        Webhook webhook;
        webhook.id = id;
        webhook.url = "https://app.example.jp/";
        webhook.cursor = cursor;
        in_transaction([&] { insert_webhook(*database, webhook); });
    }
    /// Two attempts failed; the last one for good where it is a dead letter.
    void put(const std::string &webhook, const Numbers &sequences, bool is_dead) {
        DeliveryRecord record;
        record.webhook = webhook;
        for (const std::uint64_t sequence : sequences) {
            record.waiting.push_back({sequence, "m-1", 2, 10, 20, is_dead ? std::optional<std::int64_t>(30) : std::nullopt, "no"});
        }
        in_transaction([&] { record_delivery(*database, record); });
    }
    template <typename Action>
    void in_transaction(Action action) {
        Transaction transaction(*database);
        action();
        transaction.commit();
    }
    std::size_t sweep(std::size_t limit = 1'000) {
        std::size_t count = 0;
        in_transaction([&] { count = sweep_outbox(*database, old_us, limit); });
        return count;
    }
    Numbers left() {
        Numbers sequences;
        for (const NumberedEvent &event : outbox_events(*database, 0, 1'000)) {
            sequences.push_back(event.sequence);
        }
        return sequences;
    }
    std::int64_t backlog() { return database->query_int64("SELECT count(*) FROM webhook_backlog"); }
};

} // namespace

TEST_CASE("old events that everybody has been told of are swept, oldest first, as many at a time as the limit says") {
    Outbox outbox({1, 2, 3, 4, 150, 160});
    outbox.add_webhook("w", 6);
    CHECK(has_outbox_before(*outbox.database, old_us));
    CHECK(outbox.sweep(3) == 3);
    CHECK(outbox.left() == Numbers{4, 5, 6});
    CHECK(outbox.sweep() == 1);
    CHECK(outbox.left() == Numbers{5, 6});
    CHECK_FALSE(has_outbox_before(*outbox.database, old_us));
    CHECK(outbox.sweep() == 0);
}

TEST_CASE("the newest event stays however old it is, so that its number does not come again") {
    Outbox outbox({1, 2});
    CHECK(outbox.sweep() == 1);
    CHECK(outbox.left() == Numbers{2});
    CHECK_FALSE(has_outbox_before(*outbox.database, old_us));
    outbox.in_transaction([&] { insert_event(*outbox.database, {"e", "points.awarded", "m-1", "{}", 3}); });
    CHECK(outbox.left() == Numbers{2, 3});
}

TEST_CASE("the cursor of the webhook that is furthest behind keeps what comes after it, and one that has ended keeps nothing") {
    Outbox outbox({1, 2, 3, 4, 5, 150});
    outbox.add_webhook("behind", 2);
    outbox.add_webhook("ahead", 5);
    CHECK(outbox.sweep() == 2);
    CHECK(outbox.left() == Numbers{3, 4, 5, 6});
    CHECK_FALSE(has_outbox_before(*outbox.database, old_us));
    outbox.in_transaction([&] { end_webhook(*outbox.database, "behind", "removed", 50); });
    CHECK(outbox.sweep() == 3);
    CHECK(outbox.left() == Numbers{6});
}

TEST_CASE("what waits for a receiver and what is a dead letter of his stays in the outbox, and the rest around it goes") {
    Outbox outbox({1, 2, 3, 4, 150});
    outbox.add_webhook("w", 5);
    outbox.put("w", {1}, false);
    outbox.put("w", {3}, true);
    CHECK(outbox.sweep() == 2);
    CHECK(outbox.left() == Numbers{1, 3, 5});
    CHECK_FALSE(has_outbox_before(*outbox.database, old_us)); // so nobody begins a transaction each minute in vain
    CHECK(dead_letters(*outbox.database, "w", {}, 10).size() == 1);
}

TEST_CASE("a webhook that ends loses its backlog, gets none by a record that comes later, and its events are swept") {
    for (const bool is_gone : {false, true}) {
        CAPTURE(is_gone);
        Outbox outbox({1, 2, 3, 150});
        outbox.add_webhook("w", 4);
        outbox.put("w", {1, 2}, true);
        outbox.put("w", {3}, false);
        REQUIRE(outbox.backlog() == 3);
        outbox.in_transaction([&] {
            if (is_gone) {
                DeliveryRecord record;
                record.webhook = "w";
                record.ended_because = "the receiver answered 410";
                record.now_us = 50;
                record_delivery(*outbox.database, record);
            } else {
                end_webhook(*outbox.database, "w", "removed", 50);
            }
        });
        CHECK(outbox.backlog() == 0);
        outbox.put("w", {3}, false);
        CHECK(outbox.backlog() == 0);
        CHECK(outbox.sweep() == 3);
        CHECK(outbox.left() == Numbers{4});
    }
}

TEST_CASE("a record about an event that was erased meanwhile is written for the others, so that nobody waits for ever") {
    Outbox outbox({1, 2, 3});
    outbox.add_webhook("w", 0);
    outbox.database->execute("DELETE FROM outbox_event WHERE sequence = 2");
    outbox.put("w", {1, 2}, false);
    CHECK(outbox.backlog() == 1);
    CHECK(waiting_items(*outbox.database, "w").front().sequence == 1);
}

TEST_CASE("a backlog that an ended webhook has left in an older database keeps no event") {
    Outbox outbox({1, 2, 150});
    outbox.add_webhook("w", 3);
    outbox.put("w", {1}, true);
    outbox.database->execute("UPDATE webhook SET ended_at_us = 50, ended_because = 'removed'");
    CHECK(has_outbox_before(*outbox.database, old_us));
    CHECK(outbox.sweep() == 2);
    CHECK(outbox.backlog() == 0);
    CHECK(outbox.left() == Numbers{3});
}

TEST_CASE("a sweep reads no further than the first event that is young, however many there are") {
    Outbox outbox({1, 2, 150, 3, 160});
    CHECK(outbox.sweep() == 2);
    CHECK(outbox.left() == Numbers{3, 4, 5}); // the clock stepped back behind 3: it goes when 3 is old
    CHECK_FALSE(has_outbox_before(*outbox.database, old_us));
    outbox.in_transaction([&] { CHECK(sweep_outbox(*outbox.database, 155, 1'000) == 2); });
    CHECK(outbox.left() == Numbers{5});
}

TEST_CASE("dead letters of all webhooks are listed page by page, each once, also where two could not be told of the same event") {
    Outbox outbox({1, 2, 3});
    for (const char *webhook : {"a", "b", "c"}) {
        outbox.add_webhook(webhook, 3);
        outbox.put(webhook, {1, 2, 3}, true);
    }
    for (const std::size_t limit : {1U, 2U, 4U, 9U, 10U}) {
        CAPTURE(limit);
        std::string order;
        DeadLetterPlace after;
        for (std::size_t found = limit; found == limit;) {
            const auto letters = dead_letters(*outbox.database, "", after, limit);
            found = letters.size();
            for (const DeadLetter &letter : letters) {
                after = {letter.webhook, letter.item.sequence};
                order += letter.webhook + std::to_string(letter.item.sequence) + " ";
            }
        }
        CHECK(order == "a1 a2 a3 b1 b2 b3 c1 c2 c3 ");
    }
    const auto page = dead_letters(*outbox.database, "b", {"b", 1}, 10);
    REQUIRE(page.size() == 2);
    CHECK(page.front().webhook == "b");
    CHECK(page.front().item.sequence == 2);
}
