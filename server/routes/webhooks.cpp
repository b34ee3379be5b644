#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/delivery/registration.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/query.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/ledger_answers.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

http::Response answer_list(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"webhooks:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    ordered_json list = ordered_json::array();
    for (const data::WebhookFigures &figures : application.store().webhook_figures()) {
        list.push_back(delivery::webhook_json(figures));
    }
    return private_ledger_json(200, ordered_json{{"webhooks", std::move(list)}}.dump());
}

http::Response answer_new(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"webhooks:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "A webhook is sent as Content-Type: application/json.");
    }
    return answer_writing(application.store(), request, [&] {
        const delivery::Registration wanted = delivery::parse_registration(request.body);
        const data::Webhook made =
            delivery::register_webhook(application.store(), wanted, application.settings().webhook_networks, who.author, now_us());
        return private_ledger_json(201, delivery::registered_json(made).dump()).with("Location", "/webhooks");
    });
}

http::Response answer_removal(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"webhooks:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    return answer_writing(application.store(), request, [&] {
        application.store().write(
            [&](data::WriteTransaction &books) { books.end_webhook(request.params.at("id"), "removed", who.author, now_us()); });
        return http::no_content();
    });
}

http::Response answer_dead_letters(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"webhooks:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "after"});
    const std::int64_t limit = parse_limit(request.query.find("limit").value_or("100"), max_page_transfers);
    const std::uint64_t after = parse_sequence(request.query.find("after").value_or("0"));
    const std::string id(request.params.at("id"));
    ordered_json list = ordered_json::array();
    for (const data::DeadLetter &letter : application.store().dead_letters(id, {id, after}, static_cast<std::size_t>(limit))) {
        list.push_back(delivery::dead_letter_json(letter));
    }
    return private_ledger_json(200, ordered_json{{"dead_letters", std::move(list)}}.dump());
}

/// `{"sequence": 17}` for one; an empty body for all.
http::Response answer_replay(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"webhooks:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    return answer_writing(application.store(), request, [&] {
        std::optional<std::uint64_t> sequence;
        if (!request.body.empty()) {
            sequence = read_object(request.body, "the request",
                                   [](ObjectReader &fields) { return static_cast<std::uint64_t>(fields.integer("sequence", 1, INT64_MAX)); });
        }
        std::size_t count = 0;
        application.store().write(
            [&](data::WriteTransaction &books) { count = books.replay_dead_letters(request.params.at("id"), sequence, who.author, now_us()); });
        return private_ledger_json(200, ordered_json{{"replayed", count}}.dump());
    });
}

constexpr const char *registration_schema =
    R"({"type":"object","required":["url"],"properties":{"url":{"type":"string"},"types":{"type":"array","items":{"type":"string"}},)"
    R"("signing":{"type":"string","enum":["ed25519","hmac"],"default":"ed25519"}}})";

http::RouteDescription describe(std::string summary, std::vector<http::ParameterDescription> parameters, http::AnswerDescription answer) {
    return {.summary = std::move(summary),
            .tag = "Webhooks",
            .parameters = std::move(parameters),
            .answers = {std::move(answer)},
            .scopes = {"webhooks:write"}};
}

} // namespace

void add_webhook_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/webhooks", [&application](const http::Request &request) { return answer_list(application, request); },
               {.name = "webhooks", .description = describe("Who is told of events, and how far", {}, json_answer("The webhooks"))});
    http::RouteDescription registering = describe("Registers a receiver of events", {},
                                                  json_answer("The webhook, and once the key for checking signatures", R"({"type":"object"})", 201));
    registering.bodies = {{.media_type = "application/json", .schema = registration_schema}};
    router.add(http::Method::post, "/webhooks", [&application](const http::Request &request) { return answer_new(application, request); },
               {.body_limit_bytes = max_ledger_body_bytes, .name = "new-webhook", .description = std::move(registering)});
    router.add(http::Method::delete_, "/webhooks/{id}", [&application](const http::Request &request) { return answer_removal(application, request); },
               {.name = "webhook-removal",
                .description = describe("Ends a webhook", {path_parameter("id", "The webhook's id")}, {204, "It is told of nothing more", {}})});
    router.add(http::Method::get, "/webhooks/{id}/dead-letters",
               [&application](const http::Request &request) { return answer_dead_letters(application, request); },
               {.name = "dead-letters",
                .description = describe(
                    "Events that were given up after three days",
                    {path_parameter("id", "The webhook's id"),
                     {.name = "limit", .text = "Letters on one page.", .schema = R"({"type":"integer","minimum":1,"default":100})"},
                     {.name = "after", .text = "The sequence of the last one seen.", .schema = R"({"type":"integer","minimum":0,"default":0})"}},
                    json_answer("The dead letters"))});
    http::RouteDescription replaying =
        describe("Sends dead letters again, one or all", {path_parameter("id", "The webhook's id")}, json_answer("How many"));
    replaying.bodies = {
        {.media_type = "application/json", .schema = R"({"type":"object","properties":{"sequence":{"type":"integer","minimum":1}}})"}};
    router.add(http::Method::post, "/webhooks/{id}/replay",
               [&application](const http::Request &request) { return answer_replay(application, request); },
               {.body_limit_bytes = max_ledger_body_bytes, .name = "replay", .description = std::move(replaying)});
}

} // namespace keyaki::server
