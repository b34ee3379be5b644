#include "server/filter/instant.hpp"

#include <chrono>
#include <cstddef>

namespace keyaki::server::filter {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::int64_t japan_offset_us = 9 * 3600 * second_us; // no daylight saving since 1951

/// `count` digits from `at` on as a number below `end`.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count, int end) noexcept {
    if (at + count > text.size()) {
        return std::nullopt;
    }
    int number = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') {
            return std::nullopt;
        }
        number = number * 10 + (text[i] - '0');
    }
    return number < end ? std::optional(number) : std::nullopt;
}

bool stands(std::string_view text, std::size_t at, char wanted) noexcept { return at < text.size() && text[at] == wanted; }

std::optional<std::int64_t> days_of(std::string_view text) noexcept {
    const auto year = digits(text, 0, 4, 10'000);
    const auto month = digits(text, 5, 2, 13);
    const auto day = digits(text, 8, 2, 32);
    if (!year || !month || !day || !stands(text, 4, '-') || !stands(text, 7, '-')) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Microseconds of a fraction such as ".25" and where it ends; digits past the sixth are not kept.
std::optional<std::int64_t> fraction_us(std::string_view text, std::size_t &at) noexcept {
    if (!stands(text, at, '.')) {
        return 0;
    }
    std::int64_t sum = 0;
    std::int64_t unit = second_us / 10;
    const std::size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
        sum += (text[at] - '0') * unit;
    }
    return at > first ? std::optional(sum) : std::nullopt;
}

/// What is to be taken off for "Z" or "+09:00" at the text's end.
std::optional<std::int64_t> offset_us(std::string_view text, std::size_t at) noexcept {
    if (at + 1 == text.size() && (text[at] == 'Z' || text[at] == 'z')) {
        return 0;
    }
    const auto hours = digits(text, at + 1, 2, 24);
    const auto minutes = digits(text, at + 4, 2, 60);
    if (at + 6 != text.size() || !hours || !minutes || text[at + 3] != ':' || (text[at] != '+' && text[at] != '-')) {
        return std::nullopt;
    }
    const std::int64_t offset = (*hours * 3600LL + *minutes * 60LL) * second_us;
    return text[at] == '-' ? -offset : offset;
}

} // namespace

std::optional<Instant> parse_date(std::string_view text) noexcept {
    const auto days = text.size() == 10 ? days_of(text) : std::nullopt;
    return days ? std::optional(Instant{true, *days}) : std::nullopt;
}

std::optional<Instant> parse_timestamp(std::string_view text) noexcept {
    const auto days = days_of(text);
    const auto hour = digits(text, 11, 2, 24);
    const auto minute = digits(text, 14, 2, 60);
    const auto second = digits(text, 17, 2, 61); // a leap second counts as the second before
    if (!days || !hour || !minute || !second || !(stands(text, 10, 'T') || stands(text, 10, 't')) || !stands(text, 13, ':') ||
        !stands(text, 16, ':')) {
        return std::nullopt;
    }
    std::size_t at = 19;
    const auto fraction = fraction_us(text, at);
    const auto offset = fraction && at < text.size() ? offset_us(text, at) : std::nullopt;
    if (!offset) {
        return std::nullopt;
    }
    const std::int64_t seconds = *hour * 3600LL + *minute * 60LL + (*second == 60 ? 59 : *second);
    return Instant{false, *days * day_us + seconds * second_us + *fraction - *offset};
}

std::optional<Instant> parse_instant(std::string_view text) noexcept { return text.size() == 10 ? parse_date(text) : parse_timestamp(text); }

std::int64_t day_of(const Instant &instant) noexcept {
    if (instant.is_date) {
        return instant.value;
    }
    const std::int64_t in_japan = instant.value + japan_offset_us;
    return in_japan / day_us - (in_japan % day_us < 0 ? 1 : 0);
}

int compare(const Instant &a, const Instant &b) noexcept {
    const bool by_day = a.is_date || b.is_date;
    const std::int64_t left = by_day ? day_of(a) : a.value;
    const std::int64_t right = by_day ? day_of(b) : b.value;
    return left < right ? -1 : (left > right ? 1 : 0);
}

} // namespace keyaki::server::filter
