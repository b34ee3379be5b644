#include "geo/geometry.hpp"

namespace keyaki::geo {

std::string_view geometry_type_name(GeometryType type) noexcept {
    switch (type) {
    case GeometryType::point: return "Point";
    case GeometryType::line_string: return "LineString";
    case GeometryType::polygon: return "Polygon";
    case GeometryType::multi_point: return "MultiPoint";
    case GeometryType::multi_line_string: return "MultiLineString";
    case GeometryType::multi_polygon: return "MultiPolygon";
    }
    return "";
}

Geometry Geometry::line_string(std::vector<LonLat> line) {
    Geometry geometry{GeometryType::line_string, std::move(line), {}, {}};
    geometry.part_ends.push_back(static_cast<std::uint32_t>(geometry.positions.size()));
    return geometry;
}

Geometry Geometry::polygon(const std::vector<std::vector<LonLat>> &rings) {
    Geometry geometry{GeometryType::polygon, {}, {}, {}};
    for (const auto &ring : rings) {
        geometry.add_part(ring);
    }
    geometry.end_polygon();
    return geometry;
}

void Geometry::add_part(std::span<const LonLat> part_positions) {
    positions.insert(positions.end(), part_positions.begin(), part_positions.end());
    part_ends.push_back(static_cast<std::uint32_t>(positions.size()));
}

LonLatBox Geometry::bounds() const noexcept {
    LonLatBox box;
    for (const LonLat position : positions) {
        box.extend(position);
    }
    return box;
}

} // namespace keyaki::geo
