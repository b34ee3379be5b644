#include "server/osm/osm_fill.hpp"

#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/osm/osm_drafts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::server {

namespace {

/// A map without anything on it would empty the layers of the one before: it is a mistake of the file or of the box.
void require_features(const importers::OsmReport &report, const std::filesystem::path &file, bool has_box) {
    const bool has_any = std::any_of(report.features.begin(), report.features.end(), [](const auto &layer) { return layer.second > 0; });
    if (!has_any) {
        throw geo::Error(
            geo::ErrorKind::invalid_input,
            fmt::format("{}: expected roads, buildings or other things that the layers show{}, found none among {} nodes, {} ways and {} "
                        "relations; nothing was changed",
                        file.string(), has_box ? " within the box" : "", report.nodes, report.ways, report.relations));
    }
}

} // namespace

OsmImportOutcome fill_drafts(data::Store &store, const OsmImport &import, const importers::Progress &progress) {
    OsmDrafts drafts(store, import.author, import.conflicts);
    OsmImportOutcome outcome;
    const auto sink = [&](std::string_view layer, geo::Feature &&feature) { drafts.put(layer, std::move(feature)); };
    outcome.report = importers::read_osm_in_child(own_program, import.file, {import.box}, sink, progress);
    require_features(outcome.report, import.file, import.box.has_value());
    outcome.layers = drafts.commit();
    outcome.left_alone = drafts.own();
    outcome.findings = drafts.take_findings();
    return outcome;
}

} // namespace keyaki::server
