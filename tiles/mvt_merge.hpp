#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace keyaki::tiles {

/// Appends the layers of a tile to another one, as they are: a tile is its layers one after the other (MVT 2.1, 4.1), so that merging two is no
/// drawing. Layers whose name is among `names` are left out, and all that are appended are added to it. `mvt` is not compressed.
/// Error invalid_input for what is no tile. Any thread.
void append_layers(std::string &tile, std::string_view mvt, std::set<std::string, std::less<>> &names);

/// Which ranges of 256 characters of Unicode texts have letters of, as fonts for maps come in them.
class LetterRanges {
  public:
    static constexpr std::size_t characters_per_range = 256;
    static constexpr std::size_t count = 0x110000 / characters_per_range;

    /// Of UTF-8; what is none counts for nothing.
    void add(std::string_view text);
    void add(const LetterRanges &other) { m_used |= other.m_used; }
    [[nodiscard]] bool has(std::size_t range) const { return m_used.test(range); }

  private:
    std::bitset<count> m_used;
};

/// Adds the letters of every text that a feature of the tile has. Error invalid_input for what is no tile. Any thread.
void add_letters(LetterRanges &ranges, std::string_view mvt);

} // namespace keyaki::tiles
