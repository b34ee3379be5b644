#pragma once

#include "data/database.hpp"
#include "data/layer.hpp"
#include "data/layer_profile.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Layers and their revisions (data/sql/001-foundation.sql). Functions that change something run inside the caller's transaction or
/// savepoint; audit and events are the caller's.
namespace keyaki::data {

/// A layer with the numbers behind its states.
struct LayerRow {
    Layer layer;
    std::int64_t published_change = 0;
    std::int64_t draft_change = 0;
    std::int64_t last_change = 0;
    DraftChanges draft_changes;
    std::optional<geo::LonLatBox> draft_bounds; ///< of the versions that the draft brings; nothing where they have to be read
    LayerProfile profile;
    LayerProfile draft_profile;
    std::uint64_t draft_unconditional = 0; ///< features replaced or removed in the draft by who did not say which version he had seen
};

[[nodiscard]] std::vector<LayerRow> layer_rows(Connection &connection); ///< by id
[[nodiscard]] std::optional<LayerRow> find_layer_row(Connection &connection, std::string_view layer);
[[nodiscard]] LayerRow require_layer_row(Connection &connection, std::string_view layer); ///< Error not_found

/// Error invalid_input for a spec that is wrong in itself, conflict when the id is taken.
void create_layer(Connection &connection, const LayerSpec &spec);
/// As WriteTransaction::forget_layer.
void forget_layer(Connection &connection, std::string_view layer);
/// As WriteTransaction::update_layer.
std::optional<Revision> update_layer(Connection &connection, const LayerSpec &spec, std::string_view author, std::string_view message,
                                     std::int64_t now_us);
/// Error conflict while an import into the layer runs; `what` begins the sentence: "rolling back".
void require_no_import(Connection &connection, std::string_view layer, std::string_view what);
/// Error invalid_input when the layer does not take geometries of that type; `feature_id` is for the sentence.
void require_geometry_allowed(const LayerSpec &spec, geo::GeometryType type, std::string_view feature_id);

[[nodiscard]] std::vector<Revision> revisions(Connection &connection, std::string_view layer); ///< newest first
/// The change number that a revision shows, 0 for revision 0; Error not_found.
[[nodiscard]] std::int64_t change_of_revision(Connection &connection, std::string_view layer, std::uint64_t revision);
/// The schema that was in force in that state. Error not_found.
[[nodiscard]] std::string schema_of_state(Connection &connection, const LayerRow &row, LayerState state);
[[nodiscard]] std::int64_t change_of_state(Connection &connection, const LayerRow &row, LayerState state);

/// Four parameters from `first_index`: west, south, east, north; all NULL for an empty box.
Statement &bind_box(Statement &statement, int first_index, const geo::LonLatBox &box);

Revision publish(Connection &connection, std::string_view layer, std::string_view author, std::string_view message, bool confirm_removals,
                 std::int64_t now_us);
Revision rollback(Connection &connection, std::string_view layer, std::uint64_t revision, std::string_view author, std::string_view message,
                  std::int64_t now_us);
DraftChanges discard_draft(Connection &connection, std::string_view layer, std::string_view author);

/// What a finished import brings to the draft.
struct DraftStep {
    std::int64_t change = 0;
    DraftChanges changes;  ///< of the whole draft, with this step, against the published state
    geo::LonLatBox bounds; ///< of the versions that this step brings
    LayerProfile profile;  ///< of the whole draft
};
/// Moves the draft forward over the changes of an import, all at once. A draft that comes back to what is published ends.
void advance_draft(Connection &connection, std::string_view layer, const DraftStep &step);

/// Undoes what a draft with changes above `from_change` brings although it is published with the same content.
void remove_repeats(Connection &connection, std::string_view layer, std::int64_t published_change, std::int64_t from_change);
/// Writes down what a draft is against the published state; one that is nothing ends.
void settle_draft(Connection &connection, std::string_view layer, const DraftChanges &changes, const geo::LonLatBox &bounds);

} // namespace keyaki::data
