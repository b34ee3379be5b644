#include "server/routes/routes.hpp"

#include "server/access/scopes.hpp"
#include "server/auth.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/limits.hpp"
#include "server/links.hpp"
#include "server/revision_json.hpp"
#include "server/routes/change_page.hpp"
#include "server/routes/draft_tag.hpp"
#include "server/routes/parameters.hpp"
#include "server/time.hpp"
#include "server/viewer.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <variant>

namespace keyaki::server {

namespace {

/// Drafts are for the staff who look at them, and for no cache.
http::Response private_json(std::string body, std::string type = "application/json") {
    return http::json(200, std::move(body), std::move(type)).with_cache_control("private, no-store");
}

std::string layer_address(Application &application, const http::Request &request, std::string_view layer) {
    return fmt::format("{}/collections/{}", base_url(application.settings(), application.port(), request), layer);
}

/// 200 with what publishing would do, as counts. 401, 403; 404 for a layer that is not there.
http::Response answer_draft(Application &application, const http::Request &request) {
    if (const auto who = authorise(application.access(), request, {"layers:write", "layers:publish"}); who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const data::DraftSummary draft = application.store().draft_summary(request.params.at("layer"));
    const std::string address = layer_address(application, request, draft.layer.spec.id);
    nlohmann::ordered_json json{{"layer", draft.layer.spec.id}, {"revision", draft.layer.revision}, {"has_draft", draft.layer.has_draft}};
    json.update(changes_json(draft));
    json["wants_confirmation"] = data::wants_confirmation(draft.changes, draft.layer.feature_count);
    const auto link = [&](const std::string &href, std::string_view rel, std::string_view type) {
        json["links"].push_back({{"href", href}, {"rel", rel}, {"type", type}});
    };
    link(address + "/draft", "self", "application/json");
    link(address + "/draft/changes", "items", "application/geo+json");
    const std::string tiles = fmt::format("{}/tiles/{}", base_url(application.settings(), application.port(), request), draft.layer.spec.id);
    link(tiles + "@draft.json", "preview", "application/json");
    link(tiles + "@diff.json", "tiles", "application/json");
    return private_json(json.dump()).with_etag(draft_tag(draft.layer));
}

/// 200 with a page of the draft's changes, in the order of the features' ids; 400 for a malformed limit; 401, 403, 404. The ETag is the draft's, so
/// that one can publish what one has seen; pages that carry different ones are of different drafts.
http::Response answer_draft_changes(Application &application, const http::Request &request) {
    if (const auto who = authorise(application.access(), request, {"layers:write", "layers:publish"}); who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({"limit", "after"});
    const data::ChangePage page = parse_change_page(request);
    ChangePageBody body(page.limit - 1);
    const data::Layer layer =
        application.store().read_draft_changes(request.params.at("layer"), page, [&](data::Change &&change) { return body.add(change); });
    const std::string base = base_url(application.settings(), application.port(), request);
    const std::string address = layer_address(application, request, layer.spec.id) + "/draft/changes?";
    return private_json(body.finish(base + request.target, address), "application/geo+json").with("ETag", draft_tag(layer));
}

/// 200 with the counts of what was thrown away, also where there was nothing; 401, 403, 404; 409 while an import into the draft runs; 412 where
/// If-Match names another draft; 503 while nothing can be written.
http::Response discard_draft(Application &application, const http::Request &request) {
    const Authorisation who = authorise(application.access(), request, {"layers:write", "layers:publish"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    const std::string_view id = request.params.at("layer");
    std::optional<http::Response> refusal;
    data::DraftChanges changes;
    application.store().write([&](data::WriteTransaction &books) {
        const auto layer = books.find_layer(id);
        refusal = layer ? refuse_other_draft(request, *layer) : std::nullopt;
        if (!refusal) {
            changes = books.discard_draft(id, who.author, now_us());
        }
    });
    return refusal ? *std::move(refusal) : private_json(changes_json(changes).dump());
}

/// 200 with every layer that has a draft, and what each would change; of those for which the key or token holds; 401, 403.
http::Response answer_drafts(Application &application, const http::Request &request) {
    const Viewer viewer(application.access(), request);
    if (auto refusal = viewer.refuse_strangers()) {
        return *std::move(refusal);
    }
    request.query.require_known({});
    auto drafts = nlohmann::ordered_json::array();
    for (const data::Layer &layer : application.store().layers()) {
        if (layer.has_draft && viewer.is_staff(layer.spec.id)) {
            drafts.push_back({{"layer", layer.spec.id}, {"title_ja", layer.spec.title_ja}, {"title_en", layer.spec.title_en}});
            drafts.back().update(changes_json(application.store().draft_changes(layer.spec.id)));
        }
    }
    return private_json(nlohmann::ordered_json{{"drafts", std::move(drafts)}}.dump());
}

const std::vector<std::string> staff_scopes{"layers:write", "layers:publish"};

http::RouteDescription draft_description() {
    return {.summary = "What publishing the draft would change, as counts",
            .details = "The ETag names the draft: send it as If-Match to publish what you have looked at.",
            .tag = "Drafts",
            .parameters = {layer_parameter()},
            .answers = {json_answer("Counts of added, removed, moved, changed and unchanged features")},
            .scopes = staff_scopes};
}

http::RouteDescription changes_description() {
    return {.summary = "The draft's changes, each with both values",
            .details =
                "In the order of the features' ids. Each has change (added, removed, moved, changed), before and after, and moved ones distance_m.",
            .tag = "Drafts",
            .parameters = {layer_parameter(), change_limit_parameter(), change_after_parameter()},
            .answers = {{200, "A page of changes", {{.media_type = "application/geo+json"}}}},
            .scopes = staff_scopes};
}

http::RouteDescription discard_description() {
    return {.summary = "Throws the draft away",
            .details = "With If-Match only where the draft is the one that it names (412 otherwise).",
            .tag = "Drafts",
            .parameters = {layer_parameter()},
            .answers = {json_answer("Counts of what was thrown away")},
            .scopes = staff_scopes};
}

} // namespace

void add_draft_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/collections/{layer}/draft",
               [&application](const http::Request &request) { return answer_draft(application, request); },
               {.name = "draft", .description = draft_description()});
    router.add(http::Method::get, "/collections/{layer}/draft/changes",
               [&application](const http::Request &request) { return answer_draft_changes(application, request); },
               {.name = "draft-changes", .description = changes_description()});
    router.add(http::Method::get, "/drafts", [&application](const http::Request &request) { return answer_drafts(application, request); },
               {.name = "drafts",
                .description = {.summary = "The layers that have a draft",
                                .tag = "Drafts",
                                .answers = {json_answer("Each with what its draft would change")},
                                .scopes = staff_scopes}});
    router.add(http::Method::delete_, "/collections/{layer}/draft",
               [&application](const http::Request &request) {
                   return answer_writing(application.store(), request, [&] { return discard_draft(application, request); });
               },
               {.name = "draft-discard", .shed_priority = http::ShedPriority::essential, .description = discard_description()});
}

} // namespace keyaki::server
