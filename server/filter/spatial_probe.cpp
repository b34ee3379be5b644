#include "server/filter/spatial_probe.hpp"

#include <algorithm>
#include <cmath>

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

} // namespace

SpatialProbe::SpatialProbe(const BoundGeometry &geometry, geo::Relation relation) : m_relation(relation), m_members(prepared(geometry)) {
    for (const geo::LonLatBox &box : geometry.bounds) {
        m_bounds.extend(box);
    }
    for (std::size_t level = 0; level < levels; ++level) {
        m_cells[level].resize(std::size_t{1} << (2 * level), Side::unasked);
    }
}

SpatialProbe::Side SpatialProbe::asked(std::size_t level, std::size_t column, std::size_t row) const {
    const double share = 1.0 / static_cast<double>(std::size_t{1} << level);
    const auto place = [share](double from, double to, std::size_t step) { return from + (to - from) * share * static_cast<double>(step); };
    const geo::LonLatBox box{place(m_bounds.west_deg, m_bounds.east_deg, column), place(m_bounds.south_deg, m_bounds.north_deg, row),
                             place(m_bounds.west_deg, m_bounds.east_deg, column + 1), place(m_bounds.south_deg, m_bounds.north_deg, row + 1)};
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

SpatialProbe::Side SpatialProbe::side_of(const geo::LonLatBox &bounds) {
    if (!bounds.intersects(m_bounds)) {
        return Side::outside;
    }
    constexpr double cells = 1U << finest;
    const double width = m_bounds.east_deg - m_bounds.west_deg;
    const double height = m_bounds.north_deg - m_bounds.south_deg;
    const bool is_covered = m_bounds.contains({bounds.west_deg, bounds.south_deg}) && m_bounds.contains({bounds.east_deg, bounds.north_deg});
    if (!is_covered || width <= 0 || height <= 0) {
        return Side::edge;
    }
    // One cell more on each side of what rounding gives: a position on a cell's very edge belongs to both.
    const auto first = [](double at) { return static_cast<std::size_t>(std::clamp(std::floor(at * cells - 1e-6), 0.0, cells - 1)); };
    const auto last = [](double at) { return static_cast<std::size_t>(std::clamp(std::floor(at * cells + 1e-6), 0.0, cells - 1)); };
    const std::size_t west = first((bounds.west_deg - m_bounds.west_deg) / width);
    const std::size_t east = last((bounds.east_deg - m_bounds.west_deg) / width);
    const std::size_t south = first((bounds.south_deg - m_bounds.south_deg) / height);
    const std::size_t north = last((bounds.north_deg - m_bounds.south_deg) / height);
    if ((east - west + 1) * (north - south + 1) > most_cells) {
        return Side::edge;
    }
    const Side all = cell(west, south);
    for (std::size_t row = south; row <= north; ++row) {
        for (std::size_t column = west; column <= east; ++column) {
            if (all == Side::edge || cell(column, row) != all) {
                return Side::edge;
            }
        }
    }
    return all;
}

bool SpatialProbe::asked(const tiles::FeatureRef &feature) const { return stands_to(m_members, m_relation, feature.geometry()); }

bool SpatialProbe::holds(const tiles::FeatureRef &feature) {
    switch (side_of(feature.bounds())) {
    case Side::inside: return holds_inside(m_relation);
    case Side::outside: return holds_outside(m_relation);
    default: return asked(feature);
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
