#include "server/features/crs.hpp"

#include "geo/error.hpp"
#include "geo/mercator.hpp"
#include "geo/predicates.hpp"
#include "geo/reproject.hpp"
#include "server/query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace keyaki::server {

namespace {

Crs epsg(int number, std::string name, Crs::Way way, bool is_north_first) {
    return {fmt::format("http://www.opengis.net/def/crs/EPSG/0/{}", number), fmt::format("EPSG:{}", number), std::move(name), way, is_north_first};
}

std::vector<Crs> make_list() {
    std::vector<Crs> list{{"http://www.opengis.net/def/crs/OGC/1.3/CRS84", "OGC:CRS84", "WGS 84 longitude-latitude", Crs::Way::degrees, false},
                          epsg(4326, "WGS 84", Crs::Way::degrees, true),
                          epsg(6668, "JGD2011", Crs::Way::degrees, true),
                          epsg(6697, "JGD2011 + JGD2011 (vertical) height", Crs::Way::degrees, true),
                          epsg(3857, "WGS 84 / Pseudo-Mercator", Crs::Way::mercator, false)};
    constexpr std::array systems{"I",  "II",  "III",  "IV",  "V",  "VI",  "VII",  "VIII",  "IX", "X",
                                 "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII", "XVIII", "XIX"};
    int number = 6669;
    for (const char *system : systems) {
        list.push_back(epsg(number++, fmt::format("JGD2011 / Japan Plane Rectangular CS {}", system), Crs::Way::projection, true));
    }
    for (int zone = 51; zone <= 55; ++zone) {
        list.push_back(epsg(number++, fmt::format("JGD2011 / UTM zone {}N", zone), Crs::Way::projection, false));
    }
    return list;
}

/// PROJ's objects, which one thread at a time may use and which take milliseconds to make: lent to who needs one and kept afterwards.
class Reprojectors {
  public:
    class Loan {
      public:
        Loan(Reprojectors &owner, const Crs &crs, geo::Reprojector lent) : m_owner(owner), m_crs(crs), m_lent(std::move(lent)) {}
        Loan(const Loan &) = delete;
        Loan &operator=(const Loan &) = delete;
        ~Loan() { m_owner.give_back(m_crs, std::move(m_lent)); }
        const geo::Reprojector &operator*() const noexcept { return m_lent; }

      private:
        Reprojectors &m_owner;
        const Crs &m_crs;
        geo::Reprojector m_lent;
    };

    [[nodiscard]] Loan lend(const Crs &crs) {
        {
            const std::lock_guard lock(m_mutex);
            if (auto &kept = m_kept[crs.code]; !kept.empty()) {
                geo::Reprojector one = std::move(kept.back());
                kept.pop_back();
                return {*this, crs, std::move(one)};
            }
        }
        return {*this, crs, geo::Reprojector::to_storage(crs.code)};
    }

  private:
    void give_back(const Crs &crs, geo::Reprojector one) {
        constexpr std::size_t most = 4; // of each CRS: as many as are worked with at a time on a few cores
        const std::lock_guard lock(m_mutex);
        if (auto &kept = m_kept[crs.code]; kept.size() < most) {
            kept.push_back(std::move(one));
        }
    }

    std::mutex m_mutex;
    std::map<std::string, std::vector<geo::Reprojector>> m_kept; ///< guarded by m_mutex
};

Reprojectors &reprojectors() {
    static Reprojectors all;
    return all;
}

/// To x (east) and y (north) of the CRS.
void to_plane_in_place(const Crs &crs, std::span<geo::LonLat> positions) {
    if (crs.way == Crs::Way::mercator) {
        for (geo::LonLat &position : positions) {
            const geo::MercatorMetres metres = geo::to_mercator_metres(position);
            position = {metres.x_m, metres.y_m};
        }
    } else if (crs.way == Crs::Way::projection) {
        const auto reprojector = reprojectors().lend(crs);
        for (geo::LonLat &position : positions) {
            const geo::CrsPoint point = (*reprojector).from_storage(position);
            position = {point.x, point.y};
        }
    }
}

/// The four numbers of a bbox as a box of x and y; `numbers` has 4 or 6.
geo::LonLatBox plane_box(const std::vector<double> &numbers, bool is_north_first) {
    const std::size_t upper = numbers.size() / 2;
    geo::LonLatBox box{numbers[0], numbers[1], numbers[upper], numbers[upper + 1]};
    if (is_north_first) {
        std::swap(box.west_deg, box.south_deg);
        std::swap(box.east_deg, box.north_deg);
    }
    return box;
}

void require_order(const geo::LonLatBox &box, std::string_view text) {
    if (box.west_deg > box.east_deg || box.south_deg > box.north_deg) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("bbox: expected the lower corner before the upper one in the order of the CRS's axes, found {}", text.substr(0, 80)));
    }
}

/// A box of lon/lat around a rectangle of the plane; nothing where the CRS cannot tell where all of its edge is.
std::optional<geo::LonLatBox> enclosing_box(const Crs &crs, const geo::LonLatBox &plane) {
    constexpr int steps = 32; // an edge between two of these bends by less than a thousandth of the box
    std::vector<geo::LonLat> edge;
    for (int step = 0; step <= steps; ++step) {
        const double share = static_cast<double>(step) / steps;
        const double x = plane.west_deg + share * (plane.east_deg - plane.west_deg);
        const double y = plane.south_deg + share * (plane.north_deg - plane.south_deg);
        edge.insert(edge.end(), {{x, plane.south_deg}, {x, plane.north_deg}, {plane.west_deg, y}, {plane.east_deg, y}});
    }
    try {
        (*reprojectors().lend(crs)).to_storage_in_place(std::span(edge));
    } catch (const geo::Error &) {
        return std::nullopt;
    }
    geo::LonLatBox box;
    std::for_each(edge.begin(), edge.end(), [&](geo::LonLat position) { box.extend(position); });
    const double margin_deg = 0.01 * std::max(box.east_deg - box.west_deg, box.north_deg - box.south_deg) + 1e-6;
    return geo::LonLatBox{std::max(box.west_deg - margin_deg, -180.0), std::max(box.south_deg - margin_deg, -90.0),
                          std::min(box.east_deg + margin_deg, 180.0), std::min(box.north_deg + margin_deg, 90.0)};
}

BoxArea mercator_area(const geo::LonLatBox &plane) {
    const geo::LonLat low = geo::to_lon_lat(geo::MercatorMetres{plane.west_deg, plane.south_deg});
    const geo::LonLat high = geo::to_lon_lat(geo::MercatorMetres{plane.east_deg, plane.north_deg});
    geo::LonLatBox box{std::clamp(low.lon_deg, -180.0, 180.0), low.lat_deg, std::clamp(high.lon_deg, -180.0, 180.0), high.lat_deg};
    return {{box}, true, {}};
}

} // namespace

std::span<const Crs> supported_crs() {
    static const std::vector<Crs> list = make_list();
    return list;
}

const Crs &crs84() { return supported_crs()[0]; }

const Crs &storage_crs() { return supported_crs()[2]; }

const Crs &require_crs(std::string_view uri, std::string_view parameter) {
    const auto list = supported_crs();
    const auto found = std::find_if(list.begin(), list.end(), [uri](const Crs &crs) { return crs.uri == uri; });
    if (found == list.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("{}: expected one of the CRSs that the layer lists, such as {}, found \"{}\"",
                                                                    parameter, storage_crs().uri, uri.substr(0, 80)));
    }
    return *found;
}

int decimals_of(const Crs &crs) noexcept { return crs.way == Crs::Way::degrees ? 7 : 3; }

void to_crs_in_place(const Crs &crs, geo::Geometry &geometry) {
    to_plane_in_place(crs, geometry.positions);
    if (crs.is_north_first) {
        std::for_each(geometry.positions.begin(), geometry.positions.end(),
                      [](geo::LonLat &position) { std::swap(position.lon_deg, position.lat_deg); });
    }
}

bool can_express(const Crs &crs, const geo::LonLatBox &box) {
    constexpr geo::LonLatBox around_japan{110, 10, 170, 55}; // everywhere in it each of the systems is right to a millimetre
    return crs.way != Crs::Way::projection || box.empty() ||
           (around_japan.contains({box.west_deg, box.south_deg}) && around_japan.contains({box.east_deg, box.north_deg}));
}

BoxArea parse_bbox(std::string_view text, const Crs &crs) {
    const std::vector<double> numbers = parse_bbox_numbers(text);
    const geo::LonLatBox plane = plane_box(numbers, crs.is_north_first);
    if (crs.way == Crs::Way::degrees) {
        return {boxes_of_degrees(plane, text), true, {}};
    }
    require_order(plane, text);
    if (crs.way == Crs::Way::mercator) {
        return mercator_area(plane);
    }
    BoxArea area{{}, false, plane};
    if (const auto box = enclosing_box(crs, plane)) {
        area.boxes.push_back(*box);
    }
    return area;
}

geo::LonLat from_crs(const Crs &crs, double first, double second) {
    if (crs.is_north_first) {
        std::swap(first, second);
    }
    switch (crs.way) {
    case Crs::Way::mercator: return geo::to_lon_lat(geo::MercatorMetres{first, second});
    case Crs::Way::projection: return (*reprojectors().lend(crs))(first, second);
    case Crs::Way::degrees: break;
    }
    return {first, second};
}

bool has_common_point(const Crs &crs, const geo::LonLatBox &plane, geo::Geometry geometry) {
    try {
        to_plane_in_place(crs, geometry.positions);
    } catch (const geo::Error &) {
        return false;
    }
    return geo::intersects(geometry, plane);
}

} // namespace keyaki::server
