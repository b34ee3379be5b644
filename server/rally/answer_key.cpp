#include "server/rally/answer_key.hpp"

#include "geo/utf8.hpp"

#include <algorithm>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace keyaki::server::rally {

namespace {

constexpr UChar32 katakana_begin = 0x30A1;
constexpr UChar32 katakana_end = 0x30F7; ///< behind ヶ, and behind what has no hiragana
constexpr UChar32 kana_distance = 0x60;
constexpr UChar32 long_vowel = 0x30FC;

/// Dashes that phones put where the mark of a long vowel is meant, after kana.
bool is_dash(UChar32 letter) { return u_charType(letter) == U_DASH_PUNCTUATION || letter == 0x2212; }
bool is_kana(UChar32 letter) { return (letter >= 0x3041 && letter <= 0x3096) || letter == long_vowel; }

bool is_said(UChar32 letter) {
    return u_isalnum(letter) != 0 || letter == long_vowel || (U_MASK(u_charType(letter)) & (U_GC_M_MASK | U_GC_SO_MASK)) != 0;
}

} // namespace

std::string answer_key(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *form = icu::Normalizer2::getNFKCCasefoldInstance(status);
    if (U_FAILURE(status) || !geo::is_utf8(text)) {
        return {};
    }
    const icu::UnicodeString folded =
        form->normalize(icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))), status);
    icu::UnicodeString key;
    UChar32 before = 0;
    for (std::int32_t at = 0; U_SUCCESS(status) && at < folded.length(); at = folded.moveIndex32(at, 1)) {
        UChar32 letter = folded.char32At(at);
        if (letter >= katakana_begin && letter < katakana_end) {
            letter -= kana_distance;
        } else if (is_dash(letter) && is_kana(before)) {
            letter = long_vowel;
        }
        if (is_said(letter)) {
            key.append(letter);
            before = letter;
        }
    }
    std::string bytes;
    key.toUTF8String(bytes);
    return bytes;
}

bool is_right_answer(std::string_view given, const std::vector<std::string> &answers) {
    const std::string key = answer_key(given);
    return !key.empty() && std::any_of(answers.begin(), answers.end(), [&key](const std::string &answer) { return answer_key(answer) == key; });
}

} // namespace keyaki::server::rally
