#include "server/routes/routes.hpp"

#include "geo/error.hpp"
#include "server/auth.hpp"
#include "server/http/problem.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/links.hpp"
#include "server/query.hpp"
#include "server/revision_json.hpp"
#include "server/routes/change_page.hpp"
#include "server/routes/document.hpp"
#include "server/routes/draft_tag.hpp"
#include "server/routes/json_body.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

/// What `POST …/revisions` asks for.
struct PublishRequest {
    std::optional<std::uint64_t> from; ///< the revision whose content comes back; nothing: the draft
    std::string message;
    bool confirm = false;
};

/// Error invalid_input for what is not JSON, FieldErrors for wrong fields.
PublishRequest parse_publish_request(std::string_view body) {
    return read_object(body, "the request", [&](ObjectReader &fields) {
        PublishRequest wanted;
        if (const nlohmann::json *from = fields.required("from"); from != nullptr && *from != "draft") {
            if (from->is_number_unsigned() && from->get<std::uint64_t>() > 0 && from->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)) {
                wanted.from = from->get<std::uint64_t>();
            } else {
                fields.refuse("from", "expected \"draft\" or a revision's number");
            }
        }
        wanted.message = fields.text("message", max_message_bytes);
        wanted.confirm = fields.optional_boolean("confirm").value_or(false);
        return wanted;
    });
}

http::Response conflict(std::string_view detail, std::string_view slug, const data::DraftChanges &changes) {
    http::Response response = http::problem(409, {}, detail, slug);
    auto json = ordered_json::parse(response.text());
    json["changes"] = changes_json(changes);
    response.body = std::make_shared<const std::string>(json.dump());
    return response;
}

/// Why the draft is not published; nothing where it may be.
std::optional<http::Response> refuse_draft(data::WriteTransaction &books, const http::Request &request, const data::Layer &layer, bool confirm) {
    if (auto refusal = refuse_other_draft(request, layer)) {
        return refusal;
    }
    if (!layer.has_draft) {
        return conflict(fmt::format("There is nothing to publish: the draft of layer {} is empty.", layer.spec.id), "empty-draft", {});
    }
    const data::DraftChanges changes = books.draft_changes(layer.spec.id);
    if (!confirm && data::wants_confirmation(changes, layer.feature_count)) {
        return conflict(fmt::format("Publishing would remove {} of the {} features of layer {}. If that is meant, send \"confirm\": true.",
                                    changes.removed, layer.feature_count, layer.spec.id),
                        "confirmation-required", changes);
    }
    return std::nullopt;
}

/// 201 with the new revision, which everyone can read by then; 400, 413, 415, 422 for the request itself; 401, 403; 404; 409 with the counts where
/// there is nothing to publish or more would go than goes without a confirmation; 412 where If-Match names another draft (publishing) or another
/// history (going back); 503 while nothing can be written.
http::Response answer_publish(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"layers:publish"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (!has_json_body(request)) {
        return http::problem(415, "Unsupported Media Type", "What to publish is sent as Content-Type: application/json.");
    }
    const PublishRequest wanted = parse_publish_request(request.body);
    const std::string id(request.params.at("layer"));
    std::optional<http::Response> refusal;
    data::Revision made;
    application.store().write([&](data::WriteTransaction &books) {
        const auto layer = books.find_layer(id);
        if (!layer) {
            throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no layer \"{}\"", id));
        }
        refusal = wanted.from ? refuse_other_history(request, *layer) : refuse_draft(books, request, *layer, wanted.confirm);
        if (!refusal) {
            made = wanted.from ? books.rollback(id, *wanted.from, who.author, wanted.message, now_us())
                               : books.publish(id, who.author, wanted.message, wanted.confirm, now_us());
        }
    });
    if (refusal) {
        return *std::move(refusal);
    }
    application.bring_in_changes();
    const std::string base = base_url(application.settings(), application.port(), request);
    return http::created(fmt::format("{}/collections/{}@{}", base, id, made.number), revision_json(made).dump())
        .with_cache_control("private, no-store")
        .with("Keyaki-Revision", fmt::format("{}={}", id, made.number));
}

/// A whole number from 1 in a parameter; Error invalid_input for anything else.
std::uint64_t parse_revision_number(std::string_view name, std::string_view text) {
    std::uint64_t number = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || stop != text.data() + text.size() || number == 0) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: expected a revision's number, found \"{}\"", name, text.substr(0, 40)));
    }
    return number;
}

/// 200 with a page of the revisions, the newest first; 400, 401, 403, 404.
http::Response answer_revisions(Application &application, const http::Request &request) {
    if (const auto who = authorise(application.access(), request, {"layers:write", "layers:publish"}); who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "before"});
    const auto limit_text = request.query.find("limit");
    const auto limit = static_cast<std::size_t>(limit_text ? parse_limit(*limit_text, max_page_changes) : default_page_changes);
    const auto before_text = request.query.find("before");
    const std::uint64_t before = before_text ? parse_revision_number("before", *before_text) : UINT64_MAX;
    const std::string id(request.params.at("layer"));
    auto layer = application.store().find_layer(id);
    if (!layer) {
        return http::problem(404, "Not Found", fmt::format("There is no layer \"{}\".", id));
    }
    ordered_json list = ordered_json::array();
    const auto revisions = application.store().revisions(id);
    auto one = std::find_if(revisions.begin(), revisions.end(), [&](const data::Revision &revision) { return revision.number < before; });
    for (; one != revisions.end() && list.size() < limit; ++one) {
        list.push_back(revision_json(*one));
    }
    ordered_json links = ordered_json::array();
    if (one != revisions.end()) {
        const std::string base = base_url(application.settings(), application.port(), request);
        links.push_back(link_object(fmt::format("{}/collections/{}/revisions?limit={}&before={}", base, id, limit, one->number + 1), "next",
                                    "application/json", "前の改訂 / Earlier revisions"));
    }
    layer->revision = revisions.empty() ? 0 : revisions.front().number; // of the list, which was read last
    return http::json(200, ordered_json{{"layer", id}, {"revisions", std::move(list)}, {"links", std::move(links)}}.dump())
        .with_etag(history_tag(*layer))
        .with_cache_control("private, no-store");
}

/// 200 with a page of what a revision changed against the one before it; 400, 401, 403, 404. Never changes.
http::Response answer_revision_changes(Application &application, const http::Request &request) {
    if (const auto who = authorise(application.access(), request, {"layers:write", "layers:publish"}); who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "after"});
    const data::ChangePage page = parse_change_page(request);
    const std::string_view id = request.params.at("layer");
    const std::string_view text = request.params.at("number");
    std::uint64_t number = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || stop != text.data() + text.size() || number == 0) {
        return http::problem(404, "Not Found", fmt::format("Layer {} has no revision \"{}\".", id, text));
    }
    ChangePageBody body(page.limit - 1);
    application.store().read_changes(id, number - 1, number, page, [&](data::Change &&change) { return body.add(change); });
    const std::string base = base_url(application.settings(), application.port(), request);
    return http::json(200, body.finish(base + request.target, fmt::format("{}/collections/{}/revisions/{}/changes?", base, id, number)),
                      "application/geo+json")
        .with_cache_control("private, no-store")
        .with("Keyaki-Revision", fmt::format("{}={}", id, number));
}

const std::vector<std::string> reading_scopes{"layers:write", "layers:publish"};

http::RouteDescription revisions_description() {
    return {.summary = "The history of a layer: who published what, when and why",
            .tag = "Drafts",
            .parameters = {layer_parameter(),
                           {.name = "limit",
                            .text = "Revisions on one page; more than the maximum is the maximum.",
                            .schema =
                                fmt::format(R"({{"type":"integer","minimum":1,"maximum":{},"default":{}}})", max_page_changes, default_page_changes)},
                           {.name = "before",
                            .text = "Only revisions below this number, as the next link has it.",
                            .schema = R"({"type":"integer","minimum":1})"}},
            .answers = {json_answer("A page of revisions, the newest first")},
            .scopes = reading_scopes};
}

http::RouteDescription revision_changes_description() {
    return {.summary = "What a revision changed against the one before it, each change with both values",
            .tag = "Drafts",
            .parameters = {layer_parameter(), path_parameter("number", "The revision", R"({"type":"integer","minimum":1})"), change_limit_parameter(),
                           change_after_parameter()},
            .answers = {{200, "A page of changes", {{.media_type = "application/geo+json"}}}},
            .scopes = reading_scopes};
}

http::RouteDescription publish_description() {
    const std::string schema = fmt::format(
        R"({{"type":"object","required":["from","message"],"additionalProperties":false,"properties":{{"from":{{"oneOf":[{{"type":"string","enum":["draft"]}},{{"type":"integer","minimum":1}}]}},"message":{{"type":"string","minLength":1,"maxLength":{}}},"confirm":{{"type":"boolean","default":false}}}}}})",
        max_message_bytes);
    return {.summary = "Publishes the draft, or the content of an older revision again",
            .details = "From \"draft\": If-Match names the draft that was looked at (412 when it has changed), and removing more than a tenth of the "
                       "layer wants confirm (409 with the counts). From a number: that revision's content under a new number; the draft stays.",
            .tag = "Drafts",
            .parameters = {layer_parameter()},
            .bodies = {{.media_type = "application/json", .schema = schema}},
            .answers = {json_answer("The new revision, in service", R"({"type":"object"})", 201)},
            .scopes = {"layers:publish"}};
}

} // namespace

void add_revision_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/collections/{layer}/revisions",
               [&application](const http::Request &request) { return answer_revisions(application, request); },
               {.name = "revisions", .description = revisions_description()});
    router.add(http::Method::get, "/collections/{layer}/revisions/{number}/changes",
               [&application](const http::Request &request) { return answer_revision_changes(application, request); },
               {.name = "revision-changes", .description = revision_changes_description()});
    router.add(http::Method::post, "/collections/{layer}/revisions",
               [&application](const http::Request &request) {
                   return answer_writing(application.store(), request, [&] { return answer_publish(application, request); });
               },
               {.body_limit_bytes = max_publish_body_bytes,
                .name = "publish",
                .shed_priority = http::ShedPriority::essential,
                .description = publish_description()});
}

} // namespace keyaki::server
