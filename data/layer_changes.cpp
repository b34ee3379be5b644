#include "data/layer_changes.hpp"

#include "data/feature_row.hpp"
#include "data/layer_schema.hpp"
#include "data/spatialite_blob.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::data {

namespace {

/// Rows `a` of the later state (?2) that the earlier one (?1) has not, each with the version `b` of its feature there, if any.
/// The indexes are named because SQLite, without statistics, may prefer a worse one.
constexpr std::string_view arrivals = "FROM {0} a INDEXED BY {0}_added LEFT JOIN {0} b INDEXED BY {0}_feature ON b.feature_id = a.feature_id AND {1} "
                                      "WHERE a.added > ?1 AND a.added <= ?2 AND {2}";
/// Rows `b` of the earlier state whose feature the later one has not.
constexpr std::string_view departures = "FROM {0} b INDEXED BY {0}_removed WHERE b.removed > ?1 AND b.removed <= ?2 AND b.added <= ?1 AND NOT EXISTS "
                                        "(SELECT 1 FROM {0} a INDEXED BY {0}_feature WHERE a.feature_id = b.feature_id AND {1})";

std::string arrivals_sql(std::string_view layer) { return fmt::format(fmt::runtime(arrivals), layer_table(layer), alive("b", 1), alive("a", 2)); }

std::string departures_sql(std::string_view layer) { return fmt::format(fmt::runtime(departures), layer_table(layer), alive("a", 2)); }

Change backwards(Change &&change) {
    if (change.kind != ChangeKind::changed) {
        change.kind = change.kind == ChangeKind::added ? ChangeKind::removed : ChangeKind::added;
    }
    std::swap(change.before, change.after);
    return std::move(change);
}

/// Seven columns: whether it is new, the feature as it is now, and as it was.
constexpr std::string_view arrival_columns = "SELECT b.row IS NULL, a.feature_id, a.properties, a.geom, b.feature_id, b.properties, b.geom ";
constexpr std::string_view is_different = " AND (b.row IS NULL OR b.content_hash <> a.content_hash)";

Change read_arrival(const Statement &arrived) {
    Change change;
    change.kind = arrived.column_int64(0) != 0 ? ChangeKind::added : ChangeKind::changed;
    change.after = to_feature(arrived, 1);
    if (change.kind == ChangeKind::changed) {
        change.before = to_feature(arrived, 4);
    }
    return change;
}

Change read_departure(const Statement &departed) { return {ChangeKind::removed, to_feature(departed, 0), std::nullopt}; }

void read_changes_forward(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to, const Store::ChangeVisitor &visit) {
    Statement arrived = connection.prepare(std::string(arrival_columns) + arrivals_sql(layer) + std::string(is_different));
    arrived.bind_int64(1, from).bind_int64(2, to);
    while (arrived.step()) {
        visit(read_arrival(arrived));
    }
    Statement departed = connection.prepare("SELECT b.feature_id, b.properties, b.geom " + departures_sql(layer));
    departed.bind_int64(1, from).bind_int64(2, to);
    while (departed.step()) {
        visit(read_departure(departed));
    }
}

geo::LonLatBox union_of_bounds(Statement &statement) {
    geo::LonLatBox bounds;
    while (statement.step()) {
        bounds.extend(spatialite_blob_bounds(statement.column_blob(0)));
    }
    return bounds;
}

} // namespace

std::string alive(std::string_view alias, int parameter) {
    return fmt::format("{0}.added <= ?{1} AND ({0}.removed IS NULL OR {0}.removed > ?{1})", alias, parameter);
}

void read_state(Connection &connection, std::string_view layer, std::int64_t change, const Store::FeatureVisitor &visit) {
    Statement statement = connection.prepare(
        fmt::format("SELECT a.feature_id, a.properties, a.geom FROM {} a NOT INDEXED WHERE {}", layer_table(layer), alive("a", 1)));
    statement.bind_int64(1, change);
    while (statement.step()) {
        visit(to_feature(statement, 0));
    }
}

void read_changes_between(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to, const Store::ChangeVisitor &visit) {
    if (from <= to) {
        read_changes_forward(connection, layer, from, to, visit);
    } else {
        read_changes_forward(connection, layer, to, from, [&visit](Change &&change) { visit(backwards(std::move(change))); });
    }
}

void read_page_of_changes(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to, const ChangePage &page,
                          const Store::PageVisitor &visit) {
    Statement arrived = connection.prepare(std::string(arrival_columns) + arrivals_sql(layer) + std::string(is_different) +
                                           " AND a.feature_id > ?3 ORDER BY a.feature_id LIMIT ?4");
    Statement departed = connection.prepare("SELECT b.feature_id, b.properties, b.geom " + departures_sql(layer) +
                                            " AND b.feature_id > ?3 ORDER BY b.feature_id LIMIT ?4");
    for (Statement *statement : {&arrived, &departed}) {
        statement->bind_int64(1, from).bind_int64(2, to).bind_text(3, page.after_id).bind_int64(4, static_cast<std::int64_t>(page.limit));
    }
    bool has_arrival = arrived.step();
    bool has_departure = departed.step();
    for (std::size_t count = 0; count < page.limit && (has_arrival || has_departure); ++count) {
        const bool arrival_first = has_arrival && (!has_departure || arrived.column_text(1) < departed.column_text(0));
        if (!visit(arrival_first ? read_arrival(arrived) : read_departure(departed))) {
            return;
        }
        (arrival_first ? has_arrival : has_departure) = (arrival_first ? arrived : departed).step();
    }
}

std::uint64_t count_moved_between(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to) {
    Statement moved = connection.prepare("SELECT count(*) " + arrivals_sql(layer) + " AND b.row IS NOT NULL AND b.geom <> a.geom");
    moved.bind_int64(1, from).bind_int64(2, to).step();
    return static_cast<std::uint64_t>(moved.column_int64(0));
}

DraftChanges count_changes_between(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to) {
    Statement arrived = connection.prepare("SELECT total(b.row IS NULL), total(b.content_hash <> a.content_hash) " + arrivals_sql(layer));
    Statement departed = connection.prepare("SELECT count(*) " + departures_sql(layer));
    arrived.bind_int64(1, from).bind_int64(2, to).step();
    departed.bind_int64(1, from).bind_int64(2, to).step();
    DraftChanges changes;
    changes.added = static_cast<std::uint64_t>(arrived.column_int64(0));
    changes.changed = static_cast<std::uint64_t>(arrived.column_int64(1));
    changes.removed = static_cast<std::uint64_t>(departed.column_int64(0));
    return changes;
}

std::int64_t count_state(Connection &connection, std::string_view layer, std::int64_t change) {
    Statement statement = connection.prepare(fmt::format("SELECT count(*) FROM {} a NOT INDEXED WHERE {}", layer_table(layer), alive("a", 1)));
    statement.bind_int64(1, change).step();
    return statement.column_int64(0);
}

geo::LonLatBox bounds_of_state(Connection &connection, std::string_view layer, std::int64_t change) {
    Statement statement = connection.prepare(fmt::format("SELECT a.geom FROM {} a NOT INDEXED WHERE {}", layer_table(layer), alive("a", 1)));
    statement.bind_int64(1, change);
    return union_of_bounds(statement);
}

geo::LonLatBox bounds_of_added(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to) {
    Statement statement = connection.prepare(
        fmt::format("SELECT a.geom FROM {0} a INDEXED BY {0}_added WHERE a.added > ?1 AND a.added <= ?2 AND {1}", layer_table(layer), alive("a", 2)));
    statement.bind_int64(1, from).bind_int64(2, to);
    return union_of_bounds(statement);
}

geo::LonLatBox bounds_of_removed(Connection &connection, std::string_view layer, std::int64_t from, std::int64_t to) {
    Statement statement = connection.prepare(fmt::format(
        "SELECT b.geom FROM {0} b INDEXED BY {0}_removed WHERE b.removed > ?1 AND b.removed <= ?2 AND b.added <= ?1", layer_table(layer)));
    statement.bind_int64(1, from).bind_int64(2, to);
    return union_of_bounds(statement);
}

} // namespace keyaki::data
