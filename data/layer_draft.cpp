#include "data/draft_edits.hpp"
#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/layer_store.hpp"

#include <fmt/format.h>

namespace keyaki::data {

namespace {

/// Versions that an earlier import brought to this draft and the last one replaced or removed: no revision will ever show them.
void remove_superseded(Connection &connection, const LayerRow &row, std::int64_t change) {
    note_superseded(connection, row, change);
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
    connection.prepare("UPDATE keyaki_layers SET draft_change = ?2, last_change = max(last_change, ?2), draft_profile = ?3 WHERE id = ?1")
        .bind_text(1, layer)
        .bind_int64(2, step.change)
        .bind_text(3, step.profile.to_json())
        .run();
    if (row.layer.has_draft) {
        remove_superseded(connection, row, step.change);
        remove_repeats(connection, layer, row.published_change, step.change - 1);
    }
    settle_draft(connection, layer, step.changes, row.layer.has_draft ? geo::LonLatBox() : step.bounds);
}

void remove_repeats(Connection &connection, std::string_view layer, std::int64_t published_change, std::int64_t from_change) {
    const std::string table = layer_table(layer);
    const auto repeats = [&](std::string_view wanted) {
        return fmt::format("(SELECT {}.row FROM {} a INDEXED BY {}_added JOIN {} b INDEXED BY {}_feature ON b.feature_id = a.feature_id AND {}"
                           " WHERE a.added > ?2 AND a.content_hash = b.content_hash)",
                           wanted, table, table, table, table, alive("b", 1));
    };
    for (const auto &sql : {fmt::format("UPDATE {} SET removed = NULL WHERE row IN {}", table, repeats("b")),
                            fmt::format("DELETE FROM {} WHERE pkid IN {}", layer_spatial_index(layer), repeats("a")),
                            fmt::format("DELETE FROM {} WHERE row IN {}", table, repeats("a"))}) {
        connection.prepare(sql).bind_int64(1, published_change).bind_int64(2, from_change).run();
    }
}

void settle_draft(Connection &connection, std::string_view layer, const DraftChanges &changes, const geo::LonLatBox &bounds) {
    write_counts(connection, layer, changes, bounds);
    if (changes.added + changes.changed + changes.removed == 0) {
        discard_draft(connection, layer, "keyaki");
    }
}

} // namespace keyaki::data
