#pragma once

#include "importers/importer.hpp"
#include "importers/osm_file.hpp"

#include <nlohmann/json_fwd.hpp>

namespace keyaki::server {

/// The import's report as JSON: everything that it found and did, with the rows that it refused.
[[nodiscard]] nlohmann::ordered_json report_json(const importers::ImportReport &report);
[[nodiscard]] nlohmann::ordered_json osm_report_json(const importers::OsmReport &report);

} // namespace keyaki::server
