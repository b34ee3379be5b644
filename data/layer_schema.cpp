#include "data/layer_schema.hpp"

#include "data/layer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <set>

namespace keyaki::data {

namespace {

/// A name between double quotes, for SQL.
std::string in_quotes(std::string_view name, char quote) {
    std::string result(1, quote);
    for (const char character : name) {
        result.append(character == quote ? 2 : 1, character);
    }
    return result + quote;
}

/// SQLite 3.40 compares the name in a path $."…" with the text of the JSON byte by byte: what JSON escapes cannot be named.
bool can_be_a_column(std::string_view name) {
    return std::none_of(name.begin(), name.end(),
                        [](char character) { return character == '"' || character == '\\' || static_cast<unsigned char>(character) < 0x20; });
}

std::string_view sql_type(ColumnType type) {
    switch (type) {
    case ColumnType::boolean: return "BOOLEAN";
    case ColumnType::integer: return "BIGINT";
    case ColumnType::real: return "DOUBLE";
    case ColumnType::unknown:
    case ColumnType::text: return "TEXT";
    }
    return "TEXT";
}

/// Column names compare without case (ASCII) in SQL, property names do not.
std::string folded(std::string_view name) {
    std::string result(name);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char character) { return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character; });
    return result;
}

std::string unique_name(std::string_view wanted, std::set<std::string> &taken) {
    std::string name(wanted);
    for (int number = 2; !taken.insert(folded(name)).second; ++number) {
        name = fmt::format("{}_{}", wanted, number);
    }
    return name;
}

std::set<std::string> column_names(Connection &connection, std::string_view table) {
    std::set<std::string> names;
    Statement statement = connection.prepare("SELECT name FROM pragma_table_xinfo(?1)");
    statement.bind_text(1, table);
    while (statement.step()) {
        names.emplace(folded(statement.column_text(0)));
    }
    return names;
}

/// Computed columns give the view's columns a declared type, which programs read; a column of another type is another column, and none goes.
std::string computed_column(Connection &connection, std::string_view layer, const LayerProfile::Column &column, std::set<std::string> &present) {
    const std::string name = fmt::format("{}:{}", folded(sql_type(column.type)), column.name);
    // Two names that differ only in case need two columns; bytes in the name keep them apart.
    std::string key = name;
    if (key != folded(key)) {
        key += ':';
        for (const char character : column.name) {
            key += character >= 'A' && character <= 'Z' ? '1' : '0';
        }
    }
    if (present.insert(folded(key)).second) {
        connection.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} {} GENERATED ALWAYS AS (json_extract(properties, {})) VIRTUAL",
                                       layer_table(layer), in_quotes(key, '"'), sql_type(column.type),
                                       in_quotes(fmt::format("$.\"{}\"", column.name), '\'')));
    }
    return key;
}

constexpr std::array<std::string_view, 14> reserved_beginnings{"keyaki_", "layer_", "idx_",          "sqlite_",   "spatial",
                                                               "views_",  "virts_", "geometry_",     "geom_cols", "rtree",
                                                               "ledger_", "gpkg",   "data_licenses", "elementary"};

} // namespace

std::string layer_table(std::string_view layer) {
    assert(is_layer_id(layer) && "a layer's id was checked where it came in");
    return fmt::format("layer_{}", layer);
}

std::string layer_spatial_index(std::string_view layer) { return fmt::format("idx_{}_geom", layer_table(layer)); }

bool is_taken_name(Connection &connection, std::string_view layer) {
    if (std::any_of(reserved_beginnings.begin(), reserved_beginnings.end(), [layer](auto beginning) { return layer.starts_with(beginning); })) {
        return true;
    }
    Statement statement = connection.prepare("SELECT 1 FROM sqlite_schema WHERE lower(name) = ?1");
    return statement.bind_text(1, layer).step();
}

void create_layer_tables(Connection &connection, std::string_view layer) {
    const SchemaPermission permission(connection);
    const std::string table = layer_table(layer);
    connection.execute(fmt::format(R"(
        CREATE TABLE {0} (
            row          INTEGER PRIMARY KEY, -- of the spatial index, and the FID of desktop programs
            feature_id   TEXT    NOT NULL,
            added        INTEGER NOT NULL,    -- the change that brought this version
            removed      INTEGER,             -- the change that took it away
            content_hash BLOB    NOT NULL,
            properties   TEXT    NOT NULL,
            geom         BLOB    NOT NULL);
        CREATE UNIQUE INDEX {0}_feature ON {0} (feature_id, added);
        CREATE INDEX {0}_added ON {0} (added);
        CREATE INDEX {0}_removed ON {0} (removed) WHERE removed IS NOT NULL;
        INSERT INTO geometry_columns (f_table_name, f_geometry_column, geometry_type, coord_dimension, srid, spatial_index_enabled)
            VALUES ('{0}', 'geom', 0, 2, 6668, 1);)",
                                   table));
    recreate_spatial_index(connection, layer);
    refresh_layer_view(connection, layer, {});
    connection.execute(
        fmt::format("INSERT INTO views_geometry_columns (view_name, view_geometry, view_rowid, f_table_name, f_geometry_column, read_only) "
                    "VALUES ('{}', 'geom', 'fid', '{}', 'geom', 1)",
                    layer, table));
}

void drop_layer_tables(Connection &connection, std::string_view layer) {
    const SchemaPermission permission(connection);
    connection.execute(fmt::format(R"(
        DELETE FROM views_geometry_columns WHERE view_name = '{0}';
        DROP VIEW "{0}";
        DROP TABLE {2};
        DELETE FROM geometry_columns WHERE f_table_name = '{1}';
        DROP TABLE {1};)",
                                   layer, layer_table(layer), layer_spatial_index(layer)));
}

void refresh_layer_view(Connection &connection, std::string_view layer, const LayerProfile &profile) {
    const SchemaPermission permission(connection);
    const std::string table = layer_table(layer);
    std::set<std::string> present = column_names(connection, table);
    std::set<std::string> taken{"fid", "feature_id", "geom"};
    std::string columns;
    for (const LayerProfile::Column &column : profile.columns()) {
        if (can_be_a_column(column.name)) {
            const std::string computed = computed_column(connection, layer, column, present);
            columns += fmt::format(", {} AS {}", in_quotes(computed, '"'), in_quotes(unique_name(column.name, taken), '"'));
        }
    }
    // Quoted, because a layer may be called "order" or "table".
    connection.execute(fmt::format("DROP VIEW IF EXISTS \"{0}\";"
                                   "CREATE VIEW \"{0}\" AS SELECT row AS fid, feature_id{1}, geom FROM {2}"
                                   " WHERE added <= (SELECT published_change FROM keyaki_layers WHERE id = '{0}')"
                                   " AND (removed IS NULL OR removed > (SELECT published_change FROM keyaki_layers WHERE id = '{0}'))",
                                   layer, columns, table));
    connection.execute(
        fmt::format("UPDATE geometry_columns SET geometry_type = {} WHERE f_table_name = '{}'", profile.single_geometry_type(), table));
}

void recreate_spatial_index(Connection &connection, std::string_view layer) {
    const SchemaPermission permission(connection);
    const std::string index = layer_spatial_index(layer);
    connection.execute(fmt::format("DROP TABLE IF EXISTS {0}; CREATE VIRTUAL TABLE {0} USING rtree(pkid, xmin, xmax, ymin, ymax)", index));
}

} // namespace keyaki::data
