#include "geo/rtree.hpp"

#include "geo/hilbert.hpp"

#include <cassert>
#include <utility>

namespace keyaki::geo {

namespace {

std::uint32_t middle(std::uint32_t low, std::uint32_t high) { return low + (high - low) / 2; }

/// The items with a box, in the order of the curve through the boxes' middles.
std::vector<std::uint32_t> curve_order(std::span<const GridBox> boxes, const GridBox &world) {
    // 16 bits an axis over the data's own extent: a city layer is sorted to about a metre.
    const double scale_x = 65535.0 / std::max(1.0, static_cast<double>(world.max_x) - world.min_x);
    const double scale_y = 65535.0 / std::max(1.0, static_cast<double>(world.max_y) - world.min_y);
    std::vector<std::uint64_t> keyed; // place on the curve above, item below: one sort of plain numbers
    keyed.reserve(boxes.size());
    for (std::size_t item = 0; item < boxes.size(); ++item) {
        const GridBox &box = boxes[item];
        if (box.empty()) {
            continue;
        }
        const std::uint64_t place = hilbert_16(static_cast<std::uint16_t>((middle(box.min_x, box.max_x) - world.min_x) * scale_x),
                                               static_cast<std::uint16_t>((middle(box.min_y, box.max_y) - world.min_y) * scale_y));
        keyed.push_back(place << 32 | item);
    }
    std::sort(keyed.begin(), keyed.end());
    std::vector<std::uint32_t> order(keyed.size());
    std::transform(keyed.begin(), keyed.end(), order.begin(), [](std::uint64_t key) { return static_cast<std::uint32_t>(key); });
    return order;
}

} // namespace

RTree::RTree(std::span<const GridBox> boxes) {
    assert(boxes.size() < UINT32_MAX);
    GridBox world;
    for (const GridBox &box : boxes) {
        world.extend(box);
    }
    m_items = curve_order(boxes, world);
    if (m_items.empty()) {
        return;
    }
    m_boxes.reserve(m_items.size() + m_items.size() / (node_size - 1) + 10);
    for (const std::uint32_t item : m_items) {
        m_boxes.push_back(boxes[item]);
    }
    build_levels();
}

RTree RTree::of_ordered(std::span<const GridBox> boxes) {
    assert(boxes.size() < UINT32_MAX && std::none_of(boxes.begin(), boxes.end(), [](const GridBox &box) { return box.empty(); }));
    RTree tree;
    if (!boxes.empty()) {
        tree.m_boxes.reserve(boxes.size() + boxes.size() / (node_size - 1) + 10);
        tree.m_boxes.assign(boxes.begin(), boxes.end());
        tree.build_levels();
    }
    return tree;
}

/// Parents behind the leaves, up to the root.
void RTree::build_levels() {
    m_level_begin.push_back(0);
    while (true) {
        const std::size_t begin = m_level_begin.back();
        const std::size_t end = m_boxes.size();
        m_level_begin.push_back(end);
        if (end - begin == 1) {
            break;
        }
        for (std::size_t first = begin; first < end; first += node_size) {
            GridBox parent;
            for (std::size_t child = first; child < std::min(first + node_size, end); ++child) {
                parent.extend(m_boxes[child]);
            }
            m_boxes.push_back(parent);
        }
    }
}

std::size_t RTree::memory_bytes() const noexcept {
    return m_boxes.capacity() * sizeof(GridBox) + m_items.capacity() * sizeof(std::uint32_t) + m_level_begin.capacity() * sizeof(std::size_t);
}

std::vector<std::uint32_t> RTree::query(const GridBox &box) const {
    std::vector<std::uint32_t> found;
    query(box, [&found](std::uint32_t item) { found.push_back(item); });
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace keyaki::geo
