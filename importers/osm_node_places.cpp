#include "importers/osm_node_places.hpp"

#include "geo/error.hpp"
#include "importers/osm_limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace keyaki::importers {

void OsmNodePlaces::add(std::int64_t id, Place place) {
    if (m_size + m_unsorted.size() >= max_osm_nodes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("the file has more than the {} nodes that can be kept", max_osm_nodes));
    }
    const std::uint64_t order = osm_id_order(id);
    if (m_size > 0 && order <= m_last_order) {
        m_unsorted.push_back({order, place});
        return;
    }
    append(order, place);
}

void OsmNodePlaces::append(std::uint64_t order, Place place) {
    if (m_size % chunk_entries == 0) {
        m_chunks.push_back(std::make_unique_for_overwrite<Entry[]>(chunk_entries));
    }
    const bool full = m_size % chunk_entries == 0 || m_size - m_blocks.back().begin >= block_entries;
    if (full || order - m_blocks.back().first_order > std::numeric_limits<std::uint32_t>::max()) {
        m_blocks.push_back({order, m_size});
    }
    m_chunks.back()[m_size % chunk_entries] = {static_cast<std::uint32_t>(order - m_blocks.back().first_order), place};
    m_last_order = order;
    ++m_size;
}

std::uint64_t OsmNodePlaces::finish() {
    if (m_unsorted.empty()) {
        return 0;
    }
    std::vector<Unsorted> all;
    all.reserve(m_size + m_unsorted.size());
    for (std::size_t block = 0; block < m_blocks.size(); ++block) {
        const Range range = entries_of(block);
        for (std::uint64_t index = range.begin; index < range.end; ++index) {
            all.push_back({m_blocks[block].first_order + entry(index).offset, entry(index).place});
        }
    }
    all.insert(all.end(), m_unsorted.begin(), m_unsorted.end());
    std::stable_sort(all.begin(), all.end(), [](const Unsorted &a, const Unsorted &b) { return a.order < b.order; });
    *this = OsmNodePlaces();
    for (const Unsorted &node : all) {
        if (m_size == 0 || node.order != m_last_order) {
            append(node.order, node.place);
        }
    }
    return all.size() - m_size;
}

OsmNodePlaces::Range OsmNodePlaces::entries_of(std::size_t block) const noexcept {
    return {m_blocks[block].begin, block + 1 < m_blocks.size() ? m_blocks[block + 1].begin : m_size};
}

std::size_t OsmNodePlaces::block_of(std::uint64_t order, std::size_t likely) const noexcept {
    const auto holds = [&](std::size_t block) {
        return m_blocks[block].first_order <= order && (block + 1 == m_blocks.size() || order < m_blocks[block + 1].first_order);
    };
    if (holds(likely)) {
        return likely;
    }
    const auto after = std::upper_bound(m_blocks.begin(), m_blocks.end(), order,
                                        [](std::uint64_t wanted, const Block &block) { return wanted < block.first_order; });
    return after == m_blocks.begin() ? 0 : static_cast<std::size_t>(after - m_blocks.begin()) - 1;
}

std::optional<OsmNodePlaces::Place> OsmNodePlaces::find(std::int64_t id) const noexcept {
    const std::optional<std::uint64_t> index = find_index(id, m_cursor);
    return index ? std::optional(place_at(*index)) : std::nullopt;
}

std::optional<std::uint64_t> OsmNodePlaces::find_index(std::int64_t id, Cursor &cursor) const noexcept {
    const std::uint64_t order = osm_id_order(id);
    if (m_size == 0 || order < m_blocks.front().first_order || order > m_last_order) {
        return std::nullopt;
    }
    const std::size_t block = block_of(order, cursor.block);
    const std::uint64_t distance = order - m_blocks[block].first_order;
    if (distance > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    const auto offset = static_cast<std::uint32_t>(distance);
    const Range range = entries_of(block);
    const Entry *const begin = &entry(range.begin);
    const Entry *const end = begin + (range.end - range.begin);
    const bool expected = cursor.next >= range.begin && cursor.next < range.end && begin[cursor.next - range.begin].offset == offset;
    const Entry *const found = expected
                                   ? begin + (cursor.next - range.begin)
                                   : std::lower_bound(begin, end, offset, [](const Entry &a, std::uint32_t wanted) { return a.offset < wanted; });
    if (found == end || found->offset != offset) {
        return std::nullopt;
    }
    const std::uint64_t index = range.begin + static_cast<std::uint64_t>(found - begin);
    cursor = {index + 1, block};
    return index;
}

} // namespace keyaki::importers
