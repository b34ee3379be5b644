#pragma once

#include "geo/lon_lat.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace keyaki::geo {

enum class GeometryType : std::uint8_t { point, line_string, polygon, multi_point, multi_line_string, multi_polygon };

/// The name as in RFC 7946 (and OGC Simple Features): "Point" .. "MultiPolygon".
[[nodiscard]] std::string_view geometry_type_name(GeometryType type) noexcept;

/// A two-dimensional geometry (heights are dropped where data enters). Flat, so that one geometry is at most three allocations:
/// positions of all parts one after another, cut into parts (lines, or rings of polygons) and, for polygons, rings cut into polygons.
///
/// Invariants, which whoever builds one keeps:
/// - point, multi_point: part_ends and polygon_ends are empty; point has exactly one position.
/// - line_string, multi_line_string: part_ends has one end offset into positions per line (>= 2 positions each); polygon_ends is empty.
/// - polygon, multi_polygon: part_ends has one per ring, polygon_ends one end offset into part_ends per polygon; the first ring of each
///   polygon is its exterior; every ring is closed (last position equals the first, >= 4 positions). Winding as RFC 7946: exterior counter-clockwise.
/// Whether it is also valid in the sense of Simple Features (no self-crossing) is asked of geo/validity.hpp.
struct Geometry {
    GeometryType type = GeometryType::point;
    std::vector<LonLat> positions;
    std::vector<std::uint32_t> part_ends;
    std::vector<std::uint32_t> polygon_ends;

    friend bool operator==(const Geometry &, const Geometry &) = default;

    [[nodiscard]] static Geometry point(LonLat position) { return {GeometryType::point, {position}, {}, {}}; }
    [[nodiscard]] static Geometry line_string(std::vector<LonLat> line);
    /// One polygon from closed rings, the exterior first.
    [[nodiscard]] static Geometry polygon(const std::vector<std::vector<LonLat>> &rings);

    [[nodiscard]] bool is_point() const noexcept { return type == GeometryType::point || type == GeometryType::multi_point; }
    [[nodiscard]] bool is_line() const noexcept { return type == GeometryType::line_string || type == GeometryType::multi_line_string; }
    [[nodiscard]] bool is_polygon() const noexcept { return type == GeometryType::polygon || type == GeometryType::multi_polygon; }

    [[nodiscard]] std::size_t part_count() const noexcept { return part_ends.size(); }
    /// Line or ring number `part`; \pre part < part_count()
    [[nodiscard]] std::span<const LonLat> part(std::size_t part) const noexcept {
        const std::size_t begin = part == 0 ? 0 : part_ends[part - 1];
        return std::span(positions).subspan(begin, part_ends[part] - begin);
    }
    [[nodiscard]] std::size_t polygon_count() const noexcept { return polygon_ends.size(); }
    /// First ring of polygon number `polygon`; its rings end at polygon_ends[polygon]. \pre polygon < polygon_count()
    [[nodiscard]] std::size_t first_ring(std::size_t polygon) const noexcept { return polygon == 0 ? 0 : polygon_ends[polygon - 1]; }

    /// Appends a line or ring (and nothing to polygon_ends).
    void add_part(std::span<const LonLat> part_positions);
    /// Ends the polygon whose rings were added since the last call.
    void end_polygon() { polygon_ends.push_back(static_cast<std::uint32_t>(part_ends.size())); }

    [[nodiscard]] LonLatBox bounds() const noexcept;
};

} // namespace keyaki::geo
