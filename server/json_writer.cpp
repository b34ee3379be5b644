#include "server/json_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstring>

namespace keyaki::server {

namespace {

unsigned byte_at(std::string_view text, std::size_t at) noexcept { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; }

bool continues(std::string_view text, std::size_t at) noexcept { return (byte_at(text, at) & 0xC0U) == 0x80U; }

/// Bytes of the well-formed UTF-8 character that begins at `at`, 0 when there is none (Unicode 15, table 3-7). \pre at < text.size()
std::size_t character_bytes(std::string_view text, std::size_t at) noexcept {
    const unsigned first = byte_at(text, at);
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xC2U && first <= 0xDFU) {
        return continues(text, at + 1) ? 2 : 0;
    }
    const unsigned second = byte_at(text, at + 1);
    if (first >= 0xE0U && first <= 0xEFU) {
        const bool is_right = (first != 0xE0U || second >= 0xA0U) && (first != 0xEDU || second <= 0x9FU);
        return is_right && continues(text, at + 1) && continues(text, at + 2) ? 3 : 0;
    }
    if (first >= 0xF0U && first <= 0xF4U) {
        const bool is_right = (first != 0xF0U || second >= 0x90U) && (first != 0xF4U || second <= 0x8FU);
        return is_right && continues(text, at + 1) && continues(text, at + 2) && continues(text, at + 3) ? 4 : 0;
    }
    return 0;
}

/// ASCII that JSON takes as it is.
bool is_plain(char c) noexcept { return static_cast<unsigned char>(c) >= 0x20U && static_cast<unsigned char>(c) < 0x80U && c != '"' && c != '\\'; }

/// Whether all eight bytes are. The classic tests for a byte below n and for a zero byte (H. S. Warren, Hacker's Delight, 6-1): as a whole they are
/// exact, though not which byte it was.
bool are_plain(std::uint64_t bytes) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    const auto has_zero = [](std::uint64_t word) { return (word - ones) & ~word & highs; };
    const std::uint64_t has_control = (bytes - ones * 0x20U) & ~bytes & highs;
    return ((bytes & highs) | has_control | has_zero(bytes ^ (ones * '"')) | has_zero(bytes ^ (ones * '\\'))) == 0;
}

/// Copies plain bytes from `at` on, eight at a time, and gives where it stopped.
std::size_t copy_plain(std::string_view text, std::size_t at, char *&to) noexcept {
    for (std::uint64_t bytes = 0; text.size() - at >= sizeof bytes; at += sizeof bytes, to += sizeof bytes) {
        std::memcpy(&bytes, text.data() + at, sizeof bytes);
        if (!are_plain(bytes)) {
            break;
        }
        std::memcpy(to, &bytes, sizeof bytes);
    }
    for (; at < text.size() && is_plain(text[at]); ++at) {
        *to++ = text[at];
    }
    return at;
}

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Copies characters that are not ASCII, and gives where it stopped. Most texts of a Japanese layer consist of them.
std::size_t copy_wide(std::string_view text, std::size_t at, char *&to) noexcept {
    while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80U) {
        const std::size_t bytes = character_bytes(text, at);
        const std::string_view character = bytes == 0 ? replacement : text.substr(at, bytes);
        for (const char byte : character) {
            *to++ = byte;
        }
        at += std::max<std::size_t>(bytes, 1);
    }
    return at;
}

void write_escaped(char c, char *&to) noexcept {
    *to++ = '\\';
    if (c == '"' || c == '\\') {
        *to++ = c;
        return;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const unsigned code = static_cast<unsigned char>(c);
    for (const char one : {'u', '0', '0', digits[code >> 4U], digits[code & 15U]}) {
        *to++ = one;
    }
}

/// "00" to "99", one behind the other.
constexpr std::array<char, 200> pairs = [] {
    std::array<char, 200> made{};
    for (std::size_t number = 0; number < 100; ++number) {
        made[2 * number] = static_cast<char>('0' + number / 10);
        made[2 * number + 1] = static_cast<char>('0' + number % 10);
    }
    return made;
}();

void write_pair(char *to, std::uint32_t number) noexcept { std::memcpy(to, pairs.data() + std::size_t{2} * number, 2); }

constexpr std::array<std::int64_t, 10> powers{1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

} // namespace

void JsonWriter::grow(std::size_t bytes) {
    const std::size_t held = written();
    m_out.resize(held + std::max(bytes, m_step_bytes)); // its memory grows by doubling
    m_at = m_out.data() + held;
    m_end = end();
}

void JsonWriter::write_string(std::string_view text) {
    constexpr std::size_t most_for_a_byte = 6; // \u001f
    need(most_for_a_byte * text.size() + 2);
    char *to = m_at;
    *to++ = '"';
    for (std::size_t at = copy_plain(text, 0, to); at < text.size(); at = copy_plain(text, at, to)) {
        if (static_cast<unsigned char>(text[at]) >= 0x80U) {
            at = copy_wide(text, at, to);
        } else {
            write_escaped(text[at++], to);
        }
    }
    *to++ = '"';
    m_at = to;
}

void JsonWriter::write_whole(std::int64_t number) {
    constexpr std::size_t longest = 20; // INT64_MIN
    need(longest);
    m_at = std::to_chars(m_at, m_at + longest, number).ptr;
}

void JsonWriter::write_real(double number) {
    if (!std::isfinite(number)) {
        write("null");
        return;
    }
    constexpr std::size_t longest = 32;
    need(longest);
    m_at = std::to_chars(m_at, m_at + longest, number).ptr;
}

void JsonWriter::put_e7(std::int32_t number) noexcept {
    constexpr std::uint32_t unit = 10'000'000;
    const std::uint32_t distance = number < 0 ? 0U - static_cast<std::uint32_t>(number) : static_cast<std::uint32_t>(number);
    char *to = m_at;
    *to = '-';
    to += number < 0 ? 1 : 0;
    const std::uint32_t whole = distance / unit;
    if (whole >= 100) {
        *to++ = static_cast<char>('0' + whole / 100);
        write_pair(to, whole % 100);
        to += 2;
    } else if (whole >= 10) {
        write_pair(to, whole);
        to += 2;
    } else {
        *to++ = static_cast<char>('0' + whole);
    }
    if (const std::uint32_t fraction = distance % unit; fraction != 0) {
        *to = '.';
        const std::uint32_t high = fraction / 1000; // of the seven digits the first four
        write_pair(to + 1, high / 100);
        write_pair(to + 3, high % 100);
        const std::uint32_t low = fraction % 1000 * 10; // and three, and a zero
        write_pair(to + 5, low / 100);
        write_pair(to + 7, low % 100);
        to += 8;
        while (to[-1] == '0') {
            --to;
        }
    }
    m_at = to;
}

void JsonWriter::put_decimal(std::int64_t number, int decimals) noexcept {
    assert(decimals >= 0 && static_cast<std::size_t>(decimals) < powers.size());
    const std::int64_t unit = powers[static_cast<std::size_t>(decimals)];
    if (number < 0) {
        put('-');
        number = -number;
    }
    m_at = std::to_chars(m_at, m_at + decimal_bytes - 1, number / unit).ptr;
    std::int64_t fraction = number % unit;
    if (fraction == 0) {
        return;
    }
    put('.');
    for (std::int64_t place = unit / 10; fraction > 0; place /= 10) {
        put(static_cast<char>('0' + fraction / place));
        fraction %= place;
    }
}

} // namespace keyaki::server
