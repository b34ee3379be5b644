#pragma once

#include "geo/fence.hpp"
#include "geo/geodesic.hpp"
#include "geo/lon_lat.hpp"
#include "geo/normal_share.hpp"
#include "geo/rtree.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace keyaki::geo {

/// A fence that a position may be in, by its number in the list that the index was built from.
struct FenceShare {
    std::uint32_t fence = 0;
    float probability = 0;

    friend bool operator==(const FenceShare &, const FenceShare &) = default;
};

/// Many fences, asked at once: which of them is a position in, and with which probability? Built once, then only read, from any number of threads.
///
/// A packed R-tree over the fences' bounds finds those within the reach of sigma; what is surely inside is told by the largest of some circles tried
/// within the fence; the rest is worked out edge by edge (geo/normal_share.hpp) on coordinates of its own plane, kept as whole numbers, the edges of
/// large fences in runs of eight with a box each. Nothing is allocated in a look-up but by the caller's list when it grows.
class FenceIndex {
  public:
    FenceIndex() = default;
    /// \pre fences.size() < 2^32
    explicit FenceIndex(std::span<const Fence> fences);

    /// How far a probability of find() is from inside_probability(fence, position, sigma_m) (geo/presence.hpp) at most, for sigmas of 8 m and more;
    /// below that as much more as sigma is smaller.
    static constexpr double probability_error = 1e-5;
    /// Metres. Below and above, find() takes the nearest of both.
    static constexpr double min_sigma_m = 1;
    static constexpr double max_sigma_m = 10'000;
    /// The smallest floor that find() keeps to.
    static constexpr double min_floor = 1e-3;

    /// Fills `found` with every fence in which the probability of the position, with a normal error of sigma_m metres per axis, is at least `floor`
    /// (of those within probability_error of it, some), in an order of the index's own. A position off the map is in none.
    void find(LonLat position, double sigma_m, double floor, std::vector<FenceShare> &found) const;

    /// Fences in the index.
    [[nodiscard]] std::size_t size() const noexcept { return m_entries.size(); }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

  private:
    /// One fence in one line of the cache. Metres are in the fence's plane.
    struct alignas(64) Entry {
        double lon_deg = 0; ///< of the plane's origin, as is arc_m (meridian_arc_m)
        double arc_m = 0;
        float west_m = 0; ///< bounds
        float south_m = 0;
        float east_m = 0;
        float north_m = 0;
        float inner_east_m = 0; ///< a circle within the fence; of a circle itself
        float inner_north_m = 0;
        float inner_radius_m = 0;
        float area_m2 = 0;
        std::uint32_t first_corner = 0; ///< in m_east and m_north
        std::uint32_t first_box = 0;    ///< in m_boxes, of an outline with more than boxless_runs; of a wide circle in m_wide_circles
        std::uint32_t runs = 0;         ///< of edge_lanes edges; 0 of a circle
        std::uint32_t unit_bits = 0;    ///< the outline's coordinates are in 2^-unit_bits metres
    };
    /// Bounds of a run of edges, in its fence's units.
    struct RunBox {
        std::int32_t west = 0;
        std::int32_t south = 0;
        std::int32_t east = 0;
        std::int32_t north = 0;
    };
    /// A circle too wide for its plane and for single precision.
    struct WideCircle {
        LonLat centre;
        double radius_m = 0;
    };
    /// A position as one look-up needs it.
    struct Question { // NOLINT(cppcoreguidelines-pro-type-member-init): without a place there is no question
        LonLat position;
        PlacedPosition placed;
        double sigma_m = 0;
        float reach_m = 0;  ///< fences further away hold less than the floor
        float least_m2 = 0; ///< smaller fences hold less than the floor
        float floor = 0;
    };
    class Builder;

    enum class Place { outside, inside, open };

    void judge(std::span<std::uint32_t> candidates, const Question &question, std::vector<FenceShare> &found) const;
    void prefetch_corners(const Entry &entry) const noexcept;
    /// What bounds and inner circle tell.
    [[nodiscard]] static Place place_of(const Entry &entry, PlanePoint at, const Question &question) noexcept;
    [[nodiscard]] float share(const Entry &entry, PlanePoint at, const Question &question) const noexcept;
    [[nodiscard]] float share_of_circle(const Entry &entry, PlanePoint at, const Question &question) const noexcept;
    template <typename Wide>
    [[nodiscard]] float share_of_outline(const Entry &entry, PlanePoint at, const Question &question) const noexcept;

    RTree m_tree;                 ///< over degrees of longitude and latitude as whole numbers of 32 bits; its items are indices into m_entries
    std::vector<Entry> m_entries; ///< along Hilbert's curve
    std::vector<std::uint32_t> m_numbers; ///< of the entries' fences in the list that was given
    std::vector<std::int32_t> m_east;     ///< corners of all outlines: of each fence its runs * edge_lanes + 1
    std::vector<std::int32_t> m_north;
    std::vector<RunBox> m_boxes;
    std::vector<WideCircle> m_wide_circles;
};

} // namespace keyaki::geo
