#include "data/draft_edits.hpp"

#include "data/feature_row.hpp"
#include "data/layer_changes.hpp"
#include "data/layer_schema.hpp"

#include <fmt/format.h>

namespace keyaki::data {

namespace {

constexpr std::string_view by_import = "(SELECT change FROM keyaki_draft_imports WHERE layer = ?1)";

} // namespace

void note_draft_import(Connection &connection, std::string_view layer, std::int64_t change) {
    connection.prepare("INSERT INTO keyaki_draft_imports (layer, change) VALUES (?1, ?2)").bind_text(1, layer).bind_int64(2, change).run();
}

void forget_draft_imports(Connection &connection, std::string_view layer) {
    connection.prepare("DELETE FROM keyaki_draft_imports WHERE layer = ?1").bind_text(1, layer).run();
    connection.prepare("DELETE FROM keyaki_brought WHERE layer = ?1").bind_text(1, layer).run();
}

void forget_marks_of_draft(Connection &connection, const LayerRow &row) {
    for (const char *sql : {"DELETE FROM keyaki_draft_imports WHERE layer = ?1 AND change > ?2",
                            "DELETE FROM keyaki_brought WHERE layer = ?1 AND change > ?2 AND is_of_draft = 1"}) {
        connection.prepare(sql).bind_text(1, row.layer.spec.id).bind_int64(2, row.published_change).run();
    }
}

void forget_import_mark(Connection &connection, std::string_view layer, std::int64_t change) {
    connection.prepare("DELETE FROM keyaki_draft_imports WHERE layer = ?1 AND change = ?2").bind_text(1, layer).bind_int64(2, change).run();
}

void note_brought(Connection &connection, std::string_view layer, std::int64_t change, std::string_view feature_id,
                  const std::optional<ContentHash> &content) {
    Statement note = connection.prepare("INSERT OR REPLACE INTO keyaki_brought (layer, feature_id, change, is_of_draft, content_hash)"
                                        " VALUES (?1, ?2, ?3, 0, ?4)");
    note.bind_text(1, layer).bind_text(2, feature_id).bind_int64(3, change);
    content ? note.bind_blob(4, *content) : note.bind_null(4);
    note.run();
}

void note_superseded(Connection &connection, const LayerRow &row, std::int64_t change) {
    const std::string &layer = row.layer.spec.id;
    connection
        .prepare(fmt::format("INSERT OR REPLACE INTO keyaki_brought (layer, feature_id, change, is_of_draft, content_hash)"
                             " SELECT ?1, feature_id, added, 1, content_hash FROM {0} INDEXED BY {0}_removed"
                             " WHERE removed = ?2 AND added > ?3 AND added IN {1} AND ?2 NOT IN {1}",
                             layer_table(layer), by_import))
        .bind_text(1, layer)
        .bind_int64(2, change)
        .bind_int64(3, row.published_change)
        .run();
}

std::int64_t renumber_draft(Connection &connection, const LayerRow &row, std::int64_t first) {
    const std::string &layer = row.layer.spec.id;
    const std::string table = layer_table(layer);
    const std::string is_edit = fmt::format("added > ?2 AND added <= ?3 AND added NOT IN {}", by_import);
    for (const std::string &sentence : {fmt::format("UPDATE {0} SET removed = CASE WHEN removed IN {1} AND NOT ({2}) THEN ?4 ELSE ?4 + 1 END"
                                                    " WHERE removed > ?2 AND removed <= ?3",
                                                    table, by_import, is_edit),
                                        fmt::format("UPDATE {0} SET added = CASE WHEN added IN {1} THEN ?4 ELSE ?4 + 1 END"
                                                    " WHERE added > ?2 AND added <= ?3",
                                                    table, by_import)}) {
        connection.prepare(sentence)
            .bind_text(1, layer)
            .bind_int64(2, row.published_change)
            .bind_int64(3, row.draft_change)
            .bind_int64(4, first)
            .run();
    }
    connection.prepare("DELETE FROM keyaki_draft_imports WHERE layer = ?1 AND change > ?2")
        .bind_text(1, layer)
        .bind_int64(2, row.published_change)
        .run();
    note_draft_import(connection, layer, first);
    return first + 1;
}

void read_draft_edits(Connection &connection, const LayerRow &row, const Store::EditVisitor &visit) {
    const std::string table = layer_table(row.layer.spec.id);
    const auto bind = [&](Statement &statement) {
        statement.bind_text(1, row.layer.spec.id).bind_int64(2, row.published_change).bind_int64(3, row.draft_change);
    };
    Statement put = connection.prepare(
        fmt::format("SELECT a.feature_id, a.properties, a.geom FROM {0} a INDEXED BY {0}_added WHERE a.added > ?2 AND {1} AND a.added NOT IN {2}",
                    table, alive("a", 3), by_import));
    bind(put);
    while (put.step()) {
        geo::Feature feature = to_feature(put, 0);
        std::string id = feature.id;
        visit(std::move(id), std::move(feature));
    }
    Statement removed = connection.prepare(
        fmt::format("SELECT b.feature_id FROM {0} b INDEXED BY {0}_removed WHERE b.removed > ?2 AND b.removed <= ?3 AND b.added <= ?2"
                    " AND b.removed NOT IN {1} AND NOT EXISTS (SELECT 1 FROM {0} a INDEXED BY {0}_feature WHERE a.feature_id = b.feature_id AND {2})",
                    table, by_import, alive("a", 3)));
    bind(removed);
    while (removed.step()) {
        visit(std::string(removed.column_text(0)), std::nullopt);
    }
}

namespace {

/// What the last import had, of its newest version of the feature and what is noted beside.
std::optional<ContentHash> brought_of(const Statement &row, int first) {
    const bool is_noted = !row.is_null(first + 2) && (row.is_null(first) || row.column_int64(first + 2) > row.column_int64(first));
    const int column = is_noted ? first + 3 : first + 1;
    return row.is_null(column) ? std::nullopt : std::optional(read_hash(row, column));
}

} // namespace

void read_own_edits(Connection &connection, const LayerRow &row, const Store::OwnEditVisitor &visit) {
    const std::string table = layer_table(row.layer.spec.id);
    // Of the changes up to the draft; whether a change was an import's, by the column that holds its number.
    const auto was_import = [](std::string_view column) {
        return fmt::format("({0} <= (SELECT imported_before FROM keyaki_layers WHERE id = ?1) OR {0} IN {1})", column, by_import);
    };
    const auto newest_import = [&](std::string_view what, std::string_view of) {
        return fmt::format(
            "(SELECT {} FROM {} b INDEXED BY {}_feature WHERE b.feature_id = {}.feature_id AND b.added <= ?2 AND {} ORDER BY b.added DESC"
            " LIMIT 1)",
            what, table, table, of, was_import("b.added"));
    };
    const auto bind = [&](Statement &statement) { statement.bind_text(1, row.layer.spec.id).bind_int64(2, row.draft_change); };
    Statement there = connection.prepare(
        fmt::format("SELECT a.feature_id, a.properties, a.geom, {}, {}, k.change, k.content_hash FROM {} a"
                    " LEFT JOIN keyaki_brought k ON k.layer = ?1 AND k.feature_id = a.feature_id WHERE {} AND NOT {}",
                    newest_import("b.added", "a"), newest_import("b.content_hash", "a"), table, alive("a", 2), was_import("a.added")));
    bind(there);
    while (there.step()) {
        OwnEdit edit;
        edit.now = to_feature(there, 0);
        edit.feature_id = edit.now->id;
        edit.brought = brought_of(there, 3);
        visit(std::move(edit));
    }
    const std::string is_gone =
        fmt::format("NOT EXISTS (SELECT 1 FROM {0} c INDEXED BY {0}_feature WHERE c.feature_id = a.feature_id AND {1})", table, alive("c", 2));
    // Versions of imports that somebody took away, and what is noted of features that are nowhere.
    Statement gone = connection.prepare(
        fmt::format("SELECT a.feature_id, a.content_hash FROM {0} a INDEXED BY {0}_removed WHERE a.removed <= ?2 AND NOT {1} AND a.row = {2} AND {3}"
                    " AND NOT EXISTS (SELECT 1 FROM keyaki_brought k WHERE k.layer = ?1 AND k.feature_id = a.feature_id AND k.change > a.added)"
                    " UNION ALL SELECT a.feature_id, a.content_hash FROM keyaki_brought a"
                    " WHERE a.layer = ?1 AND a.content_hash IS NOT NULL AND {3} AND a.change > coalesce({4}, -1)",
                    table, was_import("a.removed"), newest_import("b.row", "a"), is_gone, newest_import("b.added", "a")));
    bind(gone);
    while (gone.step()) {
        visit({std::string(gone.column_text(0)), std::nullopt, read_hash(gone, 1)});
    }
}

} // namespace keyaki::data
