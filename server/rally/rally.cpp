#include "server/rally/rally.hpp"

#include "geo/course.hpp"
#include "server/time.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace keyaki::server::rally {

namespace {

constexpr std::array<std::string_view, 7> kinds{"walking", "preparedness", "produce", "tour", "event", "eco", "steps"};
constexpr std::array<std::string_view, 4> periods{"once", "daily", "weekly", "monthly"};
constexpr std::array<std::string_view, 5> tokens{"none", "qr", "code", "nfc", "staff"};
constexpr std::array<std::string_view, 3> orders{"ordered", "free", "k_of_n"};
constexpr std::array<std::string_view, 2> modes{"spots", "track"};
constexpr std::int64_t minute_us = 60'000'000;

} // namespace

std::string_view kind_name(Kind kind) noexcept { return kinds.at(static_cast<std::size_t>(kind)); }
std::string_view period_name(Period period) noexcept { return periods.at(static_cast<std::size_t>(period)); }
std::string_view token_name(Token token) noexcept { return tokens.at(static_cast<std::size_t>(token)); }
std::string_view order_name(CourseOrder order) noexcept { return orders.at(static_cast<std::size_t>(order)); }
std::string_view mode_name(CourseMode mode) noexcept { return modes.at(static_cast<std::size_t>(mode)); }

std::string period_key(Period period, std::int64_t time_us) {
    switch (period) {
    case Period::once: return "once";
    case Period::daily: return jst_day(time_us);
    case Period::weekly: return jst_week(time_us);
    case Period::monthly: return jst_day(time_us).substr(0, 7);
    }
    return {};
}

double pace_mps(Pace pace) noexcept {
    switch (pace) {
    case Pace::walk: return geo::max_walking_speed_mps;
    case Pace::run: return geo::max_running_speed_mps;
    case Pace::bicycle: return geo::max_cycling_speed_mps;
    }
    return geo::max_walking_speed_mps;
}

bool Hours::contain(std::int64_t time_us) const {
    const auto minute = static_cast<int>((time_us - jst_day_start_us(time_us)) / minute_us);
    return from_minute <= until_minute ? minute >= from_minute && minute < until_minute : minute >= from_minute || minute < until_minute;
}

bool Course::has_spot(std::string_view spot) const noexcept { return std::find(spots.begin(), spots.end(), spot) != spots.end(); }

const Course *Rally::find_course(std::string_view course) const noexcept {
    const auto found = std::find_if(courses.begin(), courses.end(), [course](const Course &one) { return one.id == course; });
    return found == courses.end() ? nullptr : &*found;
}

const Riddle *Rally::riddle_of(std::string_view spot) const noexcept {
    const auto found = std::find_if(riddles.begin(), riddles.end(), [spot](const Riddle &one) { return one.spot == spot; });
    return found == riddles.end() ? nullptr : &*found;
}

bool Rally::is_locked_at_first(std::string_view spot) const noexcept {
    return std::any_of(riddles.begin(), riddles.end(),
                       [spot](const Riddle &riddle) { return std::find(riddle.opens.begin(), riddle.opens.end(), spot) != riddle.opens.end(); });
}

std::optional<std::int64_t> expiry_us(const Rally &rally, std::int64_t now_us) {
    if (!rally.points_expire) {
        return std::nullopt;
    }
    using std::chrono::days;
    using std::chrono::months;
    using std::chrono::sys_days;
    using std::chrono::year_month_day;
    const std::int64_t begin_us = jst_day_start_us(now_us);
    constexpr std::int64_t jst_offset_us = std::int64_t{9} * 3600 * 1'000'000;
    const sys_days today{days((begin_us + jst_offset_us) / day_us)};
    year_month_day date = year_month_day(today) + months(rally.points_expire->months);
    if (!date.ok()) {
        date = date.year() / date.month() / std::chrono::last;
    }
    const sys_days end = sys_days(date) + days(rally.points_expire->days);
    return (end - today).count() * day_us + now_us;
}

} // namespace keyaki::server::rally
