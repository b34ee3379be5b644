#include "server/osm/osm_import.hpp"

#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/osm/kept_extract.hpp"
#include "server/osm/osm_fill.hpp"

#include <utility>

namespace keyaki::server {

namespace {

/// A PBF file as it is, which was found to be in order; all else is cut and put into that form.
void keep_extract(data::Store &store, const OsmImport &import, OsmImportOutcome &outcome, const importers::Progress &progress) {
    data::OsmExtract description;
    description.source = import.file.filename().string();
    description.box = import.box;
    const importers::OsmReport &report = outcome.report;
    const bool is_kept_as_it_is = !import.box && report.format == "PBF" && !report.unordered && report.duplicate_objects == 0;
    try {
        ExtractKeeper keeper(store);
        if (is_kept_as_it_is) {
            keeper.put_file(import.file);
        } else {
            description.changed_at_s = importers::cut_osm_extract_in_child(
                                           own_program, import.file, import.box, [&](std::string_view bytes) { keeper.put(bytes); }, progress)
                                           .changed_at_s;
        }
        outcome.kept = keeper.keep(std::move(description));
    } catch (const geo::Error &error) { // the map is there all the same
        if (error.kind() != geo::ErrorKind::invalid_input && error.kind() != geo::ErrorKind::too_large) {
            throw;
        }
        outcome.not_kept_because = error.what();
    }
}

} // namespace

OsmImportOutcome import_osm(data::Store &store, const OsmImport &import, const importers::Progress &progress) {
    OsmImportOutcome outcome = fill_drafts(store, import, progress);
    keep_extract(store, import, outcome, progress);
    return outcome;
}

} // namespace keyaki::server
