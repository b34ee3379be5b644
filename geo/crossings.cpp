#include "geo/crossings.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace keyaki::geo {

namespace {

constexpr std::size_t max_looks = 50'000'000;

/// An edge with its western end first.
struct Edge {
    LonLat west;
    LonLat east;

    [[nodiscard]] bool shares_end(const Edge &other) const noexcept {
        return west == other.west || west == other.east || east == other.west || east == other.east;
    }
    [[nodiscard]] bool overlaps_in_latitude(const Edge &other) const noexcept {
        return std::max(west.lat_deg, east.lat_deg) >= std::min(other.west.lat_deg, other.east.lat_deg) &&
               std::max(other.west.lat_deg, other.east.lat_deg) >= std::min(west.lat_deg, east.lat_deg);
    }
};

/// On which side of the edge the position is: positive left, negative right. Its rounding does not matter here, where crossings are counted and none
/// is placed.
double side_of(const Edge &edge, LonLat position) noexcept {
    return (edge.east.lon_deg - edge.west.lon_deg) * (position.lat_deg - edge.west.lat_deg) -
           (edge.east.lat_deg - edge.west.lat_deg) * (position.lon_deg - edge.west.lon_deg);
}

bool meet(const Edge &a, const Edge &b) noexcept {
    return side_of(a, b.west) * side_of(a, b.east) <= 0 && side_of(b, a.west) * side_of(b, a.east) <= 0;
}

std::vector<Edge> edges_from_west(const Geometry &geometry) {
    std::vector<Edge> edges;
    edges.reserve(geometry.positions.size());
    for (std::size_t part = 0; part < geometry.part_count(); ++part) {
        const auto positions = geometry.part(part);
        for (std::size_t i = 1; i < positions.size(); ++i) {
            const auto [west, east] = std::minmax(positions[i - 1], positions[i], [](LonLat a, LonLat b) { return a.lon_deg < b.lon_deg; });
            edges.push_back({west, east});
        }
    }
    std::sort(edges.begin(), edges.end(), [](const Edge &a, const Edge &b) { return a.west.lon_deg < b.west.lon_deg; });
    return edges;
}

} // namespace

bool has_few_crossings(const Geometry &geometry, std::size_t most) {
    const std::vector<Edge> edges = edges_from_west(geometry);
    std::size_t looks = 0;
    std::size_t crossings = 0;
    for (std::size_t i = 0; i < edges.size(); ++i) {
        for (std::size_t j = i + 1; j < edges.size() && edges[j].west.lon_deg <= edges[i].east.lon_deg; ++j) {
            if (++looks > max_looks) {
                return false;
            }
            const bool cross = edges[i].overlaps_in_latitude(edges[j]) && !edges[i].shares_end(edges[j]) && meet(edges[i], edges[j]);
            if (cross && ++crossings > most) {
                return false;
            }
        }
    }
    return true;
}

} // namespace keyaki::geo
