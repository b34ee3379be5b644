#include "server/routes/routes.hpp"

#include "server/access/scopes.hpp"
#include "server/auth.hpp"
#include "server/flows/check_in.hpp"
#include "server/http/accept.hpp"
#include "server/http/problem.hpp"
#include "server/identifiers.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/rally/rally.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

/// Answers about people are nobody else's to keep.
http::Response private_json(int status, std::string body) { return http::json(status, std::move(body)).with_cache_control("private, no-store"); }

/// An Idempotency-Key that can be used: 1 to max_idempotency_key_bytes of visible ASCII. Quotes around it (draft-ietf-httpapi-idempotency-key)
/// belong to the field's syntax, not to the key.
std::optional<std::string_view> idempotency_key(const http::Request &request) {
    std::string_view key = http::trim_blanks(request.header("Idempotency-Key"));
    if (key.size() >= 2 && key.front() == '"' && key.back() == '"') {
        key = key.substr(1, key.size() - 2);
    }
    const bool is_visible = std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    if (key.empty() || key.size() > max_idempotency_key_bytes || !is_visible) {
        return std::nullopt;
    }
    return key;
}

/// 201 with the verdict, whatever it is; 400 without a usable key or JSON, 401, 403, 413, 415, 422 for wrong fields or a key that came with another
/// body, 503 while the writer is full.
http::Response answer_check_in(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write", "checkins:staff"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "A check-in is sent as Content-Type: application/json.");
    }
    const auto key = idempotency_key(request);
    if (!key) {
        return http::problem(400, "Bad Request",
                             fmt::format("A check-in needs the header Idempotency-Key: 1 to {} visible ASCII characters, made anew for each attempt.",
                                         max_idempotency_key_bytes));
    }
    try {
        CheckInRequest sent = parse_check_in(request.body);
        // Whoever may say "I saw the member here" is more than a phone's program, and need not be one.
        if (!access::permits(who.scopes, {sent.staff ? "checkins:staff" : "checkins:write"}, "")) {
            return application.access().refuse_scope(request);
        }
        const CheckInAnswer answer = application.check_ins().check_in(who.client, *key, std::move(sent), http::negotiate_language(request), now_us());
        application.metrics().count_check_in(answer);
        if (answer.key_reused) {
            return http::problem(422, "Unprocessable Content", "This Idempotency-Key came before with another body; nothing was done now.",
                                 "idempotency-key-reused");
        }
        http::Response response = private_json(answer.status, answer.body).with("Location", answer.location);
        if (answer.replayed) {
            response.headers.set("Idempotent-Replayed", "true");
        }
        return response;
    } catch (const FieldErrors &errors) {
        return problem_of_fields(errors);
    } catch (const geo::Error &error) {
        auto refusal = error.kind() == geo::ErrorKind::unavailable ? why_nothing_is_written(application.store()) : std::nullopt;
        if (!refusal) {
            throw;
        }
        spdlog::error("request {}: {}", request.request_id, error.what());
        return *refusal;
    }
}

http::Response answer_stored_check_in(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write", "members:read"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const auto check_in = application.store().find_check_in(request.params.at("id"));
    return check_in ? private_json(200, check_in->answer_json) : http::problem(404, "Not Found", "There is no such check-in.");
}

http::Response answer_stamps(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write", "members:read"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const std::string member = require_member(request.params.at("member"));
    ordered_json stamps = ordered_json::array();
    for (const data::Stamp &stamp : application.store().stamps_of(member)) {
        stamps.push_back({{"rally", stamp.rally},
                          {"spot", stamp.spot},
                          {"period", stamp.period},
                          {"check_in", stamp.check_in},
                          {"stamped_at", format_rfc3339_jst(stamp.stamped_at_us)}});
    }
    return private_json(200, ordered_json{{"member", member}, {"stamps", std::move(stamps)}}.dump());
}

http::Response answer_points(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write", "members:read"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const std::string member = require_member(request.params.at("member"));
    const auto account = application.store().find_account(rally::member_account(member));
    // A member without an account has earned nothing yet: 0 points, not an error.
    return private_json(200, ordered_json{{"member", member},
                                          {"unit", account ? account->unit : "nin"},
                                          {"points", account ? account->available() : 0},
                                          {"pending", account ? account->credits_pending : 0}}
                                 .dump());
}

} // namespace

void add_check_in_routes(http::Router &router, Application &application) {
    router.add(http::Method::post, "/checkins", [&application](const http::Request &request) { return answer_check_in(application, request); },
               {.body_limit_bytes = max_check_in_body_bytes,
                .name = "check-in",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Decides a check-in",
                                .details = "The attempt is a fact, so 201 comes whatever the verdict.",
                                .tag = "Check-ins",
                                .parameters = {idempotency_key_parameter()},
                                .bodies = {{.media_type = "application/json"}},
                                .answers = {json_answer("The verdict, with reasons, stamp and awards", R"({"type":"object"})", 201)},
                                .scopes = {"checkins:write", "checkins:staff"}}});
    router.add(http::Method::get, "/checkins/{id}",
               [&application](const http::Request &request) { return answer_stored_check_in(application, request); },
               {.name = "stored-check-in",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "What was decided",
                                .tag = "Check-ins",
                                .parameters = {path_parameter("id", "The check-in's id")},
                                .answers = {json_answer("The verdict as it was given")},
                                .scopes = {"checkins:write", "members:read"}}});
    router.add(http::Method::get, "/members/{member}/stamps",
               [&application](const http::Request &request) { return answer_stamps(application, request); },
               {.name = "stamps",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "A member's stamps",
                                .tag = "Check-ins",
                                .parameters = {path_parameter("member", "The member's pseudonym")},
                                .answers = {json_answer("The stamps")},
                                .scopes = {"checkins:write", "members:read"}}});
    router.add(http::Method::get, "/members/{member}/points",
               [&application](const http::Request &request) { return answer_points(application, request); },
               {.name = "points",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "A member's points",
                                .tag = "Check-ins",
                                .parameters = {path_parameter("member", "The member's pseudonym")},
                                .answers = {json_answer("Points and those that wait")},
                                .scopes = {"checkins:write", "members:read"}}});
}

} // namespace keyaki::server
