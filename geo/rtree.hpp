#pragma once

#include "geo/mercator.hpp"
#include "geo/prefetch.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace keyaki::geo {

/// A box of grid cells, both corners within it: min <= max; empty until the first extend().
struct GridBox {
    std::uint32_t min_x = UINT32_MAX;
    std::uint32_t min_y = UINT32_MAX;
    std::uint32_t max_x = 0;
    std::uint32_t max_y = 0;

    friend bool operator==(const GridBox &, const GridBox &) = default;

    [[nodiscard]] bool empty() const noexcept { return min_x > max_x || min_y > max_y; }
    [[nodiscard]] bool intersects(const GridBox &other) const noexcept {
        return min_x <= other.max_x && other.min_x <= max_x && min_y <= other.max_y && other.min_y <= max_y;
    }
    void extend(GridPoint point) noexcept {
        min_x = std::min(min_x, point.x);
        min_y = std::min(min_y, point.y);
        max_x = std::max(max_x, point.x);
        max_y = std::max(max_y, point.y);
    }
    void extend(const GridBox &other) noexcept {
        min_x = std::min(min_x, other.min_x);
        min_y = std::min(min_y, other.min_y);
        max_x = std::max(max_x, other.max_x);
        max_y = std::max(max_y, other.max_y);
    }
};

/// A static R-tree, packed along Hilbert's curve (Kamel and Faloutsos 1993): built once from boxes, then only read, from any number of threads.
/// Two flat arrays and nothing else: all boxes level by level (leaves first, the root last), and the item behind each leaf.
class RTree {
  public:
    static constexpr std::size_t node_size = 16;

    RTree() = default;
    /// Item i has boxes[i]; one whose box is empty is left out. \pre boxes.size() < 2^32
    explicit RTree(std::span<const GridBox> boxes);
    /// Of boxes that lie in the order of the curve already: a query visits ascending items. \pre no box is empty; boxes.size() < 2^32
    [[nodiscard]] static RTree of_ordered(std::span<const GridBox> boxes);

    /// Items that can be found.
    [[nodiscard]] std::size_t size() const noexcept { return m_level_begin.empty() ? 0 : m_level_begin[1]; }
    /// Box of everything; empty() where there is nothing.
    [[nodiscard]] GridBox bounds() const noexcept { return m_boxes.empty() ? GridBox{} : m_boxes.back(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;
    /// \pre of_ordered() made the tree of more than `item` boxes
    [[nodiscard]] const GridBox &box(std::uint32_t item) const noexcept { return m_boxes[item]; }

    /// Calls visit(item) for each item whose box meets `box`, in the order of the curve. A visit that returns bool ends the search by false.
    template <typename Visit>
    void query(const GridBox &box, Visit &&visit) const;
    /// Items as a list, ascending.
    [[nodiscard]] std::vector<std::uint32_t> query(const GridBox &box) const;

  private:
    void build_levels();
    [[nodiscard]] std::uint32_t item_of(std::size_t leaf) const noexcept {
        return m_items.empty() ? static_cast<std::uint32_t>(leaf) : m_items[leaf];
    }

    /// One bit for each of at most node_size boxes that meets `box`: without branches, which would be guessed wrong half the time.
    [[nodiscard]] static std::uint32_t meeting(std::span<const GridBox> boxes, const GridBox &box) noexcept {
        std::uint32_t bits = 0;
        for (std::size_t child = 0; child < boxes.size(); ++child) {
            const GridBox &one = boxes[child];
            const unsigned meets = static_cast<unsigned>(one.min_x <= box.max_x) & static_cast<unsigned>(box.min_x <= one.max_x) &
                                   static_cast<unsigned>(one.min_y <= box.max_y) & static_cast<unsigned>(box.min_y <= one.max_y);
            bits |= meets << child;
        }
        return bits;
    }

    std::vector<GridBox> m_boxes;           ///< leaves, then their parents, ... then the root
    std::vector<std::uint32_t> m_items;     ///< by leaf; empty where leaf i is item i
    std::vector<std::size_t> m_level_begin; ///< offset of each level in m_boxes, and the end
};

template <typename Visit>
void RTree::query(const GridBox &box, Visit &&visit) const {
    if (m_boxes.empty() || !m_boxes.back().intersects(box)) {
        return;
    }
    struct Node {
        std::size_t level;
        std::size_t index; ///< within the level
    };
    // A node opens at most node_size children and one is taken at a time: with 9 levels (2^32 items need 8) the stack never holds more.
    std::array<Node, 9 * node_size> stack{};
    std::size_t depth = 0;
    stack[depth++] = {m_level_begin.size() - 2, 0};
    while (depth > 0) {
        const Node node = stack[--depth];
        if (node.level == 0) { // one item, which is the root
            visit(item_of(0));
            return;
        }
        const std::size_t below = m_level_begin[node.level - 1];
        const std::size_t first = node.index * node_size;
        const std::size_t count = std::min(node_size, m_level_begin[node.level] - below - first);
        std::uint32_t met = meeting(std::span(m_boxes).subspan(below + first, count), box);
        if (node.level > 1) {
            // The last first, so that the first is taken first.
            for (; met != 0; met &= ~(1U << (31 - std::countl_zero(met)))) {
                const std::size_t child = first + 31 - static_cast<std::size_t>(std::countl_zero(met));
                stack[depth++] = {node.level - 1, child};
                prefetch(m_boxes.data() + m_level_begin[node.level - 2] + child * node_size, node_size);
            }
            continue;
        }
        for (; met != 0; met &= met - 1) {
            const std::uint32_t item = item_of(first + static_cast<std::size_t>(std::countr_zero(met)));
            if constexpr (std::is_same_v<decltype(visit(item)), bool>) {
                if (!visit(item)) {
                    return;
                }
            } else {
                visit(item);
            }
        }
    }
}

} // namespace keyaki::geo
