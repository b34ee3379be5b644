#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "geo/fence_index.hpp"
#include "geo/presence.hpp"
#include "server/flows/collection.hpp"
#include "server/flows/fence_question.hpp"
#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/parameters.hpp"
#include "server/viewer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>

namespace keyaki::server {

namespace {

/// Works out the layer's fences where nobody has yet, and says in the log what came of it. False while others are at it.
bool prepare(const Collection &collection) {
    if (collection.snapshot->fences_are_ready()) {
        return true;
    }
    const auto began = std::chrono::steady_clock::now();
    if (!collection.snapshot->prepare_fences(fences_patience)) {
        return false;
    }
    const auto summary = collection.snapshot->fence_summary();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    spdlog::info("layer {}: {} fences stand after {} ms", collection.revision_header(), summary.fences, took.count());
    if (summary.refused > 0) {
        spdlog::warn("layer {}: {} features describe an area that cannot be a fence, the first: {}", collection.revision_header(), summary.refused,
                     summary.first_refusal);
    }
    return true;
}

http::Response answer(const Collection &collection, const FenceQuestion &question) {
    return http::json(200, answer_fence_question(collection, question))
        .with_cache_control("no-store")
        .with("Keyaki-Revision", collection.revision_header());
}

/// 200 with the fences; 400 for what is not JSON, a malformed revision or a parameter; 404, 413, 415; 422 for wrong fields; 503 while the fences of a
/// large layer are being worked out.
http::Response answer_fences(Application &application, const http::Request &request) {
    request.query.require_known({});
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "A question for fences is sent as Content-Type: application/json.");
    }
    try {
        const FenceQuestion question = parse_fence_question(request.body);
        if (!prepare(*collection)) {
            throw geo::Error(geo::ErrorKind::unavailable, fmt::format("the fences of {} are being worked out", collection->revision_header()));
        }
        return answer(*collection, question);
    } catch (const FieldErrors &errors) {
        return problem_of_fields(errors);
    }
}

/// The answer to a few positions where the newest revision's fences stand: microseconds. A revision that is named may have to be read first.
std::optional<http::Response> ready_fences(Application &application, const http::Request &request) {
    const std::string_view layer = request.params.at("layer");
    if (request.body.size() > quick_fence_question_bytes || !request.query.empty() || layer.find('@') != std::string_view::npos ||
        !has_json_body(request)) {
        return std::nullopt;
    }
    const auto collection = find_collection(application.snapshots(), layer);
    if (!collection || !collection->snapshot->fences_are_ready()) {
        return std::nullopt;
    }
    return answer(*collection, parse_fence_question(request.body));
}

std::string number_schema(double minimum, double maximum, std::string_view text) {
    return fmt::format(R"({{"type":"number","minimum":{},"maximum":{},"description":"{}"}})", minimum, maximum, text);
}

/// What stands in a question: its positions, what their accuracy means, and how probable is probable enough.
std::string question_schema() {
    const std::string position = R"({"type":"object","required":["lon","lat","accuracy_m"],"additionalProperties":false,"properties":{"lon":)" +
                                 number_schema(-180, 180, "Degrees on JGD2011, at map scale WGS 84") + R"(,"lat":)" +
                                 number_schema(-90, 90, "Degrees") + R"(,"accuracy_m":)" +
                                 number_schema(0.001, max_asked_accuracy_m, "As the device reports it, in the meaning of its platform") + "}}";
    return R"({"type":"object","required":["positions"],"additionalProperties":false,"properties":{"positions":)" +
           fmt::format(R"({{"type":"array","minItems":1,"maxItems":{},"items":{}}})", max_asked_positions, position) +
           R"(,"platform":{"type":"string","enum":["android","ios","web","unknown"],"default":"unknown","description":"What accuracy_m means"})" +
           fmt::format(
               R"(,"at_least":{{"type":"number","minimum":{},"maximum":1,"default":{},"description":"Less probable fences are left out."}}}}}})",
               geo::FenceIndex::min_floor, geo::PresenceRules{}.ask_token_probability);
}

http::RouteDescription fences_description() {
    constexpr const char *answer =
        R"({"type":"object","properties":{"revision":{"type":"string"},"rules":{"type":"string"},"at_least":{"type":"number"},)"
        R"("positions":{"type":"array","items":{"type":"object","properties":{"sigma_m":{"type":"number"},"fences":{"type":"array",)"
        R"("items":{"type":"object","properties":{"id":{"type":"string"},"probability":{"type":"number"}}}}}}}}})";
    return {.summary = "The fences that positions are in, with their probabilities, the most probable first",
            .details =
                "A fence is a feature that is an area, a point with radius_m, or a line with width_m. Positions of people stand in no address that "
                "a proxy logs, hence POST; nothing of the question is kept.",
            .tag = "Features",
            .parameters = {layer_parameter()},
            .bodies = {{"application/json", question_schema()}},
            .answers = {json_answer("The fences of each position", answer)}};
}

} // namespace

void add_fence_routes(http::Router &router, Application &application) {
    router.add(http::Method::post, "/collections/{layer}/fences",
               [&application](const http::Request &request) { return answer_fences(application, request); },
               {.body_limit_bytes = max_fence_question_bytes,
                .name = "fences",
                .ready = [&application](const http::Request &request) { return ready_fences(application, request); },
                .description = fences_description()});
}

} // namespace keyaki::server
