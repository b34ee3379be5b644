#pragma once

#include "geo/feature.hpp"
#include "geo/prefetch.hpp"
#include "tiles/layer_snapshot.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::tiles {

/// Values of properties as MVT writes them (MVT 2.1 4.1, message Value), each once, numbered from 0. Number 0 is null, which has no bytes. They lie
/// one after another as a layer holds them, framed, so that neighbours are copied into a tile at once. Only read once built, then from any number of
/// threads.
class ValueDictionary {
  public:
    static constexpr std::uint32_t null_value = 0;

    ValueDictionary() : m_ends{0} {}

    [[nodiscard]] std::size_t size() const noexcept { return m_ends.size(); }
    [[nodiscard]] std::string_view encoded(std::uint32_t index) const noexcept {
        const std::string_view value = framed(index, index + 1);
        constexpr std::size_t short_frame = 2; // the field's number and a length below 128
        return value.size() < short_frame + 128 ? value.substr(std::min(short_frame, value.size())) : without_long_frame(value);
    }
    /// The values from `first` to before `end`, each with its frame as one of a layer's values. \pre first < end <= size()
    [[nodiscard]] std::string_view framed(std::uint32_t first, std::uint32_t end) const noexcept {
        const std::size_t begin = first == 0 ? 0 : m_ends[first - 1];
        return std::string_view(m_bytes).substr(begin, m_ends[end - 1] - begin);
    }
    // Ask for where the value is, and then for its first bytes.
    void prefetch_end(std::uint32_t index) const noexcept { geo::prefetch(m_ends.data() + index, 1); }
    void prefetch_bytes(std::uint32_t index) const noexcept { geo::prefetch(m_bytes.data() + (index == 0 ? 0 : m_ends[index - 1]), 1); }
    [[nodiscard]] ValueView value(std::uint32_t index) const;
    /// \pre the value is a text
    [[nodiscard]] std::string_view text(std::uint32_t index) const;

    /// Appends without looking for an equal one. Throws geo::Error(too_large) past limits.hpp.
    std::uint32_t append(std::string_view encoded);
    void shrink_to_fit();
    [[nodiscard]] std::size_t memory_bytes() const noexcept { return m_bytes.capacity() + m_ends.capacity() * sizeof(m_ends[0]); }

  private:
    [[nodiscard]] static std::string_view without_long_frame(std::string_view value) noexcept;

    std::string m_bytes;
    std::vector<std::uint32_t> m_ends;
};

/// Finds equal values while a dictionary is built. One thread.
class ValueCollector {
  public:
    std::uint32_t add(const geo::Value &value);
    std::uint32_t add_text(std::string_view text);
    std::uint32_t add_encoded(std::string_view encoded);
    [[nodiscard]] const ValueDictionary &dictionary() const noexcept { return m_dictionary; }

  private:
    struct Slot {
        std::uint32_t hash = 0; ///< beside the number, so that other values need not be looked at
        std::uint32_t value = 0;
    };

    template <typename IsEqual>
    [[nodiscard]] static Slot &slot_of(std::vector<Slot> &slots, std::uint32_t hash, const IsEqual &is_equal);
    void grow();

    ValueDictionary m_dictionary;
    std::vector<Slot> m_slots; ///< open addressing; value 0 for a free slot
    std::string m_scratch;
};

/// The bytes of an MVT Value. Whole numbers as int_value, or sint_value where negative; numbers with a fraction part as double_value.
void encode_value(const geo::Value &value, std::string &encoded);

/// What it is in TileJSON's fields; index into kind names.
enum class ValueKind : std::uint8_t { null, text, number, boolean };
[[nodiscard]] ValueKind kind_of(std::string_view encoded) noexcept;

} // namespace keyaki::tiles
