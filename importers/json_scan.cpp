#include "importers/json_scan.hpp"

#include "geo/utf8.hpp"

#include <algorithm>
#include <span>

namespace keyaki::importers {

namespace {

/// A number of more digits, or with an exponent of more, may be beyond what a double holds.
constexpr std::size_t plain_digits = 200;
constexpr std::size_t plain_exponent_digits = 2;
/// Two signs, digits before and behind the point, "e+99", and what comes next.
constexpr std::size_t longest_number_bytes = 2 * plain_digits + plain_exponent_digits + 8;

bool is_digit(int letter) { return letter >= '0' && letter <= '9'; }

/// Stands in a text as it is, alone.
bool is_plain(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte >= 0x20 && byte != '"' && byte != '\\';
}

void append_utf8(std::string &text, unsigned code) {
    if (code < 0x80) {
        text += static_cast<char>(code);
    } else if (code < 0x800) {
        text += static_cast<char>(0xC0U | code >> 6U);
        text += static_cast<char>(0x80U | (code & 0x3FU));
    } else {
        text += static_cast<char>(0xE0U | code >> 12U);
        text += static_cast<char>(0x80U | (code >> 6U & 0x3FU));
        text += static_cast<char>(0x80U | (code & 0x3FU));
    }
}

} // namespace

bool JsonScan::refill() {
    const std::size_t got = m_source.read(std::span(m_chunk).first(m_chunk.size() - 1));
    m_next = m_chunk.data();
    m_end = m_next + got;
    m_chunk[got] = 0;
    return got > 0;
}

/// Brings what may be one number into one piece.
void JsonScan::gather() {
    auto kept = static_cast<std::size_t>(m_end - m_next);
    if (kept >= longest_number_bytes) {
        return;
    }
    if (m_next != m_chunk.data()) {
        std::copy(m_next, m_end, m_chunk.data());
    }
    for (std::size_t got = 1; kept < longest_number_bytes && got > 0; kept += got) {
        got = m_source.read(std::span(m_chunk).subspan(kept, m_chunk.size() - 1 - kept));
    }
    m_next = m_chunk.data();
    m_end = m_next + kept;
    m_chunk[kept] = 0;
}

bool JsonScan::skip(std::string_view unwanted) {
    int letter = peek();
    while (letter != -1 && unwanted.find(static_cast<char>(letter)) != std::string_view::npos) {
        take();
        letter = peek();
    }
    return letter != -1;
}

int JsonScan::peek_past_space() {
    int letter = peek();
    while (letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t') {
        take();
        letter = peek();
    }
    return letter;
}

void JsonScan::expect(char letter) {
    if (peek_past_space() != static_cast<unsigned char>(letter)) {
        throw DoubtfulJson();
    }
    take();
}

void JsonScan::read_text() {
    take();
    m_text.clear();
    while (true) {
        if (peek() == -1) {
            throw DoubtfulJson();
        }
        const char *end = std::find_if_not(m_next, m_end, is_plain);
        m_text.append(m_next, end);
        m_next = end;
        if (m_next == m_end) {
            continue;
        }
        if (*m_next == '"') {
            break;
        }
        read_escape();
    }
    take();
    if (!geo::is_utf8(m_text)) {
        throw DoubtfulJson();
    }
}

/// \pre peek() is a reverse solidus, or a control character, which no text may have
void JsonScan::read_escape() {
    if (peek() != '\\') {
        throw DoubtfulJson();
    }
    take();
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const int letter = peek();
    if (const std::size_t place = letter == -1 ? std::string_view::npos : letters.find(static_cast<char>(letter)); place != std::string_view::npos) {
        take();
        m_text += meanings[place];
        return;
    }
    if (letter != 'u') { // next to it: no space may stand between
        throw DoubtfulJson();
    }
    take();
    unsigned code = 0;
    for (int digit = 0; digit < 4; ++digit) {
        const int hexadecimal = peek();
        const int small = hexadecimal | 0x20;
        if (!is_digit(hexadecimal) && (small < 'a' || small > 'f')) {
            throw DoubtfulJson();
        }
        take();
        code = code << 4U | static_cast<unsigned>(is_digit(hexadecimal) ? hexadecimal - '0' : small - 'a' + 10);
    }
    if (code >= 0xD800 && code <= 0xDFFF) { // half of a character
        throw DoubtfulJson();
    }
    append_utf8(m_text, code);
}

std::size_t JsonScan::read_digits() {
    const char *begin = m_next;
    while (is_digit(*m_next)) {
        ++m_next;
    }
    const auto digits = static_cast<std::size_t>(m_next - begin);
    if (digits == 0 || digits > plain_digits) {
        throw DoubtfulJson();
    }
    return digits;
}

std::string_view JsonScan::read_number() {
    gather();
    const char *begin = m_next;
    m_next += *m_next == '-' ? 1 : 0;
    if (*m_next == '0') {
        ++m_next;
    } else {
        (void)read_digits();
    }
    if (*m_next == '.') {
        ++m_next;
        (void)read_digits();
    }
    if (*m_next == 'e' || *m_next == 'E') {
        ++m_next;
        m_next += *m_next == '+' || *m_next == '-' ? 1 : 0;
        if (read_digits() > plain_exponent_digits) {
            throw DoubtfulJson();
        }
    }
    return {begin, static_cast<std::size_t>(m_next - begin)};
}

void JsonScan::read_word(std::string_view word) {
    for (const char letter : word) {
        if (peek() != static_cast<unsigned char>(letter)) {
            throw DoubtfulJson();
        }
        take();
    }
}

} // namespace keyaki::importers
