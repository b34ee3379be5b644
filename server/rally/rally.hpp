#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// How often a member may have the stamp of one spot, or the award of one course; days, weeks and months are Japan's.
enum class Period : std::uint8_t { once, daily, weekly, monthly };
[[nodiscard]] std::string_view period_name(Period period) noexcept;
/// The text that makes a stamp unique within (rally, spot, member): "once", "2026-04-12", "2026-W15", "2026-04".
[[nodiscard]] std::string period_key(Period period, std::int64_t time_us);

/// What proves presence beside a position, weakest first; a stronger one serves where a weaker is asked for.
enum class Token : std::uint8_t {
    none,
    qr,    ///< a printed code: it can be photographed, so it never stamps without a position
    code,  ///< six digits that change every 30 s
    nfc,   ///< a tag that signs each tap
    staff, ///< somebody of the staff saw the member there
};
[[nodiscard]] std::string_view token_name(Token token) noexcept;

/// A text in the languages of the city.
struct Words {
    std::string ja;
    std::string en; ///< the Japanese where none was given
};

/// From `from_minute` to before `until_minute` of the day in Japan; over midnight where the second is the smaller.
struct Hours {
    int from_minute = 0;
    int until_minute = 0;

    [[nodiscard]] bool contain(std::int64_t time_us) const;
};

/// Which features are spots, and what one is worth. `radius_m` and `points` of a spot's own feature win over these.
struct SpotRules {
    std::string layer;
    double radius_m = 40; ///< of points; checkin.md section 2 says why not less outdoors
    std::int64_t points = 0;
    Period per = Period::once;
    std::string filter;        ///< CQL2 text; empty: every feature of the layer
    bool needs_quiz = false;   ///< a question of the pool
    bool needs_riddle = false; ///< the spot's own riddle
    Token token = Token::none; ///< at least
    bool is_hidden = false;    ///< nothing about where a spot is may be learnt; its layer is the staff's
    std::optional<Hours> hours;
};

struct Choice {
    std::string key; ///< what the answer names: "a", "b"
    Words text;
};

/// Of the pool. Answers are compared as answer_key() folds them; where there are choices, the answer is a key.
struct Question {
    std::string id;
    Words text;
    std::vector<Choice> choices;
    std::vector<std::string> answers;
    std::string spot; ///< only at this one; empty: anywhere
};

/// A riddle or treasure code of a tour. Whoever answers it, at the spot, opens the next ones.
struct Riddle {
    std::string spot;
    Words text;
    std::vector<std::string> answers;
    std::vector<std::string> opens;
};

enum class CourseOrder : std::uint8_t { ordered, free, k_of_n };
enum class CourseMode : std::uint8_t { spots, track };
enum class Pace : std::uint8_t { walk, run, bicycle };
[[nodiscard]] double pace_mps(Pace pace) noexcept;
/// "ordered", "free" or "k_of_n"; "spots" or "track"; as in configurations and answers.
[[nodiscard]] std::string_view order_name(CourseOrder order) noexcept;
[[nodiscard]] std::string_view mode_name(CourseMode mode) noexcept;

struct Course {
    std::string id;
    std::string line; ///< "layer/feature-id" of the path; empty where none is drawn (then spots mode only, and legs as the crow flies)
    std::vector<std::string> spots;
    CourseOrder order = CourseOrder::ordered;
    std::size_t needed = 0; ///< of k_of_n; otherwise all
    CourseMode mode = CourseMode::spots;
    Pace pace = Pace::walk;
    std::int64_t points = 0;
    Period per = Period::once;

    [[nodiscard]] bool has_spot(std::string_view spot) const noexcept;
};

struct Limits {
    std::optional<std::int64_t> points_per_member_per_day; ///< counted in Japan's days, as all of these
    std::optional<std::int64_t> stamps_per_member_per_day;
    std::optional<std::int64_t> stamps_per_device_per_day;
    std::optional<std::int64_t> stamps_per_spot_per_day;
};

/// What a member gets for so many stamps (or all of `courses`).
struct Completion {
    std::int64_t spots = 0;
    std::int64_t courses = 0;
    std::int64_t points = 0;
    std::int64_t draw_tickets = 0;
    bool unique_winners = true; ///< nobody wins twice in the draw
};

/// What somebody who stayed in a zone gets.
struct Coupon {
    Words title;
    std::string shop;
    std::int64_t dwell_s = 0;
    std::int64_t valid_days = 30;
};

/// A day's steps.
struct Steps {
    std::int64_t points_per_1000 = 0;
    std::int64_t most_paid = 10'000; ///< steps of a day
};

/// A span of the calendar: months first, then days.
struct CalendarSpan {
    int months = 0;
    int days = 0;
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
    std::vector<Question> questions;
    std::int64_t wait_s = 60; ///< after a wrong answer or code; doubles with each further one of the day
    std::vector<Riddle> riddles;
    std::vector<Course> courses;
    std::optional<Completion> completion;
    std::optional<Coupon> coupon;
    std::optional<Steps> steps;
    std::optional<CalendarSpan> points_expire; ///< after they were given

    [[nodiscard]] const Course *find_course(std::string_view course) const noexcept;
    [[nodiscard]] const Riddle *riddle_of(std::string_view spot) const noexcept;
    /// Whether the spot must first be opened by another one's riddle.
    [[nodiscard]] bool is_locked_at_first(std::string_view spot) const noexcept;
};

/// Reads and checks a configuration. Throws FieldErrors that name every wrong field, or Error for text that is not JSON. A rule that its kind of
/// rally does not apply is refused by name: one that is written down and not applied would be a lie to the people who play.
[[nodiscard]] Rally parse_rally(std::string_view json);

/// The same configuration always gives the same text (sorted fields, no blanks), so that putting it again is no new version.
[[nodiscard]] std::string canonical_rally_json(std::string_view json);

/// When points that are given now expire; nothing where they never do. The last day of a month stays the last day.
[[nodiscard]] std::optional<std::int64_t> expiry_us(const Rally &rally, std::int64_t now_us);

[[nodiscard]] inline std::string budget_account(std::string_view rally) { return "budget:" + std::string(rally); }
[[nodiscard]] inline std::string member_account(std::string_view member) { return "member:" + std::string(member); }

} // namespace keyaki::server::rally
