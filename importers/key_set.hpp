#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace keyaki::importers {

/// The ids seen so far, kept as 128-bit hashes with the row that brought them (24 bytes each): two different ids of a hundred million
/// collide with a probability of 1e-22.
class KeySet {
  public:
    /// Takes the key. The row of its first occurrence where it was there already. \throws geo::Error too_large past max_keys
    [[nodiscard]] std::optional<std::uint64_t> insert(std::string_view key, std::uint64_t row);

    [[nodiscard]] bool contains(std::string_view key) const;

  private:
    struct Slot {
        std::uint64_t first = 0; ///< both halves 0: free
        std::uint64_t second = 0;
        std::uint64_t row = 0;
    };
    [[nodiscard]] static Slot slot_of(std::string_view key, std::uint64_t row);
    [[nodiscard]] std::size_t find(const Slot &wanted) const;
    void grow();

    std::vector<Slot> m_slots;
    std::size_t m_used = 0;
};

} // namespace keyaki::importers
