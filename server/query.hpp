#pragma once

#include "geo/lon_lat.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Parameters of queries as OGC API – Features Part 1 (17-069r4) writes them. Each throws Error invalid_input with both facts.
namespace keyaki::server {

/// 7.15.3: four numbers, or six whose heights are not looked at; west > east crosses the antimeridian and gives two boxes.
[[nodiscard]] std::vector<geo::LonLatBox> parse_bbox(std::string_view text);

/// 7.15.2: a whole number from 1; more than the maximum is the maximum, not an error (permission of the standard's 1.0.1).
[[nodiscard]] std::int64_t parse_limit(std::string_view text, std::int64_t maximum);

/// 7.15.4: an instant, or an interval with ".." or nothing at an open end, or a start with a duration. Our features have no time of their own and
/// so match every one; only what is not a time at all is refused.
void check_datetime(std::string_view text);

} // namespace keyaki::server
