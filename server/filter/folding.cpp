#include "server/filter/folding.hpp"

#include "geo/error.hpp"
#include "server/filter/code_points.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace keyaki::server::filter {

namespace {

/// Kana, ideographs and their punctuation without marks: no case, no accents, composed already. Nearly all of a Japanese layer's texts.
bool is_plain_east_asian(char32_t c) noexcept { return (c >= 0x3001 && c < 0x302A) || (c >= 0x3041 && c < 0x3099) || (c >= 0x309D && c <= 0x9FFF); }

char folded_ascii(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Eight characters at a time, as long as all eight are ASCII: how many it has folded. \pre folded has the text's size
std::size_t fold_ascii_words(std::string_view text, std::string &folded) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    std::size_t at = 0;
    for (std::uint64_t bytes = 0; text.size() - at >= sizeof bytes; at += sizeof bytes) {
        std::memcpy(&bytes, text.data() + at, sizeof bytes);
        if ((bytes & highs) != 0) {
            break;
        }
        // The highest bit of each byte that is A or more, and of each that is more than Z: no sum leaves its byte.
        const std::uint64_t from_a = bytes + ones * (0x80U - 'A');
        const std::uint64_t behind_z = bytes + ones * (0x80U - 'Z' - 1U);
        bytes |= (from_a & ~behind_z & highs) >> 2U; // 0x20, which makes a small letter of a capital one
        std::memcpy(folded.data() + at, &bytes, sizeof bytes);
    }
    return at;
}

void append_folded(std::string_view character, char32_t value, std::string &folded) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString one(static_cast<UChar32>(value));
    UChar buffer[8]; // the longest folding has three UTF-16 units
    const int32_t length = u_strFoldCase(buffer, 8, one.getBuffer(), one.length(), U_FOLD_CASE_DEFAULT, &status);
    if (U_FAILURE(status) != 0) {
        folded.append(character);
        return;
    }
    icu::UnicodeString(buffer, length).toUTF8String(folded);
}

const icu::Normalizer2 &normalizer(const icu::Normalizer2 *(*get)(UErrorCode &)) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *found = get(status);
    if (U_FAILURE(status) != 0 || found == nullptr) {
        throw geo::Error(geo::ErrorKind::internal, std::string("ICU has no tables of normalisation: ") + u_errorName(status));
    }
    return *found;
}

icu::UnicodeString normalized(const icu::Normalizer2 &by, const icu::UnicodeString &text) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString result = by.normalize(text, status);
    if (U_FAILURE(status) != 0) {
        throw geo::Error(geo::ErrorKind::internal, std::string("ICU could not normalise a text: ") + u_errorName(status));
    }
    return result;
}

bool is_dropped(UChar32 c) {
    constexpr UChar32 dakuten = 0x3099;
    constexpr UChar32 handakuten = 0x309A;
    return u_charType(c) == U_NON_SPACING_MARK && c != dakuten && c != handakuten;
}

} // namespace

void fold_case(std::string_view text, std::string &folded) {
    folded.assign(text);
    std::size_t at = fold_ascii_words(text, folded);
    for (; at < text.size() && static_cast<unsigned char>(text[at]) < 0x80; ++at) {
        folded[at] = folded_ascii(text[at]);
    }
    folded.resize(at); // from here on a character may become several
    while (at < text.size()) {
        const char first = text[at];
        if (static_cast<unsigned char>(first) < 0x80) {
            folded += folded_ascii(first);
            ++at;
            continue;
        }
        const CodePoint point = code_point_at(text, at);
        const std::string_view character = text.substr(at, point.bytes);
        if (is_plain_east_asian(point.value)) {
            folded.append(character);
        } else {
            append_folded(character, point.value, folded);
        }
        at += point.bytes;
    }
}

void strip_accents(std::string_view text, std::string &stripped) {
    stripped.clear();
    bool is_plain = true;
    for (std::size_t at = 0; is_plain && at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        is_plain = point.value < 0x80 || is_plain_east_asian(point.value);
        at += point.bytes;
    }
    if (is_plain) {
        stripped.append(text);
        return;
    }
    const icu::UnicodeString decomposed = normalized(normalizer(icu::Normalizer2::getNFDInstance),
                                                     icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size()))));
    icu::UnicodeString kept;
    for (int32_t at = 0; at < decomposed.length(); at = decomposed.moveIndex32(at, 1)) {
        if (const UChar32 c = decomposed.char32At(at); !is_dropped(c)) {
            kept.append(c);
        }
    }
    normalized(normalizer(icu::Normalizer2::getNFCInstance), kept).toUTF8String(stripped);
}

} // namespace keyaki::server::filter
