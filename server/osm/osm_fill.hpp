#pragma once

#include "server/osm/osm_import.hpp"

#include <functional>

namespace keyaki::server {

/// An extract's features into the drafts of the layers. As import_osm, but that the extract itself is the caller's to keep: between `prepare`, which
/// is called when all is read, and that, no extract is kept, so that none ever stands beside layers of another. \pre store.lock_osm() is held
[[nodiscard]] OsmImportOutcome fill_drafts(data::Store &store, const OsmImport &import, const importers::Progress &progress,
                                           const std::function<void(OsmImportOutcome &)> &prepare);

} // namespace keyaki::server
