#include "server/delivery/queue.hpp"

#include "data/store.hpp"
#include "server/delivery/envelope.hpp"
#include "server/delivery/limits.hpp"
#include "server/delivery/retry.hpp"
#include "server/delivery/signature.hpp"
#include "server/identifiers.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace keyaki;
using namespace keyaki::server;
using delivery::Queue;

namespace {

constexpr std::int64_t second_us = 1'000'000;

data::NumberedEvent event_of(std::uint64_t sequence, const std::string &subject, const std::string &type = "points.awarded") {
    return {sequence, {"e" + std::to_string(sequence), type, subject, "{}", static_cast<std::int64_t>(sequence)}};
}

std::vector<std::uint64_t> turns(Queue &queue, std::int64_t now_us) {
    std::vector<std::uint64_t> sequences;
    while (const auto turn = queue.next(now_us)) {
        sequences.push_back(turn->sequence);
    }
    return sequences;
}

using Numbers = std::vector<std::uint64_t>;

} // namespace

TEST_CASE("events of one subject go one after another, those of others beside them") {
    Queue queue(data::Webhook{}, {});
    queue.offer({event_of(1, "a"), event_of(2, "a"), event_of(3, "b"), event_of(4, "c")});
    CHECK(turns(queue, 0) == Numbers{1, 3, 4});
    queue.delivered(3);
    CHECK(turns(queue, 0).empty());
    CHECK(queue.take_record().cursor == 0);
    queue.delivered(1);
    CHECK(turns(queue, 0) == Numbers{2});
    queue.delivered(2);
    CHECK(queue.take_record().cursor == 3);
    queue.delivered(4);
    CHECK(queue.take_record().cursor == 4);
    CHECK_FALSE(queue.has_record());
}

TEST_CASE("a subject that fails holds up its own events and lets the cursor go on with the others") {
    Queue queue(data::Webhook{}, {});
    queue.offer({event_of(1, "a"), event_of(2, "a"), event_of(3, "b")});
    CHECK(turns(queue, 0) == Numbers{1, 3});
    CHECK_FALSE(queue.failed(1, "no", {}, 0.5, 0));
    queue.delivered(3);
    CHECK(turns(queue, 1).empty());
    const data::DeliveryRecord record = queue.take_record();
    CHECK(record.cursor == 3);
    REQUIRE(record.waiting.size() == 2);
    CHECK(record.waiting[0].attempts == 1);
    CHECK(record.waiting[0].next_attempt_at_us == 5 * second_us);
    CHECK(record.waiting[1].attempts == 0);
    CHECK(queue.next_due_us() == 5 * second_us);
    CHECK(turns(queue, 5 * second_us) == Numbers{1});
    queue.delivered(1);
    CHECK(turns(queue, 5 * second_us) == Numbers{2});
    queue.delivered(2);
    CHECK(queue.take_record().delivered == Numbers{1, 2});
    CHECK(queue.waiting() == 0);
}

TEST_CASE("events of types that nobody asked for are passed over") {
    data::Webhook webhook;
    webhook.types = {"layer.published"};
    Queue queue(webhook, {});
    queue.offer({event_of(1, "a"), event_of(2, "shelters", "layer.published"), event_of(3, "a")});
    CHECK(turns(queue, 0) == Numbers{2});
    queue.delivered(2);
    CHECK(queue.take_record().cursor == 3);
}

TEST_CASE("retries are spread over three days, then the event is a dead letter that holds nobody up") {
    data::BacklogItem item;
    std::int64_t now_us = 0;
    std::vector<std::int64_t> waits_s;
    while (!item.given_up_at_us) {
        item = delivery::after_failure(item, "no", {}, 0.5, now_us);
        waits_s.push_back((item.next_attempt_at_us - now_us) / second_us);
        now_us = item.next_attempt_at_us;
    }
    CHECK(waits_s.front() == 5);
    CHECK(item.attempts == 11); // at once, and after each of the ten waits; an eleventh would end after the third day
    CHECK(*item.given_up_at_us > 50 * 3'600 * second_us);
    CHECK(*item.given_up_at_us <= 72 * 3'600 * second_us);
    CHECK(delivery::after_failure({}, "no", {}, 0, 0).next_attempt_at_us == 4 * second_us);
    CHECK(delivery::after_failure({}, "no", {}, 1, 0).next_attempt_at_us == 6 * second_us);
    CHECK(delivery::after_failure({}, "no", std::chrono::seconds{90}, 0.5, 0).next_attempt_at_us == 90 * second_us);
    CHECK(delivery::after_failure({}, "no", std::chrono::hours{99}, 0.5, 0).next_attempt_at_us == 3'600 * second_us);
}

TEST_CASE("a receiver that is away stops the reading of the outbox before memory or backlog are full") {
    Queue queue(data::Webhook{}, {});
    std::uint64_t sequence = 0;
    std::int64_t now_us = 0;
    for (int round = 0; round < 500; ++round) {
        std::vector<data::NumberedEvent> events;
        while (events.size() < queue.wanted()) {
            ++sequence;
            events.push_back(event_of(sequence, "m-" + std::to_string(sequence)));
        }
        queue.offer(events);
        for (const std::uint64_t number : turns(queue, now_us)) {
            queue.failed(number, "away", {}, 0.5, now_us);
        }
        now_us += second_us;
    }
    CHECK(queue.wanted() == 0);
    CHECK(queue.waiting() == delivery::limits::waiting_events);
    CHECK(sequence == delivery::limits::waiting_events);
}

TEST_CASE("a receiver that keeps all its requests waiting gives nothing to do, however much of its backlog is due") {
    std::vector<data::BacklogItem> waiting;
    for (std::uint64_t number = 1; number <= delivery::limits::in_flight_per_webhook + 1; ++number) {
        waiting.push_back({number, "s" + std::to_string(number), 1, 0, second_us, {}, "away"});
    }
    Queue queue(data::Webhook{}, waiting);
    CHECK(queue.next_due_us() == second_us);
    const Numbers begun = turns(queue, second_us);
    CHECK(begun.size() == delivery::limits::in_flight_per_webhook);
    CHECK_FALSE(queue.next_due_us());
    queue.delivered(begun.front());
    CHECK(queue.next_due_us() == second_us);
}

TEST_CASE("the outbox is not read again before somebody said that there may be more, but for what had no room") {
    Queue queue(data::Webhook{}, {});
    CHECK(queue.wanted() == delivery::limits::waiting_events);
    queue.offer({event_of(1, "a")});
    CHECK(queue.wanted() == 0);
    queue.expect_more();
    CHECK(queue.wanted() == delivery::limits::waiting_events - 1);
    queue.offer({});
    CHECK(queue.wanted() == 0);
    queue.expect_more();
    std::vector<data::NumberedEvent> as_many_as_wanted;
    while (as_many_as_wanted.size() < queue.wanted()) {
        as_many_as_wanted.push_back(event_of(2 + as_many_as_wanted.size(), "b"));
    }
    queue.offer(as_many_as_wanted);
    CHECK(queue.wanted() == 0); // no room
    CHECK(turns(queue, 0) == Numbers{1, 2});
    queue.delivered(2);
    CHECK(queue.wanted() == 1); // perhaps that was not all
}

TEST_CASE("a restart keeps the attempts and the clock of what failed, also before the cursor has passed it, and sends no dead letter again") {
    const test::TemporaryFolder folder;
    const auto store = data::open_store({folder / "city.sqlite", true});
    data::Webhook webhook;
    webhook.id = "w";
    webhook.url = "https://app.example.jp/";
    store->write([&](data::WriteTransaction &books) {
        books.create_webhook(webhook, "test");
        for (const char *subject : {"slow", "failing", "dead", "failing"}) {
            books.insert_event({"e", "points.awarded", subject, "{}", 1});
        }
    });
    constexpr std::int64_t too_late_us = 80 * 3'600 * second_us;
    Queue queue(store->webhooks().front(), {});
    queue.offer(store->outbox_events(0, queue.wanted()));
    REQUIRE(turns(queue, 0) == Numbers{1, 2, 3}); // 1 is never answered, so the cursor stays
    CHECK_FALSE(queue.failed(2, "no", {}, 0.5, 0));
    CHECK_FALSE(queue.failed(3, "no", {}, 0.5, -too_late_us));
    REQUIRE(turns(queue, 0) == Numbers{3});
    CHECK(queue.failed(3, "no", {}, 0.5, 0));
    const data::DeliveryRecord record = queue.take_record();
    REQUIRE(record.cursor == 0);
    store->write([&](data::WriteTransaction &books) { books.record_delivery(record); });

    Queue restarted(store->webhooks().front(), store->waiting_items("w"));
    restarted.offer(store->outbox_events(0, restarted.wanted()));
    CHECK(turns(restarted, 5 * second_us - 1) == Numbers{1});
    CHECK(turns(restarted, 5 * second_us) == Numbers{2});
    restarted.failed(2, "no", {}, 0.5, 5 * second_us);
    restarted.delivered(1);
    const data::DeliveryRecord after = restarted.take_record();
    CHECK(after.cursor == 4);
    const auto again = std::find_if(after.waiting.begin(), after.waiting.end(), [](const data::BacklogItem &item) { return item.sequence == 2; });
    REQUIRE(again != after.waiting.end());
    CHECK(again->attempts == 2);
    CHECK(again->first_attempt_at_us == 0);
    CHECK(again->next_attempt_at_us == 35 * second_us);
}

// A receiver that answers 500, hangs up after it has taken an event, or is away for hours, and a sender that is killed at any moment: virtual time.
TEST_CASE("I20: each event arrives at least once with the same id and bytes, in the order of its account, whatever fails and whoever is killed") {
    const test::TemporaryFolder folder;
    const auto store = data::open_store({folder / "city.sqlite", true});
    data::Webhook webhook;
    webhook.id = "w";
    webhook.url = "https://app.example.jp/";
    webhook.secret = make_secret();
    store->write([&](data::WriteTransaction &books) { books.create_webhook(webhook, "test"); });
    test::WebhookConsumer consumer(delivery::receiver_key(webhook.signing, webhook.secret));
    std::mt19937_64 random(20);
    const auto chance = [&](int percent) { return std::uniform_int_distribution<int>(0, 99)(random) < percent; };
    std::map<std::string, std::vector<std::string>> told;
    std::map<std::uint64_t, data::NumberedEvent> contents;
    int written = 0;
    int crashes = 0;
    std::int64_t now_us = 1'000 * second_us;
    auto queue = std::make_unique<Queue>(store->webhooks().front(), std::vector<data::BacklogItem>());
    bool is_away = false;
    for (int step = 0; step < 4'000; ++step) {
        if (written < 600 && chance(30)) {
            store->write([&](data::WriteTransaction &books) {
                const std::string subject = "m-" + std::to_string(random() % 7);
                const std::string id = "e" + std::to_string(++written);
                books.insert_event({id, "points.awarded", subject, "{}", now_us});
                told[subject].push_back(id);
            });
        }
        is_away = written < 600 ? (chance(1) ? !is_away : is_away) : false;
        queue->expect_more();
        const auto events = store->outbox_events(queue->read_up_to(), queue->wanted());
        for (const data::NumberedEvent &event : events) {
            contents[event.sequence] = event;
        }
        queue->offer(events);
        while (const auto turn = queue->next(now_us)) {
            const std::string body = delivery::envelope(contents.at(turn->sequence), "");
            const std::string id = contents.at(turn->sequence).event.id;
            const std::string timestamp = std::to_string(now_us / second_us);
            const bool arrives = !is_away && !chance(10);
            if (arrives) {
                CHECK(consumer.take({{"webhook-id", id},
                                     {"webhook-timestamp", timestamp},
                                     {"webhook-signature", delivery::sign(webhook.signing, webhook.secret, id, timestamp, body)},
                                     {"content-type", "application/cloudevents+json"}},
                                    body, now_us / second_us) == "");
            }
            const bool is_told = arrives && !chance(10); // else the answer is lost after the event was applied
            is_told ? queue->delivered(turn->sequence) : void(queue->failed(turn->sequence, "no", {}, 0.5, now_us));
        }
        if (chance(20)) {
            const data::DeliveryRecord record = queue->take_record();
            store->write([&](data::WriteTransaction &books) { books.record_delivery(record); });
        }
        if (chance(1)) { // killed: what was not written down is forgotten
            ++crashes;
            queue = std::make_unique<Queue>(store->webhooks().front(), store->waiting_items("w"));
        }
        now_us += written < 600 ? second_us : 60 * second_us;
    }
    CHECK(consumer.complaints() == std::vector<std::string>{});
    CHECK(consumer.applied() == told);
    CHECK(consumer.repeats() > 10);
    CHECK(crashes > 10);
    CHECK(queue->waiting() == 0);
}
