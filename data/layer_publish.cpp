#include "data/draft_edits.hpp"
#include "data/feature_row.hpp"
#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/layer_store.hpp"
#include "data/new_revision.hpp"
#include "data/spatial_index.hpp"
#include "data/unseen_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::data {

namespace {

void require_confirmation(const LayerRow &row, const DraftChanges &changes) {
    if (wants_confirmation(changes, row.layer.feature_count)) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("publishing would remove {} of the {} features of layer {}; more than a tenth wants a confirmation",
                                     changes.removed, row.layer.feature_count, row.layer.spec.id));
    }
}

/// What the draft takes away and brings, seen from the box of what is published.
geo::LonLatBox bounds_after_publish(Connection &connection, const LayerRow &row, const DraftChanges &changes) {
    const std::string &layer = row.layer.spec.id;
    const geo::LonLatBox gone =
        changes.changed + changes.removed > 0 ? bounds_of_removed(connection, layer, row.published_change, row.draft_change) : geo::LonLatBox();
    const geo::LonLatBox arrived = row.draft_bounds ? *row.draft_bounds : bounds_of_added(connection, layer, row.published_change, row.draft_change);
    return bounds_after(connection, layer, row.draft_change, row.layer.bounds, gone, arrived);
}

// Rollback. P is the published change, n the new one, C the change of the revision whose content comes back.

/// Takes away what is published (?1 = P) and has not the same content at C (?2).
void remove_newer(Connection &connection, const LayerRow &row, std::int64_t content, std::int64_t change) {
    const std::string table = layer_table(row.layer.spec.id);
    connection
        .prepare(fmt::format("UPDATE {0} SET removed = ?3 WHERE row IN (SELECT p.row FROM {0} p INDEXED BY {0}_added"
                             " LEFT JOIN {0} q INDEXED BY {0}_feature ON q.feature_id = p.feature_id AND {1}"
                             " WHERE p.added > ?2 AND p.added <= ?1 AND {2} AND (q.row IS NULL OR q.content_hash <> p.content_hash))",
                             table, alive("q", 2), alive("p", 1)))
        .bind_int64(1, row.published_change)
        .bind_int64(2, content)
        .bind_int64(3, change)
        .run();
}

/// Copies what was there at C (?2) and is not published with the same content (?1 = P), as of change n (?3). A copy whose feature the draft
/// (from ?4 = n + 1) replaces or removes is gone again in the draft.
void copy_older(Connection &connection, const LayerRow &row, std::int64_t content, std::int64_t change) {
    const std::string table = layer_table(row.layer.spec.id);
    connection
        .prepare(fmt::format("INSERT INTO {0} (feature_id, added, removed, content_hash, properties, geom)"
                             " SELECT q.feature_id, ?3,"
                             "  CASE WHEN p.removed >= ?4 THEN p.removed"
                             "   ELSE (SELECT min(d.added) FROM {0} d WHERE d.feature_id = q.feature_id AND d.added >= ?4) END,"
                             "  q.content_hash, q.properties, q.geom"
                             " FROM {0} q INDEXED BY {0}_removed LEFT JOIN {0} p INDEXED BY {0}_feature ON p.feature_id = q.feature_id AND {1}"
                             " WHERE q.removed > ?2 AND q.removed <= ?1 AND q.added <= ?2 AND (p.row IS NULL OR p.content_hash <> q.content_hash)",
                             table, alive("p", 1)))
        .bind_int64(1, row.published_change)
        .bind_int64(2, content)
        .bind_int64(3, change)
        .bind_int64(4, change + 1)
        .run();
    index_rows_of_change(connection, row.layer.spec.id, change);
}

/// Box, profile and schema as the older revision had them.
void take_description(Connection &connection, std::string_view layer, std::uint64_t revision, NewRevision &made) {
    Statement statement =
        connection.prepare("SELECT west_deg, south_deg, east_deg, north_deg, profile, schema FROM keyaki_revisions WHERE layer = ?1 AND number = ?2");
    if (statement.bind_text(1, layer).bind_int64(2, static_cast<std::int64_t>(revision)).step()) {
        if (!statement.is_null(0)) {
            made.bounds = {statement.column_double(0), statement.column_double(1), statement.column_double(2), statement.column_double(3)};
        }
        made.profile = LayerProfile::from_json(statement.column_text(4));
        made.schema = statement.column_text(5);
    }
}

} // namespace

void require_no_import(Connection &connection, std::string_view layer, std::string_view what) {
    if (bury_dead_imports(connection, layer)) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("{} layer {} has to wait: an import into its draft is running", what, layer));
    }
}

Revision publish(Connection &connection, std::string_view layer, std::string_view author, std::string_view message, bool confirm_removals,
                 std::int64_t now_us) {
    const LayerRow row = require_layer_row(connection, layer);
    if (!row.layer.has_draft) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("there is nothing to publish: the draft of layer {} is empty", layer));
    }
    const DraftChanges &changes = row.draft_changes;
    if (!confirm_removals) {
        require_confirmation(row, changes);
    }
    NewRevision made;
    made.revision = next_revision(row, changes, author, message, now_us);
    made.revision.unconditional = row.draft_unconditional;
    made.schema = row.layer.spec.schema;
    made.change = row.draft_change;
    made.draft_change = row.draft_change;
    made.bounds = bounds_after_publish(connection, row, changes);
    made.profile = row.draft_profile;
    made.draft_profile = row.draft_profile;
    move_published(connection, row, made);
    return made.revision;
}

Revision rollback(Connection &connection, std::string_view layer, std::uint64_t revision, std::string_view author, std::string_view message,
                  std::int64_t now_us) {
    const LayerRow row = require_layer_row(connection, layer);
    const std::int64_t content = change_of_revision(connection, layer, revision);
    if (revision == 0 || revision == row.layer.revision) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("expected an older revision of layer {} to go back to, found {} where {} is published",
                                                               layer, revision, row.layer.revision));
    }
    require_no_import(connection, layer, "rolling back");
    while (sweep_piece(connection, layer)) { // the new number must not uncover what nobody shall see
    }
    const std::int64_t change = row.last_change + 1;
    // The draft makes room: n is for the rollback, what comes after it for everything that the draft holds.
    const std::int64_t draft_change = row.layer.has_draft ? renumber_draft(connection, row, change + 1) : change;
    copy_older(connection, row, content, change); // first: the marks of the draft, which it reads, may be overwritten by the next
    remove_newer(connection, row, content, change);

    NewRevision made;
    made.change = change;
    made.draft_change = draft_change;
    made.revision = next_revision(row, count_changes_between(connection, layer, row.published_change, change), author, message, now_us);
    made.revision.content_of = revision;
    take_description(connection, layer, revision, made);
    made.draft_profile = made.profile;
    if (row.layer.has_draft) {
        made.draft_profile.merge(row.draft_profile);
    }
    move_published(connection, row, made);
    if (row.layer.has_draft) {
        remove_repeats(connection, layer, change, change);
        settle_draft(connection, layer, count_changes_between(connection, layer, change, made.draft_change), {});
    }
    return made.revision;
}

DraftChanges discard_draft(Connection &connection, std::string_view layer, std::string_view author) {
    const LayerRow row = require_layer_row(connection, layer);
    require_no_import(connection, layer, "discarding the draft of");
    const DraftChanges changes = row.draft_changes;
    if (row.layer.has_draft) {
        forget_marks_of_draft(connection, row);
        insert_unseen(connection, {0, row.layer.spec.id, row.published_change + 1, row.draft_change, false}, false, author);
        connection
            .prepare("UPDATE keyaki_layers SET draft_change = published_change, draft_profile = profile, draft_added = 0, draft_changed = 0, "
                     "draft_removed = 0, draft_unconditional = 0, draft_west_deg = NULL,"
                     " draft_south_deg = NULL, draft_east_deg = NULL, draft_north_deg = NULL WHERE id = ?1")
            .bind_text(1, layer)
            .run();
    }
    return changes;
}

} // namespace keyaki::data
