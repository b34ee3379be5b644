#include "data/feature_edits.hpp"

#include "data/draft_edits.hpp"
#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"
#include "data/limits.hpp"
#include "data/new_revision.hpp"
#include "data/spatialite_blob.hpp"
#include "data/unseen_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace keyaki::data {

namespace {

/// A version of a feature (?1) in the state of a change (?2).
std::string lookup_sql(std::string_view columns, std::string_view layer) {
    return fmt::format("SELECT {0} FROM {1} a INDEXED BY {1}_feature WHERE a.feature_id = ?1 AND {2}", columns, layer_table(layer), alive("a", 2));
}

std::optional<ContentHash> find_version(Connection &connection, std::string_view layer, std::int64_t change, std::string_view feature_id) {
    Statement lookup = connection.prepare(lookup_sql("a.content_hash", layer));
    return lookup.bind_text(1, feature_id).bind_int64(2, change).step() ? std::optional(read_hash(lookup, 0)) : std::nullopt;
}

/// Whether the draft brings, replaces or removes the feature.
bool is_in_draft(Connection &connection, const LayerRow &layer, std::string_view feature_id) {
    Statement touched = connection.prepare(fmt::format("SELECT 1 FROM {0} INDEXED BY {0}_feature WHERE feature_id = ?1"
                                                       " AND ((added > ?2 AND added <= ?3) OR (removed > ?2 AND removed <= ?3))",
                                                       layer_table(layer.layer.spec.id)));
    return touched.bind_text(1, feature_id).bind_int64(2, layer.published_change).bind_int64(3, layer.draft_change).step();
}

/// The lowest number that the draft uses. \pre there is a draft
std::int64_t lowest_of_draft(Connection &connection, const LayerRow &layer) {
    const std::string table = layer_table(layer.layer.spec.id);
    std::int64_t lowest = layer.draft_change;
    for (const std::string_view column : {"added", "removed"}) {
        Statement first = connection.prepare(fmt::format("SELECT min({1}) FROM {0} INDEXED BY {0}_{1} WHERE {1} > ?1", table, column));
        if (first.bind_int64(1, layer.published_change).step() && !first.is_null(0)) {
            lowest = std::min(lowest, first.column_int64(0));
        }
    }
    return lowest;
}

/// Gives what the draft holds numbers far above, so that edits can be published below it for long.
std::int64_t lift_draft(Connection &connection, const LayerRow &layer) {
    return renumber_draft(connection, layer, layer.last_change + numbers_below_draft);
}

} // namespace

FeatureEdits::FeatureEdits(const LayerEdit &edit) : m_edit(edit) {
    if (edit.edits.empty() || edit.edits.size() > edits_max) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected 1 to {} edits of layer {} at once, found {}; more is an import",
                                                                    edits_max, edit.layer, edit.edits.size()));
    }
    std::unordered_set<std::string_view> ids;
    for (const FeatureEdit &one : edit.edits) {
        if (!ids.insert(one.feature.id).second) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("the id {} comes twice in one set of edits of layer {}", one.feature.id, edit.layer));
        }
        Step &step = m_steps.emplace_back();
        step.edit = &one;
        if (one.kind != EditKind::remove) {
            step.row = to_row(one.feature);
        }
    }
}

std::optional<EditOutcome> FeatureEdits::run(Connection &connection) {
    const LayerRow layer = require_layer_row(connection, m_edit.layer);
    require_no_import(connection, m_edit.layer, "editing features of");
    require_right(layer);
    for (int piece = 0; sweep_piece(connection, m_edit.layer);) {
        if (++piece == swept_pieces_per_edit) {
            return std::nullopt;
        }
    }
    const bool is_draft = m_edit.target == LayerEdit::Target::draft;
    EditOutcome outcome;
    outcome.draft = layer.draft_changes;
    outcome.conflicts = find_conflicts(connection, layer, is_draft ? layer.draft_change : layer.published_change);
    if (!outcome.conflicts.empty()) {
        return outcome;
    }
    for (const Step &step : m_steps) {
        outcome.changed.push_back(step.changes_something());
        outcome.versions.push_back(step.row ? std::optional(step.row->content_hash) : std::nullopt);
    }
    std::erase_if(m_steps, [](const Step &step) { return !step.changes_something(); });
    outcome.has_changed = !m_steps.empty();
    if (outcome.has_changed && is_draft) {
        outcome.draft = edit_draft(connection, layer);
    } else if (outcome.has_changed) {
        outcome.revision = publish(connection, layer);
        outcome.draft = require_layer_row(connection, m_edit.layer).draft_changes;
    }
    return outcome;
}

void FeatureEdits::require_right(const LayerRow &layer) const {
    if (m_edit.schema && *m_edit.schema != layer.layer.spec.schema) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("the schema of layer {} was changed while features were checked against it; send the "
                                                               "edit again",
                                                               m_edit.layer));
    }
    for (const Step &step : m_steps) {
        if (step.row) {
            require_geometry_allowed(layer.layer.spec, step.edit->feature.geometry.type, step.edit->feature.id);
        }
    }
}

std::vector<EditConflict> FeatureEdits::find_conflicts(Connection &connection, const LayerRow &layer, std::int64_t change) {
    const std::string &id = layer.layer.spec.id;
    Statement lookup = connection.prepare(lookup_sql("a.row, a.content_hash, a.geom", id));
    std::vector<EditConflict> conflicts;
    for (std::size_t place = 0; place < m_steps.size(); ++place) {
        Step &step = m_steps[place];
        step.present.reset(); // of a run before
        const std::string &feature_id = step.edit->feature.id;
        if (lookup.bind_text(1, feature_id).bind_int64(2, change).step()) {
            step.present = {lookup.column_int64(0), read_hash(lookup, 1), spatialite_blob_bounds(lookup.column_blob(2))};
        }
        lookup.reset();
        if (const auto reason = conflict_of(step)) {
            conflicts.push_back({place, *reason, find_feature(connection, id, change, feature_id)});
        } else if (m_edit.target == LayerEdit::Target::published && layer.layer.has_draft && step.changes_something() &&
                   is_in_draft(connection, layer, feature_id)) {
            conflicts.push_back({place, EditConflict::Reason::in_draft, find_feature(connection, id, layer.draft_change, feature_id)});
        }
    }
    return conflicts;
}

std::optional<EditConflict::Reason> FeatureEdits::conflict_of(const Step &step) const {
    if (step.edit->kind == EditKind::create) {
        return step.present ? std::optional(EditConflict::Reason::exists) : std::nullopt;
    }
    if (!step.present) {
        return EditConflict::Reason::missing;
    }
    return step.edit->expected && *step.edit->expected != step.present->version ? std::optional(EditConflict::Reason::differs) : std::nullopt;
}

void FeatureEdits::write_rows(Connection &connection, const std::string &layer, std::int64_t change) const {
    const std::string table = layer_table(layer);
    Statement mark = connection.prepare(fmt::format("UPDATE {} SET removed = ?1 WHERE row = ?2", table));
    Statement insert =
        connection.prepare(fmt::format("INSERT INTO {} (feature_id, added, content_hash, properties, geom) VALUES (?1, ?2, ?3, ?4, ?5)", table));
    Statement index =
        connection.prepare(fmt::format("INSERT INTO {} (pkid, xmin, xmax, ymin, ymax) VALUES (?1, ?2, ?3, ?4, ?5)", layer_spatial_index(layer)));
    for (const Step &step : m_steps) {
        if (step.present) {
            mark.bind_int64(1, change).bind_int64(2, step.present->row).run();
        }
        if (step.row) {
            insert.bind_text(1, step.row->feature_id).bind_int64(2, change).bind_blob(3, step.row->content_hash);
            insert.bind_text(4, step.row->properties).bind_blob(5, step.row->geometry).run();
            const geo::LonLatBox &box = step.row->bounds;
            index.bind_int64(1, connection.last_row_id()).bind_double(2, box.west_deg).bind_double(3, box.east_deg);
            index.bind_double(4, box.south_deg).bind_double(5, box.north_deg).run();
        }
    }
}

DraftChanges FeatureEdits::count() const {
    DraftChanges changes;
    for (const Step &step : m_steps) {
        ++(!step.row ? changes.removed : step.present ? changes.changed : changes.added);
    }
    return changes;
}

std::uint64_t FeatureEdits::count_unconditional() const {
    return static_cast<std::uint64_t>(std::count_if(m_steps.begin(), m_steps.end(), [](const Step &step) { return step.edit->overwrites_unseen(); }));
}

void FeatureEdits::observe(LayerProfile &profile) const {
    for (const Step &step : m_steps) {
        if (step.row) {
            profile.observe(step.edit->feature);
        }
    }
}

DraftChanges FeatureEdits::edit_draft(Connection &connection, const LayerRow &layer) {
    const std::string &id = layer.layer.spec.id;
    DraftStep step;
    step.change = layer.last_change + 1;
    step.changes = draft_counts_after(connection, layer);
    step.profile = layer.draft_profile;
    observe(step.profile);
    for (const Step &one : m_steps) {
        step.bounds.extend(one.row ? one.row->bounds : geo::LonLatBox());
    }
    write_rows(connection, id, step.change);
    connection.prepare("UPDATE keyaki_layers SET draft_unconditional = draft_unconditional + ?2 WHERE id = ?1")
        .bind_text(1, id)
        .bind_int64(2, static_cast<std::int64_t>(count_unconditional()))
        .run();
    advance_draft(connection, id, step);
    return step.changes;
}

/// What the draft will be against the published state when each feature went from what it is to what comes.
DraftChanges FeatureEdits::draft_counts_after(Connection &connection, const LayerRow &layer) const {
    DraftChanges changes = layer.draft_changes;
    for (const Step &step : m_steps) {
        const auto published = find_version(connection, layer.layer.spec.id, layer.published_change, step.edit->feature.id);
        const auto count = [&](const std::optional<ContentHash> &content, std::uint64_t one) {
            if (!published) {
                changes.added += content ? one : 0;
            } else if (!content) {
                changes.removed += one;
            } else if (*content != *published) {
                changes.changed += one;
            }
        };
        constexpr std::uint64_t minus_one = ~std::uint64_t{0}; // counts are unsigned and wrap
        count(step.present ? std::optional(step.present->version) : std::nullopt, minus_one);
        count(step.row ? std::optional(step.row->content_hash) : std::nullopt, 1);
    }
    changes.unchanged = layer.layer.feature_count - changes.changed - changes.removed;
    return changes;
}

Revision FeatureEdits::publish(Connection &connection, const LayerRow &layer) {
    const std::string &id = layer.layer.spec.id;
    NewRevision made;
    made.change = layer.last_change + 1;
    made.draft_change = made.change;
    if (layer.layer.has_draft) {
        const bool has_room = lowest_of_draft(connection, layer) > layer.published_change + 1;
        made.draft_change = has_room ? layer.draft_change : lift_draft(connection, layer);
        made.change = layer.published_change + 1; // nothing else has it: what the draft had is lifted, what nobody may see is swept
    }
    forget_import_mark(connection, id, made.change); // a draft's, that was superseded or discarded
    write_rows(connection, id, made.change);
    made.revision = next_revision(layer, count(), m_edit.author, m_edit.message, m_edit.now_us);
    made.revision.unconditional = count_unconditional();
    made.schema = layer.layer.spec.schema;
    geo::LonLatBox gone;
    geo::LonLatBox arrived;
    for (const Step &step : m_steps) {
        gone.extend(step.present ? step.present->bounds : geo::LonLatBox());
        arrived.extend(step.row ? step.row->bounds : geo::LonLatBox());
    }
    made.bounds = bounds_after(connection, id, made.change, layer.layer.bounds, gone, arrived);
    made.profile = layer.profile;
    observe(made.profile);
    made.draft_profile = layer.layer.has_draft ? layer.draft_profile : made.profile;
    if (layer.layer.has_draft) {
        observe(made.draft_profile);
    }
    move_published(connection, layer, made);
    if (layer.layer.has_draft) { // not one of its features was edited: against the new state it is what it was against the old
        settle_draft(connection, id, layer.draft_changes, layer.draft_bounds.value_or(geo::LonLatBox()));
    }
    return made.revision;
}

std::optional<StoredFeature> find_feature(Connection &connection, std::string_view layer, std::int64_t change, std::string_view feature_id) {
    Statement lookup = connection.prepare(lookup_sql("a.feature_id, a.properties, a.geom, a.content_hash", layer));
    if (!lookup.bind_text(1, feature_id).bind_int64(2, change).step()) {
        return std::nullopt;
    }
    return StoredFeature{to_feature(lookup, 0), read_hash(lookup, 3)};
}

std::vector<StoredFeature> feature_versions(Connection &connection, const LayerRow &layer, std::string_view feature_id, std::size_t limit) {
    std::vector<StoredFeature> versions;
    Statement rows = connection.prepare(fmt::format("SELECT feature_id, properties, geom, content_hash FROM {0} INDEXED BY {0}_feature"
                                                    " WHERE feature_id = ?1 AND added <= ?2 ORDER BY added DESC LIMIT ?3",
                                                    layer_table(layer.layer.spec.id)));
    rows.bind_text(1, feature_id).bind_int64(2, layer.draft_change).bind_int64(3, static_cast<std::int64_t>(limit));
    while (rows.step()) {
        versions.push_back({to_feature(rows, 0), read_hash(rows, 3)});
    }
    return versions;
}

} // namespace keyaki::data
