#pragma once

#include "geo/feature.hpp"

#include <string>
#include <string_view>

/// Writing GeoJSON (RFC 7946) by appending to a text: a page of thousands of features makes no tree of JSON objects.
namespace keyaki::server {

/// A JSON string with quotes; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string &out, std::string_view text);
/// Numbers that JSON does not have (NaN, infinities) become null.
void append_json_value(std::string &out, const geo::Value &value);
/// Positions with at most so many decimals, without zeros at the end: 7 of degrees are 1 cm.
void append_geometry(std::string &out, const geo::Geometry &geometry, int decimals = 7);
/// A number with at most so many decimals (0 to 9), without zeros at the end; ±9e9 at most.
void append_decimal(std::string &out, double number, int decimals);
/// One Feature; `extra_members` is text such as `,"links":[…]` or empty.
void append_feature(std::string &out, const geo::Feature &feature, std::string_view extra_members = {});
/// "[west,south,east,north]"
void append_box(std::string &out, const geo::LonLatBox &box);

} // namespace keyaki::server
