#pragma once

#include "geo/geometry.hpp"
#include "geo/lon_lat.hpp"

#include <optional>
#include <span>
#include <vector>

namespace keyaki::geo {

/// Metres a second that no honest taker of a course exceeds from stamp to stamp.
inline constexpr double max_walking_speed_mps = 2.8;
inline constexpr double max_running_speed_mps = 5;
inline constexpr double max_cycling_speed_mps = 8.5;

/// Seconds that must at least lie between the stamps of two spots: the way between their fences, each of which may be stamped from 2 R away on
/// the near side, at full speed: max(0, leg - 2 (R_i + R_j)) / v. The leg is measured along the path. \pre speed_mps > 0, lengths >= 0
[[nodiscard]] double minimum_leg_time_s(double leg_length_m, double radius_i_m, double radius_j_m, double speed_mps) noexcept;

/// Minutes to walk `length_m` metres as Japanese maps and house adverts count: 80 m a minute, a started minute is a minute
/// (不動産の表示に関する公正競争規約施行規則). \pre length_m >= 0
[[nodiscard]] int walking_minutes(double length_m) noexcept;

/// The positions of a course's line in walking order; several lines are joined in the order in which they stand. Empty for what is no line.
[[nodiscard]] std::vector<LonLat> path_of(const Geometry &line);

/// Where along a path the spots of a course lie, in metres from its start: the places that go forward in the order of the spots and are together
/// nearest to them, so that a path which crosses itself or ends where it began has each spot on the right lap. To 5 m.
/// Nothing for a path of less than two positions. The path must be shorter than max_course_m, or nothing as well. Time: metres of path / 5 times
/// spots.
[[nodiscard]] std::optional<std::vector<double>> along_path_m(std::span<const LonLat> path, std::span<const LonLat> spots);
/// Metres: a day's ride; longer is a pilgrimage, and no course of one run.
inline constexpr double max_course_m = 100'000;

} // namespace keyaki::geo
