#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace keyaki::geo {

// The share of a two-dimensional normal distribution (no correlation, one sigma for both axes) inside an outline, in single precision and for many
// edges at once: what geo/fence_index is made of. geo/presence.hpp's inside_probability is the slow and exact way to the same.
//
// In polar coordinates around the position a sector of angle dt out to r holds (1 - exp(-r^2 / 2)) dt / 2 pi, r in sigmas. Summed along a closed
// outline, the angles alone give 1 inside and 0 outside (the winding number), so
//
//     share = winding - (1 / 2 pi) * sum over edges of the integral of exp(-r^2 / 2) dt,
//
// and an edge further away than share_horizon_sigmas adds less than 1.1e-6. Along an edge at distance h, dt = h ds / r^2 with s along the edge. The
// integral is the edge's angle less h times the integral of g(r^2) = (1 - exp(-r^2 / 2)) / r^2, which is smooth everywhere (also where the position
// lies on the edge) and so is exact to 1e-7 by Gauss's rules of 3 to 12 points.

/// Beyond this many sigmas nothing is looked at: exp(-h^2 / 2) = 1.03e-6.
inline constexpr float share_horizon_sigmas = 5.25F;

/// Edges that are worked on at once.
inline constexpr std::size_t edge_lanes = 8;

/// Adds up the share inside one closed outline. Coordinates are whole units around an origin of the caller's: even ones for the outline's positions,
/// odd ones for the position asked about, so that it never has the coordinate of a corner and lies left or right of each edge without doubt.
/// An outline runs counter-clockwise, its holes clockwise.
/// `Wide` holds the difference of any two coordinates: std::int32_t is twice as fast as std::int64_t.
template <typename Wide>
class OutlineShare {
  public:
    /// \pre both coordinates odd; sigmas_per_unit > 0
    OutlineShare(Wide east, Wide north, float sigmas_per_unit) noexcept : m_east(east), m_north(north), m_sigmas_per_unit(sigmas_per_unit) {}

    /// The next edge_lanes edges: from each of the positions to the one behind it, edge_lanes + 1 of each coordinate. Two positions that are the
    /// same make no edge.
    void add_edges(const std::int32_t *east, const std::int32_t *north) noexcept;
    /// Edges that are all further away than share_horizon_sigmas, of which only the ends are looked at; `is_east` where they lie east of the position
    /// (or not west of it, and do not cross its parallel).
    void add_far_edges(std::int32_t first_north, std::int32_t last_north, bool is_east) noexcept {
        m_winding += is_east ? static_cast<int>(last_north > m_north) - static_cast<int>(first_north > m_north) : 0;
    }
    /// 0 to 1. Call last.
    [[nodiscard]] float share() noexcept;

  private:
    void settle() noexcept;

    Wide m_east;
    Wide m_north;
    float m_sigmas_per_unit;
    int m_winding = 0;
    float m_sum = 0; ///< of the near edges, times 2 pi
    // Near edges that wait until all lanes are full.
    std::size_t m_waiting = 0;
    alignas(32) std::array<float, 2 * edge_lanes> m_height{}; ///< from the position to the edge's line, positive to its left; sigmas
    alignas(32) std::array<float, 2 * edge_lanes> m_from{};   ///< along the line from the foot of that height: where the edge begins
    alignas(32) std::array<float, 2 * edge_lanes> m_to{};     ///< and ends, within the horizon
};
extern template class OutlineShare<std::int32_t>;
extern template class OutlineShare<std::int64_t>;

/// Within a circle of `radius` around a point `distance` away, both in sigmas (Rice's distribution); to 2e-6.
[[nodiscard]] float circle_share(double distance, double radius) noexcept;

/// The distance in sigmas at which a half plane holds `share`; no convex shape that is further away holds as much. To 0.0005, from above.
/// \pre 0 < share <= 0.5
[[nodiscard]] double half_plane_reach(double share) noexcept;

} // namespace keyaki::geo
