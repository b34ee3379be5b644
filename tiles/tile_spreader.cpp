#include "tiles/tile_spreader.hpp"

#include "tiles/clip.hpp"
#include "tiles/limits.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace keyaki::tiles {

namespace {

constexpr int unit_bits = 12;

bool holds(const TileBox &outer, const TileBox &inner) {
    return inner.min_x >= outer.min_x && inner.min_y >= outer.min_y && inner.max_x <= outer.max_x && inner.max_y <= outer.max_y;
}

bool meet(const TileBox &one, const TileBox &other) {
    return one.min_x <= other.max_x && other.min_x <= one.max_x && one.min_y <= other.max_y && other.min_y <= one.max_y;
}

} // namespace

TileBox TileSpreader::box_of(const Range &range) {
    return {range.min_x * tile_extent - tile_buffer, range.min_y * tile_extent - tile_buffer, (range.max_x + 1) * tile_extent + tile_buffer,
            (range.max_y + 1) * tile_extent + tile_buffer};
}

TileSpreader::Range TileSpreader::whole_range() const {
    const auto tile = [&](std::uint32_t cell) { return m_zoom == 0 ? 0 : static_cast<std::int32_t>(cell >> (32 - m_zoom)); };
    return {tile(m_box.min_x), tile(m_box.min_y), tile(m_box.max_x), tile(m_box.max_y)};
}

/// Empty (the smaller corner beyond the larger) where the shape is in none of them.
TileSpreader::Range TileSpreader::range_of(const UnitShape &shape) const {
    const TileBox box = bounds_of(shape.paths.points);
    const Range whole = whole_range();
    const auto tile = [](std::int32_t unit) { return unit >> unit_bits; };
    return {std::max(whole.min_x, tile(box.min_x - tile_buffer)), std::max(whole.min_y, tile(box.min_y - tile_buffer)),
            std::min(whole.max_x, tile(box.max_x + tile_buffer)), std::min(whole.max_y, tile(box.max_y + tile_buffer))};
}

void TileSpreader::spread(const UnitShape &shape, std::uint8_t zoom, const TakePiece &take) {
    assert(zoom <= 14);
    m_zoom = zoom;
    if (shape.empty()) {
        return;
    }
    if (shape.type == geo::GeometryType::point) {
        spread_points(shape, take);
        return;
    }
    const Range range = range_of(shape);
    if (range.min_x <= range.max_x && range.min_y <= range.max_y) {
        divide(shape, range, take);
    }
}

void TileSpreader::spread_points(const UnitShape &shape, const TakePiece &take) const {
    const Range whole = whole_range();
    const std::int32_t last = (1 << m_zoom) - 1;
    MvtGeometryWriter writer;
    for (const TilePoint point : shape.paths.points) {
        const std::int32_t x = std::min(point.x >> unit_bits, last);
        const std::int32_t y = std::min(point.y >> unit_bits, last);
        if (x < whole.min_x || x > whole.max_x || y < whole.min_y || y > whole.max_y) {
            continue;
        }
        const TilePoint in_tile{point.x - x * tile_extent, point.y - y * tile_extent};
        writer.clear();
        writer.points({&in_tile, 1});
        take({m_zoom, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)}, writer.bytes());
    }
}

void TileSpreader::divide(const UnitShape &shape, const Range &range, const TakePiece &take) {
    if (range.min_x == range.max_x && range.min_y == range.max_y) {
        draw(shape, range, take);
        return;
    }
    Range one = range;
    Range other = range;
    if (range.max_x - range.min_x >= range.max_y - range.min_y) {
        one.max_x = range.min_x + (range.max_x - range.min_x) / 2;
        other.min_x = one.max_x + 1;
    } else {
        one.max_y = range.min_y + (range.max_y - range.min_y) / 2;
        other.min_y = one.max_y + 1;
    }
    for (const Range &half : {one, other}) {
        UnitShape part;
        clip(shape, box_of(half), part);
        if (!part.empty()) {
            divide(part, half, take);
        }
    }
}

void TileSpreader::clip(const UnitShape &shape, const TileBox &box, UnitShape &out) {
    out.clear(shape.type);
    if (shape.type == geo::GeometryType::line_string) {
        for (std::size_t path = 0; path < shape.paths.size(); ++path) {
            clip_line(shape.paths.path(path), box, out.paths);
        }
        return;
    }
    std::size_t first = 0;
    for (const std::uint32_t end : shape.polygon_ends) {
        const std::size_t begin = out.paths.size();
        for (std::size_t ring = first; ring < end; ++ring) {
            const auto path = shape.paths.path(ring);
            const TileBox bounds = bounds_of(path);
            m_path.clear();
            if (holds(box, bounds)) {
                m_path.assign(path.begin(), path.end());
            } else if (meet(box, bounds)) {
                m_path.assign(path.begin(), path.end());
                clip_ring(m_path, box, m_scratch);
            }
            if (m_path.size() < 3) {
                if (ring == first) {
                    break; // without its exterior a polygon is gone
                }
                continue;
            }
            out.paths.points.insert(out.paths.points.end(), m_path.begin(), m_path.end());
            out.paths.end_path();
        }
        if (out.paths.size() > begin) {
            out.polygon_ends.push_back(static_cast<std::uint32_t>(out.paths.size()));
        }
        first = end;
    }
}

void TileSpreader::draw_polygons(const UnitShape &shape, TilePoint origin) {
    std::size_t first = 0;
    for (const std::uint32_t end : shape.polygon_ends) {
        m_polygon.begin();
        for (std::size_t ring = first; ring < end && m_polygon.wants_ring(ring == first); ++ring) {
            const auto path = shape.paths.path(ring);
            m_path.clear();
            for (const TilePoint point : path) {
                m_path.push_back({point.x - origin.x, point.y - origin.y});
            }
            m_polygon.add_ring(m_path);
        }
        m_polygon.end(m_writer);
        first = end;
    }
}

void TileSpreader::draw(const UnitShape &shape, const Range &tile, const TakePiece &take) {
    const TileBox box = box_of(tile);
    const UnitShape *drawn = &shape;
    if (!holds(box, bounds_of(shape.paths.points))) {
        clip(shape, box, m_piece);
        drawn = &m_piece;
    }
    const TilePoint origin{tile.min_x * tile_extent, tile.min_y * tile_extent};
    m_writer.clear();
    if (drawn->type == geo::GeometryType::line_string) {
        for (std::size_t path = 0; path < drawn->paths.size(); ++path) {
            const auto line = drawn->paths.path(path);
            m_path.clear();
            for (const TilePoint point : line) {
                m_path.push_back({point.x - origin.x, point.y - origin.y});
            }
            m_writer.line(m_path);
        }
    } else {
        draw_polygons(*drawn, origin);
    }
    if (!m_writer.empty()) {
        take({m_zoom, static_cast<std::uint32_t>(tile.min_x), static_cast<std::uint32_t>(tile.min_y)}, m_writer.bytes());
    }
}

} // namespace keyaki::tiles
