#pragma once

#include "importers/importer.hpp"
#include "importers/source_choice.hpp"

namespace keyaki::importers {

/// Reads a source with the one GDAL driver of its format. \throws geo::Error as read_vector_file
[[nodiscard]] ImportReport read_with_gdal(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink,
                                          const Progress &progress);

} // namespace keyaki::importers
