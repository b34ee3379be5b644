#include "server/delivery/registration.hpp"

#include "geo/error.hpp"
#include "server/delivery/limits.hpp"
#include "server/delivery/signature.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/time.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <memory>

namespace keyaki::server::delivery {

namespace {

using nlohmann::ordered_json;

struct FreeUrl {
    void operator()(CURLU *url) const { curl_url_cleanup(url); }
};
struct FreeText {
    void operator()(char *text) const { curl_free(text); }
};

bool has_part(CURLU *url, CURLUPart part) {
    char *text = nullptr;
    const bool is_there = curl_url_get(url, part, &text, 0) == CURLUE_OK;
    const std::unique_ptr<char, FreeText> owner(text);
    return is_there;
}

bool is_web_address(const std::string &text) {
    const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
    const bool is_web = text.starts_with("https://") || text.starts_with("http://");
    return is_web && text.size() <= limits::url_bytes && url && curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK &&
           !has_part(url.get(), CURLUPART_USER) && !has_part(url.get(), CURLUPART_FRAGMENT);
}

std::string_view signing_name(data::Signing signing) { return signing == data::Signing::hmac ? "hmac" : "ed25519"; }

} // namespace

void require_receiver(const Registration &wanted, const std::vector<access::Network> &networks) {
    if (!is_web_address(wanted.url)) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("url: expected an address such as https://app.example.jp/keyaki without a user or a fragment, found \"{}\"",
                                     wanted.url.substr(0, 200)));
    }
    if (networks.empty() && wanted.url.starts_with("http://")) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("url: without TLS (http://) only receivers in the networks of the setting webhook_networks are told, but it says "
                        "none, and \"{}\" begins with http://: take https://, or name the receiver's network there first",
                        wanted.url.substr(0, 200)));
    }
    for (const std::string &type : wanted.types) {
        if (std::find(data::event_types.begin(), data::event_types.end(), type) == data::event_types.end()) {
            throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("types: there is no type of events \"{}\"; there are {}", type.substr(0, 100),
                                                                        fmt::join(data::event_types, ", ")));
        }
    }
}

Registration parse_registration(std::string_view body) {
    return read_object(body, "the webhook", [&](ObjectReader &fields) {
        Registration wanted;
        wanted.url = fields.text("url", limits::url_bytes);
        wanted.signing =
            fields.optional_one_of("signing", {"ed25519", "hmac"}).value_or("ed25519") == "hmac" ? data::Signing::hmac : data::Signing::ed25519;
        if (const nlohmann::json *types = fields.optional("types"); types != nullptr) {
            const bool are_texts = types->is_array() && types->size() <= data::event_types.size() &&
                                   std::all_of(types->begin(), types->end(), [](const nlohmann::json &type) { return type.is_string(); });
            if (are_texts) {
                wanted.types = types->get<std::vector<std::string>>();
            } else {
                fields.refuse("types", fmt::format("expected a list of at most {} types of events", data::event_types.size()));
            }
        }
        return wanted;
    });
}

data::Webhook register_webhook(data::Store &store, const Registration &wanted, const std::vector<access::Network> &networks, std::string_view author,
                               std::int64_t now_us) {
    require_receiver(wanted, networks);
    const auto known = store.webhooks();
    const auto live = std::count_if(known.begin(), known.end(), [](const data::Webhook &webhook) { return !webhook.ended_at_us; });
    if (static_cast<std::size_t>(live) >= limits::webhooks) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("there are {} webhooks, which is as many as may be: remove one first", live));
    }
    data::Webhook webhook;
    webhook.id = make_ulid(now_us);
    webhook.url = wanted.url;
    webhook.types = wanted.types;
    webhook.signing = wanted.signing;
    webhook.secret = make_secret();
    webhook.created_at_us = now_us;
    store.write([&](data::WriteTransaction &books) { books.create_webhook(webhook, author); });
    return webhook;
}

ordered_json webhook_json(const data::WebhookFigures &figures) {
    const data::Webhook &webhook = figures.webhook;
    ordered_json json{{"id", webhook.id},
                      {"url", webhook.url},
                      {"types", webhook.types},
                      {"signing", signing_name(webhook.signing)},
                      {"created_at", format_rfc3339_jst(webhook.created_at_us)},
                      {"behind", figures.behind},
                      {"waiting", figures.waiting},
                      {"dead_letters", figures.dead_letters}};
    json["ended_at"] = webhook.ended_at_us ? ordered_json(format_rfc3339_jst(*webhook.ended_at_us)) : ordered_json(nullptr);
    if (webhook.ended_at_us) {
        json["ended_because"] = webhook.ended_because;
    }
    return json;
}

ordered_json registered_json(const data::Webhook &webhook) {
    ordered_json json = webhook_json({webhook, 0, 0, 0});
    json["key"] = receiver_key(webhook.signing, webhook.secret);
    return json;
}

ordered_json dead_letter_json(const data::DeadLetter &letter) {
    ordered_json json{{"webhook", letter.webhook},        {"sequence", letter.item.sequence},    {"id", letter.event.id},
                      {"type", letter.event.type},        {"subject", letter.event.subject},     {"time", format_rfc3339_jst(letter.event.time_us)},
                      {"attempts", letter.item.attempts}, {"last_error", letter.item.last_error}};
    json["given_up_at"] = letter.item.given_up_at_us ? ordered_json(format_rfc3339_jst(*letter.item.given_up_at_us)) : ordered_json(nullptr);
    return json;
}

} // namespace keyaki::server::delivery
