#pragma once

#include "importers/importer.hpp"
#include "importers/source_choice.hpp"

namespace keyaki::importers {

/// Reads one sheet of an Excel workbook (XLSX) as a table: the only one, the one that options.layer_in_file names, or the only one with a header
/// that names positions, as the official forms have sheets of explanations beside the data. \throws geo::Error as read_vector_file
[[nodiscard]] ImportReport read_workbook(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress);

} // namespace keyaki::importers
