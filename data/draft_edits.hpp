#pragma once

#include "data/database.hpp"
#include "data/layer_store.hpp"
#include "data/store.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// What of a layer came from imports and what was edited by somebody since (data/sql/009-draft-imports.sql, 014-osm-extract.sql).
namespace keyaki::data {

/// Marks the change as an import's. Inside the caller's transaction.
void note_draft_import(Connection &connection, std::string_view layer, std::int64_t change);
/// Of a layer that is taken away.
void forget_draft_imports(Connection &connection, std::string_view layer);
/// Of the changes of a draft that is discarded: their numbers may come again.
void forget_marks_of_draft(Connection &connection, const LayerRow &row);
/// Of a number that an edit takes which an import had once, whose changes nobody will see.
void forget_import_mark(Connection &connection, std::string_view layer, std::int64_t change);
/// What the import with that change had for a feature that it did not write.
void note_brought(Connection &connection, std::string_view layer, std::int64_t change, std::string_view feature_id,
                  const std::optional<ContentHash> &content);
/// The same of versions that an import brought to the draft and the edit with that change takes away. Before they are removed.
void note_superseded(Connection &connection, const LayerRow &row, std::int64_t change);
/// Gives all that the draft holds two numbers: `first` what came from imports, the next what was edited since. Returns the draft's number then.
/// What an edit brought and an import took away again is the edit's, so that nothing goes before it came.
[[nodiscard]] std::int64_t renumber_draft(Connection &connection, const LayerRow &row, std::int64_t first);

/// As Store::read_draft_edits.
void read_draft_edits(Connection &connection, const LayerRow &row, const Store::EditVisitor &visit);
/// As Store::read_own_edits.
void read_own_edits(Connection &connection, const LayerRow &row, const Store::OwnEditVisitor &visit);

} // namespace keyaki::data
