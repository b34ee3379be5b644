#pragma once

#include "data/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Changes that nobody shall ever see (table keyaki_unseen_changes): what imports that still run have written so far, what killed imports
/// left, and discarded drafts. What is over is swept away in small pieces, so that nobody waits for it.
namespace keyaki::data {

struct UnseenChanges {
    std::int64_t id = 0;
    std::string layer;
    std::int64_t first_change = 0;
    std::int64_t last_change = 0;
    bool is_bulk = false;
};

std::int64_t insert_unseen(Connection &connection, const UnseenChanges &changes, bool is_import, std::string_view author);
/// The import that says it runs on that layer; it may have been killed.
[[nodiscard]] std::optional<UnseenChanges> find_import(Connection &connection, std::string_view layer);
/// Whether rows of the layer are not in its spatial index yet: of a first import that runs, or of one that is over and not swept yet.
[[nodiscard]] bool has_unindexed_rows(Connection &connection, std::string_view layer);
/// Says that an import is over: its changes may be swept.
void abandon_import(Connection &connection, std::int64_t id);
/// Abandons imports into that layer, or any for an empty id, whose process has ended; true when one into it still lives.
bool bury_dead_imports(Connection &connection, std::string_view layer);
/// Says that its changes are to be seen.
void forget_unseen(Connection &connection, std::int64_t id);

/// Removes one piece of what may be swept, of one layer or, for an empty id, of any. False when there was nothing.
bool sweep_piece(Connection &connection, std::string_view layer);

} // namespace keyaki::data
