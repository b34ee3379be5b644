#pragma once

#include "geo/reproject.hpp"
#include "importers/importer.hpp"

#include <string>
#include <string_view>

namespace keyaki::importers {

/// A source's CRS, as found and as a way to storage.
struct CrsDecision {
    CrsFound found;
    geo::Reprojector to_storage;
};

inline constexpr const char *given_crs_evidence = "given by --crs";
inline constexpr const char *rfc7946_crs_evidence = "RFC 7946: always WGS 84";

/// \param crs what geo::describe_crs takes
/// \param evidence where it comes from: "given by --crs", "the file's .prj"
/// \throws geo::Error invalid_input naming the CRS where PROJ does not know it
[[nodiscard]] CrsDecision decide_crs(std::string_view crs, std::string evidence);

/// A source that says nothing: accepted only where all its positions are degrees within Japan, as EPSG:6668, with a warning in the
/// report that the old Tokyo datum cannot be excluded. \throws geo::Error invalid_input asking for --crs otherwise
/// \param extent of the source's raw coordinates, west to east and south to north whatever their unit
[[nodiscard]] CrsDecision assume_crs(const geo::LonLatBox &extent, ImportReport &report);

/// Says in the report what a decision costs: the accuracy of the old Tokyo datum without its grid.
void note_crs(const CrsDecision &decision, ImportReport &report);

} // namespace keyaki::importers
