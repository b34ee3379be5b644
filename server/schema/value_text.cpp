#include "server/schema/value_text.hpp"

#include "server/schema/season.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

namespace keyaki::server::schema {

namespace {

constexpr std::size_t shown_bytes = 40;
constexpr std::size_t max_address_bytes = 2048;

bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// ASCII digits, signs, points and commas from their full-width forms (U+FF01 to U+FF5E are EF BC 81 to EF BD 9E); blanks at the ends left out.
std::string narrowed(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
        if (byte(at) == 0xEF && byte(at + 1) == 0xBC && byte(at + 2) >= 0x81 && byte(at + 2) <= 0xBF) {
            out += static_cast<char>(byte(at + 2) - 0x81 + 0x21);
            at += 2;
        } else if (byte(at) == 0xE3 && byte(at + 1) == 0x80 && byte(at + 2) == 0x80) {
            out += ' ';
            at += 2;
        } else {
            out += text[at];
        }
    }
    const std::size_t first = out.find_first_not_of(" \t");
    return first == std::string::npos ? std::string() : out.substr(first, out.find_last_not_of(" \t") - first + 1);
}

/// Without the commas between thousands.
std::string without_commas(std::string_view text) {
    std::string out = narrowed(text);
    std::erase(out, ',');
    return out;
}

template <typename Number>
std::optional<Number> read(std::string_view text) {
    const std::string plain = without_commas(text);
    const char *begin = plain.data() + (plain.starts_with('+') ? 1 : 0);
    const char *end = plain.data() + plain.size();
    Number number{};
    const auto [stop, failure] = std::from_chars(begin, end, number);
    return failure == std::errc() && stop == end && begin != end ? std::optional(number) : std::nullopt;
}

/// Digits at the beginning of the text, at most `most` of them.
std::optional<unsigned> take_digits(std::string_view &text, std::size_t least, std::size_t most) {
    std::size_t count = 0;
    unsigned number = 0;
    while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') {
        number = number * 10 + static_cast<unsigned>(text[count] - '0');
        ++count;
    }
    text.remove_prefix(count);
    return count >= least ? std::optional(number) : std::nullopt;
}

bool take(std::string_view &text, std::string_view token) {
    if (!text.starts_with(token)) {
        return false;
    }
    text.remove_prefix(token.size());
    return true;
}

std::optional<std::string> date_with(std::string_view text, const std::array<std::string_view, 3> &after, std::size_t least_digits) {
    const auto year = take_digits(text, 4, 4);
    const bool first = take(text, after[0]);
    const auto month = take_digits(text, least_digits, 2);
    const bool second = take(text, after[1]);
    const auto day = take_digits(text, least_digits, 2);
    if (!year || !first || !month || !second || !day || !take(text, after[2]) || !text.empty() || *year == 0) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)};
    return date.ok() ? std::optional(fmt::format("{:04}-{:02}-{:02}", *year, *month, *day)) : std::nullopt;
}

} // namespace

std::string shortened(std::string_view text) {
    if (text.size() <= shown_bytes) {
        return std::string(text);
    }
    std::size_t end = shown_bytes;
    while (end > 0 && continues(text[end])) {
        --end;
    }
    return std::string(text.substr(0, end)) + "…";
}

std::string shown_plainly(const geo::Value &value) {
    if (const auto *text = std::get_if<std::string>(&value)) {
        return *text;
    }
    if (const auto *whole = std::get_if<std::int64_t>(&value)) {
        return fmt::format("{}", *whole);
    }
    if (const auto *real = std::get_if<double>(&value)) {
        return fmt::format("{}", *real);
    }
    if (const auto *truth = std::get_if<bool>(&value)) {
        return *truth ? "true" : "false";
    }
    return {};
}

std::size_t count_characters(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::optional<std::int64_t> as_whole(double number) noexcept {
    constexpr double limit = 9'223'372'036'854'775'808.0; // 2^63
    if (!(number >= -limit && number < limit) || number != std::trunc(number)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(number);
}

std::optional<std::int64_t> read_whole(std::string_view text) {
    if (const auto whole = read<std::int64_t>(text)) {
        return whole;
    }
    const auto number = read_number(text); // "12.0", as spreadsheets write it
    return number ? as_whole(*number) : std::nullopt;
}

std::optional<double> read_number(std::string_view text) {
    const auto number = read<double>(text);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<bool> read_truth(std::string_view text) {
    std::string word = narrowed(text);
    std::transform(word.begin(), word.end(), word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    for (const std::string_view yes : {"true", "1", "yes", "有", "有り", "あり", "はい", "○", "〇", "◯"}) {
        if (word == yes) {
            return true;
        }
    }
    for (const std::string_view no : {"false", "0", "no", "無", "無し", "なし", "いいえ", "×", "✕"}) {
        if (word == no) {
            return false;
        }
    }
    return std::nullopt;
}

std::optional<std::string> read_date(std::string_view text, bool loose) {
    if (!loose) {
        return date_with(text, {"-", "-", ""}, 2);
    }
    const std::string plain = narrowed(text);
    for (const auto &after : {std::array<std::string_view, 3>{"-", "-", ""}, {"/", "/", ""}, {"年", "月", "日"}}) {
        if (auto date = date_with(plain, after, 1)) {
            return date;
        }
    }
    return std::nullopt;
}

std::optional<std::string> read_season(std::string_view text) {
    auto season = parse_season(text);
    return season ? std::optional(std::move(season->text)) : std::nullopt;
}

bool is_web_address(std::string_view text) noexcept {
    const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
    const bool has_host = scheme > 0 && text.size() > scheme && text[scheme] != '/' && text[scheme] != '?' && text[scheme] != '#';
    return has_host && text.size() <= max_address_bytes &&
           std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == '<' || c == '>' || c == '"'; });
}

} // namespace keyaki::server::schema
