#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::filter {

/// A pattern of LIKE (21-065r2, 7.2): % for any number of characters, _ for one, \ before a character that means itself.
///
/// It is an automaton with one bit for each character of the pattern: all ways to match are followed at once, so that a text is read once, from
/// front to back, whatever the pattern. Only read once built, then from any number of threads.
class LikePattern {
  public:
    /// Throws Error invalid_input with a sentence (without place) where the pattern ends with a lone \ or is longer than limits.hpp allows.
    explicit LikePattern(std::string_view pattern);

    [[nodiscard]] bool matches(std::string_view text) const noexcept;
    /// matches() of the text as fold_case gives it, which is worked out into `folded` only where the text has more than ASCII. The pattern stays as
    /// it is.
    [[nodiscard]] bool matches_without_case(std::string_view text, std::string &folded) const;

  private:
    static constexpr std::size_t words = 4; ///< 256 bits: 255 characters and the end
    using Bits = std::array<std::uint64_t, words>;

    /// The pattern has no _ and at most one run of characters, which need no automaton.
    struct Plain {
        bool is_plain = false;
        bool open_front = false; ///< a % stands before
        bool open_back = false;
        std::string text;
    };
    struct Accepted {
        char32_t character;
        Bits places; ///< bit i: the pattern's character i is this one or _
    };

    /// The first words of m_ascii, by character.
    using Narrow = std::array<std::uint64_t, 128>;

    void add(char32_t character, bool is_any);
    /// Nothing where the text has more than ASCII. \pre the pattern fits one word
    [[nodiscard]] std::optional<bool> run_ascii(std::string_view text, const Narrow &places) const noexcept;
    [[nodiscard]] bool fits_one_word() const noexcept { return m_length < 64; }
    [[nodiscard]] const Bits &places_of(char32_t character) const noexcept;
    template <std::size_t Used>
    [[nodiscard]] bool run(std::string_view text) const noexcept;
    [[nodiscard]] bool matches_plain(std::string_view text) const noexcept;

    std::size_t m_length = 0;         ///< characters without %
    Bits m_any{};                     ///< places of _
    Bits m_stays{};                   ///< a % stands before place i (or at the end): any character leaves the automaton there
    std::vector<Accepted> m_accepted; ///< by character, ascending
    std::array<Bits, 128> m_ascii{};
    Narrow m_narrow{};
    Narrow m_narrow_folded{}; ///< A to Z accept what a to z do
    Plain m_plain;
};

} // namespace keyaki::server::filter
