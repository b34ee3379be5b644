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

void read_own_edits(Connection &connection, const LayerRow &row, const Store::OwnEditVisitor &visit) {
    const std::string table = layer_table(row.layer.spec.id);
    // Of the changes up to the draft; whether a change was an import's, by the column that holds its number.
    const auto was_import = [](std::string_view column) {
        return fmt::format("({0} <= (SELECT imported_before FROM keyaki_layers WHERE id = ?1) OR {0} IN {1})", column, by_import);
    };
    const auto newest_import = [&](std::string_view what) {
        return fmt::format(
            "(SELECT {} FROM {} b INDEXED BY {}_feature WHERE b.feature_id = a.feature_id AND b.added <= ?2 AND {} ORDER BY b.added DESC"
            " LIMIT 1)",
            what, table, table, was_import("b.added"));
    };
    Statement there = connection.prepare(fmt::format("SELECT a.feature_id, a.properties, a.geom, {} FROM {} a WHERE {} AND NOT {}",
                                                     newest_import("b.content_hash"), table, alive("a", 2), was_import("a.added")));
    there.bind_text(1, row.layer.spec.id).bind_int64(2, row.draft_change);
    while (there.step()) {
        OwnEdit edit;
        edit.now = to_feature(there, 0);
        edit.feature_id = edit.now->id;
        if (!there.is_null(3)) {
            edit.brought = read_hash(there, 3);
        }
        visit(std::move(edit));
    }
    Statement gone = connection.prepare(
        fmt::format("SELECT a.feature_id, a.content_hash FROM {0} a INDEXED BY {0}_removed WHERE a.removed <= ?2 AND NOT {1} AND a.row = {2}"
                    " AND NOT EXISTS (SELECT 1 FROM {0} c INDEXED BY {0}_feature WHERE c.feature_id = a.feature_id AND {3})",
                    table, was_import("a.removed"), newest_import("b.row"), alive("c", 2)));
    gone.bind_text(1, row.layer.spec.id).bind_int64(2, row.draft_change);
    while (gone.step()) {
        visit({std::string(gone.column_text(0)), std::nullopt, read_hash(gone, 1)});
    }
}

} // namespace keyaki::data
