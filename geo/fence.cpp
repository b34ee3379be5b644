#include "geo/fence.hpp"

#include "geo/error.hpp"
#include "geo/geos.hpp"
#include "geo/limits.hpp"
#include "geo/validity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace keyaki::geo {

namespace {

/// Near a pole the tangent plane ends, and no map is drawn there.
void require_on_map(LonLat position, const char *what) {
    if (!is_on_earth(position) || std::abs(position.lat_deg) > 85) {
        throw Error(ErrorKind::invalid_input, fmt::format("{} must lie on Earth between 85° south and 85° north, found longitude {} latitude {}",
                                                          what, position.lon_deg, position.lat_deg));
    }
}

/// Written so that a NaN fails too.
void require_between(double value, double least, double most, const char *what) {
    if (!(value >= least && value <= most)) {
        throw Error(ErrorKind::invalid_input, fmt::format("{} must be {} to {} m, found {}", what, least, most, value));
    }
}

void require_valid(const Geometry &geometry, const char *what) {
    if (geometry.positions.size() > max_fence_positions) {
        throw Error(ErrorKind::too_large,
                    fmt::format("{} may have at most {} positions, found {}", what, max_fence_positions, geometry.positions.size()));
    }
    if (const auto fault = invalidity(geometry)) {
        throw Error(ErrorKind::invalid_input, fmt::format("{} is not valid: {}", what, *fault));
    }
}

LonLat middle(const LonLatBox &box) { return {(box.west_deg + box.east_deg) / 2, (box.south_deg + box.north_deg) / 2}; }

double distance_between_m(PlanePoint a, PlanePoint b) noexcept { return std::hypot(a.east_m - b.east_m, a.north_m - b.north_m); }

double squared_distance_to_segment(PlanePoint point, PlanePoint from, PlanePoint to) noexcept {
    const double along_east = to.east_m - from.east_m;
    const double along_north = to.north_m - from.north_m;
    const double squared_length = along_east * along_east + along_north * along_north;
    const double east = point.east_m - from.east_m;
    const double north = point.north_m - from.north_m;
    const double share = squared_length > 0 ? std::clamp((east * along_east + north * along_north) / squared_length, 0.0, 1.0) : 0.0;
    const double off_east = east - share * along_east;
    const double off_north = north - share * along_north;
    return off_east * off_east + off_north * off_north;
}

/// To the nearest of the segments of all parts.
double distance_to_parts_m(PlanePoint point, const std::vector<PlanePoint> &positions, const std::vector<std::size_t> &ends) noexcept {
    double least = std::numeric_limits<double>::infinity();
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        for (std::size_t i = begin + 1; i < end; ++i) {
            least = std::min(least, squared_distance_to_segment(point, positions[i - 1], positions[i]));
        }
        begin = end;
    }
    return std::sqrt(least);
}

double furthest_from_origin_m(const std::vector<PlanePoint> &positions) noexcept {
    double most_m = 0;
    for (const PlanePoint position : positions) {
        most_m = std::max(most_m, distance_between_m(position, {}));
    }
    return most_m;
}

} // namespace

Fence Fence::circle(LonLat centre, double radius_m) {
    require_on_map(centre, "the centre of a fence");
    require_between(radius_m, min_fence_radius_m, max_fence_radius_m, "the radius of a fence");
    Fence fence(FenceShape::circle, centre);
    fence.m_radius_m = radius_m;
    fence.m_outer_radius_m = radius_m;
    fence.m_area_m2 = std::numbers::pi * radius_m * radius_m;
    return fence;
}

Fence Fence::polygon(Geometry area) {
    if (!area.is_polygon()) {
        throw Error(ErrorKind::invalid_input, fmt::format("a fence of this kind needs a Polygon, found a {}", geometry_type_name(area.type)));
    }
    require_valid(area, "the polygon of a fence");
    normalise_rings(area);
    const LonLat centre = middle(area.bounds());
    require_on_map(centre, "the middle of a fence");
    Fence fence(FenceShape::polygon, centre);
    for (std::size_t ring = 0; ring < area.part_count(); ++ring) {
        for (const LonLat position : area.part(ring)) {
            fence.m_ring_positions.push_back(fence.m_plane.to_plane(position));
        }
        fence.m_ring_ends.push_back(fence.m_ring_positions.size());
    }
    fence.m_outer_radius_m = furthest_from_origin_m(fence.m_ring_positions);
    require_between(fence.m_outer_radius_m, 0, max_fence_radius_m, "half the extent of a fence");
    fence.m_area_m2 = keyaki::geo::area_m2(area);
    return fence;
}

Fence Fence::corridor(const Geometry &line, double width_m) {
    if (!line.is_line()) {
        throw Error(ErrorKind::invalid_input, fmt::format("a corridor needs a LineString, found a {}", geometry_type_name(line.type)));
    }
    require_valid(line, "the line of a corridor");
    require_between(width_m, min_corridor_width_m, max_corridor_width_m, "the width of a corridor");
    const LonLat centre = middle(line.bounds());
    require_on_map(centre, "the middle of a fence");
    Fence fence(FenceShape::corridor, centre);
    fence.m_radius_m = width_m / 2;
    for (std::size_t part = 0; part < line.part_count(); ++part) {
        for (const LonLat position : line.part(part)) {
            fence.m_line_positions.push_back(fence.m_plane.to_plane(position));
        }
        fence.m_line_ends.push_back(fence.m_line_positions.size());
    }
    fence.m_outer_radius_m = furthest_from_origin_m(fence.m_line_positions) + fence.m_radius_m;
    require_between(fence.m_outer_radius_m, 0, max_fence_radius_m, "half the extent of a fence");
    PlaneRings outline = buffer_lines({fence.m_line_positions, fence.m_line_ends}, fence.m_radius_m);
    fence.m_ring_positions = std::move(outline.positions);
    fence.m_ring_ends = std::move(outline.ends);
    double doubled_m2 = 0;
    for (std::size_t ring = 0; ring < fence.ring_count(); ++ring) {
        const auto points = fence.ring(ring);
        for (std::size_t i = 1; i < points.size(); ++i) {
            doubled_m2 += points[i - 1].east_m * points[i].north_m - points[i].east_m * points[i - 1].north_m;
        }
    }
    fence.m_area_m2 = doubled_m2 / 2;
    return fence;
}

Fence Fence::of_feature(const Geometry &geometry, std::optional<double> radius_m, std::optional<double> width_m) {
    const std::string type(geometry_type_name(geometry.type));
    if (geometry.type == GeometryType::multi_point) {
        throw Error(ErrorKind::invalid_input, "a fence cannot be made of a MultiPoint: give one feature per point");
    }
    if (radius_m.has_value() != geometry.is_point()) {
        throw Error(ErrorKind::invalid_input, geometry.is_point() ? "the fence of a Point needs radius_m, found none"
                                                                  : "radius_m belongs to the fence of a Point, found it on a " + type);
    }
    if (width_m.has_value() != geometry.is_line()) {
        throw Error(ErrorKind::invalid_input, geometry.is_line() ? "the fence of a " + type + " needs width_m, found none"
                                                                 : "width_m belongs to the fence of a LineString, found it on a " + type);
    }
    if (geometry.is_point()) {
        require_valid(geometry, "the point of a fence");
        return circle(geometry.positions.front(), *radius_m);
    }
    return geometry.is_line() ? corridor(geometry, *width_m) : polygon(geometry);
}

std::optional<Fence> Fence::of_feature(const Feature &feature) {
    const Geometry &geometry = feature.geometry;
    const std::optional<double> radius_m = geometry.is_point() ? feature.properties.number("radius_m") : std::nullopt;
    const std::optional<double> width_m = geometry.is_line() ? feature.properties.number("width_m") : std::nullopt;
    if (!geometry.is_polygon() && !radius_m && !width_m) {
        return std::nullopt;
    }
    return of_feature(geometry, radius_m, width_m);
}

std::span<const PlanePoint> Fence::ring(std::size_t ring) const noexcept {
    const std::size_t begin = ring == 0 ? 0 : m_ring_ends[ring - 1];
    return std::span(m_ring_positions).subspan(begin, m_ring_ends[ring] - begin);
}

LonLatBox Fence::bounds(double margin_m) const noexcept {
    // Extent in the plane: of the rings (a corridor's outline is up to 0.1 % of its width inside of its round ends), of the circle.
    double west_m = -m_outer_radius_m;
    double east_m = m_outer_radius_m;
    double south_m = -m_outer_radius_m;
    double north_m = m_outer_radius_m;
    const auto &shape = m_shape == FenceShape::corridor ? m_line_positions : m_ring_positions;
    if (!shape.empty()) {
        const auto by_east = [](PlanePoint a, PlanePoint b) { return a.east_m < b.east_m; };
        const auto by_north = [](PlanePoint a, PlanePoint b) { return a.north_m < b.north_m; };
        const auto [west, east] = std::minmax_element(shape.begin(), shape.end(), by_east);
        const auto [south, north] = std::minmax_element(shape.begin(), shape.end(), by_north);
        west_m = west->east_m - m_radius_m;
        east_m = east->east_m + m_radius_m;
        south_m = south->north_m - m_radius_m;
        north_m = north->north_m + m_radius_m;
    }
    // The corners and the middles of the sides: parallels are curved in the plane.
    LonLatBox box;
    for (const double east : {west_m - margin_m, 0.0, east_m + margin_m}) {
        for (const double north : {south_m - margin_m, 0.0, north_m + margin_m}) {
            LonLat corner = m_plane.to_lon_lat({east, north});
            // A corner past the antimeridian comes back on the other side of the world; the box ends there instead.
            if (std::abs(corner.lon_deg - centre().lon_deg) > 180) {
                corner.lon_deg = std::copysign(180, centre().lon_deg);
            }
            box.extend(corner);
        }
    }
    return box;
}

double Fence::signed_distance_m(LonLat position) const noexcept {
    const double from_centre_m = distance_m(centre(), position);
    if (m_shape == FenceShape::circle || from_centre_m > m_outer_radius_m + 50'000) {
        return m_outer_radius_m - from_centre_m;
    }
    const PlanePoint point = m_plane.to_plane(position);
    if (m_shape == FenceShape::corridor) {
        return m_radius_m - distance_to_parts_m(point, m_line_positions, m_line_ends);
    }
    const double edge_m = distance_to_parts_m(point, m_ring_positions, m_ring_ends);
    return inside_rings(point) ? edge_m : -edge_m;
}

bool Fence::contains(LonLat position) const noexcept { return signed_distance_m(position) >= 0; }

bool Fence::inside_rings(PlanePoint point) const noexcept {
    bool inside = false;
    std::size_t begin = 0;
    for (const std::size_t end : m_ring_ends) {
        for (std::size_t i = begin + 1; i < end; ++i) {
            const PlanePoint a = m_ring_positions[i - 1];
            const PlanePoint b = m_ring_positions[i];
            // A ray eastwards crosses the edge: half-open, so that a vertex on the ray counts once.
            if ((a.north_m > point.north_m) != (b.north_m > point.north_m) &&
                point.east_m < a.east_m + (point.north_m - a.north_m) / (b.north_m - a.north_m) * (b.east_m - a.east_m)) {
                inside = !inside;
            }
        }
        begin = end;
    }
    return inside;
}

} // namespace keyaki::geo
