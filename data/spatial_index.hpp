#pragma once

#include "data/database.hpp"
#include "geo/lon_lat.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The R*Tree of a layer's table: one entry for every row, whatever its state; the view that programs open picks the published ones.
namespace keyaki::data {

/// Takes the rows that were added by one change into the index: one by one, or by building all of it anew where that is less work.
/// \pre none of them is in it
void index_rows_of_change(Connection &connection, std::string_view layer, std::int64_t change);

struct IndexEntry {
    std::int64_t row = 0;
    geo::LonLatBox box;
};

/// Builds the whole index from entries in the order of the Hilbert curve, bottom-up with full nodes: many times faster than one by one, and
/// smaller. The format is that of SQLite's R*Tree module (rtree.c: "Database Format of R-Tree Tables"). What is made waits for take_piece()
/// and write_index_piece(); before the last piece, which holds the root, readers find the index empty. Memory: four bytes for each row.
/// \pre the index is empty
class PackedIndexBuilder {
  public:
    PackedIndexBuilder() : m_levels(1) {}
    void add(const IndexEntry &entry);
    /// Rows of the three tables of the index, made since the last piece was taken.
    struct Piece {
        struct Node {
            std::int64_t number = 0;
            std::vector<std::uint8_t> data;
        };
        struct Link {
            std::int64_t key = 0; ///< a row, or a node
            std::int64_t node = 0;
        };
        std::vector<Node> nodes;
        std::vector<Link> rows;
        std::vector<Link> parents;
    };
    [[nodiscard]] std::size_t waiting_nodes() const noexcept { return m_piece.nodes.size(); }
    [[nodiscard]] Piece take_piece() { return std::exchange(m_piece, {}); }
    /// After the last add(): calls `write` with everything that is left, the piece with the root last. The links of the rows come in the order
    /// of the rows: in that of the curve, each piece would touch every page of their table.
    void finish(const std::function<void(Piece &&)> &write);

  private:
    struct Cell {
        std::int64_t key = 0;
        float west = 0, east = 0, south = 0, north = 0;
    };
    void push(std::size_t level, const Cell &cell);
    Cell write_node(std::size_t level, std::int64_t number);

    std::vector<std::vector<Cell>> m_levels; ///< the node in the making on each level, leaves first
    std::int64_t m_last_node = 1;            ///< 1 is the root's
    std::vector<std::uint32_t> m_leaf_of_row;
    Piece m_piece;
};

/// Feeds every row of the layer's table to a builder, along the curve; `between` is called after each.
void add_all_rows(Connection &connection, std::string_view layer, PackedIndexBuilder &builder, const std::function<void()> &between);
void write_index_piece(Connection &connection, std::string_view layer, const PackedIndexBuilder::Piece &piece);

/// Sentences about whatever in the index does not agree with the table.
[[nodiscard]] std::vector<std::string> check_spatial_index(Connection &connection, std::string_view layer);

} // namespace keyaki::data
