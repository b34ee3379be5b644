#pragma once

#include "geo/geometry.hpp"

#include <string>
#include <string_view>

namespace keyaki::server::editing {

/// The CRS that a request's body is in: header Content-Crs (OGC API – Features Part 4, 20-002r1), with angle brackets as the standard writes it or
/// without as QGIS sends it.
class ContentCrs {
  public:
    /// CRS84: longitude and latitude, which layers are kept in.
    ContentCrs() = default;
    /// An empty field is CRS84. Error invalid_input for a field that is no URI of a CRS that layers can be written in.
    [[nodiscard]] static ContentCrs parse(std::string_view field);

    /// From the order of axes and the units of the CRS to longitude and latitude of storage, in place. Error invalid_input naming the first position
    /// that is not on Earth or that the CRS does not reach. Thread-safe.
    void to_storage(geo::Geometry &geometry) const;

  private:
    std::string m_code; ///< for PROJ; empty where the numbers are degrees already
    bool m_is_north_first = false;
};

} // namespace keyaki::server::editing
