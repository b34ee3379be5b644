#include "tiles/polygon_check.hpp"

#include "tiles/limits.hpp"

#include <algorithm>

namespace keyaki::tiles {

namespace {

struct Edge {
    TilePoint a;
    TilePoint b;
    std::int32_t min_x;
    std::int32_t max_x;
    std::int32_t min_y;
    std::int32_t max_y;
    std::uint32_t number; ///< among all edges of the polygon, ring by ring
    std::uint32_t next;   ///< number of the edge that begins at b
};

int sign(std::int64_t value) noexcept { return value > 0 ? 1 : (value < 0 ? -1 : 0); }

/// Neighbours share a point and, since the rings are clean, nothing else.
bool are_neighbours(const Edge &one, const Edge &other) noexcept { return one.next == other.number || other.next == one.number; }

/// Touching included, neighbours left out.
bool meet(const Edge &one, const Edge &other) noexcept {
    if (one.min_x > other.max_x || other.min_x > one.max_x || one.min_y > other.max_y || other.min_y > one.max_y || are_neighbours(one, other)) {
        return false;
    }
    return sign(cross(one.a, one.b, other.a)) * sign(cross(one.a, one.b, other.b)) <= 0 &&
           sign(cross(other.a, other.b, one.a)) * sign(cross(other.a, other.b, one.b)) <= 0;
}

void collect_edges(const TilePaths &rings, std::vector<Edge> &edges) {
    edges.clear();
    for (std::size_t path = 0; path < rings.size(); ++path) {
        const auto ring = rings.path(path);
        const auto first = static_cast<std::uint32_t>(edges.size());
        for (std::size_t index = 0; index < ring.size(); ++index) {
            const bool last = index + 1 == ring.size();
            const TilePoint a = ring[index];
            const TilePoint b = last ? ring[0] : ring[index + 1];
            const auto number = static_cast<std::uint32_t>(edges.size());
            edges.push_back(
                {a, b, std::min(a.x, b.x), std::max(a.x, b.x), std::min(a.y, b.y), std::max(a.y, b.y), number, last ? first : number + 1});
        }
    }
}

/// All turns one way and once around: then no edge can meet another. Half of the buildings of a town are such. \pre clean: no turn is straight
bool is_convex(std::span<const TilePoint> ring) noexcept {
    TilePoint a = ring[ring.size() - 2];
    TilePoint b = ring.back();
    const bool is_left = cross(a, b, ring.front()) < 0;
    bool is_east = b.x > a.x || (b.x == a.x && b.y > a.y);
    int turns_back = 0;
    for (const TilePoint c : ring) {
        if ((cross(a, b, c) < 0) != is_left) {
            return false;
        }
        const bool goes_east = c.x > b.x || (c.x == b.x && c.y > b.y);
        turns_back += goes_east == is_east ? 0 : 1;
        is_east = goes_east;
        a = b;
        b = c;
    }
    return turns_back == 2;
}

bool apart_in_pairs(const std::vector<Edge> &edges) noexcept {
    for (std::size_t one = 0; one < edges.size(); ++one) {
        for (std::size_t other = one + 1; other < edges.size(); ++other) {
            if (meet(edges[one], edges[other])) {
                return false;
            }
        }
    }
    return true;
}

bool apart_by_sweep(std::vector<Edge> &edges) {
    std::sort(edges.begin(), edges.end(), [](const Edge &one, const Edge &other) { return one.min_x < other.min_x; });
    std::vector<const Edge *> open; // edges that the sweep line still meets
    for (const Edge &edge : edges) {
        std::size_t kept = 0;
        for (const Edge *other : open) {
            if (other->max_x < edge.min_x) {
                continue;
            }
            open[kept++] = other;
            if (meet(edge, *other)) {
                return false;
            }
        }
        open.resize(kept);
        open.push_back(&edge);
    }
    return true;
}

/// The edges are known not to meet, so one point of a ring tells for all.
bool holes_are_in_place(const TilePaths &rings) {
    for (std::size_t hole = 1; hole < rings.size(); ++hole) {
        const TilePoint point = rings.path(hole).front();
        if (!is_inside(point, rings.path(0))) {
            return false;
        }
        for (std::size_t other = 1; other < rings.size(); ++other) {
            if (other != hole && is_inside(point, rings.path(other))) {
                return false;
            }
        }
    }
    return true;
}

} // namespace

void clean_ring(std::vector<TilePoint> &ring) {
    std::size_t kept = 0;
    for (const TilePoint point : ring) {
        // A straight line has no turn, a spike turns back: in both the middle point goes, and with a spike its tip uncovers the one before.
        while (kept >= 2 && cross(ring[kept - 2], ring[kept - 1], point) == 0) {
            --kept;
        }
        if (kept == 1 && ring[0] == point) {
            continue;
        }
        ring[kept++] = point;
    }
    std::size_t begin = 0;
    while (kept - begin >= 3) {
        if (cross(ring[kept - 2], ring[kept - 1], ring[begin]) == 0) {
            --kept;
        } else if (cross(ring[kept - 1], ring[begin], ring[begin + 1]) == 0) {
            ++begin;
        } else {
            break;
        }
    }
    ring.resize(kept);
    ring.erase(ring.begin(), ring.begin() + static_cast<std::ptrdiff_t>(begin));
    if (ring.size() < 3) {
        ring.clear();
    }
}

bool edges_are_apart(const TilePaths &rings) {
    if (rings.points.size() <= 3 || (rings.size() == 1 && is_convex(rings.points))) {
        return true;
    }
    static thread_local std::vector<Edge> edges;
    collect_edges(rings, edges);
    return rings.points.size() <= max_vertices_compared_in_pairs ? apart_in_pairs(edges) : apart_by_sweep(edges);
}

bool is_surely_valid(const TilePaths &rings) {
    return rings.size() <= max_rings_compared_in_pairs && edges_are_apart(rings) && holes_are_in_place(rings);
}

bool is_inside(TilePoint point, std::span<const TilePoint> ring) noexcept {
    bool inside = false;
    TilePoint from = ring.back();
    for (const TilePoint to : ring) {
        if ((from.y > point.y) != (to.y > point.y) && (cross(from, to, point) > 0) == (to.y > from.y)) {
            inside = !inside;
        }
        from = to;
    }
    return inside;
}

} // namespace keyaki::tiles
