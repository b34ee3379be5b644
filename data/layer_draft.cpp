#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/layer_store.hpp"

#include <fmt/format.h>

namespace keyaki::data {

namespace {

/// Versions that an earlier import brought to this draft and the last one replaced or removed: no revision will ever show them.
void remove_superseded(Connection &connection, const LayerRow &row, std::int64_t change) {
    const std::string table = layer_table(row.layer.spec.id);
    const std::string superseded = fmt::format("(SELECT row FROM {0} INDEXED BY {0}_removed WHERE removed = ?1 AND added > ?2)", table);
    for (const auto &sql : {fmt::format("DELETE FROM {} WHERE pkid IN {}", layer_spatial_index(row.layer.spec.id), superseded),
                            fmt::format("DELETE FROM {} WHERE row IN {}", table, superseded)}) {
        connection.prepare(sql).bind_int64(1, change).bind_int64(2, row.published_change).run();
    }
}

void write_counts(Connection &connection, std::string_view layer, const DraftChanges &changes, const geo::LonLatBox &bounds) {
    Statement statement = connection.prepare("UPDATE keyaki_layers SET draft_added = ?2, draft_changed = ?3, draft_removed = ?4, draft_west_deg = ?5,"
                                             " draft_south_deg = ?6, draft_east_deg = ?7, draft_north_deg = ?8 WHERE id = ?1");
    statement.bind_text(1, layer).bind_int64(2, static_cast<std::int64_t>(changes.added)).bind_int64(3, static_cast<std::int64_t>(changes.changed));
    statement.bind_int64(4, static_cast<std::int64_t>(changes.removed));
    bind_box(statement, 5, bounds).run();
}

} // namespace

void advance_draft(Connection &connection, std::string_view layer, const DraftStep &step) {
    const LayerRow row = require_layer_row(connection, layer);
    connection
        .prepare("UPDATE keyaki_layers SET draft_change = ?2, last_change = max(last_change, ?2), draft_profile = ?3, draft_added = NULL,"
                 " draft_changed = NULL, draft_removed = NULL WHERE id = ?1")
        .bind_text(1, layer)
        .bind_int64(2, step.change)
        .bind_text(3, step.profile.to_json())
        .run();
    if (row.layer.has_draft) {
        remove_superseded(connection, row, step.change);
    } else if (step.changes) {
        write_counts(connection, layer, *step.changes, step.bounds);
    }
}

void settle_draft(Connection &connection, std::string_view layer, std::int64_t draft_change, const DraftChanges &changes) {
    const LayerRow row = require_layer_row(connection, layer);
    if (row.draft_change != draft_change || !row.layer.has_draft) {
        return;
    }
    if (changes.added + changes.changed + changes.removed == 0) {
        discard_draft(connection, layer, "keyaki");
    } else {
        write_counts(connection, layer, changes, bounds_of_added(connection, layer, row.published_change, row.draft_change));
    }
}

} // namespace keyaki::data
