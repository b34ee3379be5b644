#include "data/osm_extract_store.hpp"

#include "data/blob_text.hpp"
#include "geo/error.hpp"

#include <fmt/format.h>

#include <cassert>
#include <string>

namespace keyaki::data {

namespace {

constexpr std::string_view columns = "id, source, west_deg, south_deg, east_deg, north_deg, changed_at_s, sequence, kept_at_us, size_bytes,"
                                     " is_box_asked";

OsmExtract to_extract(const Statement &row) {
    OsmExtract extract;
    extract.source = row.column_text(1);
    if (!row.is_null(2)) {
        extract.box = geo::LonLatBox{row.column_double(2), row.column_double(3), row.column_double(4), row.column_double(5)};
    }
    extract.changed_at_s = row.column_int64(6);
    extract.sequence = static_cast<std::uint64_t>(row.column_int64(7));
    extract.kept_at_us = row.column_int64(8);
    extract.size_bytes = static_cast<std::uint64_t>(row.column_int64(9));
    extract.is_box_asked = row.column_int64(10) != 0;
    return extract;
}

void require_there(Connection &connection, std::int64_t extract) {
    if (!connection.prepare("SELECT 1 FROM osm_extract WHERE id = ?1 AND is_current = 0").bind_int64(1, extract).step()) {
        throw geo::Error(geo::ErrorKind::conflict, "another extract of OpenStreetMap was imported meanwhile; this one is not kept");
    }
}

std::uint64_t kept_bytes(Connection &connection, std::int64_t extract) {
    Statement sum = connection.prepare("SELECT coalesce(sum(length(bytes)), 0) FROM osm_piece WHERE extract = ?1");
    sum.bind_int64(1, extract).step();
    return static_cast<std::uint64_t>(sum.column_int64(0));
}

} // namespace

std::optional<OsmExtract> find_osm_extract(Connection &connection) {
    Statement row = connection.prepare(fmt::format("SELECT {} FROM osm_extract WHERE is_current = 1", columns));
    return row.step() ? std::optional(to_extract(row)) : std::nullopt;
}

OsmExtract read_osm_extract(Connection &connection, const std::function<void(std::string_view)> &visit) {
    Statement row = connection.prepare(fmt::format("SELECT {} FROM osm_extract WHERE is_current = 1", columns));
    if (!row.step()) {
        throw geo::Error(geo::ErrorKind::not_found, "there is no extract of OpenStreetMap in the database: `keyaki import osm FILE` keeps one");
    }
    OsmExtract extract = to_extract(row);
    Statement piece = connection.prepare("SELECT bytes FROM osm_piece WHERE extract = ?1 ORDER BY number");
    piece.bind_int64(1, row.column_int64(0));
    while (piece.step()) {
        visit(text_of(piece.column_blob(0)));
    }
    return extract;
}

std::int64_t begin_osm_extract(Connection &connection) {
    assert(connection.in_transaction());
    connection
        .prepare("INSERT INTO osm_extract (is_current, source, is_box_asked, changed_at_s, sequence, kept_at_us, size_bytes)"
                 " VALUES (0, '', 0, 0, 0, 0, 0)")
        .run();
    return connection.last_row_id();
}

void put_osm_piece(Connection &connection, std::int64_t extract, std::uint64_t number, std::string_view bytes) {
    assert(connection.in_transaction());
    require_there(connection, extract);
    Statement put = connection.prepare("INSERT INTO osm_piece (extract, number, bytes) VALUES (?1, ?2, ?3)");
    put.bind_int64(1, extract).bind_int64(2, static_cast<std::int64_t>(number));
    put.bind_blob(3, bytes_of(bytes)).run();
}

void keep_osm_extract(Connection &connection, std::int64_t extract, const OsmExtract &description) {
    assert(connection.in_transaction());
    require_there(connection, extract);
    if (const std::uint64_t kept = kept_bytes(connection, extract); kept != description.size_bytes) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("expected an extract of {} bytes, found {}", description.size_bytes, kept));
    }
    connection.prepare("UPDATE osm_extract SET is_current = 0 WHERE is_current = 1").run();
    Statement keep =
        connection.prepare("UPDATE osm_extract SET is_current = 1, source = ?2, west_deg = ?3, south_deg = ?4, east_deg = ?5,"
                           " north_deg = ?6, changed_at_s = ?7, sequence = ?8, kept_at_us = ?9, size_bytes = ?10, is_box_asked = ?11 WHERE id = ?1");
    keep.bind_int64(1, extract).bind_text(2, description.source);
    const double sides[] = {description.box ? description.box->west_deg : 0, description.box ? description.box->south_deg : 0,
                            description.box ? description.box->east_deg : 0, description.box ? description.box->north_deg : 0};
    for (int side = 0; side < 4; ++side) {
        description.box ? keep.bind_double(3 + side, sides[side]) : keep.bind_null(3 + side);
    }
    keep.bind_int64(7, description.changed_at_s).bind_int64(8, static_cast<std::int64_t>(description.sequence));
    keep.bind_int64(9, description.kept_at_us).bind_int64(10, static_cast<std::int64_t>(description.size_bytes));
    keep.bind_int64(11, description.is_box_asked ? 1 : 0).run();
}

std::int64_t set_aside_osm_extract(Connection &connection) {
    assert(connection.in_transaction());
    const std::int64_t extract = connection.query_int64("SELECT coalesce(max(id), 0) FROM osm_extract WHERE is_current = 1");
    connection.prepare("UPDATE osm_extract SET is_current = 0 WHERE is_current = 1").run();
    return extract;
}

void restore_osm_extract(Connection &connection, std::int64_t extract) {
    assert(connection.in_transaction());
    connection.prepare("UPDATE osm_extract SET is_current = 1 WHERE id = ?1").bind_int64(1, extract).run();
}

bool sweep_osm_pieces(Connection &connection, std::size_t limit) {
    assert(connection.in_transaction());
    connection
        .prepare("DELETE FROM osm_piece WHERE row IN (SELECT row FROM osm_piece WHERE extract IN (SELECT id FROM osm_extract WHERE is_current = 0)"
                 " LIMIT ?1)")
        .bind_int64(1, static_cast<std::int64_t>(limit))
        .run();
    const bool has_swept = connection.changes() > 0;
    if (!has_swept) {
        connection.prepare("DELETE FROM osm_extract WHERE is_current = 0").run();
    }
    return has_swept;
}

} // namespace keyaki::data
