#pragma once

#include "geo/mercator.hpp"

#include <cstdint>
#include <span>

namespace keyaki::tiles {

/// What is found out about a polygon's only ring once, when a snapshot is built, so that tiles need not look for edges that meet.
///
/// Rounding moves a vertex by at most half a unit on each axis, and with it each point of its edges by at most sqrt(1/2) units. So where edges that
/// are no neighbours are further than sqrt(2) units apart, they stay apart, the ring stays simple, and it goes on turning the same way round.
struct RingFacts {
    static constexpr std::uint8_t never = 255;

    /// The smallest zoom from which on the ring, drawn with all vertices in units of 4096 a tile, is such.
    std::uint8_t apart_whole_from = never;
    /// The same for the ring that each zoom draws after simplify.hpp.
    std::uint8_t apart_from = never;
    /// Clockwise on the screen, as MVT wants an exterior.
    bool is_clockwise = false;
};

/// For rings of four to max_vertices_compared_in_pairs vertices that are less than 2^24 cells (150 km) wide and high; of others nothing is known.
/// `zooms` is simplify.hpp's. \pre same sizes
[[nodiscard]] RingFacts ring_facts(std::span<const geo::GridPoint> ring, std::span<const std::uint8_t> zooms);

} // namespace keyaki::tiles
