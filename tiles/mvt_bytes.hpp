#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

// Numbers and bytes of a protocol buffer, written by pointer where room was made before. Most of a tile's time goes by here.

inline constexpr std::size_t longest_varint = 10;

/// For put_varint() and length_of_varint() alone: numbers of three bytes and more.
[[nodiscard]] char *put_long_varint(char *end, std::uint64_t value) noexcept;
[[nodiscard]] std::size_t length_of_long_varint(std::uint64_t value) noexcept;

/// Writes behind `end` and gives the new end; the caller has made room, for two bytes at least.
[[nodiscard]] inline char *put_varint(char *end, std::uint64_t value) noexcept {
    if (value < 0x4000) { // nearly all: tags, lengths, differences. Which of the two lengths it is, a branch would guess wrong half the time.
        const unsigned is_long = value > 0x7F ? 1U : 0U;
        end[0] = static_cast<char>((value & 0x7FU) | is_long << 7U);
        end[1] = static_cast<char>(value >> 7U);
        return end + 1 + is_long;
    }
    return put_long_varint(end, value);
}

[[nodiscard]] inline char *put_bytes(char *end, std::string_view bytes) noexcept {
    std::memcpy(end, bytes.data(), bytes.size());
    return end + bytes.size();
}

[[nodiscard]] inline std::size_t length_of_varint(std::uint64_t value) noexcept {
    return value < 0x4000 ? 1U + (value > 0x7F ? 1U : 0U) : length_of_long_varint(value);
}

/// Bytes that grow and are kept from tile to tile.
class MvtBytes {
  public:
    void clear() noexcept { m_size = 0; }
    [[nodiscard]] std::string_view view() const noexcept { return {m_bytes.data(), m_size}; }
    /// Where the next byte goes; so many fit there, and one more.
    [[nodiscard]] char *room_for(std::size_t more) {
        if (m_bytes.size() <= m_size + more) {
            m_bytes.resize(std::max(m_bytes.size() * 2, m_size + more + 1));
        }
        return m_bytes.data() + m_size;
    }
    /// Up to here it has been written since room_for().
    void end_at(const char *end) noexcept { m_size = static_cast<std::size_t>(end - m_bytes.data()); }

  private:
    std::vector<char> m_bytes;
    std::size_t m_size = 0;
};

} // namespace keyaki::tiles
