#pragma once

#include "server/flows/import.hpp"

#include <string>
#include <string_view>

namespace keyaki::server::imports {

/// The report as a page of its own, Japanese first, English beside it; everything of the file escaped, nothing fetched, no script.
/// \param title names the layer and the file
[[nodiscard]] std::string report_html(const ImportOutcome &outcome, std::string_view title, bool is_dry_run);

} // namespace keyaki::server::imports
