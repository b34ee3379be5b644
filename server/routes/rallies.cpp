#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/flows/check_in.hpp"
#include "server/flows/offline_tickets.hpp"
#include "server/flows/progress.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/rally_deeds.hpp"
#include "server/http/accept.hpp"
#include "server/http/problem.hpp"
#include "server/identifiers.hpp"
#include "server/limits.hpp"
#include "server/rally/limits.hpp"
#include "server/rally/one_time_code.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cmath>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

http::Response private_json(int status, std::string body) { return http::json(status, std::move(body)).with_cache_control("private, no-store"); }

std::shared_ptr<const VersionedRally> rally_of(Application &application, const http::Request &request) {
    auto rally = application.rallies().find(request.params.at("rally"));
    if (!rally) {
        throw geo::Error(geo::ErrorKind::not_found, "there is no such rally");
    }
    return rally;
}

/// 200 with the newest version of every rally and what is left of its budget; 401, 403.
http::Response answer_list(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"rallies:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    ordered_json rallies = ordered_json::array();
    for (const data::Rally &stored : application.store().rallies()) {
        const auto budget = application.store().find_account(rally::budget_account(stored.id));
        rallies.push_back({{"id", stored.id},
                           {"version", stored.version},
                           {"put_at", format_rfc3339_jst(stored.put_at_us)},
                           {"author", stored.author},
                           {"budget_left", budget ? budget->available() : 0},
                           {"configuration", ordered_json::parse(stored.json)}});
    }
    return private_json(200, ordered_json{{"rallies", std::move(rallies)}}.dump());
}

/// 200 with the new version (or the same one for the same text); 400, 415, 422 for the configuration with every wrong field; 401, 403; 409 where its
/// layer is not published or its budget cannot shrink so far; 503 while nothing can be written.
http::Response answer_put(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"rallies:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "A rally is sent as Content-Type: application/json.");
    }
    return answer_writing(application.store(), request, [&] {
        const rally::Rally wanted = rally::parse_rally(request.body);
        if (wanted.id != request.params.at("rally")) {
            throw FieldErrors("the rally", {{"/id", fmt::format("expected the id of the address, found \"{}\"", wanted.id)}});
        }
        const RallyPut put = put_rally(application.store(), request.body, who.author, now_us());
        application.rallies().refresh();
        return private_json(
            200, ordered_json{{"id", put.stored.id}, {"version", put.stored.version}, {"changed", put.changed}, {"moved_points", put.moved_points}}
                     .dump());
    });
}

http::Response answer_progress(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write", "members:read"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const auto rally = rally_of(application, request);
    return private_json(200,
                        progress_json(application.store(), *rally, require_member(request.params.at("member")), http::negotiate_language(request)));
}

http::Response answer_question(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"member", "spot"});
    const auto rally = rally_of(application, request);
    try {
        return private_json(200,
                            question_json(application.store(), application.check_ins().spots(), *rally, request.query.find("spot").value_or(""),
                                          require_member(request.query.find("member").value_or("")), http::negotiate_language(request), now_us()));
    } catch (const FieldErrors &errors) {
        return problem_of_fields(errors);
    }
}

http::Response answer_track(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "A track is sent as Content-Type: application/json.");
    }
    return answer_writing(application.store(), request, [&] {
        const auto rally = rally_of(application, request);
        const TrackAnswer track =
            send_track(application.store(), application.check_ins().spots(), *rally, request.params.at("run"), request.body, now_us());
        static constexpr std::array<std::string_view, 3> verdicts{"pass", "review", "fail"};
        return private_json(200, ordered_json{{"coverage", std::floor(track.coverage.coverage * 1000) / 1000},
                                              {"verdict", verdicts.at(static_cast<std::size_t>(track.verdict))},
                                              {"fixes_used", track.coverage.fixes_used},
                                              {"fixes_dropped", track.coverage.fixes_dropped},
                                              {"fixes_outside_run", track.fixes_outside_run}}
                                     .dump());
    });
}

http::Response answer_steps(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "Steps are sent as Content-Type: application/json.");
    }
    return answer_writing(application.store(), request, [&] {
        return private_json(200, report_steps(application.store(), *rally_of(application, request), request.body, now_us()));
    });
}

http::Response answer_ticket(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "The request is sent as Content-Type: application/json.");
    }
    return answer_writing(application.store(), request, [&] {
        return private_json(
            201, issue_offline_ticket(application.store(), application.check_ins().spots(), *rally_of(application, request), request.body, now_us()));
    });
}

/// 200 with the code that the display at a spot shows now, and how long it holds; 401, 403, 404.
http::Response answer_code(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"rallies:write"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"spot"});
    const auto rally = rally_of(application, request);
    const std::string spot(request.query.find("spot").value_or(""));
    if (!application.check_ins().spots().find(*rally, spot)) {
        throw geo::Error(geo::ErrorKind::not_found, "this rally has no such spot");
    }
    const std::int64_t now_s = now_us() / 1'000'000;
    const auto step_s = static_cast<std::int64_t>(rally::current_rules().evidence.code_step_s);
    return private_json(200, ordered_json{{"spot", spot},
                                          {"code", rally::one_time_code(secret_of_spot(application.store(), rally->rally.id, spot), now_s, step_s)},
                                          {"next_in_s", step_s - now_s % step_s}}
                                 .dump());
}

/// Public: the list is worth something because everybody can keep it.
http::Response answer_draw(Application &application, const http::Request &request) {
    request.query.require_known({});
    return http::json(200, draw_document(application.store(), request.params.at("rally"))).with_cache_control("no-store");
}

http::ParameterDescription rally_parameter() { return path_parameter("rally", "The rally's id"); }

void add_staff_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/rallies", [&application](const http::Request &request) { return answer_list(application, request); },
               {.name = "rallies",
                .description = {.summary = "Every rally with its configuration",
                                .tag = "Rallies",
                                .answers = {json_answer("The rallies")},
                                .scopes = {"rallies:write"}}});
    router.add(http::Method::put, "/rallies/{rally}", [&application](const http::Request &request) { return answer_put(application, request); },
               {.body_limit_bytes = max_rally_bytes,
                .name = "rally-put",
                .description = {.summary = "Puts a rally's configuration and funds its budget",
                                .details = "The same configuration again is no new version.",
                                .tag = "Rallies",
                                .parameters = {rally_parameter()},
                                .bodies = {{.media_type = "application/json"}},
                                .answers = {json_answer("The version")},
                                .scopes = {"rallies:write"}}});
    router.add(http::Method::get, "/rallies/{rally}/code", [&application](const http::Request &request) { return answer_code(application, request); },
               {.name = "spot-code",
                .description = {.summary = "The code that a spot shows now",
                                .tag = "Rallies",
                                .parameters = {rally_parameter(), {.name = "spot", .text = "layer/feature-id", .is_required = true}},
                                .answers = {json_answer("The code, and the seconds until the next")},
                                .scopes = {"rallies:write"}}});
}

} // namespace

void add_rally_routes(http::Router &router, Application &application) {
    add_staff_routes(router, application);
    router.add(http::Method::get, "/rallies/{rally}/progress/{member}",
               [&application](const http::Request &request) { return answer_progress(application, request); },
               {.name = "progress",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "How far a member is: stamps, runs, next spots, prizes",
                                .tag = "Rallies",
                                .parameters = {rally_parameter(), path_parameter("member", "The member's pseudonym")},
                                .answers = {json_answer("The progress")},
                                .scopes = {"checkins:write", "members:read"}}});
    router.add(http::Method::get, "/rallies/{rally}/question",
               [&application](const http::Request &request) { return answer_question(application, request); },
               {.name = "question",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "What a member is asked at a spot",
                                .tag = "Rallies",
                                .parameters = {rally_parameter(),
                                               {.name = "spot", .text = "layer/feature-id", .is_required = true},
                                               {.name = "member", .text = "The member's pseudonym", .is_required = true}},
                                .answers = {json_answer("The question and the riddle, without their answers")},
                                .scopes = {"checkins:write"}}});
    router.add(http::Method::post, "/rallies/{rally}/runs/{run}/track",
               [&application](const http::Request &request) { return answer_track(application, request); },
               {.body_limit_bytes = rally::max_track_bytes,
                .name = "track",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Judges the track of a run",
                                .details = "The track is judged and forgotten; how much of the course it covers is kept.",
                                .tag = "Rallies",
                                .parameters = {rally_parameter(), path_parameter("run", "The run's id")},
                                .bodies = {{.media_type = "application/json"}},
                                .answers = {json_answer("The coverage")},
                                .scopes = {"checkins:write"}}});
    router.add(http::Method::post, "/rallies/{rally}/steps",
               [&application](const http::Request &request) { return answer_steps(application, request); },
               {.body_limit_bytes = max_check_in_body_bytes,
                .name = "steps",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Reports a member's steps of a day",
                                .tag = "Rallies",
                                .parameters = {rally_parameter()},
                                .bodies = {{.media_type = "application/json"}},
                                .answers = {json_answer("What is paid, and why not more")},
                                .scopes = {"checkins:write"}}});
    router.add(http::Method::post, "/rallies/{rally}/tickets",
               [&application](const http::Request &request) { return answer_ticket(application, request); },
               {.body_limit_bytes = max_check_in_body_bytes,
                .name = "offline-ticket",
                .shed_priority = http::ShedPriority::essential,
                .description = {.summary = "Gives a member leave to check in without a network today",
                                .details = "The ticket is bound to the device's key and used once, within 24 hours of its fixes.",
                                .tag = "Rallies",
                                .parameters = {rally_parameter()},
                                .bodies = {{.media_type = "application/json"}},
                                .answers = {json_answer("The ticket", R"({"type":"object"})", 201)},
                                .scopes = {"checkins:write"}}});
    router.add(http::Method::get, "/rallies/{rally}/draw", [&application](const http::Request &request) { return answer_draw(application, request); },
               {.name = "draw",
                .description = {.summary = "The published list of a draw, and its winners once drawn",
                                .tag = "Rallies",
                                .parameters = {rally_parameter()},
                                .answers = {json_answer("The document that keyaki rally draw --verify checks")}}});
}

} // namespace keyaki::server
