#include "server/datetime.hpp"

#include "geo/error.hpp"
#include "server/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>

namespace keyaki::server {

namespace {

constexpr std::int64_t second_us = 1'000'000;

[[noreturn]] void refuse(std::string_view expected, std::string_view found) {
    throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("datetime: expected {}, found \"{}\"", expected, found.substr(0, 80)));
}

/// Calendar part and clock part of an ISO 8601 duration.
struct Duration {
    std::int64_t months = 0;
    std::int64_t time_us = 0;
};

/// One number of a duration with its unit; the bounds are far beyond what any calendar of ours holds and keep sums within 64 bits.
bool add_component(Duration &duration, std::int64_t number, char unit, bool is_time) {
    constexpr std::int64_t most = 1'000'000;
    if (number > most) {
        return false;
    }
    switch (unit) {
    case 'Y': duration.months += 12 * number; return !is_time;
    case 'M':
        if (is_time) {
            duration.time_us += number * 60 * second_us;
        } else {
            duration.months += number;
        }
        return true;
    case 'W': duration.time_us += number * 7 * day_us; return !is_time;
    case 'D': duration.time_us += number * day_us; return !is_time;
    case 'H': duration.time_us += number * 3600 * second_us; return is_time;
    case 'S': duration.time_us += number * second_us; return is_time;
    default: return false;
    }
}

/// "P1Y2M3DT4H5M6S", "P2W": each unit at most once, from the largest to the smallest, at least one of them.
std::optional<Duration> parse_duration(std::string_view text) {
    if (text.size() < 3 || text.front() != 'P') {
        return std::nullopt;
    }
    text.remove_prefix(1);
    Duration duration;
    std::string_view units = "YMWD";
    bool is_time = false;
    bool has_component = false;
    while (!text.empty()) {
        if (text.front() == 'T' && !is_time) {
            is_time = true;
            has_component = false;
            units = "HMS";
            text.remove_prefix(1);
            continue;
        }
        std::int64_t number = 0;
        const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        const auto digits = static_cast<std::size_t>(stop - text.data());
        const std::size_t unit = digits < text.size() ? units.find(text[digits]) : std::string_view::npos;
        if (failure != std::errc() || number < 0 || unit == std::string_view::npos || !add_component(duration, number, text[digits], is_time)) {
            return std::nullopt;
        }
        units.remove_prefix(unit + 1);
        text.remove_prefix(digits + 1);
        has_component = true;
    }
    return has_component ? std::optional(duration) : std::nullopt;
}

/// The instant a duration after (sign 1) or before (sign -1) another; the 31st of a month without one is its last day. Nothing beyond 1 to 9999.
std::optional<std::int64_t> moved(std::int64_t from_us, const Duration &duration, int sign) {
    const std::int64_t day = from_us >= 0 ? from_us / day_us : -((-from_us + day_us - 1) / day_us);
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{static_cast<std::int32_t>(day)}}};
    const std::int64_t month = static_cast<int>(date.year()) * std::int64_t{12} + static_cast<unsigned>(date.month()) - 1 + sign * duration.months;
    if (month < 12 || month >= 120'000) {
        return std::nullopt;
    }
    const std::chrono::year_month target{std::chrono::year{static_cast<int>(month / 12)}, std::chrono::month{static_cast<unsigned>(month % 12 + 1)}};
    const std::chrono::day last = (target / std::chrono::last).day();
    const std::chrono::sys_days moved_day{target / std::min(date.day(), last)};
    const std::int64_t moved_us = moved_day.time_since_epoch().count() * day_us + (from_us - day * day_us) + sign * duration.time_us;
    return parse_rfc3339_us(format_rfc3339(moved_us)) ? std::optional(moved_us) : std::nullopt;
}

bool is_open(std::string_view end) { return end.empty() || end == ".."; }

TimeSpan parse_interval(std::string_view begin, std::string_view end, std::string_view text) {
    const auto first = parse_time(begin);
    const auto last = parse_time(end);
    const auto before = parse_duration(begin);
    const auto after = parse_duration(end);
    if ((!is_open(begin) && !first && !before) || (!is_open(end) && !last && !after) || (before && !last) || (after && !first)) {
        refuse("an interval such as 2026-04-01T00:00:00Z/.. or 2026-04-01T00:00:00Z/P2D", text);
    }
    TimeSpan span{first ? first->begin_us : std::nullopt, last ? last->end_us : std::nullopt};
    if (after) {
        span.end_us = moved(*span.begin_us, *after, 1);
    } else if (before) {
        span.begin_us = moved(*span.end_us, *before, -1);
    }
    if ((after && !span.end_us) || (before && !span.begin_us)) {
        refuse("times of the years 1 to 9999", text);
    }
    if (span.begin_us && span.end_us && *span.begin_us > *span.end_us) {
        refuse("the interval's begin before its end", text);
    }
    return span;
}

} // namespace

bool is_date(std::string_view text) { return text.size() == 10 && parse_rfc3339_us(std::string(text) + "T00:00:00Z").has_value(); }

std::optional<TimeSpan> parse_time(std::string_view text) {
    if (text.size() < 10 || text[4] != '-') {
        return std::nullopt; // most texts are no times: this is asked of every value of a layer
    }
    if (is_date(text)) {
        constexpr std::int64_t jst_offset_us = std::int64_t{9} * 3600 * second_us;
        const std::int64_t begin_us = *parse_rfc3339_us(std::string(text) + "T00:00:00Z") - jst_offset_us;
        return TimeSpan{begin_us, begin_us + day_us - 1};
    }
    const auto instant = parse_rfc3339_us(text);
    return instant ? std::optional(TimeSpan{instant, instant}) : std::nullopt;
}

TimeSpan parse_datetime(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash != std::string_view::npos) {
        return parse_interval(text.substr(0, slash), text.substr(slash + 1), text);
    }
    const auto time = parse_time(text);
    if (!time) {
        refuse("a time such as 2026-04-01T00:00:00Z or an interval", text);
    }
    return *time;
}

} // namespace keyaki::server
