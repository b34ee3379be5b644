#include "server/editing/coordinates.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace keyaki::server::editing {

namespace {

/// Brackets around the numbers of a multi-polygon.
constexpr std::size_t max_depth = 4;
/// Numbers of a position; more than x, y and heights of two kinds is none.
constexpr std::uint32_t max_numbers = 4;

std::size_t depth_of(geo::GeometryType type) noexcept {
    switch (type) {
    case geo::GeometryType::point: return 1;
    case geo::GeometryType::multi_point:
    case geo::GeometryType::line_string: return 2;
    case geo::GeometryType::multi_line_string:
    case geo::GeometryType::polygon: return 3;
    case geo::GeometryType::multi_polygon: break;
    }
    return max_depth;
}

void require_room(const geo::Geometry &geometry) {
    if (geometry.positions.size() > geo::max_positions_per_geometry) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected a geometry of at most {} positions, found more", geo::max_positions_per_geometry));
    }
    if (geometry.part_ends.size() > geo::max_parts_per_geometry) {
        throw geo::Error(geo::ErrorKind::too_large,
                         fmt::format("expected a geometry of at most {} lines or rings, found more", geo::max_parts_per_geometry));
    }
}

} // namespace

std::optional<std::string> Coordinates::begin_array() {
    if (!m_open.empty()) {
        if (m_open.back().holds_numbers) {
            return "expected a number in a position, found an array";
        }
        ++m_open.back().children;
    }
    m_open.emplace_back();
    if (m_open.size() > (m_depth == 0 ? max_depth : m_depth)) {
        return "expected positions of two numbers, as deep as the type of the geometry says, found arrays that nest deeper";
    }
    return std::nullopt;
}

std::optional<std::string> Coordinates::number(double value) {
    Level &level = m_open.back();
    if (m_depth == 0) {
        m_depth = m_open.size();
    }
    if (m_open.size() != m_depth || (level.children > 0 && !level.holds_numbers)) {
        return "expected an array of positions, found a number";
    }
    level.holds_numbers = true;
    if (level.children == max_numbers) {
        return "expected a position of two numbers, found more than four";
    }
    (level.children == 0 ? m_position.lon_deg : level.children == 1 ? m_position.lat_deg : value) = value; // heights are left out
    ++level.children;
    return std::nullopt;
}

std::optional<std::string> Coordinates::end_array() {
    const Level closed = m_open.back();
    if (closed.children == 0) {
        return "expected positions, found an empty array";
    }
    if (closed.holds_numbers && closed.children < 2) {
        return "expected a position of two numbers, found one";
    }
    if (closed.holds_numbers) {
        m_geometry.positions.push_back(m_position);
    } else if (m_depth - m_open.size() == 1) {
        m_geometry.part_ends.push_back(static_cast<std::uint32_t>(m_geometry.positions.size()));
    } else if (m_depth - m_open.size() == 2) {
        m_geometry.end_polygon();
    }
    require_room(m_geometry);
    m_open.pop_back();
    return std::nullopt;
}

std::string Coordinates::place() const {
    std::string pointer;
    for (const Level &level : m_open) {
        pointer += fmt::format("/{}", level.children == 0 ? 0 : level.holds_numbers ? level.children : level.children - 1);
    }
    return pointer;
}

Coordinates::Taken Coordinates::take_as(geo::GeometryType type) && {
    if (m_depth != depth_of(type)) {
        return {{},
                fmt::format("expected the coordinates of a {}, with {} brackets around each pair of numbers, found {}", geo::geometry_type_name(type),
                            depth_of(type), m_depth)};
    }
    Taken taken{std::move(m_geometry), {}};
    taken.geometry.type = type;
    if (taken.geometry.is_point()) {
        taken.geometry.part_ends.clear();
    }
    if (!taken.geometry.is_polygon()) {
        taken.geometry.polygon_ends.clear();
    }
    return taken;
}

std::optional<geo::GeometryType> geometry_type_named(std::string_view name) noexcept {
    for (int number = 0; number <= static_cast<int>(geo::GeometryType::multi_polygon); ++number) {
        const auto type = static_cast<geo::GeometryType>(number);
        if (geo::geometry_type_name(type) == name) {
            return type;
        }
    }
    return std::nullopt;
}

} // namespace keyaki::server::editing
