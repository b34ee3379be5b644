#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace keyaki::tiles {

/// A position in a tile's units: x eastwards, y southwards, (0, 0) the tile's north-west corner; beyond 0..extent in the buffer.
struct TilePoint {
    std::int32_t x = 0;
    std::int32_t y = 0;

    friend bool operator==(const TilePoint &, const TilePoint &) = default;
};

/// The same for features that reach so far beyond a deep tile that 32 bits do not hold their coordinates; only until they are clipped.
struct WidePoint {
    std::int64_t x = 0;
    std::int64_t y = 0;

    friend bool operator==(const WidePoint &, const WidePoint &) = default;
};

/// Coordinates of TilePoints stay below this, so that the product of two differences and 2 fits 64 bits.
inline constexpr std::int64_t max_tile_coordinate = std::int64_t{1} << 28;

/// Both corners within.
struct TileBox {
    std::int32_t min_x = 0;
    std::int32_t min_y = 0;
    std::int32_t max_x = 0;
    std::int32_t max_y = 0;

    [[nodiscard]] bool contains(TilePoint point) const noexcept {
        return point.x >= min_x && point.x <= max_x && point.y >= min_y && point.y <= max_y;
    }
};

/// Lines, or rings without their closing position, one after another. For polygons exterior and holes are told apart by whoever holds it.
struct TilePaths {
    std::vector<TilePoint> points;
    std::vector<std::uint32_t> ends;

    void clear() {
        points.clear();
        ends.clear();
    }
    [[nodiscard]] std::size_t size() const noexcept { return ends.size(); }
    [[nodiscard]] std::size_t begin_of(std::size_t path) const noexcept { return path == 0 ? 0 : ends[path - 1]; }
    [[nodiscard]] std::span<const TilePoint> path(std::size_t path) const noexcept {
        return std::span(points).subspan(begin_of(path), ends[path] - begin_of(path));
    }
    [[nodiscard]] std::span<TilePoint> path(std::size_t path) noexcept {
        return std::span(points).subspan(begin_of(path), ends[path] - begin_of(path));
    }
    void end_path() { ends.push_back(static_cast<std::uint32_t>(points.size())); }
};

/// \pre points is not empty
[[nodiscard]] inline TileBox bounds_of(std::span<const TilePoint> points) noexcept {
    TileBox box{points.front().x, points.front().y, points.front().x, points.front().y};
    for (const TilePoint point : points) {
        box = {std::min(box.min_x, point.x), std::min(box.min_y, point.y), std::max(box.max_x, point.x), std::max(box.max_y, point.y)};
    }
    return box;
}

/// (b - a) x (c - a): positive where a, b, c turn clockwise on the screen (y points down).
[[nodiscard]] inline std::int64_t cross(TilePoint a, TilePoint b, TilePoint c) noexcept {
    return (static_cast<std::int64_t>(b.x) - a.x) * (static_cast<std::int64_t>(c.y) - a.y) -
           (static_cast<std::int64_t>(b.y) - a.y) * (static_cast<std::int64_t>(c.x) - a.x);
}

/// Twice the area by the surveyor's formula (MVT 2.1 4.3.4.4): positive for exterior rings.
[[nodiscard]] inline std::int64_t doubled_area(std::span<const TilePoint> ring) noexcept {
    std::int64_t sum = 0;
    for (std::size_t index = 2; index < ring.size(); ++index) {
        sum += cross(ring[0], ring[index - 1], ring[index]);
    }
    return sum;
}

} // namespace keyaki::tiles
