#include "importers/osm_coastline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>
#include <unordered_map>
#include <utility>

namespace keyaki::importers {

namespace {

using geo::GridBox;
using geo::GridPoint;
using geo::GridVertex;
using Path = std::vector<GridVertex>;

bool is_within(const GridBox &box, GridPoint point) {
    return point.x >= box.min_x && point.x <= box.max_x && point.y >= box.min_y && point.y <= box.max_y;
}

bool is_on_edge(const GridBox &box, GridPoint point) {
    return is_within(box, point) && (point.x == box.min_x || point.x == box.max_x || point.y == box.min_y || point.y == box.max_y);
}

/// By place and not by node: two nodes at one place are one to whoever sails there.
std::uint64_t place_of(const GridVertex &vertex) { return static_cast<std::uint64_t>(vertex.point.x) << 32U | vertex.point.y; }

/// Joins ways where one ends and one begins. Closed paths come without their closing vertex.
struct Joined {
    std::vector<Path> open;
    std::vector<Path> closed;
};

Joined join(std::vector<OsmCoastWay> &ways) {
    std::sort(ways.begin(), ways.end(), [](const OsmCoastWay &a, const OsmCoastWay &b) { return a.id < b.id; });
    std::unordered_map<std::uint64_t, std::size_t> by_begin;
    std::unordered_map<std::uint64_t, std::size_t> by_end;
    for (std::size_t way = 0; way < ways.size(); ++way) {
        by_begin.emplace(place_of(ways[way].vertices.front()), way);
        by_end.emplace(place_of(ways[way].vertices.back()), way);
    }
    Joined joined;
    std::vector<bool> taken(ways.size(), false);
    const auto follow = [&](std::size_t way) {
        Path path;
        for (;;) {
            taken[way] = true;
            const Path &next = ways[way].vertices;
            path.insert(path.end(), next.begin() + (path.empty() ? 0 : 1), next.end());
            const auto found = by_begin.find(place_of(path.back()));
            if (found == by_begin.end() || taken[found->second]) {
                break;
            }
            way = found->second;
        }
        if (path.size() > 3 && path.front().point == path.back().point) {
            path.pop_back();
            joined.closed.push_back(std::move(path));
        } else {
            joined.open.push_back(std::move(path));
        }
    };
    for (std::size_t way = 0; way < ways.size(); ++way) { // those that nothing leads to first
        if (!taken[way] && !by_end.contains(place_of(ways[way].vertices.front()))) {
            follow(way);
        }
    }
    for (std::size_t way = 0; way < ways.size(); ++way) {
        if (!taken[way]) {
            follow(way);
        }
    }
    return joined;
}

/// The part of a segment within the box, by Liang and Barsky (1984).
bool clip(GridPoint a, GridPoint b, const GridBox &box, double &from, double &to) {
    from = 0;
    to = 1;
    const auto side = [&](double step, double room) { // step * share <= room
        if (step == 0) {
            return room >= 0;
        }
        const double share = room / step;
        (step > 0 ? to : from) = step > 0 ? std::min(to, share) : std::max(from, share);
        return from <= to;
    };
    const double dx = static_cast<double>(b.x) - a.x;
    const double dy = static_cast<double>(b.y) - a.y;
    return side(-dx, static_cast<double>(a.x) - box.min_x) && side(dx, static_cast<double>(box.max_x) - a.x) &&
           side(-dy, static_cast<double>(a.y) - box.min_y) && side(dy, static_cast<double>(box.max_y) - a.y);
}

GridVertex at(GridPoint a, GridPoint b, double share, const GridBox &box) {
    const auto between = [&](std::uint32_t from, std::uint32_t to, std::uint32_t least, std::uint32_t most) {
        const double value = std::round(from + share * (static_cast<double>(to) - from));
        return static_cast<std::uint32_t>(std::clamp(value, static_cast<double>(least), static_cast<double>(most)));
    };
    return {{between(a.x, b.x, box.min_x, box.max_x), between(a.y, b.y, box.min_y, box.max_y)}, GridVertex::no_number};
}

/// The pieces of a path within the box, each from edge to edge, or from where the path begins.
void cut(std::span<const GridVertex> path, const GridBox &box, std::vector<Path> &pieces) {
    Path piece;
    const auto end_piece = [&] {
        if (piece.size() >= 2) {
            pieces.push_back(piece);
        }
        piece.clear();
    };
    for (std::size_t index = 1; index < path.size(); ++index) {
        const GridPoint a = path[index - 1].point;
        const GridPoint b = path[index].point;
        double from = 0;
        double to = 1;
        if (!clip(a, b, box, from, to)) {
            end_piece();
            continue;
        }
        if (from > 0) {
            end_piece();
        }
        if (piece.empty()) {
            piece.push_back(from > 0 ? at(a, b, from, box) : path[index - 1]);
        }
        const GridVertex next = to < 1 ? at(a, b, to, box) : path[index];
        if (next.point != piece.back().point) {
            piece.push_back(next);
        }
        if (to < 1) {
            end_piece();
        }
    }
    end_piece();
}

/// How far from the box's edge is near enough, in cells: extracts that were cut along a region's outline end a little before the box that they
/// declare, and what lies behind is outside of the outline anyway.
double near_enough(const GridBox &box) {
    constexpr double share_of_side = 0.125;
    return share_of_side * std::min(box.max_x - box.min_x, box.max_y - box.min_y);
}

/// The nearest point of the box's edge, where that is near enough.
std::optional<GridPoint> near_edge(const GridBox &box, GridPoint point) {
    const std::uint32_t west = point.x - box.min_x;
    const std::uint32_t east = box.max_x - point.x;
    const std::uint32_t north = point.y - box.min_y;
    const std::uint32_t south = box.max_y - point.y;
    const std::uint32_t least = std::min({west, east, north, south});
    if (least > near_enough(box)) {
        return std::nullopt;
    }
    if (least == west || least == east) {
        return GridPoint{least == west ? box.min_x : box.max_x, point.y};
    }
    return GridPoint{point.x, least == north ? box.min_y : box.max_y};
}

/// A coast's last bit inside of the box, that ends there and goes nowhere: the coast has left the box before it.
bool is_stub(const Path &piece, const GridBox &box) {
    if (is_on_edge(box, piece.front().point) == is_on_edge(box, piece.back().point)) {
        return false; // from edge to edge, or in the middle of nowhere
    }
    GridBox extent;
    for (const GridVertex &vertex : piece) {
        extent.extend(vertex.point);
    }
    return std::max(extent.max_x - extent.min_x, extent.max_y - extent.min_y) < near_enough(box);
}

/// Leads a piece's ends to the edge; the end that is too far from it, if one is.
std::optional<GridPoint> lead_to_edge(Path &piece, const GridBox &box) {
    for (const bool is_front : {true, false}) {
        const GridPoint end = is_front ? piece.front().point : piece.back().point;
        if (is_on_edge(box, end)) {
            continue;
        }
        const std::optional<GridPoint> on_edge = near_edge(box, end);
        if (!on_edge) {
            return end;
        }
        piece.insert(is_front ? piece.begin() : piece.end(), {*on_edge, GridVertex::no_number});
    }
    return std::nullopt;
}

/// How far along the box's edge a point of it is, clockwise on the map from its north-west corner, in sides.
double place_on_edge(const GridBox &box, GridPoint point) {
    const double width = static_cast<double>(box.max_x) - box.min_x;
    const double height = static_cast<double>(box.max_y) - box.min_y;
    if (point.y == box.min_y) {
        return (static_cast<double>(point.x) - box.min_x) / width;
    }
    if (point.x == box.max_x) {
        return 1 + (static_cast<double>(point.y) - box.min_y) / height;
    }
    if (point.y == box.max_y) {
        return 2 + (static_cast<double>(box.max_x) - point.x) / width;
    }
    return 3 + (static_cast<double>(box.max_y) - point.y) / height;
}

GridPoint corner(const GridBox &box, int number) {
    switch (number % 4) {
    case 0: return {box.min_x, box.min_y};
    case 1: return {box.max_x, box.min_y};
    case 2: return {box.max_x, box.max_y};
    default: return {box.min_x, box.max_y};
    }
}

/// Along the edge, clockwise, from one place to another: the corners on the way.
void walk_edge(const GridBox &box, double from, double to, Path &ring) {
    if (to < from) {
        to += 4;
    }
    for (int number = static_cast<int>(std::floor(from)) + 1; number < to; ++number) {
        ring.push_back({corner(box, number), GridVertex::no_number});
    }
}

/// Closes pieces that go from edge to edge along the edge. The sea is on the right of a coast; on the map's right hand of its own edge, walked
/// clockwise, is the box's inside.
std::vector<Path> close_along_edge(const std::vector<Path> &pieces, const GridBox &box) {
    struct Entry {
        double place;
        std::size_t piece;
    };
    std::vector<Entry> entries;
    for (std::size_t piece = 0; piece < pieces.size(); ++piece) {
        entries.push_back({place_on_edge(box, pieces[piece].front().point), piece});
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry &a, const Entry &b) { return a.place != b.place ? a.place < b.place : a.piece < b.piece; });
    std::vector<bool> taken(pieces.size(), false);
    std::vector<Path> rings;
    for (std::size_t first = 0; first < pieces.size(); ++first) {
        Path ring;
        for (std::size_t piece = first; !taken[piece];) {
            taken[piece] = true;
            ring.insert(ring.end(), pieces[piece].begin(), pieces[piece].end());
            const double exit = place_on_edge(box, pieces[piece].back().point);
            auto next = std::lower_bound(entries.begin(), entries.end(), exit, [](const Entry &entry, double place) { return entry.place < place; });
            next = next == entries.end() ? entries.begin() : next;
            walk_edge(box, exit, next->place, ring);
            piece = next->piece;
        }
        if (ring.size() >= 3) {
            rings.push_back(std::move(ring));
        }
    }
    return rings;
}

/// Twice the area, positive clockwise on the map (y points down).
double doubled_area(const Path &ring) {
    double sum = 0;
    const GridPoint origin = ring.front().point;
    const auto at_origin = [&](GridPoint point) {
        return std::pair{static_cast<double>(point.x) - origin.x, static_cast<double>(point.y) - origin.y};
    };
    for (std::size_t index = 0; index < ring.size(); ++index) {
        const auto [ax, ay] = at_origin(ring[index].point);
        const auto [bx, by] = at_origin(ring[(index + 1) % ring.size()].point);
        sum += ax * by - bx * ay;
    }
    return sum;
}

bool contains(const Path &ring, GridPoint point) {
    bool inside = false;
    for (std::size_t index = 0; index < ring.size(); ++index) {
        const GridPoint a = ring[index].point;
        const GridPoint b = ring[(index + 1) % ring.size()].point;
        if ((a.y > point.y) != (b.y > point.y)) {
            const double share = (static_cast<double>(point.y) - a.y) / (static_cast<double>(b.y) - a.y);
            inside = inside != (a.x + share * (static_cast<double>(b.x) - a.x) < point.x);
        }
    }
    return inside;
}

void add_ring(geo::GridShape &shape, const Path &ring) {
    shape.vertices.insert(shape.vertices.end(), ring.begin(), ring.end());
    shape.end_path();
}

/// The innermost of the seas that a point of an island lies in; `none` where it lies in no sea.
std::size_t sea_around(const std::vector<Path> &seas, GridPoint point) {
    std::size_t best = seas.size();
    double least = 0;
    for (std::size_t sea = 0; sea < seas.size(); ++sea) {
        if (contains(seas[sea], point) && (best == seas.size() || std::abs(doubled_area(seas[sea])) < least)) {
            best = sea;
            least = std::abs(doubled_area(seas[sea]));
        }
    }
    return best;
}

geo::GridShape shape_of(const std::vector<Path> &seas, const std::vector<Path> &islands) {
    std::vector<std::vector<const Path *>> holes(seas.size() + 1);
    for (const Path &island : islands) {
        holes[sea_around(seas, island.front().point)].push_back(&island);
    }
    geo::GridShape shape{geo::GeometryType::polygon, {}, {}, {}};
    for (std::size_t sea = 0; sea < seas.size(); ++sea) {
        add_ring(shape, seas[sea]);
        for (const Path *island : holes[sea]) {
            add_ring(shape, *island);
        }
        shape.end_polygon();
    }
    return shape;
}

/// Turned so that it begins outside of the box; false where all of it is within.
bool begin_outside(Path &ring, const GridBox &box) {
    const auto outside = std::find_if(ring.begin(), ring.end(), [&](const GridVertex &vertex) { return !is_within(box, vertex.point); });
    if (outside == ring.end()) {
        return false;
    }
    std::rotate(ring.begin(), outside, ring.end());
    ring.push_back(ring.front());
    return true;
}

} // namespace

OsmOcean ocean_of(std::vector<OsmCoastWay> ways, const GridBox &box) {
    if (ways.empty()) {
        return {std::nullopt, "the extract has no coastline"};
    }
    Joined joined = join(ways);
    std::vector<Path> pieces;
    std::vector<Path> seas;
    std::vector<Path> islands;
    for (const Path &open : joined.open) {
        cut(open, box, pieces);
    }
    for (Path &closed : joined.closed) {
        if (begin_outside(closed, box)) {
            cut(closed, box, pieces);
        } else {
            (doubled_area(closed) > 0 ? seas : islands).push_back(std::move(closed));
        }
    }
    std::erase_if(pieces, [&](const Path &piece) { return is_stub(piece, box); });
    for (Path &piece : pieces) {
        if (const std::optional<GridPoint> end = lead_to_edge(piece, box)) {
            const geo::LonLat place = geo::to_lon_lat(*end);
            return {std::nullopt, fmt::format("its coastline ends within the extract at {:.5f} {:.5f}", place.lon_deg, place.lat_deg)};
        }
    }
    std::vector<Path> along_edge = close_along_edge(pieces, box);
    if (along_edge.empty() && seas.empty() && !islands.empty()) { // islands far from any other coast
        along_edge.push_back({{corner(box, 0)}, {corner(box, 1)}, {corner(box, 2)}, {corner(box, 3)}});
    }
    std::move(along_edge.begin(), along_edge.end(), std::back_inserter(seas));
    if (seas.empty()) {
        return {std::nullopt, "its coastline is outside of the extract's box"};
    }
    return {shape_of(seas, islands), {}};
}

} // namespace keyaki::importers
