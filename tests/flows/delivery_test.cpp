// Telling others what happened, over a live server and receivers that check what comes.
#include "data/store.hpp"
#include "tests/flows/ledger_books.hpp"
#include "tests/support/comes_true.hpp"
#include "tests/support/metrics_text.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <nlohmann/json.hpp>

using namespace keyaki;
using nlohmann::json;
using test::as_json;
using test::award;
using test::comes_true;
using test::HttpClient;
using test::keyaki_must;
using test::WebhookReceiver;

namespace {

const std::vector<std::string> no_complaints;

/// `keyaki webhook add`, where receivers on this machine may be told.
json add(const test::LedgerBooks &books, const std::string &url, const std::vector<std::string> &more = {}) {
    std::vector<std::string> words{"webhook", "add", "--url", url, "--json", "--database", books.database.string()};
    const std::vector<std::string> options = books.options();
    words.insert(words.end(), options.end() - 2, options.end()); // --config FILE
    words.insert(words.end(), more.begin(), more.end());
    return json::parse(keyaki_must(std::move(words)).out);
}

/// Registers a receiver; it gets the key, and the test the webhook.
json add(const test::LedgerBooks &books, WebhookReceiver &receiver, const std::vector<std::string> &more = {}) {
    json made = add(books, receiver.url(), more);
    receiver.use_key(made["key"]);
    return made;
}

/// The webhook as GET /webhooks shows it.
json shown(HttpClient &client, const json &webhook) {
    const json list = json::parse(client.get("/webhooks").body)["webhooks"];
    for (const json &one : list) {
        if (one["id"] == webhook["id"]) {
            return one;
        }
    }
    return json::object();
}

double metric_of(HttpClient &client, const std::string &name, const json &webhook) {
    return test::metric(test::parse_metrics(client.get("/metrics").body), name, {{"webhook", webhook["id"].get<std::string>()}});
}

} // namespace

TEST_CASE("I20: receivers are told of what happened, signed, in order, past a restart, and nobody is told what he did not ask for") {
    const test::LedgerBooks books;
    WebhookReceiver receiver;
    WebhookReceiver of_voids;
    WebhookReceiver gone;
    gone.answer([](int) { return 410; });
    const json first = add(books, receiver, {"--signing", "ed25519"});
    add(books, of_voids, {"--signing", "hmac", "--types", "points.voided"});
    const json away = add(books, gone);
    CHECK_THAT(first["key"].get<std::string>(), Catch::StartsWith("whpk_"));
    constexpr std::size_t awards = 30;
    {
        test::LiveServer server(books.database, books.options());
        HttpClient client(server.address(), books.key);
        for (std::size_t number = 0; number < awards; ++number) {
            award(client, "a" + std::to_string(number), "m-" + std::to_string(number % 3));
        }
        CHECK(receiver.wait([&] { return receiver.consumer().count() == awards; }));
        CHECK(receiver.consumer().applied().size() == 3);
        CHECK(comes_true([&] { return !shown(client, away)["ended_at"].is_null(); }));
        CHECK_THAT(shown(client, away)["ended_because"].get<std::string>(), Catch::Contains("410"));
        CHECK_FALSE(shown(client, first).contains("key"));
        CHECK(comes_true([&] { return shown(client, first)["behind"] == 0; }));
        CHECK(metric_of(client, "keyaki_webhook_deliveries_total", first) == static_cast<double>(awards));
        CHECK(server.terminate() == 0);
    }
    test::LiveServer again(books.database, books.options());
    HttpClient client(again.address(), books.key);
    award(client, "b", "m-1", "void");
    CHECK(receiver.wait([&] { return receiver.consumer().count() == awards + 1; }));
    CHECK(of_voids.wait([&] { return of_voids.consumer().count() == 1; }));
    CHECK(of_voids.requests() == 1);
    CHECK(receiver.consumer().repeats() == 0);
    CHECK(receiver.consumer().complaints() == no_complaints);
    CHECK(of_voids.consumer().complaints() == no_complaints);
}

TEST_CASE("I20: what failed, or whose answer was lost, comes again with the same id and bytes, and then the rest of its account in order") {
    const test::LedgerBooks books;
    WebhookReceiver receiver;
    receiver.answer([](int number) { return number == 0 ? 500 : number == 1 ? 0 : 204; }); // 0: it was taken, and the answer got lost
    const json webhook = add(books, receiver);
    test::LiveServer server(books.database, books.options());
    HttpClient client(server.address(), books.key);
    constexpr std::size_t awards = 12;
    for (std::size_t number = 0; number < awards; ++number) {
        award(client, "a" + std::to_string(number), "m-" + std::to_string(number % 3));
    }
    CHECK(receiver.wait([&] { return receiver.consumer().count() == awards && receiver.consumer().repeats() == 1; }));
    CHECK(receiver.consumer().complaints() == no_complaints);
    for (const auto &[member, events] : receiver.consumer().applied()) {
        CHECK(events.size() == awards / 3);
    }
    CHECK(comes_true([&] { return shown(client, webhook)["waiting"] == 0; }));
    CHECK(metric_of(client, "keyaki_webhook_failures_total", webhook) >=
          1); // libcurl itself sends again where a kept connection ends without an answer
    CHECK(metric_of(client, "keyaki_webhook_deliveries_total", webhook) == static_cast<double>(awards));
}

TEST_CASE("what failed for three days is a dead letter, which can be seen, holds up nobody, and arrives when it is replayed") {
    const test::LedgerBooks books;
    WebhookReceiver receiver;
    receiver.answer([](int) { return 503; });
    const json webhook = add(books, receiver);
    const std::string id = webhook["id"];
    {
        test::LiveServer server(books.database, books.options());
        HttpClient client(server.address(), books.key);
        award(client, "a", "m-1");
        CHECK(comes_true([&] { return shown(client, webhook)["waiting"] == 1; }));
        CHECK(server.terminate() == 0);
    }
    { // three days later
        const auto store = data::open_store({books.database, false});
        data::DeliveryRecord record;
        record.webhook = id;
        record.waiting = store->waiting_items(id);
        REQUIRE(record.waiting.size() == 1);
        constexpr std::int64_t days_us = 73 * 3'600 * 1'000'000LL;
        *record.waiting.front().first_attempt_at_us -= days_us;
        record.waiting.front().next_attempt_at_us -= days_us;
        store->write([&](data::WriteTransaction &transaction) { transaction.record_delivery(record); });
    }
    test::LiveServer server(books.database, books.options());
    HttpClient client(server.address(), books.key);
    CHECK(comes_true([&] { return shown(client, webhook)["dead_letters"] == 1; }));
    const json letters = json::parse(client.get("/webhooks/" + id + "/dead-letters").body)["dead_letters"];
    REQUIRE(letters.size() == 1);
    CHECK(letters[0]["type"] == "points.awarded");
    CHECK(letters[0]["attempts"] == 2);
    CHECK_THAT(letters[0]["last_error"].get<std::string>(), Catch::Contains("the receiver answered 503"));
    CHECK(metric_of(client, "keyaki_webhook_dead_letters", webhook) == 1);
    CHECK(metric_of(client, "keyaki_webhook_given_up_total", webhook) == 1);
    CHECK_THAT(keyaki_must({"webhook", "dead", "--database", books.database.string()}).out, Catch::Contains("2 attempts: the receiver answered 503"));
    CHECK_THAT(keyaki_must({"webhook", "list", "--database", books.database.string()}).out, Catch::Contains("1 dead letters"));

    receiver.answer([](int) { return 204; });
    award(client, "b", "m-2");
    CHECK(receiver.wait([&] { return receiver.consumer().count() == 1; })); // the dead letter keeps back nobody, and stays
    CHECK(client.post("/webhooks/" + id + "/replay", R"({"sequence":99})", as_json).body == R"({"replayed":0})");
    CHECK(client.post("/webhooks/" + id + "/replay", json{{"sequence", letters[0]["sequence"]}}.dump(), as_json).body == R"({"replayed":1})");
    CHECK(receiver.wait([&] { return receiver.consumer().count() == 2; }));
    CHECK(receiver.consumer().applied().count("m-1") == 1);
    CHECK(receiver.consumer().complaints() == no_complaints);
    CHECK(comes_true([&] { return shown(client, webhook)["dead_letters"] == 0 && shown(client, webhook)["waiting"] == 0; }));
    CHECK_THAT(keyaki_must({"webhook", "replay", id, "--database", books.database.string()}).out, Catch::StartsWith("0 dead letters"));
}

TEST_CASE("a receiver that does not answer slows nobody down, and what it was told is never told to another") {
    const test::LedgerBooks books;
    WebhookReceiver slow;
    WebhookReceiver quick;
    std::promise<void> let_go;
    const std::shared_future<void> is_let_go = let_go.get_future().share();
    slow.answer([is_let_go](int) {
        is_let_go.wait();
        return 204;
    });
    add(books, slow);
    add(books, quick);
    test::LiveServer server(books.database, books.options());
    HttpClient client(server.address(), books.key);
    constexpr std::size_t awards = 40;
    for (std::size_t number = 0; number < awards; ++number) {
        award(client, "a" + std::to_string(number), "m-" + std::to_string(number));
    }
    CHECK(quick.wait([&] { return quick.consumer().count() == awards; }));
    CHECK(slow.consumer().count() == 0);
    CHECK(client.get("/healthz").status == 200);
    let_go.set_value();
    CHECK(slow.wait([&] { return slow.consumer().count() == awards; }));
    CHECK(quick.consumer().complaints() == no_complaints);
    CHECK(slow.consumer().complaints() == no_complaints);
}

TEST_CASE("receivers inside are not reached, whatever their address is called, as long as the operator does not allow their network") {
    const test::LedgerBooks books;
    WebhookReceiver receiver;
    const std::string port = std::to_string(receiver.port());
    std::vector<json> webhooks;
    for (const char *host : {"http://127.0.0.1:", "https://127.0.0.1:", "http://localhost:", "https://localhost:", "http://[::ffff:127.0.0.1]:",
                             "http://2130706433:", "http://0.0.0.0:", "http://0177.0.0.1:"}) {
        webhooks.push_back(add(books, host + port + "/hook"));
    }
    test::LiveServer server(books.database, books.options(false));
    HttpClient client(server.address(), books.key);
    award(client, "a", "m-1");
    for (const json &webhook : webhooks) {
        CAPTURE(webhook["url"]);
        CHECK(comes_true([&] { return shown(client, webhook)["waiting"] == 1; }));
    }
    CHECK(receiver.connections() == 0);
}

TEST_CASE("a receiver without TLS is refused where no network is allowed that it could stand in: it would never be told anything") {
    const test::LedgerBooks books;
    test::LiveServer server(books.database, books.options(false));
    HttpClient client(server.address(), books.key);
    const test::HttpAnswer refused = client.post("/webhooks", R"({"url":"http://app.example.jp/hook"})", as_json);
    CHECK(refused.status == 400);
    CHECK_THAT(refused.body, Catch::Contains("webhook_networks are told, but it says none") && Catch::Contains("http://app.example.jp/hook"));
    const test::CommandResult said =
        test::run_keyaki({"webhook", "add", "--url", "http://app.example.jp/hook", "--database", books.database.string()});
    CHECK(said.status != 0);
    CHECK_THAT(said.error, Catch::Contains("webhook_networks are told, but it says none") && Catch::Contains("http://app.example.jp/hook"));
    CHECK(client.post("/webhooks", R"({"url":"https://app.example.jp/hook"})", as_json).status == 201);
    CHECK(json::parse(client.get("/webhooks").body)["webhooks"].size() == 1);
}

TEST_CASE("webhooks are registered, listed and removed over HTTP, by whom may, and every wrong field is named") {
    const test::LedgerBooks books;
    WebhookReceiver receiver;
    test::LiveServer server(books.database, books.options());
    HttpClient client(server.address(), books.key);
    HttpClient bakery(server.address(), books.bakery_key);
    const std::string body = json{{"url", receiver.url()}, {"signing", "hmac"}}.dump();
    CHECK(HttpClient(server.address()).post("/webhooks", body, as_json).status == 401);
    CHECK(bakery.post("/webhooks", body, as_json).status == 403);
    CHECK(bakery.get("/webhooks").status == 403);
    const test::HttpAnswer made = client.post("/webhooks", body, as_json);
    REQUIRE(made.status == 201);
    const json webhook = json::parse(made.body);
    receiver.use_key(webhook["key"]);
    award(client, "a", "m-1");
    CHECK(receiver.wait([&] { return receiver.consumer().count() == 1; }));
    CHECK(client.post("/webhooks", body).status == 415);
    CHECK(client.post("/webhooks", R"({"url":"ftp://x"})", as_json).status == 400);
    CHECK(client.post("/webhooks", R"({"url":"https://somebody@x"})", as_json).status == 400);
    CHECK(client.post("/webhooks", R"({"url":"https://x","types":["points.stolen"]})", as_json).status == 400);
    CHECK(client.post("/webhooks", R"({"url":7,"signing":"md5","types":"all","more":1})", as_json).status == 422);
    const std::string path = "/webhooks/" + webhook["id"].get<std::string>();
    CHECK(client.delete_(path).status == 204);
    CHECK(client.delete_(path).status == 404);
    CHECK(client.post(path + "/replay", "").status == 404);
    CHECK_FALSE(shown(client, webhook)["ended_at"].is_null());
    award(client, "b", "m-1");
    CHECK(client.get(path + "/dead-letters").body == R"({"dead_letters":[]})");
    CHECK(server.terminate() == 0);
    CHECK(receiver.requests() == 1);
    CHECK(receiver.consumer().complaints() == no_complaints);
}
