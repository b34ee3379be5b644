#include "data/mbtiles_writer.hpp"

#include "data/limits.hpp"
#include "data/sha256.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace keyaki::data {

namespace {

/// Beside the specification's `metadata`, the tables of the writers that store equal tiles once.
TileDatabase &with_tables(TileDatabase &database) {
    for (const char *sql : {"PRAGMA application_id = 0x4d504258", // "MPBX", the number that is assigned to MBTiles
                            "BEGIN", "CREATE TABLE metadata (name TEXT, value TEXT)",
                            "CREATE TABLE map (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_id TEXT)",
                            "CREATE TABLE images (tile_data BLOB, tile_id TEXT)",
                            "CREATE VIEW tiles AS SELECT map.zoom_level AS zoom_level, map.tile_column AS tile_column, map.tile_row AS tile_row, "
                            "images.tile_data AS tile_data FROM map JOIN images ON images.tile_id = map.tile_id"}) {
        database.execute(sql);
    }
    return database;
}

} // namespace

MbtilesWriter::MbtilesWriter(const std::filesystem::path &file)
    : m_database(file, TileDatabase::Use::fill_new),
      m_insert_place(with_tables(m_database).prepare("INSERT INTO map (zoom_level, tile_column, tile_row, tile_id) VALUES (?1, ?2, ?3, ?4)")),
      m_insert_content(m_database.prepare("INSERT INTO images (tile_data, tile_id) VALUES (?1, ?2)")) {}

MbtilesWriter::~MbtilesWriter() = default;

void MbtilesWriter::add(geo::TileId tile, std::string_view tile_data) {
    if (m_outcome.tiles == mbtiles_tiles_max) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("{} would have more than {} tiles: ask for fewer zooms or layers",
                                                                m_database.file().string(), mbtiles_tiles_max));
    }
    const Hash hash = sha256(tile_data);
    Fingerprint fingerprint{};
    std::memcpy(fingerprint.data(), hash.data(), sizeof fingerprint);
    const std::string id = to_hex(hash).substr(0, 2 * sizeof fingerprint);
    if (m_known.insert(fingerprint).second) {
        m_insert_content.bind_blob(1, tile_data).bind_text(2, id).run();
        ++m_outcome.contents;
    }
    const std::int64_t row = (std::int64_t{1} << tile.z) - 1 - tile.y; // counted from the south
    m_insert_place.bind_int64(1, tile.z).bind_int64(2, tile.x).bind_int64(3, row).bind_text(4, id).run();
    m_outcome.zoom_min = m_outcome.tiles == 0 ? tile.z : std::min<int>(m_outcome.zoom_min, tile.z);
    m_outcome.zoom_max = std::max<int>(m_outcome.zoom_max, tile.z);
    ++m_outcome.tiles;
}

void MbtilesWriter::finish(const std::vector<std::pair<std::string, std::string>> &metadata) {
    if (m_outcome.tiles == 0) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected at least one tile for {}, found none", m_database.file().string()));
    }
    TileStatement insert = m_database.prepare("INSERT INTO metadata (name, value) VALUES (?1, ?2)");
    for (const auto &[name, value] : metadata) {
        insert.bind_text(1, name).bind_text(2, value).run();
    }
    for (const char *sql : {"CREATE UNIQUE INDEX name ON metadata (name)", "CREATE UNIQUE INDEX map_index ON map (zoom_level, tile_column, tile_row)",
                            "CREATE UNIQUE INDEX images_id ON images (tile_id)", "COMMIT"}) {
        m_database.execute(sql);
    }
}

} // namespace keyaki::data
