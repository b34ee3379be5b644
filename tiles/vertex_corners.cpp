#include "tiles/vertex_corners.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <utility>

namespace keyaki::tiles {

namespace {

struct Slot {
    std::uint32_t hash;  ///< 24 bits, of both neighbours
    std::uint8_t first;  ///< zoom of the shape with these neighbours that is drawn first
    std::uint8_t second; ///< zoom of the first shape with others
};

Slot unpacked(std::uint32_t word) noexcept {
    return {word >> 8U, static_cast<std::uint8_t>(word >> 4U & 0xFU), static_cast<std::uint8_t>(word & 0xFU)};
}

std::uint32_t packed(const Slot &slot) noexcept { return slot.hash << 8U | std::uint32_t{slot.first} << 4U | slot.second; }

/// The same for both orders, never 0.
std::uint32_t hash_of(std::uint32_t one, std::uint32_t other) noexcept {
    const auto [low, high] = std::minmax(one, other);
    std::uint64_t mixed = (std::uint64_t{high} << 32U | low) + 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ mixed >> 30U) * 0xbf58476d1ce4e5b9U; // the finaliser of splitmix64
    mixed = (mixed ^ mixed >> 27U) * 0x94d049bb133111ebU;
    return std::max<std::uint32_t>(static_cast<std::uint32_t>(mixed >> 40U), 1);
}

/// What a slot becomes when a shape is added: it holds the neighbours that are drawn first, and of all others the smallest zoom. The same in any
/// order.
Slot with(const Slot &slot, std::uint32_t hash, std::uint8_t zoom) noexcept {
    if (slot.hash == 0) {
        return {hash, zoom, VertexCorners::never};
    }
    if (slot.hash == hash) {
        return {hash, std::min(slot.first, zoom), slot.second};
    }
    if (zoom < slot.first) {
        return {hash, zoom, std::min(slot.second, slot.first)};
    }
    return {slot.hash, slot.first, std::min(slot.second, zoom)};
}

/// In place of the neighbour that an end of a line does not have.
constexpr std::uint32_t line_end = geo::GridVertex::no_number - 1;

} // namespace

VertexCorners::VertexCorners(std::uint32_t vertex_count) : m_slots(std::make_unique<std::uint32_t[]>(vertex_count)), m_count(vertex_count) {}

void VertexCorners::add(const geo::GridVertex &vertex, std::uint32_t before, std::uint32_t behind, std::uint8_t zoom_from) noexcept {
    if (vertex.number >= m_count) {
        return;
    }
    const std::uint32_t hash = hash_of(before, behind);
    std::atomic_ref<std::uint32_t> word(m_slots[vertex.number]);
    std::uint32_t old = word.load(std::memory_order_relaxed);
    std::uint32_t next = packed(with(unpacked(old), hash, zoom_from));
    while (next != old && !word.compare_exchange_weak(old, next, std::memory_order_relaxed)) {
        next = packed(with(unpacked(old), hash, zoom_from));
    }
}

void VertexCorners::add(const geo::GridShape &shape, std::uint8_t zoom_from) {
    assert(zoom_from < never);
    for (std::size_t path = 0; path < shape.path_count(); ++path) {
        const auto vertices = shape.path(path);
        const std::size_t last = vertices.size() - 1;
        const bool is_ring = shape.type == geo::GeometryType::polygon;
        for (std::size_t index = 0; index <= last; ++index) {
            const std::uint32_t before = index > 0 ? vertices[index - 1].number : is_ring ? vertices[last].number : line_end;
            const std::uint32_t behind = index < last ? vertices[index + 1].number : is_ring ? vertices[0].number : line_end;
            add(vertices[index], before, behind, zoom_from);
        }
    }
}

std::uint8_t VertexCorners::corner_from(std::uint32_t number) const noexcept {
    return number < m_count && m_slots[number] != 0 ? unpacked(m_slots[number]).second : never;
}

} // namespace keyaki::tiles
