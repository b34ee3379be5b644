#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// Times of features and the parameter datetime (OGC API – Features Part 1, 7.15.4).
namespace keyaki::server {

/// From its begin to its end, both included, in Unix time in microseconds; an end that is not there is open.
struct TimeSpan {
    std::optional<std::int64_t> begin_us;
    std::optional<std::int64_t> end_us;

    /// Whether they have an instant in common.
    [[nodiscard]] bool meets(const TimeSpan &other) const noexcept {
        return (!begin_us || !other.end_us || *begin_us <= *other.end_us) && (!other.begin_us || !end_us || *other.begin_us <= *end_us);
    }
    friend bool operator==(const TimeSpan &, const TimeSpan &) = default;
};

/// What a text means as a time: "2026-04-01" is the whole day in Japan, where the city is; "2026-04-01T10:00:00+09:00" is an instant. Nothing for all
/// else.
[[nodiscard]] std::optional<TimeSpan> parse_time(std::string_view text);
[[nodiscard]] bool is_date(std::string_view text);

/// An instant or a day; an interval of two with "/" between them, ".." or nothing at an open end; or one of the two and an ISO 8601 duration (P2D,
/// PT36H, P1Y2M), whose months are those of the calendar in UTC. Throws Error invalid_input with both facts for everything else, also for an interval
/// that ends before it begins and for times beyond the years 1 to 9999.
[[nodiscard]] TimeSpan parse_datetime(std::string_view text);

} // namespace keyaki::server
