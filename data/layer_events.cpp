#include "data/layer_events.hpp"

#include "data/audit_store.hpp"
#include "data/check_in_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::data {

namespace {

/// What is no UTF-8 stands as U+FFFD.
std::string dump(const nlohmann::json &json) { return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

nlohmann::json revision_json(const Revision &revision) {
    nlohmann::json json{{"revision", revision.number}, {"message", revision.message}, {"added", revision.added},
                        {"changed", revision.changed}, {"removed", revision.removed}, {"features", revision.feature_count}};
    if (revision.content_of) {
        json["content_of"] = *revision.content_of;
    }
    if (revision.unconditional > 0) {
        json["unconditional"] = revision.unconditional;
    }
    return json;
}

nlohmann::json spec_json(const LayerSpec &spec) {
    return {{"title_ja", spec.title_ja},
            {"title_en", spec.title_en},
            {"geometry", static_cast<int>(spec.geometry)},
            {"visibility", static_cast<int>(spec.visibility)},
            {"attribution", spec.attribution},
            {"zoom_min", spec.zoom_min},
            {"zoom_max", spec.zoom_max},
            {"schema", spec.schema},
            {"invalid_geometry", static_cast<int>(spec.invalid_geometry)}};
}

std::string_view edit_action(EditKind kind) {
    switch (kind) {
    case EditKind::create: return "feature.create";
    case EditKind::replace: return "feature.replace";
    case EditKind::remove: return "feature.remove";
    }
    return "";
}

} // namespace

void note_layer(Connection &connection, std::string_view action, const LayerSpec &spec, std::string_view author, std::int64_t now_us) {
    insert_audit(connection, {now_us, std::string(author), std::string(action), spec.id, dump(spec_json(spec))});
}

void announce_revision(Connection &connection, std::string_view action, std::string_view layer, std::string_view author, const Revision &revision) {
    const std::string detail = dump(revision_json(revision));
    insert_audit(connection, {revision.published_at_us, std::string(author), std::string(action), std::string(layer), detail});
    nlohmann::json event{{"layer", layer}, {"revision", revision.number}};
    insert_event(connection, {fmt::format("layer.published/{}@{}", layer, revision.number), "layer.published", std::string(layer), dump(event),
                              revision.published_at_us});
}

void note_discard(Connection &connection, std::string_view layer, std::string_view author, const DraftChanges &changes, std::int64_t now_us) {
    const nlohmann::json detail{{"added", changes.added}, {"changed", changes.changed}, {"removed", changes.removed}};
    insert_audit(connection, {now_us, std::string(author), "layer.discard", std::string(layer), dump(detail)});
}

void note_edits(Connection &connection, const LayerEdit &edit, const EditOutcome &outcome) {
    for (std::size_t place = 0; place < outcome.changed.size(); ++place) {
        const FeatureEdit &one = edit.edits[place];
        if (!outcome.changed[place]) {
            continue;
        }
        nlohmann::json detail{{"feature", one.feature.id}, {"unconditional", one.overwrites_unseen()}};
        outcome.revision ? detail["revision"] = outcome.revision->number : detail["draft"] = true;
        insert_audit(connection, {edit.now_us, edit.author, std::string(edit_action(one.kind)), edit.layer, dump(detail)});
    }
    if (outcome.revision) {
        announce_revision(connection, "layer.publish", edit.layer, edit.author, *outcome.revision);
    }
}

} // namespace keyaki::data
