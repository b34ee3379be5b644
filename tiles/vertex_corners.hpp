#pragma once

#include "geo/grid_shape.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace keyaki::tiles {

/// Which vertices are corners, where shapes part: there a line ends, or what shares the vertex goes on to different neighbours. Between corners all
/// shapes that share a piece share all of it, so that simplifying piece by piece keeps what touches touching.
///
/// A vertex is a corner at the zooms where two such shapes are drawn: a street is not held at the paths that branch off it where the map shows no
/// paths yet. Memory: four bytes a vertex. Shapes are added from any number of threads, in any order with the same
/// outcome; asked is after that.
class VertexCorners {
  public:
    /// No vertices yet.
    VertexCorners() = default;
    explicit VertexCorners(std::uint32_t vertex_count);

    /// The lines or rings of a shape that is drawn from zoom_from on. Vertices without a number are left out. \pre zoom_from < never
    void add(const geo::GridShape &shape, std::uint8_t zoom_from);
    /// The zoom from which on it is a corner; `never` for those without a number, too.
    [[nodiscard]] std::uint8_t corner_from(std::uint32_t number) const noexcept;

    static constexpr std::uint8_t never = 15;

  private:
    void add(const geo::GridVertex &vertex, std::uint32_t before, std::uint32_t behind, std::uint8_t zoom_from) noexcept;

    /// A hash of the neighbours of the shape that is drawn first, its zoom, and the zoom at which one with other neighbours is; 0 for none.
    std::unique_ptr<std::uint32_t[]> m_slots;
    std::uint32_t m_count = 0;
};

} // namespace keyaki::tiles
