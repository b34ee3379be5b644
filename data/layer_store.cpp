#include "data/layer_store.hpp"

#include "data/draft_edits.hpp"
#include "data/layer_schema.hpp"
#include "data/new_revision.hpp"
#include "data/unseen_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::data {

namespace {

constexpr std::string_view row_columns =
    "SELECT id, title_ja, title_en, geometry, visibility, attribution, zoom_min, zoom_max, revision, published_change, draft_change, last_change,"
    " feature_count, west_deg, south_deg, east_deg, north_deg, draft_added, draft_changed, draft_removed,"
    " draft_west_deg, draft_south_deg, draft_east_deg, draft_north_deg, profile, draft_profile, public_from,"
    " (SELECT published_at_us FROM keyaki_revisions WHERE layer = keyaki_layers.id AND number = keyaki_layers.revision),"
    " schema, invalid_geometry, draft_unconditional FROM keyaki_layers ";

/// Four columns: west, south, east, north; all NULL for an empty box.
geo::LonLatBox read_box(const Statement &statement, int first_column) {
    geo::LonLatBox box;
    if (!statement.is_null(first_column)) {
        box.west_deg = statement.column_double(first_column);
        box.south_deg = statement.column_double(first_column + 1);
        box.east_deg = statement.column_double(first_column + 2);
        box.north_deg = statement.column_double(first_column + 3);
    }
    return box;
}

std::uint64_t read_count(const Statement &statement, int column) { return static_cast<std::uint64_t>(statement.column_int64(column)); }

LayerSpec read_spec(const Statement &statement) {
    LayerSpec spec;
    spec.id = statement.column_text(0);
    spec.title_ja = statement.column_text(1);
    spec.title_en = statement.column_text(2);
    spec.geometry = static_cast<LayerGeometry>(statement.column_int64(3));
    spec.visibility = static_cast<Visibility>(statement.column_int64(4));
    spec.attribution = statement.column_text(5);
    spec.zoom_min = static_cast<int>(statement.column_int64(6));
    spec.zoom_max = static_cast<int>(statement.column_int64(7));
    spec.schema = statement.column_text(28);
    spec.invalid_geometry = static_cast<InvalidGeometry>(statement.column_int64(29));
    return spec;
}

LayerRow read_row(const Statement &statement) {
    LayerRow row;
    row.layer.spec = read_spec(statement);
    row.layer.revision = read_count(statement, 8);
    row.published_change = statement.column_int64(9);
    row.draft_change = statement.column_int64(10);
    row.last_change = statement.column_int64(11);
    row.layer.feature_count = read_count(statement, 12);
    row.layer.bounds = read_box(statement, 13);
    row.layer.has_draft = row.draft_change > row.published_change;
    row.layer.draft_change = row.draft_change;
    row.draft_changes = {read_count(statement, 17), read_count(statement, 18), read_count(statement, 19), 0};
    row.draft_changes.unchanged = row.layer.feature_count - row.draft_changes.changed - row.draft_changes.removed;
    if (!statement.is_null(20)) {
        row.draft_bounds = read_box(statement, 20);
    }
    row.profile = LayerProfile::from_json(statement.column_text(24));
    row.draft_profile = LayerProfile::from_json(statement.column_text(25));
    row.layer.public_from = read_count(statement, 26);
    row.layer.published_at_us = statement.column_int64(27); // NULL, read as 0, before the first publish
    row.draft_unconditional = read_count(statement, 30);
    return row;
}

void require_valid(const LayerSpec &spec) {
    if (!is_layer_id(spec.id)) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         "expected a layer id of 1 to 48 characters a-z, 0-9 and _ that begins with a letter, found another");
    }
    if (spec.zoom_min < 0 || spec.zoom_max > 30 || spec.zoom_min > spec.zoom_max) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("expected zooms with 0 <= zoom_min <= zoom_max <= 30, found {} and {} in layer {}", spec.zoom_min, spec.zoom_max, spec.id));
    }
}

Statement &bind_spec(Statement &statement, const LayerSpec &spec) {
    return statement.bind_text(1, spec.id)
        .bind_text(2, spec.title_ja)
        .bind_text(3, spec.title_en)
        .bind_int64(4, static_cast<std::int64_t>(spec.geometry))
        .bind_int64(5, static_cast<std::int64_t>(spec.visibility))
        .bind_text(6, spec.attribution)
        .bind_int64(7, spec.zoom_min)
        .bind_int64(8, spec.zoom_max)
        .bind_text(9, spec.schema)
        .bind_int64(10, static_cast<std::int64_t>(spec.invalid_geometry));
}

bool allows(LayerGeometry wanted, geo::GeometryType type) {
    switch (wanted) {
    case LayerGeometry::any: return true;
    case LayerGeometry::point: return type == geo::GeometryType::point || type == geo::GeometryType::multi_point;
    case LayerGeometry::line: return type == geo::GeometryType::line_string || type == geo::GeometryType::multi_line_string;
    case LayerGeometry::polygon: return type == geo::GeometryType::polygon || type == geo::GeometryType::multi_polygon;
    }
    return false;
}

std::string_view geometry_name(LayerGeometry geometry) {
    switch (geometry) {
    case LayerGeometry::any: return "any geometries";
    case LayerGeometry::point: return "points";
    case LayerGeometry::line: return "lines";
    case LayerGeometry::polygon: return "polygons";
    }
    return "";
}

} // namespace

Statement &bind_box(Statement &statement, int first_index, const geo::LonLatBox &box) {
    if (box.empty()) {
        return statement.bind_null(first_index).bind_null(first_index + 1).bind_null(first_index + 2).bind_null(first_index + 3);
    }
    return statement.bind_double(first_index, box.west_deg)
        .bind_double(first_index + 1, box.south_deg)
        .bind_double(first_index + 2, box.east_deg)
        .bind_double(first_index + 3, box.north_deg);
}

std::vector<LayerRow> layer_rows(Connection &connection) {
    std::vector<LayerRow> rows;
    Statement statement = connection.prepare(std::string(row_columns) + "ORDER BY id");
    while (statement.step()) {
        rows.push_back(read_row(statement));
    }
    return rows;
}

std::optional<LayerRow> find_layer_row(Connection &connection, std::string_view layer) {
    Statement statement = connection.prepare(std::string(row_columns) + "WHERE id = ?1");
    if (!is_layer_id(layer) || !statement.bind_text(1, layer).step()) {
        return std::nullopt;
    }
    return read_row(statement);
}

LayerRow require_layer_row(Connection &connection, std::string_view layer) {
    std::optional<LayerRow> row = find_layer_row(connection, layer);
    if (!row) {
        throw geo::Error(geo::ErrorKind::not_found,
                         is_layer_id(layer) ? fmt::format("there is no layer {}", layer) : "there is no layer of that name");
    }
    return std::move(*row);
}

void create_layer(Connection &connection, const LayerSpec &spec) {
    require_valid(spec);
    if (find_layer_row(connection, spec.id)) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("there is a layer {} already", spec.id));
    }
    if (is_taken_name(connection, spec.id)) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("the database needs the name {} for itself; a layer wants another", spec.id));
    }
    Statement statement =
        connection.prepare("INSERT INTO keyaki_layers (id, title_ja, title_en, geometry, visibility, attribution, zoom_min, zoom_max, schema,"
                           " invalid_geometry) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    bind_spec(statement, spec).run();
    create_layer_tables(connection, spec.id);
}

void forget_layer(Connection &connection, std::string_view layer) {
    const LayerRow row = require_layer_row(connection, layer);
    if (row.layer.revision != 0 || row.layer.has_draft || bury_dead_imports(connection, layer)) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("layer {} has been published, has a draft or is being imported into: it stays", layer));
    }
    forget_draft_imports(connection, layer);
    for (const char *sql : {"DELETE FROM keyaki_unseen_changes WHERE layer = ?1", "DELETE FROM keyaki_layers WHERE id = ?1"}) {
        connection.prepare(sql).bind_text(1, layer).run();
    }
    drop_layer_tables(connection, layer);
}

namespace {

/// Error conflict where the layer or its draft holds what the new spec does not take.
void require_fitting_geometry(Connection &connection, const LayerRow &row, const LayerSpec &spec) {
    if (spec.geometry != row.layer.spec.geometry && bury_dead_imports(connection, spec.id)) {
        throw geo::Error(geo::ErrorKind::conflict, fmt::format("the geometry of layer {} cannot change while an import into it is running", spec.id));
    }
    for (int number = 0; number <= static_cast<int>(geo::GeometryType::multi_polygon); ++number) {
        const auto type = static_cast<geo::GeometryType>(number);
        if (!allows(spec.geometry, type) && (row.profile.holds(type) || row.draft_profile.holds(type))) {
            throw geo::Error(geo::ErrorKind::conflict, fmt::format("layer {} cannot become a layer of {}: it holds a {}", spec.id,
                                                                   geometry_name(spec.geometry), geo::geometry_type_name(type)));
        }
    }
}

/// The same features under another schema. A draft stays as it is.
Revision publish_schema(Connection &connection, const LayerRow &row, const std::string &schema, std::string_view author, std::string_view message,
                        std::int64_t now_us) {
    NewRevision made;
    made.revision = next_revision(row, {}, author, message, now_us);
    made.change = row.published_change;
    made.draft_change = row.draft_change;
    made.bounds = row.layer.bounds;
    made.profile = row.profile;
    made.draft_profile = row.draft_profile;
    made.schema = schema;
    move_published(connection, row, made);
    if (row.layer.has_draft) {
        settle_draft(connection, row.layer.spec.id, row.draft_changes, row.draft_bounds.value_or(geo::LonLatBox()));
    }
    return made.revision;
}

} // namespace

std::optional<Revision> update_layer(Connection &connection, const LayerSpec &spec, std::string_view author, std::string_view message,
                                     std::int64_t now_us) {
    require_valid(spec);
    const LayerRow row = require_layer_row(connection, spec.id);
    require_fitting_geometry(connection, row, spec);
    std::optional<Revision> revision;
    if (spec.schema != row.layer.spec.schema) {
        require_no_import(connection, spec.id, "changing the schema of"); // its rows were checked against the one before
        if (row.layer.revision > 0) {
            revision = publish_schema(connection, row, spec.schema, author, message, now_us);
        }
    }
    Statement statement =
        connection.prepare("UPDATE keyaki_layers SET title_ja = ?2, title_en = ?3, geometry = ?4, visibility = ?5, attribution = ?6,"
                           " zoom_min = ?7, zoom_max = ?8, schema = ?9, invalid_geometry = ?10 WHERE id = ?1");
    bind_spec(statement, spec).run();
    if (row.layer.spec.visibility == Visibility::staff && spec.visibility == Visibility::everyone) {
        Statement opened = connection.prepare("UPDATE keyaki_layers SET public_from = max(1, revision) WHERE id = ?1");
        opened.bind_text(1, spec.id).run();
    }
    return revision;
}

void require_geometry_allowed(const LayerSpec &spec, geo::GeometryType type, std::string_view feature_id) {
    if (!allows(spec.geometry, type)) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("layer {} takes {}, found a {} in feature {}", spec.id,
                                                                    geometry_name(spec.geometry), geo::geometry_type_name(type), feature_id));
    }
}

std::vector<Revision> revisions(Connection &connection, std::string_view layer) {
    std::vector<Revision> result;
    Statement statement = connection.prepare("SELECT number, published_at_us, author, message, content_of, added, changed, removed, feature_count,"
                                             " unconditional FROM keyaki_revisions WHERE layer = ?1 ORDER BY number DESC");
    statement.bind_text(1, layer);
    while (statement.step()) {
        Revision revision;
        revision.number = read_count(statement, 0);
        revision.published_at_us = statement.column_int64(1);
        revision.author = statement.column_text(2);
        revision.message = statement.column_text(3);
        if (!statement.is_null(4)) {
            revision.content_of = read_count(statement, 4);
        }
        revision.added = read_count(statement, 5);
        revision.changed = read_count(statement, 6);
        revision.removed = read_count(statement, 7);
        revision.feature_count = read_count(statement, 8);
        revision.unconditional = read_count(statement, 9);
        result.push_back(std::move(revision));
    }
    return result;
}

std::int64_t change_of_revision(Connection &connection, std::string_view layer, std::uint64_t revision) {
    if (revision == 0) {
        return 0;
    }
    Statement statement = connection.prepare("SELECT change FROM keyaki_revisions WHERE layer = ?1 AND number = ?2");
    if (revision > static_cast<std::uint64_t>(INT64_MAX) ||
        !statement.bind_text(1, layer).bind_int64(2, static_cast<std::int64_t>(revision)).step()) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no revision {} of layer {}", revision, layer));
    }
    return statement.column_int64(0);
}

std::string schema_of_state(Connection &connection, const LayerRow &row, LayerState state) {
    if (state.kind != LayerState::Kind::revision) {
        return row.layer.spec.schema;
    }
    static_cast<void>(change_of_state(connection, row, state)); // not_found for a revision that is not there
    Statement statement = connection.prepare("SELECT schema FROM keyaki_revisions WHERE layer = ?1 AND number = ?2");
    return statement.bind_text(1, row.layer.spec.id).bind_int64(2, static_cast<std::int64_t>(state.revision)).step()
               ? std::string(statement.column_text(0))
               : std::string();
}

std::int64_t change_of_state(Connection &connection, const LayerRow &row, LayerState state) {
    switch (state.kind) {
    case LayerState::Kind::published: return row.published_change;
    case LayerState::Kind::draft: return row.draft_change;
    case LayerState::Kind::revision: break;
    }
    if (state.revision == 0) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("there is no revision 0 of layer {}", row.layer.spec.id));
    }
    return change_of_revision(connection, row.layer.spec.id, state.revision);
}

} // namespace keyaki::data
