#pragma once

#include "importers/importer.hpp"
#include "importers/osm_extract.hpp"
#include "importers/osm_file.hpp"
#include "server/flows/import.hpp"

#include <nlohmann/json_fwd.hpp>

namespace keyaki::server {

/// The import's report as JSON: everything that it found and did, with the rows that it refused.
[[nodiscard]] nlohmann::ordered_json report_json(const importers::ImportReport &report);
/// The same with what was found when the rows were set against the layer.
[[nodiscard]] nlohmann::ordered_json outcome_json(const ImportOutcome &outcome);
[[nodiscard]] nlohmann::ordered_json osm_report_json(const importers::OsmReport &report);
/// What an import of OpenStreetMap met of the city's edits.
[[nodiscard]] nlohmann::ordered_json osm_edits_json(const imports::Findings &findings);
[[nodiscard]] nlohmann::ordered_json osm_changes_json(const importers::OsmChangeReport &report);

} // namespace keyaki::server
