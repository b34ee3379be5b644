#pragma once

#include "importers/importer.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::importers {

/// Undoes the damage of a tool that read CP932 bytes as Latin-1 and saved them as UTF-8: nothing is lost by it, every byte is still there.
inline constexpr std::string_view damaged_cp932 = "cp932-as-latin1";

/// One name per encoding: every name for Shift_JIS means CP932, because Japanese files that say Shift_JIS contain ①㈱～髙, which Shift_JIS proper
/// (JIS X 0208) has not. Names that nothing here knows are returned as iconv knows them.
/// \throws geo::Error invalid_input for a name unknown to iconv too
[[nodiscard]] std::string canonical_encoding(std::string_view name);

/// An encoding and the evidence for it, as one clause ("valid UTF-8, 1,203 characters outside ASCII").
struct EncodingGuess {
    std::string name;
    std::string evidence;
    bool certain = false; ///< a byte order mark, or bytes that only this encoding explains
};

/// Looks at bytes without keeping them and says which encoding they are in: byte order mark, UTF-8, UTF-16 by where its zeros stand, CP932 and
/// EUC-JP by valid pairs and by how many of them are kana, frequent kanji (JIS level 1) and punctuation. Windows-1252 is what remains.
class EncodingDetector {
  public:
    void add(std::string_view bytes);
    [[nodiscard]] EncodingGuess guess() const;
    [[nodiscard]] bool ascii_only() const noexcept { return m_high_bytes == 0; }
    /// 0-based place of the first byte that is not UTF-8; nothing while all of it is (a character cut by the end counts as fine).
    [[nodiscard]] std::optional<std::uint64_t> first_not_utf8() const noexcept { return m_utf8.first_invalid; }

  private:
    /// A count of what one multi-byte encoding makes of the bytes.
    struct Reading {
        std::uint64_t usual = 0;   ///< kana, level 1 kanji, full-width letters, punctuation
        std::uint64_t unusual = 0; ///< valid otherwise
        std::uint64_t invalid = 0;
        std::uint8_t lead = 0; ///< first byte of a pair whose second is to come
        std::uint8_t second_of_three = 0;

        [[nodiscard]] double plausibility() const noexcept;
    };
    struct Utf8Reading {
        std::uint64_t characters = 0;
        std::uint64_t invalid = 0;
        std::optional<std::uint64_t> first_invalid;
        std::uint8_t missing = 0; ///< continuation bytes to come
        std::uint8_t low = 0x80;  ///< bounds of the next one (no overlong forms, surrogates or values above U+10FFFF)
        std::uint8_t high = 0xBF;
    };

    void add_utf8(std::uint8_t byte);
    void add_utf8_start(std::uint8_t byte);
    [[nodiscard]] bool is_between_characters() const noexcept { return m_utf8.missing == 0 && m_cp932.lead == 0 && m_euc.lead == 0; }
    void add_cp932(std::uint8_t byte);
    void add_euc(std::uint8_t byte);
    [[nodiscard]] std::optional<EncodingGuess> guess_utf16() const;
    [[nodiscard]] std::optional<EncodingGuess> guess_japanese() const;

    std::uint64_t m_bytes = 0;
    std::uint64_t m_high_bytes = 0;
    std::array<std::uint64_t, 2> m_zeros{}; ///< at even and at odd places
    std::string m_start;                    ///< up to 4 bytes, for the mark
    Utf8Reading m_utf8;
    Reading m_cp932;
    Reading m_euc;
};

/// Turns bytes of one encoding into UTF-8, chunk by chunk. What does not decode becomes U+FFFD and is counted. One thread per object.
class TextDecoder {
  public:
    /// \param encoding a name from canonical_encoding
    explicit TextDecoder(std::string_view encoding);
    TextDecoder(const TextDecoder &) = delete;
    TextDecoder &operator=(const TextDecoder &) = delete;
    ~TextDecoder();

    /// Appends to `out`. A character cut by the end of `bytes` waits for the next call, unless this is the last: then it is invalid.
    void decode(std::string_view bytes, std::string &out, bool last);
    /// One short text of its own, such as the cell of a table; a character cut by the width of the cell is dropped, not replaced.
    [[nodiscard]] std::string decode_cell(std::string_view bytes);
    [[nodiscard]] std::uint64_t invalid() const noexcept { return m_invalid; }

  private:
    void convert(std::string_view bytes, std::string &out, bool last);
    void skip_byte_order_mark(std::string &out, std::size_t from);

    struct Damage;                        // the second step of damaged_cp932
    void *m_converter = nullptr;          // iconv_t
    std::unique_ptr<TextDecoder> m_inner; ///< the second step of damaged_cp932
    std::string m_rest;
    std::size_t m_unit_bytes = 1;
    std::uint64_t m_invalid = 0;
    bool m_at_start = true;
};

/// What seems to have gone wrong with UTF-8 text that is valid but not what anybody wrote.
struct Mojibake {
    std::string what;   ///< "CP932 that was read as Latin-1 and saved as UTF-8"
    std::string shown;  ///< a piece as it stands in the file
    std::string meant;  ///< the same piece, repaired
    std::string option; ///< value for --encoding that repairs it, or empty
};

/// \param text valid UTF-8 from the start of the file
[[nodiscard]] std::optional<Mojibake> find_mojibake(std::string_view text);

/// A quotation for a sentence: cut at a character, line breaks shown as spaces.
[[nodiscard]] std::string quoted_value(std::string_view text);

} // namespace keyaki::importers
