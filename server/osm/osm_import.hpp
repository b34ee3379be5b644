#pragma once

#include "data/store.hpp"
#include "geo/lon_lat.hpp"
#include "importers/importer.hpp"
#include "importers/osm_extract.hpp"
#include "importers/osm_file.hpp"
#include "server/imports/findings.hpp"
#include "server/imports/three_way.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// OpenStreetMap in the city's layers: from an extract, which is kept, and from change files laid over it.
namespace keyaki::server {

/// The attribution by which a layer is known to be OpenStreetMap's.
inline constexpr std::string_view osm_attribution = "© OpenStreetMap contributors";

struct OsmImport {
    std::filesystem::path file;
    std::optional<geo::LonLatBox> box;
    /// What counts where both the city and OpenStreetMap changed a feature: `draft` is the city's edit, in the draft or published.
    imports::ConflictRule conflicts = imports::ConflictRule::draft;
    std::string author;
};

struct OsmImportOutcome {
    importers::OsmReport report;
    std::map<std::string, data::DraftChanges> layers; ///< by layer
    std::vector<std::string> left_alone;              ///< layers of the rules' names that are the city's own work
    imports::Findings findings;                       ///< kept_edits and conflicts; ids are layer/feature
    std::optional<data::OsmExtract> kept;             ///< the extract that change files are laid over from now on
    std::string not_kept_because;                     ///< one sentence, where it is not
};

/// Reads an OpenStreetMap file (in a process of its own) into the drafts of the layers that the rules know (importers/osm_rules), made where they are
/// missing. Layers of such a name that did not come from OpenStreetMap are the city's own work: they are left as they are, and named in the outcome.
/// So are features that somebody has edited, added or removed since an import brought them: where the file has something else than it had then too,
/// the rule decides, and the report lists it. The extract is kept in the database for change files.
/// \throws geo::Error as read_osm_in_child; conflict by the rule `refuse`. Drafts are then as they were.
[[nodiscard]] OsmImportOutcome import_osm(data::Store &store, const OsmImport &import, const importers::Progress &progress);

struct OsmChangesImport {
    /// osmChange files in any order; or one folder of a replication (`state.txt`, `000/001/234.osc.gz`), of which what is new is taken, at
    /// most max_change_files (limits.hpp) at once.
    std::vector<std::filesystem::path> files;
    /// The first to be taken of a folder: where the extract does not tell how far it is, or to lay some over it again.
    std::optional<std::uint64_t> from_sequence;
    imports::ConflictRule conflicts = imports::ConflictRule::draft;
    std::string author;
    std::filesystem::path work_folder; ///< for the extract while it is changed
};

struct OsmChangesOutcome {
    importers::OsmChangeReport changes;
    std::size_t files = 0;        ///< that were laid over the extract; 0: the folder has nothing new, and the rest is empty
    std::uint64_t files_left = 0; ///< of the folder, for the next time
    OsmImportOutcome import;
};

/// Lays change files over the kept extract, brings the layers' drafts to what an import of the changed extract from scratch would make them, and
/// keeps that extract. Rows are written of features alone that differ. \throws geo::Error not_found where no extract is kept; conflict for changes
/// that were applied already or come too late, and for a folder with a gap; invalid_input for files that are none. Nothing is changed then.
[[nodiscard]] OsmChangesOutcome import_osm_changes(data::Store &store, const OsmChangesImport &import, const importers::Progress &progress);

} // namespace keyaki::server
