#include "geo/fence_index.hpp"

#include "geo/limits.hpp"
#include "geo/prefetch.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace keyaki::geo {

namespace {

/// Runs of edges up to which an outline is looked at whole: telling near from far would take as long.
constexpr std::uint32_t boxless_runs = 4;

/// Fences whose data is fetched at once: more than a look-up commonly meets.
constexpr std::size_t candidates_at_once = 32;

/// Metres. Longer edges are cut, so that what is near has both its ends near and single precision is exact to 0.03 mm.
constexpr double longest_edge_m = 500;

/// Metres of radius from which a circle's distances are taken along the ellipsoid: within, its plane is true to 0.02 mm.
constexpr double wide_circle_m = 1000;

/// Up to this sigma the difference of two coordinates fits 32 bits: fence, reach and fence again are at most 103 km in units of 2^-14 m, 19 km in
/// units of 2^-16 m or 4 km in units of 2^-18 m.
constexpr double narrow_sigma_m = 1000;

std::uint32_t unit_bits_for(double outer_radius_m) noexcept { return outer_radius_m <= 500 ? 18 : outer_radius_m <= 8'000 ? 16 : 14; }

/// Degrees as a whole number of 32 bits, rounded by `slack` cells outwards.
std::uint32_t cell(double degrees_from_edge, double range_deg, double slack) noexcept {
    return static_cast<std::uint32_t>(std::clamp(degrees_from_edge / range_deg * 4294967296.0 + slack, 0.0, 4294967295.0));
}

GridBox cells_of(double west_deg, double south_deg, double east_deg, double north_deg) noexcept {
    // What reaches the antimeridian goes around the world: a fence or question there is rare, and then nothing is missed.
    const bool is_around = west_deg <= -180 || east_deg >= 180;
    return {is_around ? 0 : cell(west_deg + 180, 360, -2), cell(south_deg + 90, 180, -2), is_around ? UINT32_MAX : cell(east_deg + 180, 360, 2),
            cell(north_deg + 90, 180, 2)};
}

GridBox cells_of(const Fence &fence) noexcept {
    const LonLatBox box = fence.bounds();
    return cells_of(box.west_deg, box.south_deg, box.east_deg, box.north_deg);
}

/// Indices of the boxes in the order in which an RTree keeps them.
std::vector<std::uint32_t> tree_order(std::span<const GridBox> boxes) {
    const RTree tree(boxes);
    std::vector<std::uint32_t> order;
    order.reserve(boxes.size());
    tree.query(tree.bounds(), [&order](std::uint32_t item) { order.push_back(item); });
    return order;
}

} // namespace

/// Brings one fence after the other into the index's arrays.
class FenceIndex::Builder {
  public:
    explicit Builder(FenceIndex &index) : m_index(index) {}

    void add(const Fence &fence, std::uint32_t number) {
        Entry entry;
        entry.lon_deg = fence.centre().lon_deg;
        entry.arc_m = meridian_arc_m(fence.centre().lat_deg);
        entry.area_m2 = static_cast<float>(fence.area_m2());
        if (fence.shape() == FenceShape::circle) {
            add_circle(fence, entry);
        } else {
            add_outline(fence, entry);
        }
        m_index.m_entries.push_back(entry);
        m_index.m_numbers.push_back(number);
    }

  private:
    void add_circle(const Fence &fence, Entry &entry) {
        const auto radius_m = static_cast<float>(fence.radius_m());
        entry.west_m = entry.south_m = -radius_m;
        entry.east_m = entry.north_m = entry.inner_radius_m = radius_m;
        if (fence.radius_m() > wide_circle_m) {
            entry.first_box = static_cast<std::uint32_t>(m_index.m_wide_circles.size());
            m_index.m_wide_circles.push_back({fence.centre(), fence.radius_m()});
        }
    }

    void add_outline(const Fence &fence, Entry &entry) {
        entry.unit_bits = unit_bits_for(fence.outer_radius_m());
        entry.first_corner = static_cast<std::uint32_t>(m_index.m_east.size());
        m_half_units_per_m = std::ldexp(0.5, static_cast<int>(entry.unit_bits));
        add_corners(fence);
        entry.runs = static_cast<std::uint32_t>((m_index.m_east.size() - entry.first_corner - 1) / edge_lanes);
        set_bounds(entry);
        if (entry.runs > boxless_runs) {
            add_boxes(entry);
        }
        set_inner_circle(entry);
    }

    /// All rings as one closed walk: from the first corner to each further ring, around it and back. The ways there and back cancel.
    void add_corners(const Fence &fence) {
        const Corner start = corner_of(fence.ring(0).front());
        push(start);
        for (std::size_t ring = 0; ring < fence.ring_count(); ++ring) {
            for (const PlanePoint point : fence.ring(ring)) {
                walk_to(corner_of(point));
            }
            walk_to(start);
        }
        const std::size_t edges = m_index.m_east.size() - 1 - m_first;
        for (std::size_t edge = edges; edge % edge_lanes != 0; ++edge) {
            push(start);
        }
        m_first = m_index.m_east.size();
    }

    struct Corner {
        std::int32_t east;
        std::int32_t north;
        friend auto operator<=>(const Corner &, const Corner &) = default; // NOLINT(modernize-use-nullptr): the check misreads <=>
    };

    /// Even units.
    [[nodiscard]] Corner corner_of(PlanePoint point) const noexcept {
        const auto even = [this](double metres) { return static_cast<std::int32_t>(2 * std::llround(metres * m_half_units_per_m)); };
        return {even(point.east_m), even(point.north_m)};
    }

    void push(Corner corner) {
        m_index.m_east.push_back(corner.east);
        m_index.m_north.push_back(corner.north);
        m_last = corner;
    }

    /// The same corners in between whichever way an edge is walked, so that two ways cancel.
    void walk_to(Corner to) {
        if (to == m_last) {
            return;
        }
        const Corner from = m_last;
        const bool is_forward = from < to;
        const Corner low = is_forward ? from : to;
        const Corner high = is_forward ? to : from;
        const double east = static_cast<double>(high.east) - low.east;
        const double north = static_cast<double>(high.north) - low.north;
        const auto pieces = static_cast<std::int64_t>(std::ceil(std::hypot(east, north) / (2 * m_half_units_per_m) / longest_edge_m));
        for (std::int64_t piece = 1; piece < pieces; ++piece) {
            const double share = static_cast<double>(is_forward ? piece : pieces - piece) / static_cast<double>(pieces);
            push({static_cast<std::int32_t>(low.east + 2 * std::llround(east * share / 2)),
                  static_cast<std::int32_t>(low.north + 2 * std::llround(north * share / 2))});
        }
        push(to);
    }

    [[nodiscard]] RunBox box_of(std::size_t first, std::size_t corners) const {
        const auto [west, east] = std::minmax_element(&m_index.m_east[first], &m_index.m_east[first] + corners);
        const auto [south, north] = std::minmax_element(&m_index.m_north[first], &m_index.m_north[first] + corners);
        return {*west, *south, *east, *north};
    }

    void set_bounds(Entry &entry) const {
        const RunBox box = box_of(entry.first_corner, entry.runs * edge_lanes + 1);
        const auto metres = [&entry](std::int32_t units) { return static_cast<float>(std::ldexp(units, -static_cast<int>(entry.unit_bits))); };
        entry.west_m = metres(box.west);
        entry.south_m = metres(box.south);
        entry.east_m = metres(box.east);
        entry.north_m = metres(box.north);
    }

    void add_boxes(Entry &entry) {
        entry.first_box = static_cast<std::uint32_t>(m_index.m_boxes.size());
        for (std::size_t run = 0; run < entry.runs; ++run) {
            m_index.m_boxes.push_back(box_of(entry.first_corner + run * edge_lanes, edge_lanes + 1));
        }
    }

    /// Metres from a point inside to the nearest edge, less than nothing from one outside.
    [[nodiscard]] double room_m(const Entry &entry, PlanePoint point) const noexcept {
        const std::int32_t *east = &m_index.m_east[entry.first_corner];
        const std::int32_t *north = &m_index.m_north[entry.first_corner];
        const double east_at = point.east_m * 2 * m_half_units_per_m;
        const double north_at = point.north_m * 2 * m_half_units_per_m;
        bool is_inside = false;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t edge = 0; edge < entry.runs * edge_lanes; ++edge) {
            const double begin_east = east[edge] - east_at;
            const double begin_north = north[edge] - north_at;
            const double along_east = static_cast<double>(east[edge + 1]) - east[edge];
            const double along_north = static_cast<double>(north[edge + 1]) - north[edge];
            const double squared_length = along_east * along_east + along_north * along_north;
            const double share = std::clamp(-(begin_east * along_east + begin_north * along_north) / (squared_length + 1e-9), 0.0, 1.0);
            const double off_east = begin_east + share * along_east;
            const double off_north = begin_north + share * along_north;
            least = std::min(least, off_east * off_east + off_north * off_north);
            const bool begins_north = begin_north > 0;
            const bool ends_north = begin_north + along_north > 0;
            const bool is_left = begin_east * along_north - begin_north * along_east >= 0;
            is_inside = is_inside != (begins_north != ends_north && is_left == ends_north);
        }
        const double edge_m = std::sqrt(least) / (2 * m_half_units_per_m);
        return is_inside ? edge_m : -edge_m;
    }

    /// The roomiest of a few circles within the fence: around the middles of a grid over its bounds, fewer where looking takes long.
    void set_inner_circle(Entry &entry) const {
        const int steps = entry.runs > 100 ? 1 : 5;
        for (int column = 0; column < steps; ++column) {
            for (int row = 0; row < steps; ++row) {
                const PlanePoint point{entry.west_m + (column + 0.5) / steps * (entry.east_m - entry.west_m),
                                       entry.south_m + (row + 0.5) / steps * (entry.north_m - entry.south_m)};
                const auto radius_m = static_cast<float>(room_m(entry, point));
                if (radius_m > entry.inner_radius_m) {
                    entry.inner_east_m = static_cast<float>(point.east_m);
                    entry.inner_north_m = static_cast<float>(point.north_m);
                    entry.inner_radius_m = radius_m;
                }
            }
        }
    }

    FenceIndex &m_index;
    double m_half_units_per_m = 1;
    std::size_t m_first = 0; ///< of the present fence's corners
    Corner m_last{};
};

FenceIndex::FenceIndex(std::span<const Fence> fences) {
    assert(fences.size() < UINT32_MAX);
    std::vector<GridBox> boxes;
    boxes.reserve(fences.size());
    for (const Fence &fence : fences) {
        boxes.push_back(cells_of(fence));
    }
    // Neighbours on the map lie beside one another in memory.
    m_entries.reserve(fences.size());
    m_numbers.reserve(fences.size());
    std::vector<GridBox> sorted_boxes;
    sorted_boxes.reserve(fences.size());
    Builder builder(*this);
    for (const std::uint32_t number : tree_order(boxes)) {
        builder.add(fences[number], number);
        sorted_boxes.push_back(boxes[number]);
    }
    m_tree = RTree(sorted_boxes);
    m_east.shrink_to_fit();
    m_north.shrink_to_fit();
    m_boxes.shrink_to_fit();
}

std::size_t FenceIndex::memory_bytes() const noexcept {
    const auto bytes = [](const auto &list) { return list.capacity() * sizeof(list[0]); };
    return m_tree.memory_bytes() + bytes(m_entries) + bytes(m_numbers) + bytes(m_east) + bytes(m_north) + bytes(m_boxes) + bytes(m_wide_circles);
}

void FenceIndex::find(LonLat position, double sigma_m, double floor, std::vector<FenceShare> &found) const {
    found.clear();
    if (!is_on_earth(position) || std::abs(position.lat_deg) > max_mercator_lat_deg) {
        return;
    }
    sigma_m = std::clamp(sigma_m, min_sigma_m, max_sigma_m);
    floor = std::clamp(floor, min_floor, 1.0);
    // A convex outline whose nearest point is d away holds no more than the half plane there; the bounds are convex. A thousandth for the bend of
    // parallels and meridians in the plane, 1 cm for the rounding of coordinates.
    const double reach_m = half_plane_reach(std::min(floor, 0.5)) * sigma_m * 1.001 + 0.01;
    const Question question{position,
                            PlacedPosition(position),
                            sigma_m,
                            static_cast<float>(reach_m),
                            static_cast<float>(floor * 2 * std::numbers::pi * sigma_m * sigma_m * 0.9999),
                            static_cast<float>(floor)};
    // Towards the pole a degree of longitude becomes shorter: by less than twelve reaches in an Earth's radius, at 85 degrees.
    const double north_deg = reach_m / question.placed.lat_degree_m();
    const double east_deg = reach_m / (question.placed.lon_degree_m() * (1 - 12 * reach_m / 6.3e6));
    // In three passes over a few fences at a time, so that what one needs from memory comes while others are worked on.
    std::array<std::uint32_t, candidates_at_once> candidates; // NOLINT(cppcoreguidelines-pro-type-member-init): what is read was written
    std::size_t count = 0;
    m_tree.query(cells_of(position.lon_deg - east_deg, position.lat_deg - north_deg, position.lon_deg + east_deg, position.lat_deg + north_deg),
                 [&](std::uint32_t item) {
                     prefetch(&m_entries[item], 1);
                     candidates[count++] = item;
                     if (count == candidates.size()) {
                         judge(std::span(candidates).first(count), question, found);
                         count = 0;
                     }
                 });
    judge(std::span(candidates).first(count), question, found);
}

void FenceIndex::judge(std::span<std::uint32_t> candidates, const Question &question, std::vector<FenceShare> &found) const {
    struct Open { // NOLINT(cppcoreguidelines-pro-type-member-init): what is read was written
        std::uint32_t item;
        PlanePoint at;
    };
    std::array<Open, candidates_at_once> open;
    std::size_t count = 0;
    for (const std::uint32_t item : candidates) {
        const Entry &entry = m_entries[item];
        const PlanePoint at = question.placed.in_plane_of(entry.lon_deg, entry.arc_m);
        switch (place_of(entry, at, question)) {
        case Place::outside: break;
        case Place::inside: found.push_back({m_numbers[item], 1}); break;
        case Place::open:
            prefetch_corners(entry);
            open[count++] = {item, at};
            break;
        }
    }
    for (const Open &one : std::span(open).first(count)) {
        const float probability = share(m_entries[one.item], one.at, question);
        if (probability >= question.floor) {
            found.push_back({m_numbers[one.item], probability});
        }
    }
}

void FenceIndex::prefetch_corners(const Entry &entry) const noexcept {
    const std::size_t corners = std::size_t{std::min(entry.runs, boxless_runs)} * edge_lanes;
    prefetch(m_east.data() + entry.first_corner, corners);
    prefetch(m_north.data() + entry.first_corner, corners);
}

FenceIndex::Place FenceIndex::place_of(const Entry &entry, PlanePoint at, const Question &question) noexcept {
    const auto east_m = static_cast<float>(at.east_m);
    const auto north_m = static_cast<float>(at.north_m);
    const float outside_east_m = std::max({entry.west_m - east_m, east_m - entry.east_m, 0.0F});
    const float outside_north_m = std::max({entry.south_m - north_m, north_m - entry.north_m, 0.0F});
    if (entry.area_m2 < question.least_m2 ||
        outside_east_m * outside_east_m + outside_north_m * outside_north_m > question.reach_m * question.reach_m) {
        return Place::outside;
    }
    const float inner_east_m = east_m - entry.inner_east_m;
    const float inner_north_m = north_m - entry.inner_north_m;
    const float room_m = entry.inner_radius_m - share_horizon_sigmas * static_cast<float>(question.sigma_m);
    const bool is_inside = room_m > 0 && inner_east_m * inner_east_m + inner_north_m * inner_north_m < room_m * room_m;
    return is_inside ? Place::inside : Place::open;
}

float FenceIndex::share(const Entry &entry, PlanePoint at, const Question &question) const noexcept {
    if (entry.runs == 0) {
        return share_of_circle(entry, at, question);
    }
    return question.sigma_m > narrow_sigma_m ? share_of_outline<std::int64_t>(entry, at, question)
                                             : share_of_outline<std::int32_t>(entry, at, question);
}

float FenceIndex::share_of_circle(const Entry &entry, PlanePoint at, const Question &question) const noexcept {
    if (entry.inner_radius_m > wide_circle_m) {
        const WideCircle &wide = m_wide_circles[entry.first_box];
        return circle_share(distance_m(wide.centre, question.position) / question.sigma_m, wide.radius_m / question.sigma_m);
    }
    return circle_share(std::sqrt(at.east_m * at.east_m + at.north_m * at.north_m) / question.sigma_m, entry.inner_radius_m / question.sigma_m);
}

template <typename Wide>
float FenceIndex::share_of_outline(const Entry &entry, PlanePoint at, const Question &question) const noexcept {
    const double half_units_per_m = static_cast<double>(1U << entry.unit_bits) / 2;
    const auto odd = [half_units_per_m](double metres) {
        return static_cast<Wide>(2 * static_cast<Wide>(std::floor(metres * half_units_per_m)) + 1);
    };
    const Wide at_east = odd(at.east_m);
    const Wide at_north = odd(at.north_m);
    OutlineShare<Wide> outline(at_east, at_north, static_cast<float>(1 / (2 * half_units_per_m * question.sigma_m)));
    const std::int32_t *east = &m_east[entry.first_corner];
    const std::int32_t *north = &m_north[entry.first_corner];
    if (entry.runs <= boxless_runs) {
        for (std::uint32_t run = 0; run < entry.runs; ++run) {
            outline.add_edges(east + run * edge_lanes, north + run * edge_lanes);
        }
        return outline.share();
    }
    const auto horizon = static_cast<std::int64_t>(share_horizon_sigmas * question.sigma_m * 2 * half_units_per_m) + 1;
    for (std::uint32_t run = 0; run < entry.runs; ++run) {
        const RunBox &box = m_boxes[entry.first_box + run];
        const std::int32_t *run_east = east + run * edge_lanes;
        const std::int32_t *run_north = north + run * edge_lanes;
        if (box.west > at_east + horizon || box.east < at_east - horizon || box.south > at_north + horizon || box.north < at_north - horizon) {
            outline.add_far_edges(run_north[0], run_north[edge_lanes], box.east > at_east);
        } else {
            outline.add_edges(run_east, run_north);
        }
    }
    return outline.share();
}

} // namespace keyaki::geo
