#include "importers/name_key.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

namespace keyaki::importers {

namespace {

constexpr char32_t ordinal_mark = U'第';
constexpr std::u32string_view kanji_digits = U"〇一二三四五六七八九";
constexpr std::u32string_view after_number = U"丁番号中小高"; // 三丁目, 二番, 五小
constexpr std::u32string_view municipal = U"都道府県市区町村";

bool is_kanji(char32_t letter) { return u_hasBinaryProperty(static_cast<UChar32>(letter), UCHAR_IDEOGRAPHIC) != 0; }
bool is_kanji_number(char32_t letter) { return letter == U'十' || kanji_digits.find(letter) != std::u32string_view::npos; }

std::u32string code_points(const icu::UnicodeString &text) {
    std::u32string out;
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        out += static_cast<char32_t>(text.char32At(i));
    }
    return out;
}

std::string utf8(const std::u32string &text) {
    icu::UnicodeString unicode;
    for (const char32_t letter : text) {
        unicode.append(static_cast<UChar32>(letter));
    }
    std::string out;
    unicode.toUTF8String(out);
    return out;
}

icu::UnicodeString normalised(std::string_view text, bool &is_whole) {
    UErrorCode problem = U_ZERO_ERROR;
    const auto *form = icu::Normalizer2::getNFKCInstance(problem);
    const auto source = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    icu::UnicodeString out = U_SUCCESS(problem) ? form->normalize(source, problem) : source;
    is_whole = U_SUCCESS(problem) != 0 && source.indexOf(static_cast<UChar32>(0xFFFD)) < 0;
    return out;
}

/// 十二 as 12, 二〇 as 20, 二十 as 20.
std::u32string as_digits(std::u32string_view number) {
    std::uint64_t value = 0;
    std::uint64_t digit = 0;
    bool has_digit = false;
    for (const char32_t letter : number) {
        if (letter == U'十') {
            value += (has_digit ? digit : 1) * 10;
            digit = 0;
            has_digit = false;
        } else {
            digit = digit * 10 + kanji_digits.find(letter);
            has_digit = true;
        }
    }
    std::u32string out;
    for (const char letter : std::to_string(value + digit)) {
        out += static_cast<char32_t>(letter);
    }
    return out;
}

/// Numbers in kanji as digits where they stand for a number, which they do after 第 and before 丁目 and its like; elsewhere they are part of a name
/// (八幡, 三島).
std::u32string with_digits(const std::u32string &name) {
    constexpr std::size_t longest_number = 4;
    std::u32string out;
    for (std::size_t i = 0; i < name.size();) {
        std::size_t end = i;
        while (end < name.size() && is_kanji_number(name[end])) {
            ++end;
        }
        if (end == i) {
            out += name[i++];
            continue;
        }
        const bool after_mark = i > 0 && name[i - 1] == ordinal_mark;
        const bool before_unit = end < name.size() && after_number.find(name[end]) != std::u32string_view::npos && i == 0;
        const bool before_block = end + 1 < name.size() && name[end] == U'丁' && name[end + 1] == U'目';
        const bool counts = (after_mark || before_unit || before_block) && end - i <= longest_number;
        out += counts ? as_digits(std::u32string_view(name).substr(i, end - i)) : name.substr(i, end - i);
        i = end;
    }
    return out;
}

/// 旭が丘, 旭ヶ丘, 旭ガ丘 and 旭ケ丘 are one place.
void unite_ke(std::u32string &name) {
    constexpr std::u32string_view forms = U"ヶヵガがケ";
    for (std::size_t i = 1; i + 1 < name.size(); ++i) {
        if (forms.find(name[i]) != std::u32string_view::npos && is_kanji(name[i - 1]) && is_kanji(name[i + 1])) {
            name[i] = U'ケ';
        }
    }
}

/// 清瀬市立第三中学校 and 第三中学校 are one school.
void drop_owner(std::u32string &name) {
    constexpr std::size_t shortest_rest = 3;
    const std::size_t place = name.find(U'立');
    if (place != std::u32string::npos && place > 1 && municipal.find(name[place - 1]) != std::u32string_view::npos &&
        name.size() - place - 1 >= shortest_rest) {
        name.erase(0, place + 1);
    }
}

} // namespace

std::string compatible_form(std::string_view text) {
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](char letter) { return static_cast<unsigned char>(letter) < 0x80; });
    if (is_ascii) { // nearly always where it is asked of every cell
        return std::string(text);
    }
    bool is_whole = false;
    const icu::UnicodeString form = normalised(text, is_whole);
    std::string out;
    return is_whole ? form.toUTF8String(out) : std::string(text);
}

std::string name_key(std::string_view name) {
    bool is_whole = false;
    icu::UnicodeString form = normalised(name, is_whole);
    form.foldCase();
    std::u32string kept;
    for (const char32_t letter : code_points(form)) {
        const auto code = static_cast<UChar32>(letter);
        const bool long_vowel = letter == U'ー';
        if (long_vowel || u_isalnum(code) != 0 || u_charType(code) == U_NON_SPACING_MARK || letter == U'々') {
            kept += letter;
        }
    }
    drop_owner(kept);
    unite_ke(kept);
    return utf8(with_digits(kept));
}

} // namespace keyaki::importers
