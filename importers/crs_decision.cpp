#include "importers/crs_decision.hpp"

#include "geo/error.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::importers {

namespace {

// Japan with its outer islands (Yonaguni, Minamitorishima, Okinotorishima, Etorofu), a little wider.
constexpr geo::LonLatBox japan{122, 20, 154.5, 46};

} // namespace

CrsDecision decide_crs(std::string_view crs, std::string evidence) {
    geo::Reprojector to_storage = geo::Reprojector::to_storage(crs);
    const geo::CrsInfo &info = to_storage.crs();
    const bool approximate = to_storage.datum_shift_is_approximate();
    CrsFound found{info.code, info.name, std::move(evidence), to_storage.accuracy_m().value_or(0), approximate, false};
    return {std::move(found), std::move(to_storage)};
}

CrsDecision assume_crs(const geo::LonLatBox &extent, ImportReport &report) {
    const bool within_japan = !extent.empty() && extent.west_deg >= japan.west_deg && extent.east_deg <= japan.east_deg &&
                              extent.south_deg >= japan.south_deg && extent.north_deg <= japan.north_deg;
    if (extent.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, "expected a coordinate reference system, found none and no coordinates to tell by: give it "
                                                        "with --crs, for example --crs EPSG:6677");
    }
    if (!within_japan) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a coordinate reference system (.prj), found none and coordinates from {:.3f}, {:.3f} to {:.3f}, "
                                     "{:.3f}, which are not degrees within Japan: give it with --crs, for example --crs EPSG:6677",
                                     extent.west_deg, extent.south_deg, extent.east_deg, extent.north_deg));
    }
    CrsDecision decision = decide_crs("EPSG:6668", "assumed: degrees within Japan, old Tokyo datum cannot be excluded");
    decision.found.assumed = true;
    report.warn(
        "the file names no coordinate reference system: its coordinates are degrees within Japan and were taken as JGD2011 (EPSG:6668); if they "
        "are on the old Tokyo datum, every position is about 450 m off: give --crs EPSG:4301");
    return decision;
}

void note_crs(const CrsDecision &decision, ImportReport &report) {
    report.crs = decision.found;
    if (decision.to_storage.datum_shift_is_approximate()) {
        report.warn(fmt::format("positions on the old Tokyo datum ({}) were moved to JGD2011 with {} for the whole country, good to about {} m: "
                                "the grid tky2jgd that would be exact is not installed",
                                decision.found.name, decision.to_storage.operation_name(), decision.found.accuracy_m));
    }
}

} // namespace keyaki::importers
