#include "data/spatial_index.hpp"

#include "data/layer_schema.hpp"
#include "data/limits.hpp"
#include "data/spatialite_blob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace keyaki::data {

namespace {

/// Nodes of SQLite's R*Tree are filled to 51 cells of 24 bytes on pages of 4 KiB (rtree.c: RTREE_MAXCELLS); some room is left, so that the
/// first edits do not split every node they touch.
constexpr std::size_t node_bytes = 4 + 24 * 51;
constexpr std::size_t cells_per_node = 46;

float rounded_down(double value) {
    const auto nearest = static_cast<float>(value);
    return nearest > value ? std::nextafter(nearest, -std::numeric_limits<float>::infinity()) : nearest;
}

float rounded_up(double value) {
    const auto nearest = static_cast<float>(value);
    return nearest < value ? std::nextafter(nearest, std::numeric_limits<float>::infinity()) : nearest;
}

/// Putting one row into a tree takes about as long as building the tree for so many.
constexpr std::int64_t insertions_per_rebuilt_row = 10;

bool is_much(Connection &connection, std::string_view table, std::int64_t change) {
    Statement counts = connection.prepare(fmt::format(
        "SELECT (SELECT count(*) FROM {0} INDEXED BY {0}_added WHERE added = ?1), (SELECT count(*) FROM {0} INDEXED BY {0}_added)", table));
    counts.bind_int64(1, change).step();
    return counts.column_int64(0) * insertions_per_rebuilt_row > counts.column_int64(1);
}

void rebuild(Connection &connection, std::string_view layer) {
    recreate_spatial_index(connection, layer);
    PackedIndexBuilder builder;
    const auto write = [&](PackedIndexBuilder::Piece &&piece) { write_index_piece(connection, layer, piece); };
    add_all_rows(connection, layer, builder, [&] {
        if (builder.waiting_nodes() >= index_chunk_nodes) {
            write(builder.take_piece());
        }
    });
    builder.finish(write);
}

template <typename Unsigned>
void put_big_endian(std::vector<std::uint8_t> &data, std::size_t at, Unsigned value) {
    for (std::size_t byte = sizeof value; byte > 0; --byte) {
        data[at + byte - 1] = static_cast<std::uint8_t>(value & 0xff);
        value = static_cast<Unsigned>(value >> (sizeof value > 1 ? 8 : 0));
    }
}

} // namespace

void index_rows_of_change(Connection &connection, std::string_view layer, std::int64_t change) {
    const std::string table = layer_table(layer);
    if (is_much(connection, table, change)) {
        rebuild(connection, layer);
        return;
    }
    Statement rows = connection.prepare(fmt::format("SELECT row, geom FROM {0} INDEXED BY {0}_added WHERE added = ?1", table));
    Statement insert =
        connection.prepare(fmt::format("INSERT INTO {} (pkid, xmin, xmax, ymin, ymax) VALUES (?1, ?2, ?3, ?4, ?5)", layer_spatial_index(layer)));
    rows.bind_int64(1, change);
    while (rows.step()) {
        const geo::LonLatBox box = spatialite_blob_bounds(rows.column_blob(1));
        insert.bind_int64(1, rows.column_int64(0)).bind_double(2, box.west_deg).bind_double(3, box.east_deg);
        insert.bind_double(4, box.south_deg).bind_double(5, box.north_deg).run();
    }
}

void add_all_rows(Connection &connection, std::string_view layer, PackedIndexBuilder &builder, const std::function<void()> &between) {
    // SQLite sorts outside of memory when there are many.
    Statement rows = connection.prepare(fmt::format("SELECT row, substr(geom, 1, 39) FROM {} ORDER BY keyaki_hilbert(geom)", layer_table(layer)));
    while (rows.step()) {
        builder.add({rows.column_int64(0), spatialite_blob_bounds(rows.column_blob(1))});
        between();
    }
}

void PackedIndexBuilder::add(const IndexEntry &entry) {
    m_leaf_of_row.resize(std::max(m_leaf_of_row.size(), static_cast<std::size_t>(entry.row) + 1));
    push(0, {entry.row, rounded_down(entry.box.west_deg), rounded_up(entry.box.east_deg), rounded_down(entry.box.south_deg),
             rounded_up(entry.box.north_deg)});
}

void PackedIndexBuilder::push(std::size_t level, const Cell &cell) {
    if (level == m_levels.size()) {
        m_levels.emplace_back();
    }
    if (m_levels[level].size() == cells_per_node) {
        const Cell node = write_node(level, ++m_last_node);
        m_levels[level].clear();
        push(level + 1, node);
    }
    m_levels[level].push_back(cell);
}

PackedIndexBuilder::Cell PackedIndexBuilder::write_node(std::size_t level, std::int64_t number) {
    const std::vector<Cell> &cells = m_levels[level];
    std::vector<std::uint8_t> data(node_bytes);
    // Only the root says its height; elsewhere the two bytes are zero.
    put_big_endian(data, 0, static_cast<std::uint16_t>(number == 1 ? level : 0));
    put_big_endian(data, 2, static_cast<std::uint16_t>(cells.size()));
    std::size_t at = 4;
    constexpr float infinity = std::numeric_limits<float>::infinity();
    Cell whole{number, infinity, -infinity, infinity, -infinity};
    for (const Cell &cell : cells) {
        put_big_endian(data, at, static_cast<std::uint64_t>(cell.key));
        put_big_endian(data, at + 8, std::bit_cast<std::uint32_t>(cell.west));
        put_big_endian(data, at + 12, std::bit_cast<std::uint32_t>(cell.east));
        put_big_endian(data, at + 16, std::bit_cast<std::uint32_t>(cell.south));
        put_big_endian(data, at + 20, std::bit_cast<std::uint32_t>(cell.north));
        at += 24;
        whole.west = std::min(whole.west, cell.west);
        whole.east = std::max(whole.east, cell.east);
        whole.south = std::min(whole.south, cell.south);
        whole.north = std::max(whole.north, cell.north);
        if (level == 0) {
            m_leaf_of_row[static_cast<std::size_t>(cell.key)] = static_cast<std::uint32_t>(number);
        } else {
            m_piece.parents.push_back({cell.key, number});
        }
    }
    m_piece.nodes.push_back({number, std::move(data)});
    return whole;
}

void PackedIndexBuilder::finish(const std::function<void(Piece &&)> &write) {
    for (std::size_t level = 0; level + 1 < m_levels.size(); ++level) {
        const Cell node = write_node(level, ++m_last_node);
        m_levels[level].clear();
        push(level + 1, node); // may make the tree one level higher
    }
    write_node(m_levels.size() - 1, 1);
    Piece last = take_piece();
    Piece links;
    for (std::size_t row = 0; row < m_leaf_of_row.size(); ++row) {
        if (m_leaf_of_row[row] != 0) {
            links.rows.push_back({static_cast<std::int64_t>(row), m_leaf_of_row[row]});
        }
        if (links.rows.size() == draft_chunk_rows) {
            write(std::exchange(links, {}));
        }
    }
    last.rows = std::move(links.rows);
    write(std::move(last));
}

void write_index_piece(Connection &connection, std::string_view layer, const PackedIndexBuilder::Piece &piece) {
    const SchemaPermission permission(connection);
    const std::string index = layer_spatial_index(layer);
    Statement node = connection.prepare(fmt::format("INSERT OR REPLACE INTO {}_node (nodeno, data) VALUES (?1, ?2)", index));
    for (const auto &[number, data] : piece.nodes) {
        node.bind_int64(1, number).bind_blob(2, data).run();
    }
    const auto write_links = [&connection](const std::string &sql, const std::vector<PackedIndexBuilder::Piece::Link> &links) {
        Statement statement = connection.prepare(sql);
        for (const auto &[key, parent] : links) {
            statement.bind_int64(1, key).bind_int64(2, parent).run();
        }
    };
    write_links(fmt::format("INSERT INTO {}_rowid (rowid, nodeno) VALUES (?1, ?2)", index), piece.rows);
    write_links(fmt::format("INSERT INTO {}_parent (nodeno, parentnode) VALUES (?1, ?2)", index), piece.parents);
}

std::vector<std::string> check_spatial_index(Connection &connection, std::string_view layer) {
    std::vector<std::string> problems;
    const std::string table = layer_table(layer);
    const std::string index = layer_spatial_index(layer);
    Statement structure = connection.prepare("SELECT rtreecheck(?1)");
    structure.bind_text(1, index).step();
    if (structure.column_text(0) != "ok") {
        problems.push_back(fmt::format("the spatial index of layer {} is damaged: {}", layer, structure.column_text(0)));
    }
    Statement counts = connection.prepare(fmt::format("SELECT (SELECT count(*) FROM {}_rowid), (SELECT count(*) FROM {} NOT INDEXED)", index, table));
    counts.step();
    if (counts.column_int64(0) != counts.column_int64(1)) {
        problems.push_back(
            fmt::format("the spatial index of layer {} has {} entries for {} features", layer, counts.column_int64(0), counts.column_int64(1)));
    }
    Statement rows = connection.prepare(
        fmt::format("SELECT a.row, a.geom, i.xmin, i.xmax, i.ymin, i.ymax FROM {} a NOT INDEXED LEFT JOIN {} i ON i.pkid = a.row", table, index));
    while (problems.size() < problems_max && rows.step()) {
        const geo::LonLatBox box = spatialite_blob_bounds(rows.column_blob(1));
        const bool covers = !rows.is_null(2) && rows.column_double(2) <= box.west_deg && rows.column_double(3) >= box.east_deg &&
                            rows.column_double(4) <= box.south_deg && rows.column_double(5) >= box.north_deg;
        if (!covers) {
            problems.push_back(fmt::format("the spatial index of layer {} does not cover the feature in row {}", layer, rows.column_int64(0)));
        }
    }
    return problems;
}

} // namespace keyaki::data
