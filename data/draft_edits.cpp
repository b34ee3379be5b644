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
    connection.prepare("DELETE FROM keyaki_draft_imports WHERE layer = ?1 AND change <= (SELECT published_change FROM keyaki_layers WHERE id = ?1)")
        .bind_text(1, layer)
        .run();
    connection.prepare("INSERT INTO keyaki_draft_imports (layer, change) VALUES (?1, ?2)").bind_text(1, layer).bind_int64(2, change).run();
}

void forget_draft_imports(Connection &connection, std::string_view layer) {
    connection.prepare("DELETE FROM keyaki_draft_imports WHERE layer = ?1").bind_text(1, layer).run();
}

void renumber_draft_imports(Connection &connection, const LayerRow &row, std::int64_t change) {
    const std::string &layer = row.layer.spec.id;
    if (!row.layer.has_draft) {
        return;
    }
    Statement edited = connection.prepare(fmt::format("SELECT EXISTS (SELECT 1 FROM {0} WHERE added > ?2 AND added <= ?3 AND added NOT IN {1})"
                                                      " OR EXISTS (SELECT 1 FROM {0} WHERE removed > ?2 AND removed <= ?3 AND removed NOT IN {1})",
                                                      layer_table(layer), by_import));
    edited.bind_text(1, layer).bind_int64(2, row.published_change).bind_int64(3, row.draft_change);
    if (edited.step() && edited.column_int64(0) == 0) {
        note_draft_import(connection, layer, change);
    }
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

} // namespace keyaki::data
