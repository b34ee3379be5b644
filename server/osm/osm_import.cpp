#include "server/osm/osm_import.hpp"

#include "geo/error.hpp"
#include "importers/child_reader.hpp"
#include "server/osm/kept_extract.hpp"
#include "server/osm/osm_fill.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace keyaki::server {

namespace {

/// An extract that lies in the database and is not the kept one yet.
struct Prepared {
    explicit Prepared(data::Store &store) : keeper(store) {}
    ExtractKeeper keeper;
    data::OsmExtract description;
};

std::unique_ptr<Prepared> prepared(data::Store &store, const OsmImport &import, OsmImportOutcome &outcome, const importers::Progress &progress) {
    try {
        auto made = std::make_unique<Prepared>(store);
        const importers::OsmChangeReport report = importers::cut_osm_extract_in_child(
            importers::own_program, import.file, import.box, [&](std::string_view bytes) { made->keeper.put(bytes); }, progress);
        made->description.source = import.file.filename().string();
        made->description.box = report.box.empty() ? std::nullopt : std::optional(report.box);
        made->description.is_box_asked = import.box.has_value();
        made->description.changed_at_s = report.changed_at_s;
        made->description.sequence = report.sequence;
        return made;
    } catch (const geo::Error &error) { // the map is there all the same
        if (error.kind() != geo::ErrorKind::invalid_input && error.kind() != geo::ErrorKind::too_large) {
            throw;
        }
        outcome.not_kept_because = error.what();
        return nullptr;
    }
}

} // namespace

OsmImportOutcome import_osm(data::Store &store, const OsmImport &import, const importers::Progress &progress) {
    const auto lock = store.lock_osm();
    std::unique_ptr<Prepared> made;
    OsmImportOutcome outcome =
        fill_drafts(store, import, progress, [&](OsmImportOutcome &filled) { made = prepared(store, import, filled, progress); });
    if (made) {
        outcome.kept = made->keeper.keep(std::move(made->description));
    }
    return outcome;
}

} // namespace keyaki::server
