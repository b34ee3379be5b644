#pragma once

#include "tiles/tile_geometry.hpp"

#include <cstdint>
#include <vector>

namespace keyaki::tiles {

/// Joins lines of one tile that meet end to end where nothing else does. Keeps its memory. One thread.
class LineJoiner {
  public:
    /// \param has_direction lines are joined an end to a beginning only, and none is turned around
    /// \param joint_tolerance_units vertices at which lines were joined go where they, and those that have gone before them, are no further from the
    /// line between the neighbours that stay; negative: all stay. `joined` gets the lines in the order of their first parts. The same lines in the
    /// same order give the same.
    void join(const TilePaths &lines, bool has_direction, double joint_tolerance_units, TilePaths &joined);

  private:
    static constexpr std::uint32_t nothing = UINT32_MAX;
    /// An end of a line: twice its number, and one more for its last point.
    struct End {
        TilePoint point;
        std::uint32_t end;
    };
    void link(const TilePaths &lines, bool has_direction);
    void follow(const TilePaths &lines, std::uint32_t end, double joint_tolerance_units, TilePaths &joined);
    void append_line(double joint_tolerance_units, TilePaths &joined);

    std::vector<End> m_ends;
    std::vector<std::uint32_t> m_links; ///< by end: the end that it is joined to, or nothing
    std::vector<std::uint8_t> m_taken;  ///< by line
    std::vector<TilePoint> m_line;
    std::vector<std::size_t> m_joints; ///< places in m_line
    std::vector<TilePoint> m_gone;     ///< joints since the point that was kept last
};

} // namespace keyaki::tiles
