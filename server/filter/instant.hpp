#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keyaki::server::filter {

/// A date or a timestamp of CQL2 (21-065r2, 6.3.1). A date has no time zone in the standard; where one meets a timestamp, it is Japan's day.
struct Instant {
    bool is_date = false;
    std::int64_t value = 0; ///< days since 1970-01-01, or Unix time in microseconds

    friend bool operator==(const Instant &, const Instant &) = default;
};

/// RFC 3339: full-date ("2026-04-01"), or date-time with `Z` or an offset; years 0000 to 9999. Nothing for any other text.
[[nodiscard]] std::optional<Instant> parse_instant(std::string_view text) noexcept;
[[nodiscard]] std::optional<Instant> parse_date(std::string_view text) noexcept;
[[nodiscard]] std::optional<Instant> parse_timestamp(std::string_view text) noexcept;

/// The day in Japan that holds the instant, as days since 1970-01-01.
[[nodiscard]] std::int64_t day_of(const Instant &instant) noexcept;

/// Below 0, 0 or above: two timestamps by microsecond, else by day.
[[nodiscard]] int compare(const Instant &a, const Instant &b) noexcept;

} // namespace keyaki::server::filter
