#include "importers/text_encoding.hpp"

#include "geo/error.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace keyaki::importers {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

iconv_t no_converter() { return reinterpret_cast<iconv_t>(-1); } // NOLINT(performance-no-int-to-ptr): iconv_open(3)'s error

/// Next code point of valid UTF-8; advances `place`. U+FFFD for what is not valid.
char32_t next_character(std::string_view text, std::size_t &place) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(place);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t code = length == 1 ? first : first & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        const unsigned next = byte(place + i);
        if ((next & 0xC0U) != 0x80) {
            ++place;
            return 0xFFFD;
        }
        code = code << 6U | (next & 0x3FU);
    }
    place += length;
    return code;
}

/// The bytes that a wrong reading as Latin-1 hid in this text; nothing where a character cannot come from one byte.
std::optional<std::string> bytes_behind_latin1(std::string_view text) {
    std::string bytes;
    for (std::size_t place = 0; place < text.size();) {
        const char32_t code = next_character(text, place);
        if (code > 0xFF) {
            return std::nullopt;
        }
        bytes += static_cast<char>(static_cast<unsigned char>(code));
    }
    return bytes;
}

/// Appends what iconv wrote, with U+FFFD for what lies beyond Unicode's last character: glibc's UTF-8 still has the six-byte form of RFC 2279.
/// Returns how many those were.
std::uint64_t append_unicode(std::string &out, std::string_view utf8) {
    std::uint64_t beyond = 0;
    for (std::size_t place = 0; place < utf8.size();) {
        const auto is_beyond = [&](std::size_t i) {
            const auto lead = static_cast<unsigned char>(utf8[i]);
            return lead > 0xF4 || (lead == 0xF4 && i + 1 < utf8.size() && static_cast<unsigned char>(utf8[i + 1]) > 0x8F);
        };
        std::size_t end = place;
        while (end < utf8.size() && !is_beyond(end)) {
            ++end;
        }
        out.append(utf8.substr(place, end - place));
        if (end < utf8.size()) {
            ++beyond;
            out.append(replacement);
            ++end;
            while (end < utf8.size() && (static_cast<unsigned char>(utf8[end]) & 0xC0U) == 0x80) {
                ++end;
            }
        }
        place = end;
    }
    return beyond;
}

} // namespace

TextDecoder::TextDecoder(std::string_view encoding) {
    const bool damaged = encoding == damaged_cp932;
    // Damage is undone in two steps: UTF-8 to the bytes that were read as Latin-1, then those bytes as what they are.
    const std::string from = damaged ? "UTF-8" : std::string(encoding);
    m_converter = iconv_open(damaged ? "ISO-8859-1" : "UTF-8", from.c_str());
    if (m_converter == no_converter()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected an encoding that can be read, found \"{}\"", encoding));
    }
    m_unit_bytes = from.starts_with("UTF-16") ? 2 : 1;
    if (damaged) {
        m_inner = std::make_unique<TextDecoder>("CP932");
    }
}

TextDecoder::~TextDecoder() { iconv_close(static_cast<iconv_t>(m_converter)); }

void TextDecoder::convert(std::string_view bytes, std::string &out, bool last) {
    std::array<char, 32768> buffer; // NOLINT: filled by iconv
    auto *input = const_cast<char *>(bytes.data());
    std::size_t input_left = bytes.size();
    while (input_left > 0) {
        char *output = buffer.data();
        std::size_t output_left = buffer.size();
        const std::size_t result = iconv(static_cast<iconv_t>(m_converter), &input, &input_left, &output, &output_left);
        const int problem = errno;
        const std::string_view written(buffer.data(), buffer.size() - output_left);
        if (m_inner) { // bytes, not text yet
            out.append(written);
        } else {
            m_invalid += append_unicode(out, written);
        }
        if (result != static_cast<std::size_t>(-1) || problem == E2BIG) {
            continue;
        }
        if (problem == EINVAL && !last) { // a character cut by the end of the chunk
            break;
        }
        ++m_invalid;
        out.append(m_inner ? "?" : replacement);
        const std::size_t skipped = std::min(input_left, m_unit_bytes);
        input += skipped;
        input_left -= skipped;
        iconv(static_cast<iconv_t>(m_converter), nullptr, nullptr, nullptr, nullptr);
    }
    m_rest.assign(input, input_left);
}

void TextDecoder::skip_byte_order_mark(std::string &out, std::size_t from) {
    if (out.size() > from) { // iconv gives whole characters: the first one is there
        m_at_start = false;
        if (std::string_view(out).substr(from).starts_with(byte_order_mark)) {
            out.erase(from, byte_order_mark.size());
        }
    }
}

void TextDecoder::decode(std::string_view bytes, std::string &out, bool last) {
    const std::size_t from = out.size();
    std::string latin1;
    std::string &target = m_inner ? latin1 : out;
    if (m_rest.empty()) {
        convert(bytes, target, last);
    } else {
        const std::string joined = m_rest.append(bytes);
        convert(joined, target, last);
    }
    if (m_inner) {
        m_inner->decode(latin1, out, last);
        m_invalid += m_inner->m_invalid;
        m_inner->m_invalid = 0;
    }
    if (m_at_start && !m_inner) {
        skip_byte_order_mark(out, from);
    }
}

std::string TextDecoder::decode_cell(std::string_view bytes) {
    std::string out;
    m_at_start = false;
    decode(bytes, out, false);
    m_rest.clear();
    if (m_inner) {
        m_inner->m_rest.clear();
    }
    iconv(static_cast<iconv_t>(m_converter), nullptr, nullptr, nullptr, nullptr);
    return out;
}

std::string quoted_value(std::string_view text) {
    std::size_t length = std::min(text.size(), max_quoted_value_bytes);
    while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80) {
        --length;
    }
    std::string out(text.substr(0, length));
    std::replace_if(
        out.begin(), out.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x20; }, ' ');
    return length < text.size() ? out + "…" : out;
}

namespace {

/// Runs of characters U+0080..U+00FF as Western text has them are short ("é", "ß"); damaged Japanese is made of them.
struct LatinRuns {
    std::uint64_t latin = 0;
    std::uint64_t others = 0; ///< outside ASCII and not Latin-1
    std::string sample;       ///< the first line with at least four such characters
};

LatinRuns latin_runs(std::string_view text) {
    LatinRuns runs;
    std::size_t line_start = 0;
    std::uint64_t in_line = 0;
    for (std::size_t place = 0; place < text.size();) {
        const std::size_t start = place;
        const char32_t code = next_character(text, place);
        const bool latin = code >= 0x80 && code <= 0xFF;
        runs.latin += latin ? 1 : 0;
        runs.others += code > 0xFF ? 1 : 0;
        in_line += latin ? 1 : 0;
        if (code == '\n' || place >= text.size()) {
            if (in_line >= 4 && runs.sample.empty()) {
                runs.sample = text.substr(line_start, (code == '\n' ? start : text.size()) - line_start);
            }
            line_start = place;
            in_line = 0;
        }
    }
    return runs;
}

std::string shortened(std::string_view text) { return quoted_value(text.substr(0, text.find_first_of("\r\n"))); }

} // namespace

std::optional<Mojibake> find_mojibake(std::string_view text) {
    const LatinRuns runs = latin_runs(text);
    if (runs.latin < 8 || runs.others * 20 > runs.latin || runs.sample.empty()) {
        return std::nullopt;
    }
    const auto bytes = bytes_behind_latin1(runs.sample);
    if (!bytes) {
        return std::nullopt;
    }
    EncodingDetector detector;
    detector.add(*bytes);
    const EncodingGuess guess = detector.guess();
    const bool double_utf8 = guess.name == "UTF-8" && guess.certain;
    if (!double_utf8 && !(guess.name == "CP932" && guess.certain)) {
        return std::nullopt;
    }
    TextDecoder decoder(guess.name);
    std::string meant;
    decoder.decode(*bytes, meant, true);
    return Mojibake{fmt::format("{} that was read as Latin-1 and saved as UTF-8", guess.name), shortened(runs.sample), shortened(meant),
                    double_utf8 ? "" : std::string(damaged_cp932)};
}

} // namespace keyaki::importers
