#include "tiles/simplify.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace keyaki::tiles {

namespace {

struct Span {
    std::size_t begin;
    std::size_t end;
    std::uint8_t zoom; ///< of the vertex that cut it: nothing within is needed earlier
    int depth;
};

double squared_distance(geo::GridPoint a, geo::GridPoint b) noexcept {
    const double dx = static_cast<double>(a.x) - static_cast<double>(b.x);
    const double dy = static_cast<double>(a.y) - static_cast<double>(b.y);
    return dx * dx + dy * dy;
}

double squared_distance_to_segment(geo::GridPoint point, geo::GridPoint a, geo::GridPoint b) noexcept {
    const double length = squared_distance(a, b);
    const double dx = static_cast<double>(b.x) - static_cast<double>(a.x);
    const double dy = static_cast<double>(b.y) - static_cast<double>(a.y);
    const double px = static_cast<double>(point.x) - static_cast<double>(a.x);
    const double py = static_cast<double>(point.y) - static_cast<double>(a.y);
    const double along = px * dx + py * dy;
    if (length == 0 || along <= 0) {
        return px * px + py * py;
    }
    if (along >= length) {
        return squared_distance(point, b);
    }
    const double across = px * dy - py * dx;
    return across * across / length;
}

/// The smallest zoom whose tolerance of 2^(20 - zoom) cells is below the distance, rounded towards keeping by at most a factor of sqrt(2).
std::uint8_t zoom_of(double squared) noexcept {
    if (squared <= 0) {
        return never_needed;
    }
    const int exponent = std::ilogb(squared) + 1; // squared < 2^exponent, so distance < 2^(exponent / 2)
    const int doubled = 40 - exponent;            // zoom > doubled / 2
    return static_cast<std::uint8_t>(std::max(0, (doubled >> 1) + 1));
}

struct Farthest {
    std::size_t index;
    double squared;
};

template <typename At>
Farthest farthest_between(const At &at, std::size_t begin, std::size_t end) {
    Farthest farthest{begin + 1, -1};
    const geo::GridPoint a = at(begin);
    const geo::GridPoint b = at(end);
    for (std::size_t index = begin + 1; index < end; ++index) {
        const double squared = squared_distance_to_segment(at(index), a, b);
        if (squared > farthest.squared) {
            farthest = {index, squared};
        }
    }
    return farthest;
}

/// Zooms of the vertices strictly between begin and end. Cutting at the farthest vertex is quadratic for some spirals, so deep down the cut is
/// made in the middle: still at a zoom that the farthest vertex asks for, so the promise holds, with a few vertices more.
template <typename At, typename Set>
void cut(const At &at, const Set &set, std::size_t begin, std::size_t end) {
    const int deep = 2 * static_cast<int>(std::bit_width(end - begin)) + 8;
    static thread_local std::vector<Span> stack; // keeps its memory: a region has millions of lines
    stack.assign(1, {begin, end, 0, 0});
    while (!stack.empty()) {
        const Span span = stack.back();
        stack.pop_back();
        if (span.end - span.begin < 2) {
            continue;
        }
        Farthest farthest = farthest_between(at, span.begin, span.end);
        const std::uint8_t zoom = std::max(span.zoom, zoom_of(farthest.squared));
        if (span.depth > deep) {
            farthest.index = span.begin + (span.end - span.begin) / 2;
        }
        set(farthest.index, zoom);
        stack.push_back({span.begin, farthest.index, zoom, span.depth + 1});
        stack.push_back({farthest.index, span.end, zoom, span.depth + 1});
    }
}

/// Whether the line turned around comes first in the order of its positions. False for one that is the same both ways.
bool reads_smaller_backwards(std::span<const geo::GridPoint> line) noexcept {
    for (std::size_t index = 0; index < line.size(); ++index) {
        const geo::GridPoint a = line[index];
        const geo::GridPoint b = line[line.size() - 1 - index];
        if (a != b) {
            return b.x != a.x ? b.x < a.x : b.y < a.y;
        }
    }
    return false;
}

} // namespace

void line_vertex_zooms(std::span<const geo::GridPoint> points, std::span<std::uint8_t> zooms) {
    assert(points.size() == zooms.size());
    if (points.empty()) {
        return;
    }
    zooms.front() = 0;
    zooms.back() = 0;
    if (points.size() > 2) {
        cut([&](std::size_t index) { return points[index]; }, [&](std::size_t index, std::uint8_t zoom) { zooms[index] = zoom; }, 0,
            points.size() - 1);
    }
}

void keep_vertices(std::span<const geo::GridPoint> line, double tolerance_cells, std::span<std::uint8_t> kept) {
    assert(line.size() == kept.size());
    std::fill(kept.begin(), kept.end(), std::uint8_t{0});
    if (line.empty()) {
        return;
    }
    kept.front() = 1;
    kept.back() = 1;
    if (line.size() <= 2) {
        return;
    }
    // Of two vertices equally far the first one cuts: which that is must not depend on where the line begins.
    const std::size_t last = line.size() - 1;
    const bool is_turned = reads_smaller_backwards(line);
    const auto place = [&](std::size_t index) { return is_turned ? last - index : index; };
    const auto at = [&](std::size_t index) { return line[place(index)]; };
    const double squared_tolerance = tolerance_cells * tolerance_cells;
    const int deep = 2 * static_cast<int>(std::bit_width(line.size())) + 8;
    std::vector<Span> stack{{0, last, 0, 0}};
    while (!stack.empty()) {
        const Span span = stack.back();
        stack.pop_back();
        if (span.end - span.begin < 2) {
            continue;
        }
        Farthest farthest = farthest_between(at, span.begin, span.end);
        if (farthest.squared <= squared_tolerance) {
            continue;
        }
        if (span.depth > deep) { // as in cut()
            farthest.index = span.begin + (span.end - span.begin) / 2;
        }
        kept[place(farthest.index)] = 1;
        stack.push_back({span.begin, farthest.index, 0, span.depth + 1});
        stack.push_back({farthest.index, span.end, 0, span.depth + 1});
    }
}

void ring_vertex_zooms(std::span<const geo::GridPoint> ring, std::span<std::uint8_t> zooms) {
    assert(ring.size() == zooms.size());
    if (ring.size() <= 3) {
        std::fill(zooms.begin(), zooms.end(), std::uint8_t{0});
        return;
    }
    std::size_t opposite = 1;
    for (std::size_t index = 2; index < ring.size(); ++index) {
        if (squared_distance(ring[0], ring[index]) > squared_distance(ring[0], ring[opposite])) {
            opposite = index;
        }
    }
    zooms[0] = 0;
    zooms[opposite] = 0;
    const auto at = [&](std::size_t index) { return ring[index == ring.size() ? 0 : index]; };
    const auto set = [&](std::size_t index, std::uint8_t zoom) { zooms[index] = zoom; };
    cut(at, set, 0, opposite);
    cut(at, set, opposite, ring.size());
}

} // namespace keyaki::tiles
