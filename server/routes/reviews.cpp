#include "server/routes/routes.hpp"

#include "data/books.hpp"
#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/flows/rallies.hpp"
#include "server/flows/reviews.hpp"
#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/query.hpp"
#include "server/rally/limits.hpp"
#include "server/review_json.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

http::Response private_json(std::string body) { return http::json(200, std::move(body)).with_cache_control("private, no-store"); }

/// 200 with open reviews, the one that lapses first in front; 401, 403.
http::Response answer_reviews(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:review"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "after"});
    const auto limit = static_cast<std::size_t>(parse_limit(request.query.find("limit").value_or("100"), rally::max_listed));
    const std::string after(request.query.find("after").value_or(""));
    ordered_json list = ordered_json::array();
    application.store().read_books([&](data::Books &books) {
        const auto last = after.empty() ? std::nullopt : books.reviews.find(after);
        if (!after.empty() && !last) {
            throw geo::Error(geo::ErrorKind::invalid_input, "after: expected the check_in of a review, as the page before had it last");
        }
        for (const data::Review &review : books.reviews.list(last ? last->due_at_us : std::numeric_limits<std::int64_t>::min(), after, limit)) {
            list.push_back(review_json(review, books.history.find(review.check_in)));
        }
    });
    ordered_json answer{{"reviews", std::move(list)}};
    answer["next_after"] = answer["reviews"].size() == limit ? answer["reviews"].back()["check_in"] : ordered_json(nullptr);
    return private_json(answer.dump());
}

/// 200 with what was done; 400, 415, 422 for the request; 401, 403; 404 where nobody has to look at it; 409 where somebody has; 503 while nothing can
/// be written.
http::Response answer_decision(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"checkins:review"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "A decision is sent as Content-Type: application/json.");
    }
    return answer_writing(application.store(), request, [&] {
        const auto [approve, note] = read_object(request.body, "the decision", [](ObjectReader &reader) {
            const bool is_approval = reader.one_of("decision", {"approve", "reject"}) == "approve";
            return std::pair(is_approval,
                             is_approval ? reader.optional_text("note", max_message_bytes).value_or("") : reader.text("note", max_message_bytes));
        });
        const ReviewOutcome outcome =
            decide_review(application.store(), application.rallies(), request.params.at("check_in"), approve, who.author, note, now_us());
        return private_json(outcome_json(outcome).dump());
    });
}

} // namespace

void add_review_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/reviews", [&application](const http::Request &request) { return answer_reviews(application, request); },
               {.name = "reviews",
                .description = {
                    .summary = "Check-ins that somebody has to look at",
                    .tag = "Check-ins",
                    .parameters = {{.name = "limit", .text = "Reviews on one page.", .schema = R"({"type":"integer","minimum":1,"default":100})"},
                                   {.name = "after", .text = "The check_in of the last one seen."}},
                    .answers = {json_answer("The reviews, the one that lapses first in front")},
                    .scopes = {"checkins:review"}}});
    router.add(http::Method::post, "/reviews/{check_in}",
               [&application](const http::Request &request) { return answer_decision(application, request); },
               {.body_limit_bytes = max_publish_body_bytes,
                .name = "review",
                .description = {.summary = "Approves or rejects a check-in that was held or sampled",
                                .details = "Approved: the held points are posted. Rejected, with a note: they go back, and so does the stamp.",
                                .tag = "Check-ins",
                                .parameters = {path_parameter("check_in", "The check-in's id")},
                                .bodies = {{.media_type = "application/json"}},
                                .answers = {json_answer("What was done")},
                                .scopes = {"checkins:review"}}});
}

} // namespace keyaki::server
