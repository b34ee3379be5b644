#include "server/time.hpp"

#include <fmt/format.h>

#include <chrono>

namespace keyaki::server {

namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t first_us = -719'162 * day_us; ///< 0001-01-01T00:00:00Z
constexpr std::int64_t end_us = 2'932'897 * day_us;  ///< 10000-01-01T00:00:00Z
constexpr std::int64_t jst_offset_us = std::int64_t{9} * 3600 * second_us;

/// Exactly `width` digits at `text[at]`, or nothing.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t width) {
    if (text.size() < at + width) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text.substr(at, width)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

/// The day number since 1970-01-01 that holds the instant, rounding down before it too.
std::int64_t day_number(std::int64_t time_us) { return time_us >= 0 ? time_us / day_us : -((-time_us + day_us - 1) / day_us); }

std::chrono::year_month_day date_of(std::int64_t time_us) {
    return std::chrono::year_month_day{sys_days{days{static_cast<std::int32_t>(day_number(time_us))}}};
}

std::string formatted(std::int64_t time_us, std::string_view zone) {
    const auto date = date_of(time_us);
    const std::int64_t second = (time_us - day_number(time_us) * day_us) / second_us;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), second / 3600, second / 60 % 60, second % 60, zone);
}

/// Microseconds of ".5" and the like at `at`, which moves past them; nothing when a point has no digit.
std::optional<std::int64_t> fraction_us(std::string_view text, std::size_t &at) {
    if (at >= text.size() || (text[at] != '.' && text[at] != ',')) {
        return 0;
    }
    std::int64_t value = 0;
    std::int64_t unit = second_us;
    const std::size_t begin = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        unit /= 10;
        value += (text[at] - '0') * unit;
    }
    return at == begin ? std::nullopt : std::optional(value);
}

/// Microseconds east of UTC that "Z" or "+09:00" says, when the text ends with it.
std::optional<std::int64_t> zone_us(std::string_view zone) {
    if (zone == "Z" || zone == "z") {
        return 0;
    }
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') {
        return std::nullopt;
    }
    const auto hours = digits(zone, 1, 2);
    const auto minutes = digits(zone, 4, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) {
        return std::nullopt;
    }
    return (zone[0] == '-' ? -1 : 1) * (*hours * std::int64_t{3600} + *minutes * std::int64_t{60}) * second_us;
}

} // namespace

std::int64_t now_us() { return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

std::optional<std::int64_t> parse_rfc3339_us(std::string_view text) {
    const auto year = digits(text, 0, 4);
    const auto month = digits(text, 5, 2);
    const auto day = digits(text, 8, 2);
    const auto hour = digits(text, 11, 2);
    const auto minute = digits(text, 14, 2);
    const auto second = digits(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':' ||
        (text[10] != 'T' && text[10] != 't' && text[10] != ' ')) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok() || *year < 1 || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    std::size_t at = 19;
    const auto fraction = fraction_us(text, at);
    const auto zone = zone_us(text.substr(at));
    if (!fraction || !zone) {
        return std::nullopt;
    }
    const std::int64_t seconds = *hour * std::int64_t{3600} + *minute * std::int64_t{60} + std::min(*second, 59);
    const std::int64_t time_us = sys_days{date}.time_since_epoch().count() * day_us + seconds * second_us + *fraction - *zone;
    // An offset may lead out of the years that four digits can say again.
    return time_us >= first_us && time_us < end_us ? std::optional(time_us) : std::nullopt;
}

std::string format_rfc3339(std::int64_t time_us) { return formatted(time_us, "Z"); }

std::string format_rfc3339_jst(std::int64_t time_us) { return formatted(time_us + jst_offset_us, "+09:00"); }

std::int64_t jst_day_start_us(std::int64_t time_us) { return day_number(time_us + jst_offset_us) * day_us - jst_offset_us; }

std::string jst_day(std::int64_t time_us) { return format_rfc3339_jst(time_us).substr(0, 10); }

std::string jst_week(std::int64_t time_us) {
    // ISO 8601: the week belongs to the year that has its Thursday.
    const std::int64_t day = day_number(time_us + jst_offset_us);
    const std::int64_t thursday = day - (day + 3) % 7 + 3; // 1970-01-01 was a Thursday
    const auto date = date_of(thursday * day_us);
    const auto new_year = sys_days{date.year() / std::chrono::January / 1}.time_since_epoch().count();
    return fmt::format("{:04}-W{:02}", static_cast<int>(date.year()), (thursday - new_year) / 7 + 1);
}

} // namespace keyaki::server
