#pragma once

#include "importers/importer.hpp"

#include <nlohmann/json_fwd.hpp>

namespace keyaki::server {

/// The import's report as JSON: everything that it found and did, with the rows that it refused.
[[nodiscard]] nlohmann::ordered_json report_json(const importers::ImportReport &report);

} // namespace keyaki::server
