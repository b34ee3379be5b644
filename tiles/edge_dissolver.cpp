#include "tiles/edge_dissolver.hpp"

#include "tiles/polygon_check.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace keyaki::tiles {

namespace {

bool comes_before(TilePoint a, TilePoint b) noexcept { return a.x != b.x ? a.x < b.x : a.y < b.y; }

int sign(std::int64_t value) noexcept { return value > 0 ? 1 : value < 0 ? -1 : 0; }

std::int64_t dot(TilePoint origin, TilePoint a, TilePoint b) noexcept {
    return (static_cast<std::int64_t>(a.x) - origin.x) * (static_cast<std::int64_t>(b.x) - origin.x) +
           (static_cast<std::int64_t>(a.y) - origin.y) * (static_cast<std::int64_t>(b.y) - origin.y);
}

/// Whether two edges share more than an end, or an end of one is in the middle of the other.
template <typename Edge>
bool conflict(const Edge &one, const Edge &other) noexcept {
    if (std::max(one.a.y, one.b.y) < std::min(other.a.y, other.b.y) || std::max(other.a.y, other.b.y) < std::min(one.a.y, one.b.y)) {
        return false;
    }
    const bool is_at_a = one.a == other.a || one.a == other.b;
    const bool is_at_b = one.b == other.a || one.b == other.b;
    if (is_at_a && is_at_b) {
        return true;
    }
    if (is_at_a || is_at_b) {
        const TilePoint shared = is_at_a ? one.a : one.b;
        const TilePoint far = is_at_a ? one.b : one.a;
        const TilePoint other_far = other.a == shared ? other.b : other.a;
        return cross(shared, far, other_far) == 0 && dot(shared, far, other_far) > 0; // upon one another
    }
    return sign(cross(one.a, one.b, other.a)) * sign(cross(one.a, one.b, other.b)) <= 0 &&
           sign(cross(other.a, other.b, one.a)) * sign(cross(other.a, other.b, one.b)) <= 0;
}

/// Of the middle of a ring's first edge, which no other edge goes through; by the edges that a ray to the west crosses.
bool is_first_edge_inside(std::span<const TilePoint> ring, std::span<const TilePoint> of) noexcept {
    const double x = (static_cast<double>(ring[0].x) + ring[1].x) / 2;
    const double y = (static_cast<double>(ring[0].y) + ring[1].y) / 2;
    bool inside = false;
    TilePoint a = of.back();
    for (const TilePoint b : of) {
        if ((a.y > y) != (b.y > y) && a.x + (y - a.y) / (static_cast<double>(b.y) - a.y) * (static_cast<double>(b.x) - a.x) < x) {
            inside = !inside;
        }
        a = b;
    }
    return inside;
}

} // namespace

void EdgeDissolver::collect(const TilePolygons &polygons, std::span<const std::uint32_t> members) {
    m_edges.clear();
    for (const std::uint32_t polygon : members) {
        const std::size_t first = polygon == 0 ? 0 : polygons.polygon_ends[polygon - 1];
        for (std::size_t path = first; path < polygons.polygon_ends[polygon]; ++path) {
            const auto ring = polygons.rings.path(path);
            const bool is_turned = (doubled_area(ring) > 0) != (path == first); // exteriors clockwise, holes counter-clockwise
            for (std::size_t index = 0; index < ring.size(); ++index) {
                const TilePoint a = ring[index];
                const TilePoint b = ring[index + 1 == ring.size() ? 0 : index + 1];
                m_edges.push_back(is_turned ? Edge{b, a, polygon} : Edge{a, b, polygon});
            }
        }
    }
}

/// Takes out edges that are there in both directions. One that is there twice in the same is of two polygons that overlap.
void EdgeDissolver::cancel() {
    const auto ends = [](const Edge &edge) { return comes_before(edge.a, edge.b) ? std::pair(edge.a, edge.b) : std::pair(edge.b, edge.a); };
    std::sort(m_edges.begin(), m_edges.end(), [&](const Edge &one, const Edge &other) {
        const auto [a, b] = ends(one);
        const auto [c, d] = ends(other);
        return a != c ? comes_before(a, c) : b != d ? comes_before(b, d) : comes_before(one.a, other.a);
    });
    std::size_t kept = 0;
    for (std::size_t begin = 0, end = 0; begin < m_edges.size(); begin = end) {
        while (end < m_edges.size() && ends(m_edges[end]) == ends(m_edges[begin])) {
            ++end;
        }
        if (end - begin == 1) {
            m_edges[kept++] = m_edges[begin];
        } else if (end - begin > 2 || m_edges[begin].a == m_edges[begin + 1].a) {
            for (std::size_t other = begin + 1; other < end; ++other) {
                m_conflicts.emplace_back(m_edges[begin].polygon, m_edges[other].polygon);
            }
        }
    }
    m_edges.resize(kept);
}

void EdgeDissolver::find_conflicts() {
    const auto west = [](const Edge &edge) { return std::min(edge.a.x, edge.b.x); };
    std::sort(m_edges.begin(), m_edges.end(), [&](const Edge &one, const Edge &other) {
        return std::make_tuple(west(one), one.a.x, one.a.y, one.b.x, one.b.y) <
               std::make_tuple(west(other), other.a.x, other.a.y, other.b.x, other.b.y);
    });
    m_open.clear();
    for (const Edge &edge : m_edges) {
        std::size_t kept = 0;
        for (const Edge *other : m_open) {
            if (std::max(other->a.x, other->b.x) < west(edge)) {
                continue;
            }
            m_open[kept++] = other;
            if (conflict(edge, *other)) {
                m_conflicts.emplace_back(edge.polygon, other->polygon);
            }
        }
        m_open.resize(kept);
        m_open.push_back(&edge);
    }
}

/// Of the edges that go on from the end of one, the one that turns most to the right: the inside between them is of one piece. \pre sorted by a
EdgeDissolver::Edge *EdgeDissolver::next_of(const Edge &edge) {
    auto found =
        std::lower_bound(m_edges.begin(), m_edges.end(), edge.b, [](const Edge &other, TilePoint point) { return comes_before(other.a, point); });
    Edge *best = nullptr;
    double best_turn = 0;
    for (; found != m_edges.end() && found->a == edge.b; ++found) {
        if (found->is_used) {
            continue;
        }
        const double dx = static_cast<double>(edge.b.x) - edge.a.x;
        const double dy = static_cast<double>(edge.b.y) - edge.a.y;
        const double ex = static_cast<double>(found->b.x) - found->a.x;
        const double ey = static_cast<double>(found->b.y) - found->a.y;
        const double turn = std::atan2(dx * ey - dy * ex, dx * ex + dy * ey); // to the right is positive: y points down
        if (best == nullptr || turn > best_turn) {
            best = &*found;
            best_turn = turn;
        }
    }
    return best;
}

bool EdgeDissolver::string_rings() {
    std::sort(m_edges.begin(), m_edges.end(),
              [](const Edge &one, const Edge &other) { return one.a != other.a ? comes_before(one.a, other.a) : comes_before(one.b, other.b); });
    m_rings.clear();
    for (Edge &first : m_edges) {
        if (first.is_used) {
            continue;
        }
        m_walk.clear();
        for (Edge *edge = &first;; edge = next_of(*edge)) {
            if (edge == nullptr) {
                return false;
            }
            edge->is_used = true;
            m_walk.push_back(edge->a);
            if (edge->b == first.a) {
                break;
            }
        }
        split_into_simple_rings();
    }
    return true;
}

void EdgeDissolver::end_simple_ring(std::size_t begin) {
    std::vector<TilePoint> ring(m_stack.begin() + static_cast<std::ptrdiff_t>(begin), m_stack.end());
    clean_ring(ring);
    if (!ring.empty()) {
        m_rings.points.insert(m_rings.points.end(), ring.begin(), ring.end());
        m_rings.end_path();
    }
}

/// A ring that comes by a vertex twice is two that touch there.
void EdgeDissolver::split_into_simple_rings() {
    std::vector<TilePoint> sorted = m_walk;
    std::sort(sorted.begin(), sorted.end(), comes_before);
    const bool is_simple = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
    m_stack.clear();
    for (const TilePoint point : m_walk) {
        const auto before = is_simple ? m_stack.end() : std::find(m_stack.begin(), m_stack.end(), point);
        if (before != m_stack.end()) {
            const auto begin = static_cast<std::size_t>(before - m_stack.begin());
            end_simple_ring(begin);
            m_stack.resize(begin);
        }
        m_stack.push_back(point);
    }
    end_simple_ring(0);
}

void EdgeDissolver::find_boxes() {
    m_boxes.clear();
    m_areas.clear();
    for (std::size_t ring = 0; ring < m_rings.size(); ++ring) {
        const auto path = std::as_const(m_rings).path(ring);
        m_boxes.push_back(bounds_of(path));
        m_areas.push_back(doubled_area(path));
    }
}

bool EdgeDissolver::is_within(std::size_t ring, std::size_t other) const {
    const TileBox &inner = m_boxes[ring];
    const TileBox &outer = m_boxes[other];
    return ring != other && inner.min_x >= outer.min_x && inner.min_y >= outer.min_y && inner.max_x <= outer.max_x && inner.max_y <= outer.max_y &&
           is_first_edge_inside(m_rings.path(ring), m_rings.path(other));
}

/// Of the rings those that part inside from outside: the others lie within a polygon, and so does what they enclose.
std::vector<std::size_t> EdgeDissolver::boundary_rings() const {
    std::vector<std::size_t> boundary;
    for (std::size_t ring = 0; ring < m_rings.size(); ++ring) {
        int around = 0; // polygons that cover what is just outside of the ring
        for (std::size_t other = 0; other < m_rings.size(); ++other) {
            if (is_within(ring, other)) {
                around += m_areas[other] > 0 ? 1 : -1;
            }
        }
        if (around == (m_areas[ring] > 0 ? 0 : 1)) {
            boundary.push_back(ring);
        }
    }
    return boundary;
}

/// Exteriors with the holes that are directly in them.
bool EdgeDissolver::give(TilePolygons &united) const {
    const std::vector<std::size_t> boundary = boundary_rings();
    std::vector<std::vector<std::size_t>> holes(m_rings.size()); // by exterior
    for (const std::size_t ring : boundary) {
        if (m_areas[ring] > 0) {
            continue;
        }
        std::size_t best = m_rings.size();
        for (const std::size_t other : boundary) {
            if (m_areas[other] > 0 && is_within(ring, other) && (best == m_rings.size() || m_areas[other] < m_areas[best])) {
                best = other;
            }
        }
        if (best == m_rings.size()) {
            return false;
        }
        holes[best].push_back(ring);
    }
    const auto append = [&](std::size_t ring) {
        const auto path = m_rings.path(ring);
        united.rings.points.insert(united.rings.points.end(), path.begin(), path.end());
        united.rings.end_path();
    };
    for (const std::size_t ring : boundary) {
        if (m_areas[ring] > 0) {
            append(ring);
            std::for_each(holes[ring].begin(), holes[ring].end(), append);
            united.polygon_ends.push_back(static_cast<std::uint32_t>(united.rings.size()));
        }
    }
    return true;
}

bool EdgeDissolver::dissolve(const TilePolygons &polygons, std::span<const std::uint32_t> members, TilePolygons &united) {
    m_conflicts.clear();
    collect(polygons, members);
    cancel();
    find_conflicts();
    if (!m_conflicts.empty() || !string_rings()) {
        return false;
    }
    find_boxes();
    return give(united);
}

} // namespace keyaki::tiles
