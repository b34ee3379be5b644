#pragma once

#include "data/database.hpp"
#include "data/layer_store.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// How a layer moves to a new revision, whatever made it: a published draft, a rollback, an edit, a changed schema.
namespace keyaki::data {

/// A new revision and what goes with it.
struct NewRevision {
    Revision revision;
    std::int64_t change = 0;
    std::int64_t draft_change = 0; ///< = change when there is no draft after it
    geo::LonLatBox bounds;
    LayerProfile profile;
    LayerProfile draft_profile;
    std::string schema;
};

/// The next number, with the counts of `changes` against what is published.
[[nodiscard]] Revision next_revision(const LayerRow &row, const DraftChanges &changes, std::string_view author, std::string_view message,
                                     std::int64_t now_us);

/// Writes it down. Where a draft stays after it, settle_draft() says what it is now.
void move_published(Connection &connection, const LayerRow &before, const NewRevision &made);

/// The box of the state at `change`, which is the one whose box was `present` but for versions within `gone` that left and those within `arrived`
/// that came: from the spatial index, without reading the layer.
[[nodiscard]] geo::LonLatBox bounds_after(Connection &connection, std::string_view layer, std::int64_t change, const geo::LonLatBox &present,
                                          const geo::LonLatBox &gone, const geo::LonLatBox &arrived);

} // namespace keyaki::data
