#pragma once

#include "geo/geometry.hpp"
#include "geo/lon_lat.hpp"

namespace keyaki::geo {

// Everything here is on the ellipsoid GRS 80 (JGD2011's; WGS 84's differs by 0.1 mm at the poles). All functions are pure and thread-safe.

/// Metres along the ellipsoid. Up to 1.5 km and 60° of latitude by the radii of curvature at the middle latitude (tens of millions a second; error
/// below 0.02 mm, 0.005 mm in Japan), beyond by Karney's inverse geodesic (1.8 M/s; error below 15 nm).
[[nodiscard]] double distance_m(LonLat a, LonLat b) noexcept;

/// Metres along all lines of a line_string or multi_line_string. \pre line.is_line()
[[nodiscard]] double length_m(const Geometry &line);

/// Square metres inside a polygon or multi_polygon, holes taken away, whatever the winding; geodesic edges (Karney 2013, section 6).
/// \pre polygon.is_polygon()
[[nodiscard]] double area_m2(const Geometry &polygon);

/// The position `distance_m` metres from `origin` in the direction `azimuth_deg` (clockwise from north).
[[nodiscard]] LonLat destination(LonLat origin, double azimuth_deg, double distance_m) noexcept;

/// Metres east and north of a LocalPlane's origin.
struct PlanePoint {
    double east_m = 0;
    double north_m = 0;

    friend bool operator==(const PlanePoint &, const PlanePoint &) = default;
};

/// A plane in metres around one position, for fences: the transverse Mercator projection with its central meridian through the origin and scale
/// one there, by its series (Snyder 1987, Map Projections: A Working Manual, 8-9 and 8-10). Distances are true to 1.5 mm within 5 km of the
/// origin, 2 cm within 10 km, 0.4 m within 30 km (at 45° of latitude and below). Not for positions near a pole (beyond 85°).
class LocalPlane {
  public:
    explicit LocalPlane(LonLat origin) noexcept;

    [[nodiscard]] LonLat origin() const noexcept { return m_origin; }
    [[nodiscard]] PlanePoint to_plane(LonLat position) const noexcept;
    /// Undoes to_plane to 0.01 mm within 100 km.
    [[nodiscard]] LonLat to_lon_lat(PlanePoint point) const noexcept;

  private:
    LonLat m_origin;
};

/// Metres along the meridian from the equator to a latitude, negative in the south (Helmert's series; error below 0.1 mm, in the difference of two
/// latitudes one degree apart below 2 micrometres).
[[nodiscard]] double meridian_arc_m(double lat_deg) noexcept;

/// One position, prepared to be placed in the LocalPlanes of many origins: all sines are taken here, once.
class PlacedPosition {
  public:
    explicit PlacedPosition(LonLat position) noexcept;

    /// LocalPlane(origin).to_plane(position) to 0.01 mm within 100 km. \pre origin_arc_m == meridian_arc_m(origin_lat_deg)
    [[nodiscard]] PlanePoint in_plane_of(double origin_lon_deg, double origin_arc_m) const noexcept;
    /// Metres of one degree here.
    [[nodiscard]] double lon_degree_m() const noexcept { return m_east_1; }
    [[nodiscard]] double lat_degree_m() const noexcept { return m_lat_degree_m; }

  private:
    double m_lon_deg;
    double m_arc_m;
    double m_lat_degree_m;
    double m_arc_3; ///< what the arc by the radius in the middle lacks of the true one, by its powers
    double m_arc_4;
    double m_east_1; ///< metres by the powers of degrees of longitude
    double m_east_3;
    double m_north_2;
    double m_north_4;
};

} // namespace keyaki::geo
