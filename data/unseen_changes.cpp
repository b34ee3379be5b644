#include "data/unseen_changes.hpp"

#include "data/import_lock.hpp"
#include "data/layer_schema.hpp"
#include "data/limits.hpp"

#include <fmt/format.h>

namespace keyaki::data {

namespace {

UnseenChanges read(const Statement &statement) {
    return {statement.column_int64(0), std::string(statement.column_text(1)), statement.column_int64(2), statement.column_int64(3),
            statement.column_int64(4) != 0};
}

/// Up to a chunk of rows that were added by these changes; how many went.
std::int64_t remove_added(Connection &connection, const UnseenChanges &changes) {
    const std::string table = layer_table(changes.layer);
    const std::string piece =
        fmt::format("(SELECT row FROM {0} INDEXED BY {0}_added WHERE added BETWEEN ?1 AND ?2 ORDER BY added, row LIMIT ?3)", table);
    const auto run = [&](const std::string &sql) {
        connection.prepare(sql)
            .bind_int64(1, changes.first_change)
            .bind_int64(2, changes.last_change)
            .bind_int64(3, static_cast<std::int64_t>(draft_chunk_rows))
            .run();
    };
    run(fmt::format("DELETE FROM {} WHERE pkid IN {}", layer_spatial_index(changes.layer), piece));
    run(fmt::format("DELETE FROM {} WHERE row IN {}", table, piece));
    return connection.changes();
}

/// Up to a chunk of marks by which these changes would have removed rows; how many went.
std::int64_t restore_removed(Connection &connection, const UnseenChanges &changes) {
    connection
        .prepare(fmt::format(
            "UPDATE {0} SET removed = NULL WHERE row IN (SELECT row FROM {0} INDEXED BY {0}_removed WHERE removed BETWEEN ?1 AND ?2 LIMIT ?3)",
            layer_table(changes.layer)))
        .bind_int64(1, changes.first_change)
        .bind_int64(2, changes.last_change)
        .bind_int64(3, static_cast<std::int64_t>(draft_chunk_rows))
        .run();
    return connection.changes();
}

} // namespace

std::int64_t insert_unseen(Connection &connection, const UnseenChanges &changes, bool is_import, std::string_view author) {
    connection
        .prepare("INSERT INTO keyaki_unseen_changes (layer, first_change, last_change, is_import, is_bulk, author) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
        .bind_text(1, changes.layer)
        .bind_int64(2, changes.first_change)
        .bind_int64(3, changes.last_change)
        .bind_int64(4, is_import ? 1 : 0)
        .bind_int64(5, changes.is_bulk ? 1 : 0)
        .bind_text(6, author)
        .run();
    return connection.last_row_id();
}

bool has_unindexed_rows(Connection &connection, std::string_view layer) {
    Statement statement = connection.prepare("SELECT 1 FROM keyaki_unseen_changes WHERE layer = ?1 AND is_bulk = 1");
    return statement.bind_text(1, layer).step();
}

std::optional<UnseenChanges> find_import(Connection &connection, std::string_view layer) {
    Statement statement =
        connection.prepare("SELECT id, layer, first_change, last_change, is_bulk FROM keyaki_unseen_changes WHERE layer = ?1 AND is_import = 1");
    if (!statement.bind_text(1, layer).step()) {
        return std::nullopt;
    }
    return read(statement);
}

void abandon_import(Connection &connection, std::int64_t id) {
    connection.prepare("UPDATE keyaki_unseen_changes SET is_import = 0 WHERE id = ?1").bind_int64(1, id).run();
}

bool bury_dead_imports(Connection &connection, std::string_view layer) {
    std::vector<UnseenChanges> imports;
    {
        Statement statement = connection.prepare("SELECT id, layer, first_change, last_change, is_bulk FROM keyaki_unseen_changes"
                                                 " WHERE is_import = 1 AND (?1 = '' OR layer = ?1)");
        statement.bind_text(1, layer);
        while (statement.step()) {
            imports.push_back(read(statement));
        }
    }
    bool one_lives = false;
    for (const UnseenChanges &found : imports) {
        if (ImportLock::try_acquire(connection.file(), found.id)) {
            abandon_import(connection, found.id);
        } else {
            one_lives = true;
        }
    }
    return one_lives;
}

void forget_unseen(Connection &connection, std::int64_t id) {
    connection.prepare("DELETE FROM keyaki_unseen_changes WHERE id = ?1").bind_int64(1, id).run();
}

namespace {

/// A new one has its root and no rows.
bool has_begun_index(Connection &connection, std::string_view layer) {
    const std::string index = layer_spatial_index(layer);
    return connection.query_int64(fmt::format("SELECT (SELECT count(*) FROM {0}_node) > 1 OR EXISTS (SELECT 1 FROM {0}_rowid)", index)) != 0;
}

} // namespace

bool sweep_piece(Connection &connection, std::string_view layer) {
    std::optional<UnseenChanges> changes;
    {
        Statement statement = connection.prepare("SELECT id, layer, first_change, last_change, is_bulk FROM keyaki_unseen_changes "
                                                 "WHERE is_import = 0 AND (?1 = '' OR layer = ?1) ORDER BY id LIMIT 1");
        if (!statement.bind_text(1, layer).step()) {
            return false;
        }
        changes = read(statement);
    }
    // Half of an index may have been built; nothing else is in the table. Until the last row is gone the mark stays: none of them is in the index.
    if (changes->is_bulk && has_begun_index(connection, changes->layer)) {
        recreate_spatial_index(connection, changes->layer);
    }
    if (restore_removed(connection, *changes) == 0 && remove_added(connection, *changes) == 0) {
        forget_unseen(connection, changes->id);
    }
    return true;
}

} // namespace keyaki::data
