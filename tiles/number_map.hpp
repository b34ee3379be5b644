#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace keyaki::tiles {

/// Numbers by number, for one tile at a time: emptied by counting up, without touching its memory. One thread.
class NumberMap {
  public:
    NumberMap() : m_slots(1024) {}

    void clear() {
        m_size = 0;
        if (++m_round == 0) { // after 2^32 tiles old rounds would look new
            m_slots.assign(m_slots.size(), Slot{});
            m_round = 1;
        }
    }

    /// The number kept for `key`, or the one that `make()` gives, which is kept.
    template <typename Make>
    std::uint32_t find_or_make(std::uint64_t key, Make &&make) {
        if (m_size * 2 >= m_slots.size()) {
            grow();
        }
        Slot &slot = slot_of(key);
        if (slot.round != m_round) {
            slot = {key, m_round, make()};
            ++m_size;
        }
        return slot.number;
    }

  private:
    struct Slot {
        std::uint64_t key = 0;
        std::uint32_t round = 0; ///< in use where it is m_round
        std::uint32_t number = 0;
    };

    Slot &slot_of(std::uint64_t key) noexcept {
        const std::size_t mask = m_slots.size() - 1;
        // Multiplying by 2^64 / golden ratio and taking the upper bits spreads neighbouring keys (Knuth, 6.4).
        auto place = static_cast<std::size_t>(key * 0x9e3779b97f4a7c15U >> (64 - std::countr_zero(m_slots.size())));
        while (m_slots[place].round == m_round && m_slots[place].key != key) {
            place = (place + 1) & mask;
        }
        return m_slots[place];
    }

    void grow() {
        std::vector<Slot> old(m_slots.size() * 2);
        old.swap(m_slots);
        for (const Slot &slot : old) {
            if (slot.round == m_round) {
                slot_of(slot.key) = slot;
            }
        }
    }

    std::vector<Slot> m_slots; ///< a power of two
    std::uint32_t m_round = 1;
    std::size_t m_size = 0;
};

} // namespace keyaki::tiles
