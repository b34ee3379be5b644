#pragma once

#include "geo/lon_lat.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::importers {

/// The two columns that hold positions, and how they were recognised.
struct CoordinateColumns {
    std::size_t lon = 0;
    std::size_t lat = 0;
    std::string how;
    bool names_old_datum = false; ///< "緯度（日本測地系）": the old Tokyo datum
    bool names_axes_only = false; ///< "x" and "y", which says nothing about which is east in a Japanese plane system
};

/// Finds the columns of longitude and latitude by their names: 経度/緯度, 東経/北緯, longitude/latitude, lon/lat, x/y and their like, with
/// whatever stands around them ("所在地_緯度", "Latitude (WGS84)"), as long as both columns carry the same surroundings. World datum before old
/// datum.
[[nodiscard]] std::optional<CoordinateColumns> find_coordinate_columns(const std::vector<std::string> &names);

/// A column's name brought down to what matters for comparing: half-width, lower case, without blanks, line breaks and underscores.
[[nodiscard]] std::string comparable_name(std::string_view name);

/// A number written with digits, sign, point and exponent, blanks around it allowed and full-width digits read as digits; else nothing.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// Why a cell that should hold a coordinate does not: empty, not a number (with the decimal value where it is degrees, minutes and seconds).
[[nodiscard]] std::string why_not_a_coordinate(std::string_view name, std::string_view text);

/// Which of the two cells a refusal is about, and why.
struct CoordinateFault {
    bool about_lat = false;
    std::string reason;
    std::string_view kind; ///< "swapped", "decimal_point_lost", "not_known" or "out_of_range"
};

/// What is wrong with a pair of numbers as longitude and latitude: swapped, decimal point lost, out of range, both zero.
/// Nothing where it is a place on Earth.
[[nodiscard]] std::optional<CoordinateFault> find_coordinate_fault(double lon_deg, double lat_deg);

} // namespace keyaki::importers
