#include "server/delivery/sender.hpp"

#include "data/store.hpp"
#include "server/access/client_address.hpp"
#include "server/delivery/signature.hpp"
#include "server/identifiers.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/hanging_resolver.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <optional>

using namespace keyaki;
using namespace keyaki::server;
using test::comes_true;

namespace {

/// A database whose webhooks go to receivers on this machine.
struct Outbox {
    test::TemporaryFolder folder;
    std::unique_ptr<data::Store> store = data::open_store({folder / "city.sqlite", true});

    void add(const std::string &id, test::WebhookReceiver &receiver) {
        data::Webhook webhook;
        webhook.id = id;
        webhook.url = receiver.url();
        webhook.secret = make_secret();
        receiver.use_key(delivery::receiver_key(webhook.signing, webhook.secret));
        store->write([&](data::WriteTransaction &books) { books.create_webhook(webhook, "test"); });
    }
    void tell(const std::string &id, const std::string &subject, const std::string &data = "{}") {
        store->write([&](data::WriteTransaction &books) { books.insert_event({id, "points.awarded", subject, data, 1}); });
    }
    delivery::Options options() const { return {{access::parse_network("127.0.0.0/8").value()}, {}, ""}; }
};

} // namespace

TEST_CASE("an event that cannot be sent at all is tried again like one that was refused, and keeps back its own subject alone") {
    Outbox outbox;
    test::WebhookReceiver first;
    test::WebhookReceiver second;
    outbox.add("first", first);
    outbox.add("second", second);
    outbox.tell("damaged", "m-1", "{"); // no JSON: there is no envelope for it
    outbox.tell("behind it", "m-1");
    outbox.tell("beside it", "m-2");
    delivery::Sender sender(*outbox.store, outbox.options());
    CHECK(first.wait([&] { return first.consumer().count() == 1; }));
    CHECK(second.wait([&] { return second.consumer().count() == 1; }));
    for (const char *webhook : {"first", "second"}) {
        CAPTURE(webhook);
        REQUIRE(comes_true([&] { return outbox.store->waiting_items(webhook).size() == 2; }));
        const auto waiting = outbox.store->waiting_items(webhook);
        CHECK(waiting.front().attempts == 1);
        CHECK_THAT(waiting.front().last_error, Catch::StartsWith("it could not be sent: "));
        CHECK(waiting.back().attempts == 0);
        CHECK(sender.figures().at(webhook).failed == 1);
        CHECK(comes_true([&] { return sender.figures().at(webhook).delivered == 1; }));
    }
    outbox.tell("later", "m-3");
    sender.wake();
    CHECK(first.wait([&] { return first.consumer().count() == 2; }));
    CHECK(second.wait([&] { return second.consumer().count() == 2; }));
    CHECK(first.consumer().applied().count("m-1") == 0);
}

TEST_CASE("a name server that hangs holds up neither the other receivers nor the stop") {
    Outbox outbox;
    test::WebhookReceiver receiver;
    outbox.add("well", receiver);
    data::Webhook lost;
    lost.id = "lost";
    lost.url = std::string("https://") + test::HangingResolver::name + "/hook";
    outbox.store->write([&](data::WriteTransaction &books) { books.create_webhook(lost, "test"); });
    test::HangingResolver resolver;
    auto sender = std::make_unique<delivery::Sender>(*outbox.store, outbox.options());
    outbox.tell("e1", "m-1");
    sender->wake();
    REQUIRE(resolver.wait_until_asked());
    outbox.tell("e2", "m-1");
    sender->wake();
    CHECK(receiver.wait([&] { return receiver.consumer().count() == 2; }));
    auto stop = std::async(std::launch::async, [&] { sender.reset(); });
    CHECK(stop.wait_for(std::chrono::seconds(10)) == std::future_status::ready); // the name server has not answered yet
    resolver.answer();
    stop.get();
}
