#pragma once

#include "geo/geometry.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The coordinate reference systems in which features are given and asked for (OGC API – Features Part 2, 18-058r1).
namespace keyaki::server {

struct Crs {
    /// How its coordinates come from lon/lat on JGD2011: as they are (at map scale WGS 84 is JGD2011), by Mercator's formula, or by PROJ.
    enum class Way : std::uint8_t { degrees, mercator, projection };
    std::string uri;  ///< "http://www.opengis.net/def/crs/EPSG/0/6677"
    std::string code; ///< "EPSG:6677", as PROJ takes it
    std::string name; ///< "JGD2011 / Japan Plane Rectangular CS IX"
    Way way = Way::degrees;
    bool is_north_first = false; ///< the authority's order is latitude or northing first
};

/// CRS84, the default, first. Then WGS 84, JGD2011 (with heights too: EPSG:6697, of which layers have the horizontal part), Web Mercator, the plane
/// rectangular systems I to XIX and the UTM zones of JGD2011. Not JGD2000 and older: PROJ here has no grid of the shift that the earthquake of 2011
/// made.
[[nodiscard]] std::span<const Crs> supported_crs();
[[nodiscard]] const Crs &crs84();
/// JGD2011 in degrees, which is what layers are stored in.
[[nodiscard]] const Crs &storage_crs();
/// By its URI. Error invalid_input that names the parameter.
[[nodiscard]] const Crs &require_crs(std::string_view uri, std::string_view parameter);

/// Decimals that coordinates are written with: 7 of degrees (1 cm), 3 of metres.
[[nodiscard]] int decimals_of(const Crs &crs) noexcept;

/// Puts coordinates of the CRS in the authority's order in the place of lon/lat: lon_deg holds the first, lat_deg the second. Any thread.
/// Error invalid_input naming the position that the CRS cannot express.
void to_crs_in_place(const Crs &crs, geo::Geometry &geometry);

/// The position that two numbers in the authority's order mean. Any thread. Error invalid_input where the CRS does not reach them.
[[nodiscard]] geo::LonLat from_crs(const Crs &crs, double first, double second);

/// Whether features within the box are offered in the CRS: in systems made for Japan only those that are in or near it.
[[nodiscard]] bool can_express(const Crs &crs, const geo::LonLatBox &box);

/// The area that a `bbox` means. Where the CRS has other meridians than the globe's, `boxes` enclose it and only its own coordinates decide.
struct BoxArea {
    std::vector<geo::LonLatBox> boxes; ///< one, or two over the antimeridian; none: they cannot be told, everything is to be looked at
    bool is_exact = true;              ///< the boxes are the area; else has_common_point() decides
    geo::LonLatBox plane;              ///< in x (east) and y (north) of the CRS, where not exact
};

/// Four numbers, or six whose heights are not looked at, in the authority's order of axes. Error invalid_input with both facts.
[[nodiscard]] BoxArea parse_bbox(std::string_view text, const Crs &crs);
/// Whether a feature's geometry meets the plane box of such an area. What the CRS cannot express does not.
[[nodiscard]] bool has_common_point(const Crs &crs, const geo::LonLatBox &plane, geo::Geometry geometry);

} // namespace keyaki::server
