#include "server/delivery/signature.hpp"

#include "server/delivery/envelope.hpp"
#include "server/identifiers.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server;

namespace {

delivery::Secret counting_secret() {
    delivery::Secret secret{};
    for (std::size_t place = 0; place < secret.size(); ++place) {
        secret.at(place) = static_cast<std::uint8_t>(place);
    }
    return secret;
}

} // namespace

// The expected values are those of the openssl command and of Python's hmac for the same seed and content.
TEST_CASE("signatures are those of Standard Webhooks 1.0: ed25519 as v1a, HMAC-SHA256 as v1, over id, timestamp and body") {
    const delivery::Secret secret = counting_secret();
    const auto sign = [&](data::Signing signing) { return delivery::sign(signing, secret, "entry/0011", "1775955603", R"({"points":10})"); };
    CHECK(sign(data::Signing::ed25519) == "v1a,G5rFBguK7KjbB1wzOeoSS8xEZl6kwQZE1FnqVtUKvCFyX7cPoMZv2K1UFLJF8hxw6lsvt9cn0bxaXaHwyXfXAQ==");
    CHECK(sign(data::Signing::hmac) == "v1,/RrV8z4k5QoJKCuszaXaiMX5D50+AGdHTJALxL84m2g=");
    CHECK(delivery::receiver_key(data::Signing::ed25519, secret) == "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
    CHECK(delivery::receiver_key(data::Signing::hmac, secret) == "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
}

TEST_CASE("a receiver refuses another body, another id, an old timestamp and another's key") {
    const delivery::Secret secret = counting_secret();
    const data::NumberedEvent event{7, {"e1", "points.awarded", "m-1", R"({"points":10})", 1'775'955'603'000'000}};
    const std::string body = delivery::envelope(event, "https://map.example.jp");
    for (const data::Signing signing : {data::Signing::ed25519, data::Signing::hmac}) {
        test::WebhookConsumer consumer(delivery::receiver_key(signing, secret));
        const test::WebhookConsumer::Headers good{{"webhook-id", "e1"},
                                                  {"webhook-timestamp", "1000"},
                                                  {"webhook-signature", delivery::sign(signing, secret, "e1", "1000", body)},
                                                  {"content-type", "application/cloudevents+json; charset=utf-8"}};
        CHECK(consumer.take(good, body, 1'000).empty());
        CHECK(consumer.take(good, body + " ", 1'000) == "no signature is good");
        auto other = good;
        other["webhook-id"] = "e2";
        CHECK(consumer.take(other, body, 1'000) == "no signature is good");
        CHECK(consumer.take(good, body, 1'301) == "the timestamp is too old or too new");
        test::WebhookConsumer stranger(delivery::receiver_key(signing, make_secret()));
        CHECK(stranger.take(good, body, 1'000) == "no signature is good");
    }
}

TEST_CASE("an event leaves as CloudEvents 1.0, the same bytes each time") {
    const data::NumberedEvent event{7, {"e1", "points.awarded", "m-1", R"({"points":10})", 1'775'955'603'000'000}};
    const std::string body = delivery::envelope(event, "https://map.example.jp");
    CHECK(body == delivery::envelope(event, "https://map.example.jp"));
    CHECK(nlohmann::json::parse(body) == nlohmann::json::parse(R"({"specversion":"1.0","id":"e1","source":"https://map.example.jp",
        "type":"points.awarded","subject":"m-1","time":"2026-04-12T01:00:03Z","sequence":"00000000000000000007",
        "datacontenttype":"application/json","data":{"points":10}})"));
}
