#pragma once

#include "geo/relation.hpp"
#include "geo/rtree.hpp"
#include "server/filter/bound_filter.hpp"
#include "server/filter/scalar.hpp"
#include "tiles/snapshot_part.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace keyaki::server::filter {

/// Answers one spatial function for many features. Its literal's surroundings are cut into cells, of which GEOS says once whether they lie wholly
/// inside or wholly outside; a feature within such cells needs no question of its own. So 1,000,000 points in a polygon cost some thousand questions
/// and not a million. One thread.
class SpatialProbe {
  public:
    SpatialProbe(const BoundGeometry &geometry, geo::Relation relation);

    [[nodiscard]] bool holds(const tiles::SnapshotPart &part, std::uint32_t index);

  private:
    enum class Side : std::uint8_t { unasked, inside, outside, edge };

    /// 4^level cells, level by level: 1, 4, 16, … in rows from north to south.
    static constexpr std::size_t levels = 9;
    static constexpr std::size_t finest = levels - 1;
    static constexpr std::size_t cells_across = std::size_t{1} << finest;
    /// A feature over more cells than this is asked for itself.
    static constexpr std::size_t most_cells = 16;

    [[nodiscard]] Side side_of(const geo::GridBox &box);
    [[nodiscard]] Side cell(std::size_t column, std::size_t row);
    [[nodiscard]] Side asked(std::size_t level, std::size_t column, std::size_t row) const;

    geo::Relation m_relation;
    geo::LonLatBox m_bounds;
    std::vector<geo::PreparedGeometry> m_members;
    std::array<std::vector<Side>, levels> m_cells;
    /// Where the finest cells begin on the grid that features are kept on, and where the last one ends: so a feature finds its cell by whole numbers.
    std::array<std::uint32_t, cells_across + 1> m_columns{};
    std::array<std::uint32_t, cells_across + 1> m_rows{};
};

/// One literal against another. Throws Error invalid_input where GEOS cannot tell.
[[nodiscard]] bool holds(geo::Relation relation, const BoundGeometry &left, const BoundGeometry &right);

} // namespace keyaki::server::filter
