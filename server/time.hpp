#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Instants are Unix time in microseconds (UTC, no leap seconds); texts are RFC 3339. Rallies count days in Japan Standard Time, which is
/// UTC+9 all year (no daylight saving since 1951).
namespace keyaki::server {

[[nodiscard]] std::int64_t now_us();

/// RFC 3339 with `T` (or a blank), seconds, optional fraction, `Z` or an offset. Years 1 to 9999, in UTC too; a leap second counts as the second
/// before.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339_us(std::string_view text);

/// In UTC, whole seconds: "2026-04-12T01:00:03Z".
[[nodiscard]] std::string format_rfc3339(std::int64_t time_us);
/// In Japan Standard Time with offset: "2026-04-12T10:00:03+09:00".
[[nodiscard]] std::string format_rfc3339_jst(std::int64_t time_us);

/// Microseconds of the day's beginning in Japan that holds the instant.
[[nodiscard]] std::int64_t jst_day_start_us(std::int64_t time_us);
/// "2026-04-12"
[[nodiscard]] std::string jst_day(std::int64_t time_us);
/// ISO 8601 week in Japan: "2026-W15"
[[nodiscard]] std::string jst_week(std::int64_t time_us);

inline constexpr std::int64_t day_us = std::int64_t{24} * 3600 * 1'000'000;

} // namespace keyaki::server
