#include "tiles/clip.hpp"

#include <algorithm>
#include <cmath>

namespace keyaki::tiles {

namespace {

/// a + (b - a) * part / whole, rounded to the nearest. \pre whole > 0, 0 <= part <= whole
std::int32_t between(std::int32_t a, std::int32_t b, std::int64_t part, std::int64_t whole) noexcept {
    const std::int64_t product = (static_cast<std::int64_t>(b) - a) * part * 2;
    return a + static_cast<std::int32_t>((product >= 0 ? product + whole : product - whole) / (whole * 2));
}

/// The product of two differences of wide coordinates passes 64 bits; a long double's 64 bits of mantissa err by far less than a unit.
std::int64_t between(std::int64_t a, std::int64_t b, std::int64_t part, std::int64_t whole) noexcept {
    return a + std::llround(static_cast<long double>(b - a) * static_cast<long double>(part) / static_cast<long double>(whole));
}

/// Where a segment crosses the line x = at. Both ends in one order, so that two rings that share the segment are cut at the same point.
template <typename Point>
Point cut_at_x(Point a, Point b, decltype(Point::x) at) noexcept {
    if (b.x < a.x) {
        std::swap(a, b);
    }
    return {at, between(a.y, b.y, static_cast<std::int64_t>(at) - a.x, static_cast<std::int64_t>(b.x) - a.x)};
}

template <typename Point>
Point cut_at_y(Point a, Point b, decltype(Point::x) at) noexcept {
    const Point turned = cut_at_x(Point{a.y, a.x}, Point{b.y, b.x}, at);
    return {turned.y, turned.x};
}

enum class Side { west, east, north, south };

template <Side side, typename Point>
bool within(Point point, const TileBox &box) noexcept {
    switch (side) {
    case Side::west: return point.x >= box.min_x;
    case Side::east: return point.x <= box.max_x;
    case Side::north: return point.y >= box.min_y;
    default: return point.y <= box.max_y;
    }
}

template <Side side, typename Point>
Point cut(Point a, Point b, const TileBox &box) noexcept {
    switch (side) {
    case Side::west: return cut_at_x(a, b, box.min_x);
    case Side::east: return cut_at_x(a, b, box.max_x);
    case Side::north: return cut_at_y(a, b, box.min_y);
    default: return cut_at_y(a, b, box.max_y);
    }
}

template <Side side, typename Point>
void clip_ring_at(std::vector<Point> &ring, const TileBox &box, std::vector<Point> &scratch) {
    if (std::all_of(ring.begin(), ring.end(), [&](Point point) { return within<side>(point, box); })) {
        return;
    }
    scratch.clear();
    Point from = ring.back();
    bool from_within = within<side>(from, box);
    for (const Point to : ring) {
        const bool to_within = within<side>(to, box);
        if (from_within != to_within) {
            scratch.push_back(cut<side>(from, to, box));
        }
        if (to_within) {
            scratch.push_back(to);
        }
        from = to;
        from_within = to_within;
    }
    ring.swap(scratch);
}

/// Shortens a segment to one side; false where nothing is left.
template <Side side, typename Point>
bool clip_segment_at(Point &a, Point &b, const TileBox &box) noexcept {
    const bool a_within = within<side>(a, box);
    const bool b_within = within<side>(b, box);
    if (a_within != b_within) {
        (a_within ? b : a) = cut<side>(a, b, box);
    }
    return a_within || b_within;
}

template <typename Point>
bool clip_segment(Point &a, Point &b, const TileBox &box) noexcept {
    return clip_segment_at<Side::west>(a, b, box) && clip_segment_at<Side::east>(a, b, box) && clip_segment_at<Side::north>(a, b, box) &&
           clip_segment_at<Side::south>(a, b, box);
}

/// Ends the piece that began at `begin`, or takes it back where it is a single point.
void end_piece(TilePaths &pieces, std::size_t begin) {
    if (pieces.points.size() - begin >= 2) {
        pieces.end_path();
    } else {
        pieces.points.resize(begin);
    }
}

TilePoint narrow(TilePoint point) noexcept { return point; }
TilePoint narrow(WidePoint point) noexcept { return {static_cast<std::int32_t>(point.x), static_cast<std::int32_t>(point.y)}; }

template <typename Point>
void clip_line_to(std::span<const Point> line, const TileBox &box, TilePaths &pieces) {
    std::size_t begin = pieces.points.size();
    for (std::size_t index = 1; index < line.size(); ++index) {
        Point from = line[index - 1];
        Point to = line[index];
        if (!clip_segment(from, to, box)) {
            continue;
        }
        const TilePoint a = narrow(from);
        const TilePoint b = narrow(to);
        if (pieces.points.size() > begin && pieces.points.back() != a) {
            end_piece(pieces, begin);
            begin = pieces.points.size();
        }
        if (pieces.points.size() == begin) {
            pieces.points.push_back(a);
        }
        if (pieces.points.back() != b) {
            pieces.points.push_back(b);
        }
    }
    end_piece(pieces, begin);
}

template <typename Point>
void clip_ring_to(std::vector<Point> &ring, const TileBox &box, std::vector<Point> &scratch) {
    if (!ring.empty()) {
        clip_ring_at<Side::west>(ring, box, scratch);
    }
    if (!ring.empty()) {
        clip_ring_at<Side::east>(ring, box, scratch);
    }
    if (!ring.empty()) {
        clip_ring_at<Side::north>(ring, box, scratch);
    }
    if (!ring.empty()) {
        clip_ring_at<Side::south>(ring, box, scratch);
    }
}

} // namespace

void clip_line(std::span<const TilePoint> line, const TileBox &box, TilePaths &pieces) { clip_line_to(line, box, pieces); }
void clip_line(std::span<const WidePoint> line, const TileBox &box, TilePaths &pieces) { clip_line_to(line, box, pieces); }
void clip_ring(std::vector<TilePoint> &ring, const TileBox &box, std::vector<TilePoint> &scratch) { clip_ring_to(ring, box, scratch); }
void clip_ring(std::vector<WidePoint> &ring, const TileBox &box, std::vector<WidePoint> &scratch) { clip_ring_to(ring, box, scratch); }

} // namespace keyaki::tiles
