#include "server/filter/bound_filter.hpp"

#include "geo/error.hpp"
#include "geo/validity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keyaki::server::filter {

namespace {

/// Pieces into which each edge of a plane CRS's box is cut before it becomes lon/lat: some centimetres of bend over 10 km remain.
constexpr int edge_pieces = 16;

int dimension(const geo::Geometry &geometry) { return geometry.is_point() ? 0 : (geometry.is_line() ? 1 : 2); }

void append(geo::Geometry &into, const geo::Geometry &geometry) {
    if (geometry.is_point()) {
        into.positions.insert(into.positions.end(), geometry.positions.begin(), geometry.positions.end());
        return;
    }
    std::size_t polygon = 0;
    for (std::size_t part = 0; part < geometry.part_count(); ++part) {
        into.add_part(geometry.part(part));
        if (geometry.is_polygon() && part + 1 == geometry.polygon_ends[polygon]) {
            into.end_polygon();
            ++polygon;
        }
    }
}

/// All members of one dimension as one geometry, if there is any.
std::optional<geo::Geometry> collected(const std::vector<geo::Geometry> &members, int wanted) {
    constexpr std::array multi{geo::GeometryType::multi_point, geo::GeometryType::multi_line_string, geo::GeometryType::multi_polygon};
    std::vector<const geo::Geometry *> fitting;
    for (const geo::Geometry &member : members) {
        if (dimension(member) == wanted) {
            fitting.push_back(&member);
        }
    }
    if (fitting.size() <= 1) {
        return fitting.empty() ? std::nullopt : std::optional(*fitting.front());
    }
    geo::Geometry all;
    all.type = multi[static_cast<std::size_t>(wanted)];
    for (const geo::Geometry *member : fitting) {
        append(all, *member);
    }
    return all;
}

geo::LonLat on_earth(geo::LonLat position, const std::string &place) {
    if (!geo::is_on_earth(position)) {
        refuse_at(place, fmt::format("expected longitudes within ±180 and latitudes within ±90, found {} {}", position.lon_deg, position.lat_deg));
    }
    return position;
}

/// A rectangle, or the line or point to which it has shrunk.
geo::Geometry rectangle(const geo::LonLatBox &box) {
    const geo::LonLat south_west{box.west_deg, box.south_deg};
    const geo::LonLat north_east{box.east_deg, box.north_deg};
    if (south_west == north_east) {
        return geo::Geometry::point(south_west);
    }
    if (box.west_deg == box.east_deg || box.south_deg == box.north_deg) {
        return geo::Geometry::line_string({south_west, north_east});
    }
    return geo::Geometry::polygon({{south_west, {box.east_deg, box.south_deg}, north_east, {box.west_deg, box.north_deg}, south_west}});
}

std::vector<geo::Geometry> boxes_of(geo::LonLat from, geo::LonLat to, const std::string &place) {
    if (from.lat_deg > to.lat_deg) {
        refuse_at(place, fmt::format("expected south <= north in a box, found {} > {}", from.lat_deg, to.lat_deg));
    }
    if (from.lon_deg <= to.lon_deg) {
        return {rectangle({from.lon_deg, from.lat_deg, to.lon_deg, to.lat_deg})};
    }
    return {rectangle({from.lon_deg, from.lat_deg, 180, to.lat_deg}), rectangle({-180, from.lat_deg, to.lon_deg, to.lat_deg})};
}

/// A box of a plane CRS: its outline, edge by edge.
geo::Geometry outline(const std::array<double, 4> &box, const FilterCrs &crs, const std::string &place) {
    if (box[0] >= box[2] || box[1] >= box[3]) {
        refuse_at(place,
                  fmt::format("expected a box whose second corner is larger than its first, found {} {}, {} {}", box[0], box[1], box[2], box[3]));
    }
    const std::array<std::array<double, 2>, 5> corners{{{box[0], box[1]}, {box[2], box[1]}, {box[2], box[3]}, {box[0], box[3]}, {box[0], box[1]}}};
    std::vector<geo::LonLat> ring;
    for (std::size_t edge = 0; edge + 1 < corners.size(); ++edge) {
        for (int piece = 0; piece < edge_pieces; ++piece) {
            const double share = static_cast<double>(piece) / edge_pieces;
            ring.push_back(on_earth(crs.to_lon_lat(corners[edge][0] + (corners[edge + 1][0] - corners[edge][0]) * share,
                                                   corners[edge][1] + (corners[edge + 1][1] - corners[edge][1]) * share),
                                    place));
        }
    }
    ring.push_back(ring.front());
    return geo::Geometry::polygon({ring});
}

std::vector<geo::Geometry> box_members(const std::array<double, 4> &box, const FilterCrs &crs, const std::string &place) {
    if (crs.is_plane) {
        return {outline(box, crs, place)};
    }
    const geo::LonLat from = on_earth(crs.to_lon_lat(box[0], box[1]), place);
    return boxes_of(from, on_earth(crs.to_lon_lat(box[2], box[3]), place), place);
}

} // namespace

FilterCrs crs84() {
    return {[](double lon_deg, double lat_deg) { return geo::LonLat{lon_deg, lat_deg}; }, false};
}

std::shared_ptr<const BoundGeometry> bind_geometry(const SpatialLiteral &literal, const FilterCrs &crs, const std::string &place) {
    std::vector<geo::Geometry> members = literal.members;
    if (literal.box) {
        members = box_members(*literal.box, crs, place);
    }
    auto bound = std::make_shared<BoundGeometry>();
    for (geo::Geometry &member : members) {
        if (!literal.box) {
            for (geo::LonLat &position : member.positions) {
                position = on_earth(crs.to_lon_lat(position.lon_deg, position.lat_deg), place);
            }
        }
        if (const auto reason = geo::invalidity(member)) {
            refuse_at(place, fmt::format("expected a valid geometry, found {}", *reason));
        }
        if (literal.box || bound->bounds.empty()) {
            bound->bounds.push_back(member.bounds());
        } else {
            bound->bounds.front().extend(member.bounds());
        }
    }
    for (int wanted = 0; wanted <= 2; ++wanted) {
        if (auto all = collected(members, wanted)) {
            const auto reason = geo::invalidity(*all);
            if (reason) {
                refuse_at(place, fmt::format("expected a collection whose polygons do not overlap, found {}", *reason));
            }
            bound->members.push_back(std::move(*all));
        }
    }
    return bound;
}

} // namespace keyaki::server::filter
