#pragma once

#include "geo/lon_lat.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// Parameters of queries as OGC API – Features Part 1 (17-069r4) writes them. Each throws Error invalid_input with both facts.
namespace keyaki::server {

/// 7.15.3: four or six numbers, whatever they mean.
[[nodiscard]] std::vector<double> parse_bbox_numbers(std::string_view text);
/// What such a box of degrees means: west > east crosses the antimeridian and is two boxes. `text` is for the sentence.
[[nodiscard]] std::vector<geo::LonLatBox> boxes_of_degrees(const geo::LonLatBox &box, std::string_view text);
/// Four numbers, or six whose heights are not looked at: west, south, east, north in degrees. Other CRSs: features/crs.hpp.
[[nodiscard]] std::vector<geo::LonLatBox> parse_bbox(std::string_view text);

/// 7.15.2: a whole number from 1; more than the maximum is the maximum, not an error (permission of the standard's 1.0.1).
[[nodiscard]] std::int64_t parse_limit(std::string_view text, std::int64_t maximum);

} // namespace keyaki::server
