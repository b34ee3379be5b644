#pragma once

#include "geo/feature.hpp"
#include "server/json_writer.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

/// Writing GeoJSON (RFC 7946) by appending to a text: a page of thousands of features makes no tree of JSON objects.
namespace keyaki::server {

/// A JSON string with quotes; bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string &out, std::string_view text);
/// Numbers that JSON does not have (NaN, infinities) become null.
void append_json_value(std::string &out, const geo::Value &value);
/// Positions with at most so many decimals, without zeros at the end: 7 of degrees are 1 cm.
void append_geometry(std::string &out, const geo::Geometry &geometry, int decimals = 7);
void write_geometry(JsonWriter &out, const geo::Geometry &geometry, int decimals);
/// A number with at most so many decimals (0 to 9), without zeros at the end; ±9e9 at most.
void append_decimal(std::string &out, double number, int decimals);
/// One Feature; `extra_members` is text such as `,"links":[…]` or empty.
void append_feature(std::string &out, const geo::Feature &feature, std::string_view extra_members = {});
/// "[west,south,east,north]"
void append_box(std::string &out, const geo::LonLatBox &box);

/// What holds a value: geo::Value, or tiles::ValueView, whose text is not its own.
template <typename Variant>
void write_json_value(JsonWriter &out, const Variant &value) {
    std::visit(
        [&out](const auto &held) {
            using Held = std::decay_t<decltype(held)>;
            if constexpr (std::is_convertible_v<Held, std::string_view>) {
                out.write_string(held);
            } else if constexpr (std::is_same_v<Held, std::int64_t>) {
                out.write_whole(held);
            } else if constexpr (std::is_same_v<Held, double>) {
                out.write_real(held);
            } else if constexpr (std::is_same_v<Held, bool>) {
                out.write(held ? "true" : "false");
            } else {
                out.write("null");
            }
        },
        value);
}

} // namespace keyaki::server
