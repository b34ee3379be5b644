#include "server/auth.hpp"
#include "server/editing/edit_answers.hpp"
#include "server/feature_tag.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/identifiers.hpp"
#include "server/limits.hpp"
#include "server/links.hpp"
#include "server/routes/parameters.hpp"
#include "server/routes/routes.hpp"
#include "server/time.hpp"
#include "server/writing.hpp"

#include <fmt/format.h>

#include <algorithm>

/// OGC API – Features Part 4 (draft 20-002r1): create, replace, update and delete single features, in a layer's draft or published at once.
namespace keyaki::server {

namespace {

using data::EditConflict;
using data::LayerEdit;
using editing::FeaturePlace;
using editing::LayerRules;
using editing::MadeFeature;

/// The state of a layer that a request edits.
struct Target {
    std::string layer;
    std::string name; ///< as it was asked for
    bool is_draft = false;

    [[nodiscard]] data::LayerState state() const { return is_draft ? data::LayerState::draft() : data::LayerState::published(); }
};

/// Nothing for a numbered revision, which never changes.
std::optional<Target> target_of(const http::Request &request) {
    const std::string name(request.params.at("layer"));
    const std::size_t at = name.find('@');
    if (at == std::string::npos) {
        return Target{name, name, false};
    }
    return name.substr(at) == "@draft" ? std::optional(Target{name.substr(0, at), name, true}) : std::nullopt;
}

/// One request that edits a feature, from its key to its answer.
class Edit {
  public:
    Edit(Application &application, const http::Request &request, Target target, std::string author)
        : m_application(application), m_request(request), m_target(std::move(target)), m_author(std::move(author)) {}

    /// 201 with Location; 409 where the id is taken.
    http::Response create() {
        editing::FeatureBody body = editing::parse_feature_body(m_request.body, editing::BodyKind::feature);
        const LayerRules rules = require_rules();
        std::string id = body.id ? checked_id(*body.id) : make_ulid(now_us());
        const MadeFeature made = editing::make_feature(rules, content_crs(), std::move(body), std::move(id), nullptr);
        const data::EditOutcome outcome = submit(rules, {data::EditKind::create, made.feature, std::nullopt, false});
        if (!outcome.conflicts.empty()) {
            return refuse(rules, outcome.conflicts.front(), made.feature.id);
        }
        return finish(outcome, editing::answer_feature(201, place(made.feature.id), rules.schema, made));
    }

    /// 200 with the feature as it is now; 404; 409; 412.
    http::Response replace() {
        const editing::FeatureBody body = editing::parse_feature_body(m_request.body, editing::BodyKind::feature);
        return change(data::EditKind::replace, [&](const LayerRules &rules, const geo::Feature &before) {
            require_same_id(body);
            return editing::make_feature(rules, content_crs(), editing::FeatureBody(body), before.id, &before);
        });
    }
    http::Response update() {
        const editing::FeatureBody body = editing::parse_feature_body(m_request.body, editing::BodyKind::patch);
        return change(data::EditKind::replace, [&](const LayerRules &rules, const geo::Feature &before) {
            require_same_id(body);
            return editing::patch_feature(rules, content_crs(), editing::FeatureBody(body), before);
        });
    }
    /// 204; 404; 409; 412.
    http::Response remove() {
        return change(data::EditKind::remove, [](const LayerRules &, const geo::Feature &before) { return MadeFeature{before, {}}; });
    }

  private:
    /// Another edit may come between reading a feature and writing it: without If-Match the next try is made against what that one wrote.
    template <typename Make>
    http::Response change(data::EditKind kind, const Make &make) {
        constexpr int max_tries = 5;
        const std::string id(m_request.params.at("id"));
        for (int tries = 0; tries < max_tries; ++tries) {
            const LayerRules rules = require_rules();
            const auto stored = m_application.store().find_feature(m_target.layer, m_target.state(), id);
            const FeatureMatch match =
                match_feature(m_request, stored ? feature_content_tag(editing::shown_feature(rules.schema, stored->feature)) : std::string());
            if (match == FeatureMatch::differs) {
                return refuse_version(rules, id, stored);
            }
            if (!stored) {
                return no_such_feature(id);
            }
            const MadeFeature made = make(rules, stored->feature);
            const data::EditOutcome outcome = submit(rules, {kind, made.feature, stored->version, match == FeatureMatch::absent});
            if (outcome.conflicts.empty()) {
                return finish(outcome,
                              kind == data::EditKind::remove ? http::no_content() : editing::answer_feature(200, place(id), rules.schema, made));
            }
            if (outcome.conflicts.front().reason == EditConflict::Reason::in_draft) {
                return refuse(rules, outcome.conflicts.front(), id);
            }
        }
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("feature {} of layer {} changed each of {} times that it was to be edited", id, m_target.layer, max_tries));
    }

    data::EditOutcome submit(const LayerRules &rules, data::FeatureEdit edit) {
        constexpr std::string_view words[]{"created", "changed", "removed"};
        LayerEdit layer_edit;
        layer_edit.layer = m_target.layer;
        layer_edit.target = m_target.is_draft ? LayerEdit::Target::draft : LayerEdit::Target::published;
        layer_edit.author = m_author;
        layer_edit.message = fmt::format("feature {} {}", edit.feature.id, words[static_cast<std::size_t>(edit.kind)]);
        layer_edit.now_us = now_us();
        layer_edit.schema = rules.spec.schema;
        layer_edit.edits.push_back(std::move(edit));
        return m_application.store().edit_features(layer_edit);
    }

    /// What was published is in service before its author hears of it, so that he finds it.
    http::Response finish(const data::EditOutcome &outcome, http::Response response) {
        std::uint64_t revision = 0;
        if (outcome.revision) {
            revision = outcome.revision->number;
            m_application.bring_in_changes();
        } else if (const auto layer = m_application.store().find_layer(m_target.layer); layer && !m_target.is_draft) {
            revision = layer->revision;
        }
        response.headers.set("Keyaki-Revision", m_target.is_draft ? m_target.layer + "=draft" : fmt::format("{}={}", m_target.layer, revision));
        return response;
    }

    [[nodiscard]] LayerRules require_rules() const {
        auto layer = m_application.store().find_layer(m_target.layer);
        if (!layer) {
            throw geo::Error(geo::ErrorKind::not_found, fmt::format("There is no layer \"{}\".", m_target.layer));
        }
        return LayerRules(std::move(layer->spec));
    }
    [[nodiscard]] editing::ContentCrs content_crs() const { return editing::ContentCrs::parse(m_request.header("Content-Crs")); }
    [[nodiscard]] FeaturePlace place(std::string id) const {
        return {base_url(m_application.settings(), m_application.port(), m_request), m_target.name, std::move(id)};
    }

    [[nodiscard]] static std::string checked_id(const std::string &id) {
        const bool has_control = std::any_of(id.begin(), id.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
        if (id.empty() || id.size() > max_given_id_bytes || has_control) {
            throw FieldErrors("the feature",
                              {{"/id", fmt::format("expected 1 to {} bytes without control characters, found {}", max_given_id_bytes, id.size())}});
        }
        return id;
    }
    void require_same_id(const editing::FeatureBody &body) const {
        if (body.id && *body.id != m_request.params.at("id")) {
            throw FieldErrors("the feature", {{"/id", fmt::format("expected \"{}\" as in the address, which never changes, found \"{}\"",
                                                                  m_request.params.at("id"), body.id->substr(0, 40))}});
        }
    }

    [[nodiscard]] http::Response no_such_feature(std::string_view id) const {
        return http::problem(404, {}, fmt::format("Layer {} has no feature \"{}\".", m_target.name, id), "not-found");
    }

    /// 412. The version that was looked at is found among those that the layer keeps.
    [[nodiscard]] http::Response refuse_version(const LayerRules &rules, const std::string &id, const std::optional<data::StoredFeature> &present) {
        editing::TwoVersions versions;
        versions.type = "version-conflict";
        versions.id = id;
        versions.present = present ? std::optional(present->feature) : std::nullopt;
        for (data::StoredFeature &older : m_application.store().feature_versions(m_target.layer, id, max_compared_versions)) {
            const std::string tag = feature_content_tag(editing::shown_feature(rules.schema, older.feature));
            if (!m_request.headers.joined("If-Match")->starts_with('*') && match_feature(m_request, tag) == FeatureMatch::matches) {
                versions.sent_against = std::move(older.feature);
                break;
            }
        }
        versions.detail = present
                              ? fmt::format("Feature \"{}\" of layer {} is another now than the version that If-Match names; nothing was changed.",
                                            id, m_target.name)
                              : fmt::format("Layer {} has no feature \"{}\" that If-Match could name; nothing was changed.", m_target.name, id);
        return editing::answer_conflict(rules.schema, versions);
    }
    /// 409: the id is taken, or the draft changes the feature too.
    [[nodiscard]] http::Response refuse(const LayerRules &rules, const EditConflict &conflict, const std::string &id) const {
        editing::TwoVersions versions;
        versions.status = 409;
        versions.id = id;
        versions.present = conflict.present ? std::optional(conflict.present->feature) : std::nullopt;
        if (conflict.reason == EditConflict::Reason::in_draft) {
            versions.type = "changed-in-draft";
            versions.detail = fmt::format("The draft of layer {0} changes feature \"{1}\" too, and would be published over this edit: edit it in "
                                          "{0}@draft, or publish or discard the draft first; nothing was changed.",
                                          m_target.layer, id);
        } else {
            versions.type = "feature-exists";
            versions.detail = fmt::format("Layer {} has a feature \"{}\" already; nothing was changed.", m_target.name, id);
        }
        return editing::answer_conflict(rules.schema, versions);
    }

    Application &m_application;
    const http::Request &m_request;
    Target m_target;
    std::string m_author;
};

bool has_media_type(const http::Request &request, std::initializer_list<std::string_view> types) {
    const std::string_view field = request.header("Content-Type");
    const std::string_view type = http::trim_blanks(field.substr(0, field.find(';')));
    return std::any_of(types.begin(), types.end(), [type](std::string_view wanted) { return http::equal_ignoring_case(type, wanted); });
}

/// Nothing where the body is of a type that the method takes.
std::optional<http::Response> refuse_media_type(const http::Request &request) {
    const bool is_patch = request.method == http::Method::patch;
    const bool is_right =
        request.method == http::Method::delete_ || (is_patch ? has_media_type(request, {"application/merge-patch+json"})
                                                             : has_media_type(request, {"application/geo+json", "application/json"}));
    if (is_right) {
        return std::nullopt;
    }
    const std::string_view wanted = is_patch ? "application/merge-patch+json" : "application/geo+json";
    if (request.header("Content-Type").empty()) { // 20-002, /req/create-replace-delete/post-content-type B and its like: 400 where nothing is said
        return http::problem(400, {}, fmt::format("A feature is sent here with a Content-Type, {}; the request has none.", wanted),
                             "content-type-missing")
            .with(is_patch ? "Accept-Patch" : "Accept-Post", std::string(wanted));
    }
    return http::problem(415, {}, fmt::format("A feature is sent here as Content-Type: {}.", wanted), "unsupported-media-type")
        .with(is_patch ? "Accept-Patch" : "Accept-Post", std::string(wanted));
}

/// 400 for what is no JSON, no CRS, no list of tags; 401, 403; 404; 405 for a numbered revision; 409; 412; 413; 415; 422 with pointers; 503.
http::Response answer(Application &application, const http::Request &request, http::Response (Edit::*method)()) {
    auto target = target_of(request);
    if (!target) {
        return http::problem(405, {}, "A revision never changes: edit the layer, or its draft as layer@draft.", "revision-is-fixed")
            .with("Allow", "GET, HEAD, OPTIONS");
    }
    const Authorisation who = authorise(application.access(), request, {target->is_draft ? "layers:write" : "layers:publish"});
    if (who.refusal) {
        return *who.refusal;
    }
    request.query.require_known({});
    if (auto refusal = refuse_media_type(request)) {
        return *std::move(refusal);
    }
    return answer_writing(application.store(), request, [&] { return (Edit(application, request, *target, who.author).*method)(); });
}

/// The body that a method takes, and what comes back.
http::RouteDescription description_of(http::Method verb) {
    constexpr std::string_view geojson = "application/geo+json";
    const bool is_patch = verb == http::Method::patch;
    http::RouteDescription description{
        .details = "On layer@draft the draft is edited; on the layer itself the edit is published at once, as one revision of just this feature. "
                   "Content-Crs names the CRS of the body (CRS84 without it). If-Match takes a feature's ETag, or several; without it the edit is "
                   "made and the revision says so. 412 and 409 show both versions.",
        .tag = "Editing",
        .parameters = {layer_parameter()},
        .scopes = {"layers:write", "layers:publish"}};
    const http::BodyDescription feature{std::string(geojson), R"({"type":"object"})"};
    if (verb == http::Method::post) {
        description.summary = "Creates a feature";
        description.answers = {{201, "The feature, with its address in Location", {feature}}};
    } else {
        description.parameters.push_back(feature_parameter());
        description.summary = is_patch                    ? "Changes parts of a feature (RFC 7396)"
                              : verb == http::Method::put ? "Replaces a feature"
                                                          : "Removes a feature";
        description.answers = {{200, "The feature as it is now", {feature}}};
    }
    if (verb == http::Method::delete_) {
        description.answers = {{204, "It is gone", {}}};
        return description;
    }
    description.bodies = {is_patch ? http::BodyDescription{"application/merge-patch+json", R"({"type":"object"})"} : feature};
    return description;
}

} // namespace

void add_edit_routes(http::Router &router, Application &application) {
    const auto add = [&](http::Method verb, const std::string &pattern, http::Response (Edit::*method)(), std::string name) {
        router.add(verb, pattern, [&application, method](const http::Request &request) { return answer(application, request, method); },
                   {.body_limit_bytes = max_feature_body_bytes,
                    .name = std::move(name),
                    .shed_priority = http::ShedPriority::essential,
                    .description = description_of(verb)});
    };
    add(http::Method::post, "/collections/{layer}/items", &Edit::create, "item-create");
    add(http::Method::put, "/collections/{layer}/items/{id}", &Edit::replace, "item-replace");
    add(http::Method::patch, "/collections/{layer}/items/{id}", &Edit::update, "item-update");
    add(http::Method::delete_, "/collections/{layer}/items/{id}", &Edit::remove, "item-delete");
}

} // namespace keyaki::server
