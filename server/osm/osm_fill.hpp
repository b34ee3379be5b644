#pragma once

#include "server/osm/osm_import.hpp"

namespace keyaki::server {

/// This program, which reads files from outside when it is started as a child.
inline constexpr const char *own_program = "/proc/self/exe";

/// An extract's features into the drafts of the layers; nothing of the extract itself is kept. As import_osm.
[[nodiscard]] OsmImportOutcome fill_drafts(data::Store &store, const OsmImport &import, const importers::Progress &progress);

} // namespace keyaki::server
