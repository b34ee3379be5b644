#pragma once

#include "tiles/polygon_repair.hpp"
#include "tiles/tile_geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace keyaki::tiles {

/// Unites polygons that touch along equal edges, as those do that share vertices in the source: edges that two polygons have in opposite directions
/// go, the others are strung together anew, and what lies within another polygon goes with it. A few sorts instead of a general overlay, which takes
/// twenty times as long. It knows which polygons it cannot unite: those whose edges cross, or touch in the middle. Keeps its memory. One thread.
class EdgeDissolver {
  public:
    /// Appends to `united` and says true, or leaves it alone and says false; conflicts() then has at least one pair of members that has to be united
    /// in another way first, or none where all of them have to be. \pre the polygons are valid
    [[nodiscard]] bool dissolve(const TilePolygons &polygons, std::span<const std::uint32_t> members, TilePolygons &united);
    [[nodiscard]] std::span<const std::pair<std::uint32_t, std::uint32_t>> conflicts() const noexcept { return m_conflicts; }

  private:
    /// With the inside on its right.
    struct Edge {
        TilePoint a;
        TilePoint b;
        std::uint32_t polygon = 0;
        bool is_used = false;
    };
    void collect(const TilePolygons &polygons, std::span<const std::uint32_t> members);
    void cancel();
    void find_conflicts();
    [[nodiscard]] bool string_rings();
    [[nodiscard]] Edge *next_of(const Edge &edge);
    void split_into_simple_rings();
    void end_simple_ring(std::size_t begin);
    void find_boxes();
    [[nodiscard]] bool is_within(std::size_t ring, std::size_t other) const;
    [[nodiscard]] std::vector<std::size_t> boundary_rings() const;
    [[nodiscard]] bool give(TilePolygons &united) const;

    std::vector<Edge> m_edges;
    std::vector<const Edge *> m_open;
    std::vector<TilePoint> m_walk;  ///< a ring as it was strung, perhaps touching itself
    std::vector<TilePoint> m_stack; ///< what is not split off yet
    TilePaths m_rings;              ///< simple ones
    std::vector<TileBox> m_boxes;   ///< of the rings
    std::vector<std::int64_t> m_areas;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> m_conflicts;
};

} // namespace keyaki::tiles
