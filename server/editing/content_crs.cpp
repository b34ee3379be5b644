#include "server/editing/content_crs.hpp"

#include "geo/error.hpp"
#include "geo/reproject.hpp"
#include "server/features/crs.hpp"
#include "server/http/headers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace keyaki::server::editing {

ContentCrs ContentCrs::parse(std::string_view field) {
    std::string_view uri = http::trim_blanks(field);
    if (uri.starts_with('<') && uri.ends_with('>')) {
        uri = uri.substr(1, uri.size() - 2);
    }
    ContentCrs content;
    if (uri.empty()) {
        return content;
    }
    const Crs &crs = require_crs(uri, "Content-Crs");
    content.m_is_north_first = crs.is_north_first;
    content.m_code = crs.way == Crs::Way::degrees ? std::string() : crs.code;
    return content;
}

void ContentCrs::to_storage(geo::Geometry &geometry) const {
    if (m_is_north_first) {
        for (geo::LonLat &position : geometry.positions) {
            std::swap(position.lon_deg, position.lat_deg);
        }
    }
    if (!m_code.empty()) {
        geo::Reprojector::to_storage(m_code).to_storage_in_place(geometry);
    }
    const auto off = std::find_if_not(geometry.positions.begin(), geometry.positions.end(), geo::is_on_earth);
    if (off != geometry.positions.end()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected longitude in -180..180 and latitude in -90..90, found {} and {}{}", off->lon_deg, off->lat_deg,
                                     m_is_north_first ? " (this CRS counts latitude or northing first)" : ""));
    }
}

} // namespace keyaki::server::editing
