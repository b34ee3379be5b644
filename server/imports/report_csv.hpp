#pragma once

#include "server/flows/import.hpp"

#include <string>
#include <string_view>

namespace keyaki::server::imports {

/// Every row that the report lists, as CSV for spreadsheets: UTF-8 with a byte order mark, RFC 4180, and no cell that a spreadsheet would run.
[[nodiscard]] std::string report_csv(const ImportOutcome &outcome);

/// One cell: quoted where it has to be, and with an apostrophe before what a spreadsheet would take for a formula (=, +, -, @, tab, carriage
/// return), unless it is a number.
[[nodiscard]] std::string csv_cell(std::string_view text);

} // namespace keyaki::server::imports
