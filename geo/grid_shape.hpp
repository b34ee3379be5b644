#pragma once

#include "geo/geometry.hpp"
#include "geo/mercator.hpp"
#include "geo/rtree.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace keyaki::geo {

/// A vertex on the grid. Equal numbers are the same vertex of several shapes, so that what they share can be drawn alike.
struct GridVertex {
    GridPoint point;
    std::uint32_t number = no_number;

    static constexpr std::uint32_t no_number = UINT32_MAX;
    friend bool operator==(const GridVertex &, const GridVertex &) = default;
};

/// Points, lines or polygons on the grid. `type` is point, line_string or polygon, each also for several of them. Lines have two vertices or more,
/// rings three or more and no closing one; the first ring of each polygon is its exterior; winding says nothing.
struct GridShape {
    GeometryType type = GeometryType::point;
    std::vector<GridVertex> vertices;
    std::vector<std::uint32_t> path_ends;    ///< of lines and rings: offsets into vertices; of points one for all
    std::vector<std::uint32_t> polygon_ends; ///< of polygons: offsets into path_ends

    friend bool operator==(const GridShape &, const GridShape &) = default;

    void clear(GeometryType new_type) {
        type = new_type;
        vertices.clear();
        path_ends.clear();
        polygon_ends.clear();
    }
    void end_path() { path_ends.push_back(static_cast<std::uint32_t>(vertices.size())); }
    void end_polygon() { polygon_ends.push_back(static_cast<std::uint32_t>(path_ends.size())); }
    [[nodiscard]] std::size_t path_count() const noexcept { return path_ends.size(); }
    [[nodiscard]] std::size_t begin_of(std::size_t path) const noexcept { return path == 0 ? 0 : path_ends[path - 1]; }
    [[nodiscard]] std::span<const GridVertex> path(std::size_t path) const noexcept {
        return std::span(vertices).subspan(begin_of(path), path_ends[path] - begin_of(path));
    }
    [[nodiscard]] std::size_t first_ring(std::size_t polygon) const noexcept { return polygon == 0 ? 0 : polygon_ends[polygon - 1]; }
    [[nodiscard]] GridBox bounds() const noexcept {
        GridBox box;
        for (const GridVertex &vertex : vertices) {
            box.extend(vertex.point);
        }
        return box;
    }
};

/// The cells of a box of degrees. \pre !box.empty()
[[nodiscard]] GridBox grid_box(const LonLatBox &box) noexcept;

/// Metres of Web Mercator that a cell is wide.
inline constexpr double grid_cell_m = 40075016.685578488 / 4294967296.0;

/// Length of all lines, in cells.
[[nodiscard]] double length_cells(const GridShape &lines) noexcept;
/// Area of all polygons without their holes, in square cells.
[[nodiscard]] double area_cells(const GridShape &polygons) noexcept;

/// A point inside of the largest polygon, for a label: its centre of gravity where that is inside, else the middle of the widest stretch of some
/// scan lines. Of polygons less than a cell high a vertex. \pre there is a polygon
[[nodiscard]] GridPoint label_point(const GridShape &polygons);

} // namespace keyaki::geo
