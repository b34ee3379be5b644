#include "server/revision_json.hpp"

#include "server/time.hpp"

#include <nlohmann/json.hpp>

namespace keyaki::server {

using nlohmann::ordered_json;

ordered_json revision_json(const data::Revision &revision) {
    ordered_json json{{"revision", revision.number}, {"published_at", format_rfc3339_jst(revision.published_at_us)},
                      {"author", revision.author},   {"message", revision.message},
                      {"added", revision.added},     {"changed", revision.changed},
                      {"removed", revision.removed}, {"features", revision.feature_count}};
    if (revision.content_of) {
        json["content_of"] = *revision.content_of;
    }
    if (revision.unconditional > 0) {
        json["without_if_match"] = revision.unconditional;
    }
    return json;
}

ordered_json changes_json(const data::DraftChanges &changes) {
    return {{"added", changes.added}, {"changed", changes.changed}, {"removed", changes.removed}, {"unchanged", changes.unchanged}};
}

ordered_json changes_json(const data::DraftSummary &summary) {
    return {{"added", summary.changes.added},
            {"removed", summary.changes.removed},
            {"moved", summary.moved},
            {"changed", summary.changes.changed - summary.moved},
            {"unchanged", summary.changes.unchanged}};
}

} // namespace keyaki::server
