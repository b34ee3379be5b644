#pragma once

#include "geo/geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server::editing {

/// The value of "coordinates" while its numbers and brackets pass by, before the type of the geometry is known: it may stand after them.
class Coordinates {
  public:
    /// Each says what is wrong at the place where the text is, or nothing. \pre begin_array first
    [[nodiscard]] std::optional<std::string> begin_array();
    [[nodiscard]] std::optional<std::string> end_array();
    [[nodiscard]] std::optional<std::string> number(double value);
    /// True when the outermost bracket has closed.
    [[nodiscard]] bool is_whole() const noexcept { return m_open.empty() && m_depth > 0; }

    /// The JSON pointer, from the coordinates on, of what is being read: "/0/12/1".
    [[nodiscard]] std::string place() const;

    /// A geometry with the numbers as they came: the first of each position in lon_deg, the second in lat_deg; heights are left out. A sentence where
    /// the brackets are not those of that type. \pre is_whole()
    struct Taken {
        geo::Geometry geometry;
        std::string error;
    };
    [[nodiscard]] Taken take_as(geo::GeometryType type) &&;

  private:
    struct Level {
        std::uint32_t children = 0;
        bool holds_numbers = false;
    };
    std::vector<Level> m_open; ///< arrays that are not closed yet, the outermost first
    std::size_t m_depth = 0;   ///< of the arrays that hold numbers, 1 for a point; 0 before the first
    geo::LonLat m_position;    ///< in the making
    geo::Geometry m_geometry;  ///< offsets as for a multi-polygon
};

/// "Point" .. "MultiPolygon"; nothing for other names, GeometryCollection among them.
[[nodiscard]] std::optional<geo::GeometryType> geometry_type_named(std::string_view name) noexcept;

} // namespace keyaki::server::editing
