#include "geo/grid_shape.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <optional>

namespace keyaki::geo {

namespace {

struct Moments {
    double doubled_area = 0;
    double x = 0; ///< of the sums that give the centre of gravity, from `origin`
    double y = 0;
};

Moments moments_of(std::span<const GridVertex> ring, GridPoint origin) noexcept {
    Moments sum;
    const auto at = [&](std::size_t index) {
        return std::pair{static_cast<double>(ring[index].point.x) - origin.x, static_cast<double>(ring[index].point.y) - origin.y};
    };
    auto [ax, ay] = at(ring.size() - 1);
    for (std::size_t index = 0; index < ring.size(); ++index) {
        const auto [bx, by] = at(index);
        const double cross = ax * by - bx * ay;
        sum.doubled_area += cross;
        sum.x += (ax + bx) * cross;
        sum.y += (ay + by) * cross;
        ax = bx;
        ay = by;
    }
    return sum;
}

/// One polygon of a shape.
struct Polygon {
    const GridShape &shape;
    std::size_t first_ring;
    std::size_t end_ring;

    [[nodiscard]] double area() const noexcept {
        double area = 0;
        for (std::size_t ring = first_ring; ring < end_ring; ++ring) {
            const auto path = shape.path(ring);
            const double of_ring = std::abs(moments_of(path, path.front().point).doubled_area) / 2;
            area += ring == first_ring ? of_ring : -of_ring;
        }
        return area;
    }

    /// Where the line y = at crosses its edges, in the order of x. `at` lies between cells, so no vertex is on it.
    [[nodiscard]] std::vector<double> crossings(double at) const {
        std::vector<double> found;
        for (std::size_t ring = first_ring; ring < end_ring; ++ring) {
            const auto path = shape.path(ring);
            GridPoint a = path.back().point;
            for (const GridVertex &vertex : path) {
                const GridPoint b = vertex.point;
                if ((a.y > at) != (b.y > at)) {
                    const double share = (at - a.y) / (static_cast<double>(b.y) - a.y);
                    found.push_back(a.x + share * (static_cast<double>(b.x) - a.x));
                }
                a = b;
            }
        }
        std::sort(found.begin(), found.end());
        return found;
    }
};

GridPoint cell_of(double x, double y) noexcept { return {static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y)}; }

/// Nothing where it is outside.
std::optional<GridPoint> centre_inside(const Polygon &polygon) {
    const GridPoint origin = polygon.shape.path(polygon.first_ring).front().point;
    Moments sum;
    for (std::size_t ring = polygon.first_ring; ring < polygon.end_ring; ++ring) {
        const Moments of_ring = moments_of(polygon.shape.path(ring), origin);
        const double sign = (of_ring.doubled_area > 0) == (ring == polygon.first_ring) ? 1 : -1;
        sum = {sum.doubled_area + sign * of_ring.doubled_area, sum.x + sign * of_ring.x, sum.y + sign * of_ring.y};
    }
    if (sum.doubled_area == 0) {
        return std::nullopt;
    }
    const double x = origin.x + sum.x / (3 * sum.doubled_area);
    const double y = std::floor(origin.y + sum.y / (3 * sum.doubled_area)) + 0.5;
    const std::vector<double> found = polygon.crossings(y);
    const auto before = std::lower_bound(found.begin(), found.end(), x) - found.begin();
    return before % 2 == 1 ? std::optional(cell_of(x, y)) : std::nullopt;
}

GridPoint widest_middle(const Polygon &polygon) {
    const auto exterior = polygon.shape.path(polygon.first_ring);
    const auto [low, high] =
        std::minmax_element(exterior.begin(), exterior.end(), [](const GridVertex &a, const GridVertex &b) { return a.point.y < b.point.y; });
    GridPoint best = exterior.front().point;
    double width = 0;
    constexpr std::array<double, 7> shares{0.5, 0.375, 0.625, 0.25, 0.75, 0.125, 0.875};
    for (const double share : shares) {
        const double y = std::floor(low->point.y + share * (static_cast<double>(high->point.y) - low->point.y)) + 0.5;
        const std::vector<double> found = polygon.crossings(y);
        for (std::size_t index = 0; index + 1 < found.size(); index += 2) {
            if (found[index + 1] - found[index] > width) {
                width = found[index + 1] - found[index];
                best = cell_of((found[index] + found[index + 1]) / 2, y);
            }
        }
    }
    return best;
}

template <typename Visit>
void for_each_polygon(const GridShape &shape, const Visit &visit) {
    for (std::size_t polygon = 0; polygon < shape.polygon_ends.size(); ++polygon) {
        visit(Polygon{shape, shape.first_ring(polygon), shape.polygon_ends[polygon]});
    }
}

} // namespace

GridBox grid_box(const LonLatBox &box) noexcept {
    const GridPoint north_west = to_grid(LonLat{box.west_deg, box.north_deg});
    const GridPoint south_east = to_grid(LonLat{box.east_deg, box.south_deg});
    return {north_west.x, north_west.y, south_east.x, south_east.y};
}

double length_cells(const GridShape &lines) noexcept {
    double length = 0;
    for (std::size_t path = 0; path < lines.path_count(); ++path) {
        const auto line = lines.path(path);
        for (std::size_t index = 1; index < line.size(); ++index) {
            length += std::hypot(static_cast<double>(line[index].point.x) - line[index - 1].point.x,
                                 static_cast<double>(line[index].point.y) - line[index - 1].point.y);
        }
    }
    return length;
}

double area_cells(const GridShape &polygons) noexcept {
    double area = 0;
    for_each_polygon(polygons, [&](const Polygon &polygon) { area += polygon.area(); });
    return area;
}

GridPoint label_point(const GridShape &polygons) {
    assert(!polygons.polygon_ends.empty());
    std::size_t largest = 0;
    double largest_area = -1;
    std::size_t number = 0;
    for_each_polygon(polygons, [&](const Polygon &polygon) {
        if (polygons.polygon_ends.size() > 1 && polygon.area() > largest_area) {
            largest_area = polygon.area();
            largest = number;
        }
        ++number;
    });
    const Polygon polygon{polygons, polygons.first_ring(largest), polygons.polygon_ends[largest]};
    const std::optional<GridPoint> centre = centre_inside(polygon);
    return centre ? *centre : widest_middle(polygon);
}

} // namespace keyaki::geo
