#pragma once

#include "geo/geometry.hpp"

#include <string>
#include <vector>

class OGRGeometry;

namespace keyaki::importers {

/// A geometry of GDAL as ours: coordinates as they came (still in the source's CRS), a collection split into its members.
struct ConvertedGeometry {
    std::vector<geo::Geometry> parts; ///< empty where `problem` says why
    bool heights_dropped = false;     ///< Z
    bool measures_dropped = false;    ///< M
    bool curves_linearised = false;   ///< arcs as lines of 4 degrees a step
    std::string problem;
};

/// Takes points, lines, polygons, their multi forms, collections of them and curves; surfaces of three dimensions are a problem.
[[nodiscard]] ConvertedGeometry convert_geometry(const OGRGeometry &geometry);

/// The same from well-known text (OGC 06-103r4), ISO or EWKT without an SRID of its own.
[[nodiscard]] ConvertedGeometry parse_wkt(const std::string &text);

} // namespace keyaki::importers
