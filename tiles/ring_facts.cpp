#include "tiles/ring_facts.hpp"

#include "geo/rtree.hpp"
#include "tiles/limits.hpp"
#include "tiles/simplify.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

namespace keyaki::tiles {

namespace {

static_assert(max_vertices_compared_in_pairs < 64, "a bit for each vertex");

constexpr std::uint32_t widest_cells = 1U << 24;
constexpr std::uint8_t deepest_zoom = 32; ///< a tile of it is a cell

/// Cells counted from the ring's corner: whole numbers so small that their products are exact.
struct Place {
    double x;
    double y;
};

/// Some vertices of a ring.
class SmallRing {
  public:
    SmallRing( // NOLINT(cppcoreguidelines-pro-type-member-init): a kilobyte of zeros for each of millions of rings
        std::span<const geo::GridPoint> ring, std::span<const std::uint8_t> zooms, std::uint8_t zoom, const geo::GridBox &box) {
        for (std::size_t index = 0; index < ring.size(); ++index) {
            if (zooms[index] <= zoom) {
                m_places[m_size++] = {static_cast<double>(ring[index].x - box.min_x), static_cast<double>(ring[index].y - box.min_y)};
            }
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return m_size; }
    [[nodiscard]] double doubled_area() const noexcept {
        double sum = 0;
        for (std::size_t index = 0; index < m_size; ++index) {
            const Place a = m_places[index];
            const Place b = m_places[behind(index)];
            sum += a.x * b.y - b.x * a.y;
        }
        return sum;
    }
    /// The square of the least distance between edges that are no neighbours; 0 where some meet. \pre four vertices or more
    [[nodiscard]] double squared_distance() noexcept {
        double least = 4.0 * widest_cells * widest_cells;
        for (std::size_t edge = 0; edge < m_size; ++edge) {
            look_from(edge, least);
        }
        return some_cross() ? 0 : least;
    }

  private:
    [[nodiscard]] std::size_t behind(std::size_t index) const noexcept { return index + 1 == m_size ? 0 : index + 1; }

    /// Brings `least` down to the distance of the nearest vertex that is none of the edge's own, and notes which vertices lie to its left.
    void look_from(std::size_t edge, double &least) noexcept {
        const Place a = m_places[edge];
        const Place b = m_places[behind(edge)];
        const double dx = b.x - a.x;
        const double dy = b.y - a.y;
        const double squared_length = dx * dx + dy * dy;
        std::uint64_t left = 0;
        for (std::size_t index = 0; index < m_size; ++index) {
            const double px = m_places[index].x - a.x;
            const double py = m_places[index].y - a.y;
            const double across = dx * py - dy * px;
            left |= static_cast<std::uint64_t>(across > 0) << index;
            if (index == edge || index == behind(edge)) {
                continue;
            }
            const double along = dx * px + dy * py;
            if (along <= 0) {
                least = std::min(least, px * px + py * py);
            } else if (along >= squared_length) {
                least = std::min(least, (px - dx) * (px - dx) + (py - dy) * (py - dy));
            } else if (across * across < least * squared_length) {
                least = across * across / squared_length;
            }
        }
        // The edge from a vertex to the next one crosses this edge's line where the two lie on different sides.
        const std::uint64_t turned = left >> 1U | (left & 1U) << (m_size - 1);
        m_crossing[edge] = left ^ turned;
    }

    /// Whether two edges that are no neighbours cross: each the other's line. \pre look_from() each edge
    [[nodiscard]] bool some_cross() const noexcept {
        for (std::size_t edge = 0; edge + 2 < m_size; ++edge) {
            std::uint64_t others = m_crossing[edge] & ~std::uint64_t{0} << (edge + 2);
            others &= edge == 0 ? ~(std::uint64_t{1} << (m_size - 1)) : ~std::uint64_t{0};
            for (; others != 0; others &= others - 1) {
                if ((m_crossing[static_cast<std::size_t>(std::countr_zero(others))] >> edge & 1U) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    std::array<Place, max_vertices_compared_in_pairs> m_places;           ///< the first m_size are there
    std::array<std::uint64_t, max_vertices_compared_in_pairs> m_crossing; ///< by edge, a bit for each edge that crosses its line
    std::size_t m_size = 0;
};

/// The smallest zoom whose sqrt(2) units are less than the distance.
std::uint8_t zoom_of(double squared_distance) noexcept {
    const double surely = squared_distance * (1 - 1e-9); // the square of a distance that was divided is rounded
    double limit = 2.0 * static_cast<double>(std::uint64_t{1} << 40U);
    for (std::uint8_t zoom = 0; zoom <= deepest_zoom; ++zoom, limit /= 4) {
        if (limit < surely) {
            return zoom;
        }
    }
    return RingFacts::never;
}

/// Lets apart_from reach up to the smallest zoom whose ring holds, where those of all zooms from there on do. Looks at each simplified ring once.
void extend_above(std::span<const geo::GridPoint> ring, std::span<const std::uint8_t> zooms, const geo::GridBox &box, RingFacts &facts) {
    std::uint8_t below = std::min<std::uint8_t>(facts.apart_from, deepest_zoom + 1);
    while (below > 0) {
        std::uint8_t drawn_from = 0; // the zooms from here to below - 1 draw the same ring
        for (const std::uint8_t zoom : zooms) {
            drawn_from = zoom < below ? std::max(drawn_from, zoom) : drawn_from;
        }
        SmallRing simplified(ring, zooms, drawn_from, box);
        const bool may_hold = simplified.size() >= 4 && (simplified.doubled_area() > 0) == facts.is_clockwise;
        const std::uint8_t holds_from = may_hold ? zoom_of(simplified.squared_distance()) : RingFacts::never;
        if (holds_from >= below) {
            return;
        }
        facts.apart_from = std::max(holds_from, drawn_from);
        if (holds_from > drawn_from) {
            return;
        }
        below = drawn_from;
    }
}

} // namespace

RingFacts ring_facts(std::span<const geo::GridPoint> ring, std::span<const std::uint8_t> zooms) {
    assert(ring.size() == zooms.size());
    if (ring.size() < 4 || ring.size() > max_vertices_compared_in_pairs) {
        return {};
    }
    geo::GridBox box;
    std::for_each(ring.begin(), ring.end(), [&](geo::GridPoint point) { box.extend(point); });
    if (std::max(box.max_x - box.min_x, box.max_y - box.min_y) >= widest_cells) {
        return {};
    }
    SmallRing whole(ring, zooms, RingFacts::never, box);
    RingFacts facts;
    facts.is_clockwise = whole.doubled_area() > 0;
    facts.apart_whole_from = zoom_of(whole.squared_distance());
    const std::uint8_t all_from = *std::max_element(zooms.begin(), zooms.end());
    if (all_from != never_needed) { // from there on the simplified ring is the whole one
        facts.apart_from = std::max(facts.apart_whole_from, all_from);
        if (facts.apart_whole_from > all_from) {
            return facts;
        }
    }
    extend_above(ring, zooms, box, facts);
    return facts;
}

} // namespace keyaki::tiles
