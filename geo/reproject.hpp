#pragma once

#include "geo/geometry.hpp"
#include "geo/lon_lat.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyaki::geo {

/// What is known about a coordinate reference system (CRS).
struct CrsInfo {
    std::string code;                           ///< "EPSG:6677"; empty where the WKT is of none that EPSG knows
    std::string name;                           ///< "JGD2011 / Japan Plane Rectangular CS IX"
    bool is_geographic = false;                 ///< degrees, not metres
    bool is_tokyo_datum = false;                ///< the old Tokyo datum (before 2002): about 450 m from JGD2011 if taken for it
    bool official_order_is_north_first = false; ///< the CRS itself counts (lat, lon) or (X north, Y east), though files and we do not
    std::string first_axis;                     ///< of the official order: "Geodetic latitude (north, degree)"
    std::string second_axis;
};

/// Describes "EPSG:n" (or just "n"; "urn:ogc:def:crs:EPSG::n" and "http://www.opengis.net/def/crs/EPSG/0/n" too), "OGC:CRS84", or WKT 1 or 2.
/// Everything else, PROJ strings among it, throws Error(invalid_input) that repeats what was asked.
[[nodiscard]] CrsInfo describe_crs(std::string_view crs);

/// A point of any CRS in the order of files and screens: x is east or longitude, y is north or latitude, in the units of the CRS.
struct CrsPoint {
    double x = 0;
    double y = 0;

    friend bool operator==(const CrsPoint &, const CrsPoint &) = default;
};

/// Between a CRS and keyaki's storage (lon/lat on JGD2011, EPSG:6668), x before y whatever the CRS's official order is.
/// One object per thread: it holds PROJ's context. Making one costs some milliseconds; copies are not offered, moves are.
/// Never a "ballpark" operation (one that ignores the difference of datums): where PROJ knows nothing better, making one throws.
class Reprojector {
  public:
    /// \throws Error(invalid_input) with what was asked, for a text that names no horizontal CRS or one without a way to JGD2011.
    [[nodiscard]] static Reprojector to_storage(std::string_view crs);

    Reprojector(Reprojector &&) noexcept;
    Reprojector &operator=(Reprojector &&) noexcept;
    ~Reprojector();

    /// To storage. \throws Error(invalid_input) naming the point where it lies outside of what the CRS can express or is not finite.
    [[nodiscard]] LonLat operator()(double x, double y) const;
    /// Many in place: on entry {lon_deg, lat_deg} hold x and y. \throws as above, naming the first bad point; the span is then half done.
    void to_storage_in_place(std::span<LonLat> positions) const;
    /// Positions of `geometry` in place, as above.
    void to_storage_in_place(Geometry &geometry) const;

    /// The reverse: from storage to the CRS. Comes back to a micrometre; where the datum is shifted, to 1 cm (heights are taken as zero each way).
    /// \throws Error(invalid_input) naming the position that the CRS cannot express.
    [[nodiscard]] CrsPoint from_storage(LonLat position) const;

    [[nodiscard]] const CrsInfo &crs() const noexcept;
    /// Metres, as EPSG states for the operation: 0 for a mere projection, 1 for WGS 84 (which is not JGD2011 to better than that), 9 to 10 for the
    /// old Tokyo datum without its grid; nothing where EPSG states none.
    [[nodiscard]] std::optional<double> accuracy_m() const noexcept;
    [[nodiscard]] const std::string &operation_name() const noexcept;
    /// The datum was shifted by three parameters for the whole country and not by its grid (tky2jgd): good to accuracy_m(), which an import states.
    [[nodiscard]] bool datum_shift_is_approximate() const noexcept;

  private:
    struct State;
    explicit Reprojector(std::unique_ptr<State> state) noexcept;
    std::unique_ptr<State> m_state;
};

} // namespace keyaki::geo
