#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>

/// A property that every input must keep; a broken one ends the run like a crash, so that libFuzzer keeps the input.
#define KEYAKI_FUZZ_REQUIRE(condition)                                                                                                               \
    if (!(condition)) {                                                                                                                              \
        std::fputs(__FILE__ ": " #condition "\n", stderr);                                                                                           \
        __builtin_trap();                                                                                                                            \
    }

namespace keyaki::test {

/// The fuzzer's input: a few numbers from its end steer the test, so that the rest of a seed is a document as people write it.
class FuzzInput {
  public:
    FuzzInput(const std::uint8_t *data, std::size_t size) : m_rest(reinterpret_cast<const char *>(data), size) {}

    /// A number below 256 from the end, 0 when nothing is left.
    [[nodiscard]] std::uint8_t number() {
        if (m_rest.empty()) {
            return 0;
        }
        const char last = m_rest.back();
        m_rest.remove_suffix(1);
        return static_cast<std::uint8_t>(last);
    }
    [[nodiscard]] std::string_view rest() const { return m_rest; }

  private:
    std::string_view m_rest;
};

/// Lengths of the pieces in which a text arrives: the same for the same seed, from one byte to some hundred.
class Pieces {
  public:
    explicit Pieces(std::uint8_t seed) : m_state(seed * 2654435761U + 1) {}
    [[nodiscard]] std::size_t next() {
        m_state = m_state * 1664525U + 1013904223U;
        const std::uint32_t bits = m_state >> 16U;
        return (bits & 3U) == 0 ? 1 + (bits >> 2U) % 400 : 1 + (bits >> 2U) % 9;
    }

  private:
    std::uint32_t m_state;
};

/// Calls take(piece) with the whole of `text`, piece by piece.
template <typename Take>
void in_pieces(std::string_view text, std::uint8_t seed, Take &&take) {
    Pieces pieces(seed);
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, pieces.next());
        take(piece);
        text.remove_prefix(piece.size());
    }
}

} // namespace keyaki::test
