#include "server/filter/spatial_probe.hpp"

#include "geo/mercator.hpp"
#include "tiles/layer_snapshot.hpp"

#include <algorithm>

namespace keyaki::server::filter {

namespace {

/// What the relation says of a feature that lies wholly in the interior of the literal, or that has no point in common with it.
bool holds_inside(geo::Relation relation) noexcept { return relation == geo::Relation::intersects || relation == geo::Relation::within; }
bool holds_outside(geo::Relation relation) noexcept { return relation == geo::Relation::disjoint; }

bool stands_to(const std::vector<geo::PreparedGeometry> &members, geo::Relation relation, const geo::Geometry &geometry) {
    const auto meets = [&](const geo::PreparedGeometry &member) { return member.holds(geo::Relation::intersects, geometry); };
    if (members.size() == 1) {
        return members.front().holds(relation, geometry);
    }
    return std::any_of(members.begin(), members.end(), meets) == (relation == geo::Relation::intersects);
}

std::vector<geo::PreparedGeometry> prepared(const BoundGeometry &geometry) {
    std::vector<geo::PreparedGeometry> members;
    for (const geo::Geometry &member : geometry.members) {
        members.emplace_back(member);
    }
    return members;
}

double between(double from, double to, double share) noexcept { return from + (to - from) * share; }

/// Some cells more on each side: features are decoded to seven decimals, about a cell of the grid, and may lie beside it by that.
geo::GridBox widened(const geo::GridBox &box) noexcept {
    constexpr std::uint32_t margin = 4;
    return {box.min_x - std::min(box.min_x, margin), box.min_y - std::min(box.min_y, margin), box.max_x + std::min(UINT32_MAX - box.max_x, margin),
            box.max_y + std::min(UINT32_MAX - box.max_y, margin)};
}

/// The interval of ascending edges that holds the value, guessed as if they stood evenly and then put right.
/// \pre edges.front() <= value <= edges.back()
template <std::size_t Edges>
std::size_t place_among(const std::array<std::uint32_t, Edges> &edges, std::uint32_t value) noexcept {
    constexpr std::size_t intervals = Edges - 1;
    const std::uint64_t width = std::max<std::uint64_t>(1, edges.back() - edges.front());
    std::size_t place = std::min<std::size_t>(intervals - 1, static_cast<std::uint64_t>(value - edges.front()) * intervals / width);
    while (place > 0 && edges[place] > value) {
        --place;
    }
    while (place + 1 < intervals && edges[place + 1] <= value) {
        ++place;
    }
    return place;
}

} // namespace

SpatialProbe::SpatialProbe(const BoundGeometry &geometry, geo::Relation relation) : m_relation(relation), m_members(prepared(geometry)) {
    for (const geo::LonLatBox &box : geometry.bounds) {
        m_bounds.extend(box);
    }
    for (std::size_t level = 0; level < levels; ++level) {
        m_cells[level].resize(std::size_t{1} << (2 * level), Side::unasked);
    }
    for (std::size_t step = 0; step <= cells_across; ++step) {
        const double share = static_cast<double>(step) / cells_across;
        const geo::GridPoint corner =
            geo::to_grid(geo::LonLat{between(m_bounds.west_deg, m_bounds.east_deg, share), between(m_bounds.north_deg, m_bounds.south_deg, share)});
        m_columns[step] = corner.x;
        m_rows[step] = corner.y;
    }
}

SpatialProbe::Side SpatialProbe::asked(std::size_t level, std::size_t column, std::size_t row) const {
    const double share = 1.0 / static_cast<double>(std::size_t{1} << level);
    const auto lon_deg = [&](std::size_t step) { return between(m_bounds.west_deg, m_bounds.east_deg, share * static_cast<double>(step)); };
    const auto lat_deg = [&](std::size_t step) { return between(m_bounds.north_deg, m_bounds.south_deg, share * static_cast<double>(step)); };
    const geo::LonLatBox box{lon_deg(column), lat_deg(row + 1), lon_deg(column + 1), lat_deg(row)};
    if (std::any_of(m_members.begin(), m_members.end(), [&](const auto &member) { return member.holds_properly(box); })) {
        return Side::inside;
    }
    const bool apart = std::all_of(m_members.begin(), m_members.end(), [&](const auto &member) { return member.is_disjoint(box); });
    return apart ? Side::outside : Side::edge;
}

/// From the whole down to the finest cell, as long as the literal's edge goes through. The finest one keeps the answer.
SpatialProbe::Side SpatialProbe::cell(std::size_t column, std::size_t row) {
    Side &kept = m_cells[finest][row << finest | column];
    for (std::size_t level = 0; level < levels && kept == Side::unasked; ++level) {
        const std::size_t shift = finest - level;
        Side &side = m_cells[level][(row >> shift) << level | (column >> shift)];
        if (side == Side::unasked) {
            side = asked(level, column >> shift, row >> shift);
        }
        if (side != Side::edge || level == finest) {
            kept = side;
        }
    }
    return kept;
}

SpatialProbe::Side SpatialProbe::side_of(const geo::GridBox &box) {
    const geo::GridBox wide = widened(box);
    if (wide.max_x < m_columns.front() || wide.min_x > m_columns.back() || wide.max_y < m_rows.front() || wide.min_y > m_rows.back()) {
        return Side::outside;
    }
    if (wide.min_x < m_columns.front() || wide.max_x > m_columns.back() || wide.min_y < m_rows.front() || wide.max_y > m_rows.back()) {
        return Side::edge;
    }
    const std::size_t west = place_among(m_columns, wide.min_x);
    const std::size_t east = place_among(m_columns, wide.max_x);
    const std::size_t north = place_among(m_rows, wide.min_y);
    const std::size_t south = place_among(m_rows, wide.max_y);
    if ((east - west + 1) * (south - north + 1) > most_cells) {
        return Side::edge;
    }
    const Side all = cell(west, north);
    for (std::size_t row = north; row <= south; ++row) {
        for (std::size_t column = west; column <= east; ++column) {
            if (all == Side::edge || cell(column, row) != all) {
                return Side::edge;
            }
        }
    }
    return all;
}

bool SpatialProbe::holds(const tiles::SnapshotPart &part, std::uint32_t index) {
    switch (side_of(part.box(index))) {
    case Side::inside: return holds_inside(m_relation);
    case Side::outside: return holds_outside(m_relation);
    default: return stands_to(m_members, m_relation, tiles::FeatureRef(part, index).geometry());
    }
}

bool holds(geo::Relation relation, const BoundGeometry &left, const BoundGeometry &right) {
    const std::vector<geo::PreparedGeometry> members = prepared(right);
    if (left.members.size() == 1) {
        return stands_to(members, relation, left.members.front());
    }
    const bool meets = std::any_of(left.members.begin(), left.members.end(),
                                   [&](const geo::Geometry &member) { return stands_to(members, geo::Relation::intersects, member); });
    return meets == (relation == geo::Relation::intersects);
}

} // namespace keyaki::server::filter
