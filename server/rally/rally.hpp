#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Rallies: programmes with a window, a budget and spots. Everything here is pure: no clock, socket or database.
namespace keyaki::server::rally {

/// Points of one budget: a thousand million is a hundred times what a city pays a year, and sums stay far from int64's end.
inline constexpr std::int64_t max_budget = 1'000'000'000;
/// Metres: beyond it a "spot" is a district, and standing there proves nothing.
inline constexpr double max_radius_m = 1000;
/// Metres: below it no phone's position can tell (checkin.md, section 2: 25 m needs a token already).
inline constexpr double min_radius_m = 10;

enum class Kind : std::uint8_t { walking, preparedness, produce, tour, event, eco, steps };
[[nodiscard]] std::string_view kind_name(Kind kind) noexcept;

/// How often a member may have the stamp of one spot; days and weeks are Japan's.
enum class Period : std::uint8_t { once, daily, weekly };
[[nodiscard]] std::string_view period_name(Period period) noexcept;
/// The text that makes a stamp unique within (rally, spot, member): "once", "2026-04-12", "2026-W15".
[[nodiscard]] std::string period_key(Period period, std::int64_t time_us);

/// Which features are spots, and what one is worth. `radius_m` and `points` of a spot's own feature win over these.
struct SpotRules {
    std::string layer;
    double radius_m = 40; ///< of points; checkin.md section 2 says why not less outdoors
    std::int64_t points = 0;
    Period per = Period::once;
};

struct Limits {
    std::optional<std::int64_t> points_per_member_per_day; ///< counted in Japan's days
};

/// One version of a rally's configuration, as `keyaki rally put` takes it (api.md).
struct Rally {
    std::string id;
    Kind kind = Kind::walking;
    std::string title_ja;
    std::string title_en;
    std::int64_t starts_us = 0; ///< from this instant …
    std::int64_t ends_us = 0;   ///< … up to and with the second that this one begins
    std::int64_t budget = 0;    ///< points, funded from the issuer
    SpotRules spots;
    Limits limits;
};

/// Reads and checks a configuration. Throws FieldErrors that name every wrong field, or Error for text that is not JSON. A field of api.md that
/// this version cannot decide by is refused by name: a rule that is written down and not applied would be a lie to the people who play.
[[nodiscard]] Rally parse_rally(std::string_view json);

/// The same configuration always gives the same text (sorted fields, no blanks), so that putting it again is no new version.
[[nodiscard]] std::string canonical_rally_json(std::string_view json);

[[nodiscard]] inline std::string budget_account(std::string_view rally) { return "budget:" + std::string(rally); }
[[nodiscard]] inline std::string member_account(std::string_view member) { return "member:" + std::string(member); }

} // namespace keyaki::server::rally
