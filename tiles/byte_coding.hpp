#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace keyaki::tiles {

// Numbers in scratch files, which only the process that wrote them reads: seven bits a byte, the lowest first, signed ones zigzag as in MVT.

inline void put_number(std::string &bytes, std::uint64_t value) {
    while (value >= 0x80) {
        bytes.push_back(static_cast<char>(value | 0x80U));
        value >>= 7U;
    }
    bytes.push_back(static_cast<char>(value));
}

[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) noexcept {
    return static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63);
}

inline void put_signed(std::string &bytes, std::int64_t value) { put_number(bytes, zigzag(value)); }

inline void put_text(std::string &bytes, std::string_view text) {
    put_number(bytes, text.size());
    bytes += text;
}

/// Takes what was put from the front of some bytes. \pre it was put
class ByteReader {
  public:
    explicit ByteReader(std::string_view bytes) : m_bytes(bytes) {}

    [[nodiscard]] bool at_end() const noexcept { return m_next == m_bytes.size(); }
    [[nodiscard]] std::size_t position() const noexcept { return m_next; }
    std::uint64_t number() noexcept {
        std::uint64_t value = 0;
        for (unsigned shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(m_bytes[m_next++]);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if (byte < 0x80) {
                return value;
            }
        }
    }
    std::int64_t signed_number() noexcept {
        const std::uint64_t value = number();
        return static_cast<std::int64_t>(value >> 1U) ^ -static_cast<std::int64_t>(value & 1U);
    }
    std::uint8_t byte() noexcept { return static_cast<std::uint8_t>(m_bytes[m_next++]); }
    std::string_view text() noexcept {
        const std::uint64_t size = number();
        return taken(size);
    }
    std::string_view taken(std::size_t size) noexcept {
        const std::string_view bytes = m_bytes.substr(m_next, size);
        m_next += size;
        return bytes;
    }
    [[nodiscard]] std::string_view rest() noexcept { return taken(m_bytes.size() - m_next); }

  private:
    std::string_view m_bytes;
    std::size_t m_next = 0;
};

} // namespace keyaki::tiles
