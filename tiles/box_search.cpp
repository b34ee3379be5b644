#include "tiles/box_search.hpp"

#include "geo/mercator.hpp"
#include "geo/predicates.hpp"

#include <algorithm>

namespace keyaki::tiles {

namespace {

/// A feature's degrees are those of its cell's middle, rounded to seven decimals: off by 0.5e-7 degrees at most, which is 7 cells at the end of Web
/// Mercator and less than one at the equator. So whatever lies so many cells within the cells of a box lies within the box.
constexpr std::uint32_t margin_cells = 16;

geo::GridBox shrunk(const geo::GridBox &cells) noexcept {
    const bool is_large = !cells.empty() && cells.max_x - cells.min_x > 2 * margin_cells && cells.max_y - cells.min_y > 2 * margin_cells;
    return is_large ? geo::GridBox{cells.min_x + margin_cells, cells.min_y + margin_cells, cells.max_x - margin_cells, cells.max_y - margin_cells}
                    : geo::GridBox{};
}

} // namespace

geo::GridBox cells_of(const geo::LonLatBox &box) noexcept {
    const auto clamped = [](double lon_deg, double lat_deg) {
        return geo::to_grid(geo::LonLat{std::clamp(lon_deg, -180.0, 180.0), std::clamp(lat_deg, -90.0, 90.0)});
    };
    geo::GridBox cells;
    if (!box.empty()) {
        cells.extend(clamped(box.west_deg, box.north_deg));
        cells.extend(clamped(box.east_deg, box.south_deg));
    }
    return cells;
}

BoxSearch::BoxSearch(const geo::LonLatBox &box) noexcept : m_box(box), m_cells(cells_of(box)), m_within(shrunk(m_cells)) {}

bool BoxSearch::meets_by_degrees(const FeatureRef &feature) const {
    const geo::LonLatBox own = feature.bounds();
    if (!own.intersects(m_box)) {
        return false;
    }
    if (m_box.contains({own.west_deg, own.south_deg}) && m_box.contains({own.east_deg, own.north_deg})) {
        return true;
    }
    return feature.geometry_type() != geo::GeometryType::point && geo::intersects(feature.geometry(), m_box);
}

} // namespace keyaki::tiles
