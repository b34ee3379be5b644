#pragma once

#include "geo/relation.hpp"
#include "server/filter/bound_filter.hpp"
#include "server/filter/scalar.hpp"
#include "tiles/layer_snapshot.hpp"

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

    [[nodiscard]] bool holds(const tiles::FeatureRef &feature);

  private:
    enum class Side : std::uint8_t { unasked, inside, outside, edge };

    /// 4^level cells, level by level: 1, 4, 16, …
    static constexpr std::size_t levels = 8; ///< the finest has 128 x 128
    static constexpr std::size_t finest = levels - 1;
    /// A feature over more cells than this is asked for itself.
    static constexpr std::size_t most_cells = 16;

    [[nodiscard]] Side side_of(const geo::LonLatBox &bounds);
    [[nodiscard]] Side cell(std::size_t column, std::size_t row);
    [[nodiscard]] Side asked(std::size_t level, std::size_t column, std::size_t row) const;
    [[nodiscard]] bool asked(const tiles::FeatureRef &feature) const;

    geo::Relation m_relation;
    geo::LonLatBox m_bounds;
    std::vector<geo::PreparedGeometry> m_members;
    std::array<std::vector<Side>, levels> m_cells;
};

/// One literal against another. Throws Error invalid_input where GEOS cannot tell.
[[nodiscard]] bool holds(geo::Relation relation, const BoundGeometry &left, const BoundGeometry &right);

} // namespace keyaki::server::filter
