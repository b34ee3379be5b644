#include "importers/key_set.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::importers {

namespace {

/// A finaliser in which every input bit changes half of the output bits.
constexpr std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 32U)) * 0xD6E8FEB86659FD93U;
    value = (value ^ (value >> 32U)) * 0xD6E8FEB86659FD93U;
    return value ^ (value >> 32U);
}

std::uint64_t hash(std::string_view key, std::uint64_t seed) {
    std::uint64_t state = mix(seed + key.size());
    std::uint64_t word = 0;
    unsigned filled = 0;
    for (const char letter : key) {
        word = word << 8U | static_cast<unsigned char>(letter);
        if (++filled == 8) {
            state = mix(state ^ word) + seed;
            word = 0;
            filled = 0;
        }
    }
    return mix(state ^ word ^ static_cast<std::uint64_t>(filled) << 56U);
}

} // namespace

KeySet::Slot KeySet::slot_of(std::string_view key, std::uint64_t row) {
    return {hash(key, 0x9E3779B97F4A7C15U) | 1U, hash(key, 0xC2B2AE3D27D4EB4FU), row};
}

bool KeySet::contains(std::string_view key) const { return !m_slots.empty() && m_slots[find(slot_of(key, 0))].first != 0; }

std::size_t KeySet::find(const Slot &wanted) const {
    std::size_t place = wanted.first & (m_slots.size() - 1);
    while (m_slots[place].first != 0 && (m_slots[place].first != wanted.first || m_slots[place].second != wanted.second)) {
        place = (place + 1) & (m_slots.size() - 1);
    }
    return place;
}

void KeySet::grow() {
    std::vector<Slot> old = std::exchange(m_slots, std::vector<Slot>(m_slots.empty() ? 1024 : m_slots.size() * 2));
    for (const Slot &slot : old) {
        if (slot.first != 0) {
            m_slots[find(slot)] = slot;
        }
    }
}

std::optional<std::uint64_t> KeySet::insert(std::string_view key, std::uint64_t row) {
    if (m_used >= max_keys) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected at most {} features with ids, found more at row {}", max_keys, row));
    }
    if (m_used * 4 >= m_slots.size() * 3) {
        grow();
    }
    const Slot wanted = slot_of(key, row);
    Slot &slot = m_slots[find(wanted)];
    if (slot.first != 0) {
        return slot.row;
    }
    slot = wanted;
    ++m_used;
    return std::nullopt;
}

} // namespace keyaki::importers
