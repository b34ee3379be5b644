#pragma once

#include <string>
#include <utility>
#include <vector>

namespace keyaki::test {

/// A sheet's name and its rows of cells; all that look like numbers are numbers.
using WorkbookSheet = std::pair<std::string, std::vector<std::vector<std::string>>>;

/// The bytes of an Excel workbook (ECMA-376, the least of it that spreadsheets open), with inline texts.
[[nodiscard]] std::string make_workbook(const std::vector<WorkbookSheet> &sheets);

} // namespace keyaki::test
