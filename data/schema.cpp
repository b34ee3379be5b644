#include "data/schema.hpp"

#include "data/database_file.hpp"
#include "data/migrations.hpp"
#include "data/partial_file.hpp"

#include <fmt/format.h>

#include <cassert>

namespace keyaki::data {

namespace {

/// What desktop programs need to know by number: WGS 84 both ways, JGD2011 and its 19 plane rectangular zones, the old zones of JGD2000.
constexpr std::string_view add_reference_systems = R"(
    WITH RECURSIVE zone(srid) AS (SELECT 6669 UNION ALL SELECT srid + 1 FROM zone WHERE srid < 6687),
                   wanted(srid) AS (SELECT srid FROM zone UNION ALL VALUES (4326), (3857), (4612), (6668), (6697))
    SELECT sum(InsertEpsgSrid(srid)) FROM wanted WHERE srid NOT IN (SELECT srid FROM spatial_ref_sys))";

bool has_table(Connection &connection, std::string_view name) {
    Statement statement = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
    return statement.bind_text(1, name).step();
}

bool has_reference_system(Connection &connection) { return connection.query_int64("SELECT count(*) FROM spatial_ref_sys WHERE srid = 6668") == 1; }

/// A file with tables that keyaki did not make is somebody else's: refused, before anything is written to it.
void refuse_foreign_file(Connection &connection, bool create) {
    const std::int64_t found = connection.query_int64("PRAGMA application_id");
    const std::int64_t tables = connection.query_int64("SELECT count(*) FROM sqlite_schema");
    if (found != application_id && (tables != 0 || !create)) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("expected a database of keyaki (application id {:#x}), found an SQLite file of "
                                                              "another program (application id {:#x}): {}",
                                                              application_id, found, connection.file().string()));
    }
}

void refuse_newer_version(Connection &connection) {
    const std::int64_t version = connection.query_int64("PRAGMA user_version");
    const std::int64_t known = migrations().back().number;
    if (version > known) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("expected a database of version {} or older, found version {}, made by a newer keyaki: {}", known, version,
                                     connection.file().string()));
    }
}

/// SpatiaLite's tables, in the small form, because the full one puts 6,000 reference systems (7 MB) into every city's file. In a transaction of ours:
/// SpatiaLite's own keeps to itself why it failed.
void make_spatial_tables(Connection &connection) {
    Transaction transaction(connection);
    if (!has_table(connection, "spatial_ref_sys")) {
        if (connection.query_int64("SELECT InitSpatialMetaData(0, 'NONE')") != 1) {
            throw geo::Error(geo::ErrorKind::internal, "SpatiaLite could not make its tables in a new database");
        }
    }
    if (connection.query_int64(add_reference_systems) == 0 && !has_reference_system(connection)) {
        throw geo::Error(geo::ErrorKind::internal, "SpatiaLite does not know EPSG:6668 (JGD2011)");
    }
    transaction.commit();
}

void apply(Connection &connection, const Migration &migration) {
    Transaction transaction(connection);
    if (connection.query_int64("PRAGMA user_version") >= migration.number) {
        return; // another process was faster
    }
    connection.execute(migration.sql);
    Statement record = connection.prepare("INSERT INTO keyaki_migrations (number, name, applied_at) VALUES (?1, ?2, strftime('%Y-%m-%dT%H:%M:%SZ'))");
    record.bind_int64(1, migration.number).bind_text(2, migration.name).run();
    connection.execute(fmt::format("PRAGMA user_version = {}", migration.number));
    transaction.commit();
}

} // namespace

void refuse_wrong_database(Connection &connection, bool create) {
    const SchemaPermission permission(connection);
    refuse_foreign_file(connection, create);
    refuse_newer_version(connection);
}

bool is_of_this_version(Connection &connection) {
    const SchemaPermission permission(connection);
    return connection.query_int64("PRAGMA user_version") == migrations().back().number;
}

void require_this_version(Connection &connection) {
    if (!is_of_this_version(connection)) {
        const SchemaPermission permission(connection);
        const std::int64_t version = connection.query_int64("PRAGMA user_version");
        const std::int64_t known = migrations().back().number;
        throw geo::Error(geo::ErrorKind::unavailable,
                         fmt::format("expected a database of version {}, found version {}, which cannot be brought up to date where nothing can be "
                                     "written: {}",
                                     known, version, connection.file().string()));
    }
}

void migrate(Connection &connection, bool create) {
    refuse_wrong_database(connection, create);
    connection.take_over_file();
    const SchemaPermission permission(connection);
    connection.execute("PRAGMA journal_mode = WAL");
    const auto version = connection.query_int64("PRAGMA user_version");
    if (version == migrations().back().number) {
        return;
    }
    if (version == 0) {
        connection.execute(fmt::format("PRAGMA application_id = {}", application_id));
        make_spatial_tables(connection);
        connection.execute(
            "CREATE TABLE IF NOT EXISTS keyaki_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT");
    }
    int expected = 1;
    for (const Migration &migration : migrations()) {
        assert(migration.number == expected && "data/sql is numbered without gaps");
        ++expected;
        if (migration.number > version) {
            apply(connection, migration);
        }
    }
}

void create_database(const std::filesystem::path &file) {
    refuse_log_without_database(file);
    const PartialFile partial(file);
    {
        Connection connection(partial.path(), Access::create);
        migrate(connection, true);
        connection.checkpoint(Connection::Checkpoint::truncate); // the name is given to one file, which must hold everything
    }
    partial.give_name();
}

} // namespace keyaki::data
