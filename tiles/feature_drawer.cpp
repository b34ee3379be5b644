#include "tiles/feature_drawer.hpp"

#include "tiles/clip.hpp"
#include "tiles/layer_rules.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace keyaki::tiles {

namespace {

/// Calls visit(begin, end, last_of_polygon) for each line or ring.
template <typename Visit>
void for_each_path(const PartGeometry &geometry, const Visit &visit) {
    if (geometry.parts.empty()) {
        visit(std::size_t{0}, geometry.points.size(), true);
        return;
    }
    std::size_t begin = 0;
    for (const std::uint32_t part : geometry.parts) {
        const std::size_t end = part & PartGeometry::end_mask;
        visit(begin, end, (part & PartGeometry::last_of_polygon) != 0);
        begin = end;
    }
}

/// Whether some vertex lies on a line with its neighbours, and would be cleaned away.
bool has_straight_turn(std::span<const TilePoint> ring) noexcept {
    TilePoint a = ring[ring.size() - 2];
    TilePoint b = ring.back();
    bool is_straight = false;
    for (const TilePoint c : ring) {
        is_straight = is_straight || cross(a, b, c) == 0;
        a = b;
        b = c;
    }
    return is_straight;
}

} // namespace

TileProjection::TileProjection(geo::TileId tile, std::int32_t extent) noexcept
    : m_shift(32 - tile.z - std::countr_zero(static_cast<std::uint32_t>(extent))) {
    m_origin_x = static_cast<std::int64_t>(tile.x) << (32 - tile.z);
    m_origin_y = static_cast<std::int64_t>(tile.y) << (32 - tile.z);
    m_half = m_shift == 0 ? 0 : std::int64_t{1} << (std::abs(m_shift) - 1);
}

geo::GridBox TileProjection::cells(std::int32_t extent, std::int32_t buffer) const noexcept {
    const auto cells = [this](std::int64_t units) { return m_shift >= 0 ? units << m_shift : (units >> -m_shift) + 1; };
    const std::int64_t before = cells(buffer + 1);
    const std::int64_t behind = cells(extent) + before;
    const auto inside = [](std::int64_t cell) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>(cell, 0, UINT32_MAX)); };
    return {inside(m_origin_x - before), inside(m_origin_y - before), inside(m_origin_x + behind), inside(m_origin_y + behind)};
}

void FeatureDrawer::begin_layer(geo::TileId tile, const TileOptions &options, std::uint8_t vertex_zoom) {
    m_projection = TileProjection(tile, options.extent);
    m_clip_box = {-options.buffer, -options.buffer, options.extent + options.buffer, options.extent + options.buffer};
    m_vertex_zoom = vertex_zoom;
}

bool FeatureDrawer::draw(const PartGeometry &geometry, const geo::GridBox &box) {
    m_writer.clear();
    const std::int64_t min_x = m_projection.x(box.min_x);
    const std::int64_t min_y = m_projection.y(box.min_y);
    const std::int64_t max_x = m_projection.x(box.max_x);
    const std::int64_t max_y = m_projection.y(box.max_y);
    if (min_x > m_clip_box.max_x || min_y > m_clip_box.max_y || max_x < m_clip_box.min_x || max_y < m_clip_box.min_y) {
        return false;
    }
    m_is_inside = min_x >= m_clip_box.min_x && min_y >= m_clip_box.min_y && max_x <= m_clip_box.max_x && max_y <= m_clip_box.max_y;
    m_is_wide = std::min(min_x, min_y) < -max_tile_coordinate || std::max(max_x, max_y) > max_tile_coordinate;
    const TileBox units{0, 0, static_cast<std::int32_t>(std::min<std::int64_t>(max_x - min_x, 1)),
                        static_cast<std::int32_t>(std::min<std::int64_t>(max_y - min_y, 1))};
    switch (geometry.type) {
    case geo::GeometryType::point:
    case geo::GeometryType::multi_point: draw_points(geometry); break;
    case geo::GeometryType::line_string:
    case geo::GeometryType::multi_line_string:
        if (!is_too_small_for_line(units)) {
            draw_lines(geometry);
        }
        break;
    case geo::GeometryType::polygon:
    case geo::GeometryType::multi_polygon:
        if (!is_too_small_for_polygon(units)) {
            draw_polygons(geometry);
        }
        break;
    }
    return !m_writer.empty();
}

template <typename Point>
void FeatureDrawer::project(std::span<const geo::GridPoint> points, std::span<const std::uint8_t> zooms, std::vector<Point> &path) const {
    using Coordinate = decltype(Point::x);
    path.clear();
    for (std::size_t index = 0; index < points.size(); ++index) {
        if (m_vertex_zoom != draws_all && zooms[index] > m_vertex_zoom) { // the first half spares reading the zooms
            continue;
        }
        const Point point{static_cast<Coordinate>(m_projection.x(points[index].x)), static_cast<Coordinate>(m_projection.y(points[index].y))};
        if (path.empty() || path.back() != point) { // 4.3.4.3: no LineTo (0, 0)
            path.push_back(point);
        }
    }
}

void FeatureDrawer::draw_points(const PartGeometry &geometry) {
    m_path.clear();
    for (const geo::GridPoint cell : geometry.points) {
        const std::int64_t x = m_projection.x(cell.x);
        const std::int64_t y = m_projection.y(cell.y);
        if (x >= m_clip_box.min_x && x <= m_clip_box.max_x && y >= m_clip_box.min_y && y <= m_clip_box.max_y) {
            m_path.push_back({static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)});
        }
    }
    if (m_path.size() > 1) { // rule 3
        std::sort(m_path.begin(), m_path.end(), [](TilePoint a, TilePoint b) { return a.y != b.y ? a.y < b.y : a.x < b.x; });
        m_path.erase(std::unique(m_path.begin(), m_path.end()), m_path.end());
    }
    if (!m_path.empty()) {
        m_writer.points(m_path);
    }
}

void FeatureDrawer::draw_lines(const PartGeometry &geometry) {
    for_each_path(geometry, [&](std::size_t begin, std::size_t end, bool) {
        const auto points = geometry.points.subspan(begin, end - begin);
        const auto zooms = geometry.zooms.subspan(begin, end - begin);
        m_pieces.clear();
        if (m_is_wide) {
            project(points, zooms, m_wide_path);
            clip_line(m_wide_path, m_clip_box, m_pieces);
        } else {
            project(points, zooms, m_path);
            if (m_is_inside) {
                if (m_path.size() >= 2) {
                    m_writer.line(m_path);
                }
                return;
            }
            clip_line(m_path, m_clip_box, m_pieces);
        }
        for (std::size_t piece = 0; piece < m_pieces.size(); ++piece) {
            m_writer.line(std::as_const(m_pieces).path(piece));
        }
    });
}

/// A ring that is known to stay simple is written as it is projected. False where it has to be cleaned or may have to be repaired all the same.
bool FeatureDrawer::draw_known_ring(const PartGeometry &geometry) {
    const bool is_whole = m_vertex_zoom == draws_all;
    if (!m_is_inside || (is_whole ? geometry.ring.apart_whole_from : geometry.ring.apart_from) > m_projection.unit_zoom()) {
        return false;
    }
    project(geometry.points, geometry.zooms, m_path);
    if (has_straight_turn(m_path)) {
        return false;
    }
    if (geometry.ring.is_clockwise) { // 4.3.4.4: as an exterior is
        m_writer.ring(m_path);
    } else {
        m_writer.ring_backwards(m_path);
    }
    return true;
}

void FeatureDrawer::draw_polygons(const PartGeometry &geometry) {
    if (draw_known_ring(geometry)) {
        return;
    }
    bool is_exterior = true;
    m_polygon.begin();
    for_each_path(geometry, [&](std::size_t begin, std::size_t end, bool last) {
        if (m_polygon.wants_ring(is_exterior)) { // rule 4: without its exterior a polygon is gone
            add_ring(geometry.points.subspan(begin, end - begin), geometry.zooms.subspan(begin, end - begin));
        }
        is_exterior = last;
        if (last) {
            m_polygon.end(m_writer);
            m_polygon.begin();
        }
    });
}

void FeatureDrawer::add_ring(std::span<const geo::GridPoint> points, std::span<const std::uint8_t> zooms) {
    if (m_is_wide) {
        project(points, zooms, m_wide_path);
        clip_ring(m_wide_path, m_clip_box, m_wide_scratch);
        m_path.clear();
        for (const WidePoint point : m_wide_path) {
            m_path.push_back({static_cast<std::int32_t>(point.x), static_cast<std::int32_t>(point.y)});
        }
    } else {
        project(points, zooms, m_path);
        if (!m_is_inside) {
            clip_ring(m_path, m_clip_box, m_scratch);
        }
    }
    m_polygon.add_ring(m_path);
}

} // namespace keyaki::tiles
