#include "tiles/shape_simplifier.hpp"

#include "tiles/limits.hpp"
#include "tiles/simplify.hpp"

#include <algorithm>
#include <cassert>

namespace keyaki::tiles {

namespace {

constexpr int unit_bits = 12; // 4096 units for each tile's side
static_assert(tile_extent == 1 << unit_bits);

/// Rounded to the nearest unit: every tile of a zoom rounds alike.
std::int32_t unit_of(std::uint32_t cell, int shift) noexcept {
    return static_cast<std::int32_t>((static_cast<std::uint64_t>(cell) + (std::uint64_t{1} << (shift - 1))) >> shift);
}

bool comes_before(const geo::GridVertex &a, const geo::GridVertex &b) noexcept {
    return a.point.x != b.point.x ? a.point.x < b.point.x : a.point.y < b.point.y;
}

double squared_distance(geo::GridPoint a, geo::GridPoint b) noexcept {
    const double dx = static_cast<double>(a.x) - static_cast<double>(b.x);
    const double dy = static_cast<double>(a.y) - static_cast<double>(b.y);
    return dx * dx + dy * dy;
}

} // namespace

void ShapeSimplifier::keep_between(std::span<const geo::GridVertex> path, std::size_t begin, std::size_t end, double tolerance_cells) {
    const std::size_t size = path.size();
    m_piece.clear();
    for (std::size_t index = begin; index <= end; ++index) {
        m_piece.push_back(path[index % size].point);
    }
    m_piece_kept.resize(m_piece.size());
    keep_vertices(m_piece, tolerance_cells, m_piece_kept);
    for (std::size_t index = begin; index <= end; ++index) {
        m_kept[index % size] = m_piece_kept[index - begin];
    }
}

/// Held by its first vertex in the order of positions and the one farthest from it, so that a ring is drawn alike wherever it begins.
void ShapeSimplifier::keep_ring_without_corners(std::span<const geo::GridVertex> ring, double tolerance_cells) {
    const auto first = static_cast<std::size_t>(std::min_element(ring.begin(), ring.end(), comes_before) - ring.begin());
    std::size_t farthest = first;
    for (std::size_t index = 0; index < ring.size(); ++index) {
        const double distance = squared_distance(ring[index].point, ring[first].point);
        const double most = squared_distance(ring[farthest].point, ring[first].point);
        if (distance > most || (distance == most && comes_before(ring[index], ring[farthest]))) {
            farthest = index;
        }
    }
    const std::size_t low = std::min(first, farthest);
    const std::size_t high = std::max(first, farthest);
    keep_between(ring, low, high, tolerance_cells);
    keep_between(ring, high, low + ring.size(), tolerance_cells);
}

void ShapeSimplifier::keep(std::span<const geo::GridVertex> path, bool is_ring, std::uint8_t zoom) {
    if (zoom == m_zoom_max) {
        m_kept.assign(path.size(), 1);
        return;
    }
    const double tolerance_cells = simplification_units * static_cast<double>(std::uint64_t{1} << (32 - unit_bits - zoom));
    m_kept.assign(path.size(), 0);
    m_places.clear();
    for (std::size_t index = 0; index < path.size(); ++index) {
        const bool is_end = !is_ring && (index == 0 || index + 1 == path.size());
        if (is_end || m_corners.corner_from(path[index].number) <= zoom) {
            m_places.push_back(index);
        }
    }
    if (m_places.empty()) {
        keep_ring_without_corners(path, tolerance_cells);
        return;
    }
    for (std::size_t place = 1; place < m_places.size(); ++place) {
        keep_between(path, m_places[place - 1], m_places[place], tolerance_cells);
    }
    if (is_ring) {
        keep_between(path, m_places.back(), m_places.front() + path.size(), tolerance_cells);
    }
}

bool ShapeSimplifier::append(std::span<const geo::GridVertex> path, bool is_ring, std::uint8_t zoom, TilePaths &out) const {
    const int shift = 32 - unit_bits - zoom;
    const std::size_t begin = out.points.size();
    for (std::size_t index = 0; index < path.size(); ++index) {
        if (m_kept[index] == 0) {
            continue;
        }
        const TilePoint point{unit_of(path[index].point.x, shift), unit_of(path[index].point.y, shift)};
        if (out.points.size() == begin || out.points.back() != point) {
            out.points.push_back(point);
        }
    }
    while (is_ring && out.points.size() > begin + 1 && out.points.back() == out.points[begin]) {
        out.points.pop_back();
    }
    if (out.points.size() < begin + (is_ring ? 3 : 2)) {
        out.points.resize(begin);
        return false;
    }
    out.end_path();
    return true;
}

void ShapeSimplifier::draw(const geo::GridShape &shape, std::uint8_t zoom, UnitShape &out) {
    assert(zoom <= m_zoom_max && m_zoom_max <= 32 - unit_bits - 1);
    out.clear(shape.type);
    if (shape.type == geo::GeometryType::point) {
        const int shift = 32 - unit_bits - zoom;
        for (const geo::GridVertex &vertex : shape.vertices) {
            out.paths.points.push_back({unit_of(vertex.point.x, shift), unit_of(vertex.point.y, shift)});
        }
        out.paths.end_path();
        return;
    }
    if (shape.type == geo::GeometryType::line_string) {
        for (std::size_t path = 0; path < shape.path_count(); ++path) {
            keep(shape.path(path), false, zoom);
            (void)append(shape.path(path), false, zoom, out.paths); // one that is nothing is not there
        }
        return;
    }
    for (std::size_t polygon = 0; polygon < shape.polygon_ends.size(); ++polygon) {
        const std::size_t first = shape.first_ring(polygon);
        for (std::size_t ring = first; ring < shape.polygon_ends[polygon]; ++ring) {
            keep(shape.path(ring), true, zoom);
            if (!append(shape.path(ring), true, zoom, out.paths) && ring == first) {
                break;
            }
        }
        const auto end = static_cast<std::uint32_t>(out.paths.size());
        if (end > (out.polygon_ends.empty() ? 0 : out.polygon_ends.back())) {
            out.polygon_ends.push_back(end);
        }
    }
}

} // namespace keyaki::tiles
