#include "importers/text_encoding.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <iterator>
#include <utility>

namespace keyaki::importers {

namespace {

/// Share of a file's characters that may be broken before we say it is in another encoding: real files carry a few spoilt cells.
constexpr double tolerated_invalid_share = 0.005;
/// Share of usual characters that Japanese text reaches; bytes of another encoding that happen to form valid pairs stay well below.
constexpr double plausible_japanese_share = 0.8;

/// How many bytes of 1 to 127 the text begins with, in steps of eight where there are so many.
std::size_t ascii_length(std::string_view bytes) {
    constexpr std::uint64_t highest_bits = 0x8080808080808080;
    constexpr std::uint64_t lowest_bits = 0x0101010101010101;
    std::size_t length = 0;
    for (; length + sizeof(std::uint64_t) <= bytes.size(); length += sizeof(std::uint64_t)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, bytes.data() + length, sizeof(eight));
        if (((eight | (eight - lowest_bits)) & highest_bits) != 0) { // one above 127, or a zero, from which one is borrowed
            break;
        }
    }
    while (length < bytes.size() && bytes[length] != 0 && static_cast<unsigned char>(bytes[length]) < 0x80) {
        ++length;
    }
    return length;
}

constexpr bool between(unsigned value, unsigned low, unsigned high) { return value >= low && value <= high; }

/// CP932 codes that Japanese text is made of: punctuation, full-width letters, kana, JIS level 1 kanji.
bool is_usual_cp932(unsigned code) {
    return between(code, 0x8140, 0x81AC) || between(code, 0x824F, 0x829A) || between(code, 0x829F, 0x82F1) || between(code, 0x8340, 0x8396) ||
           between(code, 0x889F, 0x9872);
}

/// The same in EUC-JP: rows 1 and 3 to 5 of JIS X 0208, and 16 to 47.
bool is_usual_euc(unsigned code) { return between(code, 0xA1A1, 0xA1FE) || between(code, 0xA3B0, 0xA5F6) || between(code, 0xB0A1, 0xCFD3); }

std::string letters_and_digits(std::string_view name) {
    std::string out;
    for (const char letter : name) {
        if (std::isalnum(static_cast<unsigned char>(letter)) != 0) {
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        }
    }
    return out;
}

} // namespace

std::string canonical_encoding(std::string_view name) {
    static constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"shiftjis", "CP932"},      {"sjis", "CP932"},          {"xsjis", "CP932"},       {"cp932", "CP932"},
        {"932", "CP932"},           {"ms932", "CP932"},         {"windows31j", "CP932"},  {"windows932", "CP932"},
        {"mskanji", "CP932"},       {"csshiftjis", "CP932"},    {"ansi932", "CP932"},     {"oem932", "CP932"},
        {"sjiswin", "CP932"},       {"shiftjisx0213", "CP932"}, {"ibm943", "CP932"},      {"utf8", "UTF-8"},
        {"utf8sig", "UTF-8"},       {"65001", "UTF-8"},         {"cp65001", "UTF-8"},     {"usascii", "UTF-8"},
        {"ascii", "UTF-8"},         {"utf16le", "UTF-16LE"},    {"utf16be", "UTF-16BE"},  {"utf16", "UTF-16"},
        {"unicode", "UTF-16"},      {"eucjp", "EUC-JP"},        {"ujis", "EUC-JP"},       {"cp51932", "EUC-JP"},
        {"iso88591", "ISO-8859-1"}, {"88591", "ISO-8859-1"},    {"latin1", "ISO-8859-1"}, {"ansi1252", "CP1252"},
        {"1252", "CP1252"},         {"windows1252", "CP1252"},  {"cp1252", "CP1252"},     {"cp932aslatin1", damaged_cp932}};
    const std::string plain = letters_and_digits(name);
    for (const auto &[known, canonical] : names) {
        if (plain == known) {
            return std::string(canonical);
        }
    }
    std::string as_given(name);
    auto *const failure = reinterpret_cast<iconv_t>(-1); // NOLINT(performance-no-int-to-ptr): iconv_open(3)'s error
    // To iconv an empty name is the locale's own encoding.
    auto *const converter = plain.empty() ? failure : iconv_open("UTF-8", as_given.c_str());
    if (converter == failure) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected the name of an encoding such as utf-8, cp932, utf-16le or euc-jp, found \"{}\"", quoted_value(name)));
    }
    iconv_close(converter);
    return as_given;
}

double EncodingDetector::Reading::plausibility() const noexcept {
    const std::uint64_t all = usual + unusual + invalid;
    return all == 0 ? 0 : static_cast<double>(usual) / static_cast<double>(all);
}

void EncodingDetector::add(std::string_view bytes) {
    if (m_start.size() < 4) {
        m_start.append(bytes.substr(0, 4 - m_start.size()));
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        if (is_between_characters()) { // where ASCII changes nothing
            const std::size_t length = ascii_length(bytes.substr(at));
            m_bytes += length;
            at += length;
            if (at == bytes.size()) {
                break;
            }
        }
        const auto byte = static_cast<std::uint8_t>(bytes[at]);
        m_zeros[m_bytes % 2] += byte == 0 ? 1 : 0;
        m_high_bytes += byte >= 0x80 ? 1 : 0;
        add_utf8(byte);
        add_cp932(byte);
        add_euc(byte);
        ++m_bytes;
    }
}

void EncodingDetector::add_utf8(std::uint8_t byte) {
    if (m_utf8.missing == 0) {
        add_utf8_start(byte);
        return;
    }
    if (byte >= m_utf8.low && byte <= m_utf8.high) {
        m_utf8.low = 0x80;
        m_utf8.high = 0xBF;
        if (--m_utf8.missing == 0) {
            ++m_utf8.characters;
        }
        return;
    }
    ++m_utf8.invalid;
    m_utf8.first_invalid = m_utf8.first_invalid.value_or(m_bytes);
    m_utf8.missing = 0;
    add_utf8_start(byte);
}

/// Well-formed byte sequences: Unicode 15, table 3-7.
void EncodingDetector::add_utf8_start(std::uint8_t byte) {
    m_utf8.low = 0x80;
    m_utf8.high = 0xBF;
    if (byte < 0x80) {
        return;
    }
    if (between(byte, 0xC2, 0xDF)) {
        m_utf8.missing = 1;
    } else if (between(byte, 0xE0, 0xEF)) {
        m_utf8.missing = 2;
        m_utf8.low = byte == 0xE0 ? 0xA0 : 0x80;
        m_utf8.high = byte == 0xED ? 0x9F : 0xBF;
    } else if (between(byte, 0xF0, 0xF4)) {
        m_utf8.missing = 3;
        m_utf8.low = byte == 0xF0 ? 0x90 : 0x80;
        m_utf8.high = byte == 0xF4 ? 0x8F : 0xBF;
    } else {
        ++m_utf8.invalid;
        m_utf8.first_invalid = m_utf8.first_invalid.value_or(m_bytes);
    }
}

void EncodingDetector::add_cp932(std::uint8_t byte) {
    Reading &reading = m_cp932;
    if (reading.lead != 0) {
        const unsigned code = static_cast<unsigned>(reading.lead) << 8U | byte;
        reading.lead = 0;
        if (!between(byte, 0x40, 0xFC) || byte == 0x7F) {
            ++reading.invalid;
        } else if (is_usual_cp932(code)) {
            ++reading.usual;
        } else {
            ++reading.unusual;
        }
        return;
    }
    if (between(byte, 0x81, 0x9F) || between(byte, 0xE0, 0xFC)) {
        reading.lead = byte;
    } else if (between(byte, 0xA1, 0xDF)) {
        ++reading.unusual;
    } else {
        reading.invalid += byte >= 0x80 ? 1 : 0; // 0x80 and 0xA0, 0xFD to 0xFF
    }
}

void EncodingDetector::add_euc(std::uint8_t byte) {
    Reading &reading = m_euc;
    if (reading.lead == 0) {
        if (byte == 0x8E || byte == 0x8F || between(byte, 0xA1, 0xFE)) {
            reading.lead = byte;
            reading.second_of_three = 0;
        } else if (byte >= 0x80) {
            ++reading.invalid;
        }
        return;
    }
    if (!between(byte, 0xA1, 0xFE)) {
        ++reading.invalid;
        reading.lead = 0;
        return;
    }
    if (reading.lead == 0x8F && reading.second_of_three == 0) { // JIS X 0212: three bytes
        reading.second_of_three = byte;
        return;
    }
    const bool usual = reading.lead != 0x8E && reading.lead != 0x8F && is_usual_euc(static_cast<unsigned>(reading.lead) << 8U | byte);
    ++(usual ? reading.usual : reading.unusual);
    reading.lead = 0;
}

std::optional<EncodingGuess> EncodingDetector::guess_utf16() const {
    if (m_start.starts_with("\xFF\xFE")) {
        return EncodingGuess{"UTF-16LE", "byte order mark FF FE", true};
    }
    if (m_start.starts_with("\xFE\xFF")) {
        return EncodingGuess{"UTF-16BE", "byte order mark FE FF", true};
    }
    // Separators, digits and line ends of a table are ASCII, whose upper byte is zero; text in other encodings has no zeros at all.
    // One that has strayed into a table of bytes is not enough.
    const std::uint64_t least = m_bytes / 25 + 2;
    for (const std::size_t place : {0U, 1U}) {
        if (m_zeros[place] >= least && m_zeros[1 - place] * 20 < m_zeros[place]) {
            return EncodingGuess{place == 1 ? "UTF-16LE" : "UTF-16BE",
                                 fmt::format("{} zero bytes, nearly all at {} places", m_zeros[0] + m_zeros[1], place == 1 ? "odd" : "even"), true};
        }
    }
    return std::nullopt;
}

std::optional<EncodingGuess> EncodingDetector::guess_japanese() const {
    const auto acceptable = [](const Reading &reading) {
        const auto all = static_cast<double>(reading.usual + reading.unusual + reading.invalid);
        return all > 0 && static_cast<double>(reading.invalid) <= all * tolerated_invalid_share;
    };
    const auto evidence = [](const Reading &reading) {
        return fmt::format("{} of {} characters outside ASCII are kana, frequent kanji or punctuation in it, {} are invalid; not UTF-8",
                           reading.usual, reading.usual + reading.unusual + reading.invalid, reading.invalid);
    };
    const bool euc = acceptable(m_euc) && (!acceptable(m_cp932) || m_euc.plausibility() > m_cp932.plausibility());
    if (euc && m_euc.plausibility() >= plausible_japanese_share) {
        return EncodingGuess{"EUC-JP", evidence(m_euc), m_euc.invalid == 0};
    }
    // Half-width kana count as valid but not as usual: a table full of them still has no invalid pair and no better reading.
    if (acceptable(m_cp932) && (m_cp932.plausibility() >= plausible_japanese_share || m_cp932.usual + m_cp932.unusual >= 8)) {
        return EncodingGuess{"CP932", evidence(m_cp932), m_cp932.invalid == 0 && m_cp932.plausibility() >= plausible_japanese_share};
    }
    return std::nullopt;
}

EncodingGuess EncodingDetector::guess() const {
    if (m_start.starts_with("\xEF\xBB\xBF") && m_utf8.invalid == 0) {
        return {"UTF-8", "byte order mark EF BB BF", true};
    }
    if (auto utf16 = guess_utf16()) {
        return *std::move(utf16);
    }
    if (m_high_bytes == 0) {
        return {"UTF-8", "ASCII only, which every candidate reads alike", true};
    }
    if (m_utf8.invalid == 0) {
        return {"UTF-8", fmt::format("valid UTF-8, {} characters outside ASCII", m_utf8.characters), true};
    }
    if (static_cast<double>(m_utf8.invalid) <= static_cast<double>(m_utf8.characters) * tolerated_invalid_share) {
        return {"UTF-8", fmt::format("UTF-8 but for {} bytes, {} characters outside ASCII", m_utf8.invalid, m_utf8.characters), false};
    }
    if (auto japanese = guess_japanese()) {
        return *std::move(japanese);
    }
    return {"CP1252", fmt::format("neither UTF-8 (fails at byte {}) nor Japanese: Western by exclusion", *m_utf8.first_invalid + 1), false};
}

} // namespace keyaki::importers
