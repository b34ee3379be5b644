#pragma once

#include "importers/importer.hpp"

#include <string>

namespace keyaki::importers {

/// The encoding of a shapefile's attribute table, from the option, the .cpg, the DBF's language driver id (byte 29) and the bytes of the records
/// themselves; where a statement and the bytes contradict each other, the bytes win and the report warns. Fills report.encoding with a sample.
/// \param shp_path of the .shp, as GDAL names it. \throws geo::Error for an encoding that nobody knows; a table that is absent is no error
void decide_dbf_encoding(const std::string &shp_path, const ImportOptions &options, ImportReport &report);

} // namespace keyaki::importers
