#pragma once

#include "importers/byte_source.hpp"
#include "importers/importer.hpp"

namespace keyaki::importers {

/// Reads a table of delimited text with its positions in two columns or in a column of WKT, in three walks over the file: the encoding, then
/// the header with the columns' types, then the features. Refuses, with row, column, value and reason, rows whose position is missing, not a
/// number, swapped, out of range or without its decimal point.
/// \throws geo::Error as read_vector_file
[[nodiscard]] ImportReport read_delimited_text(ByteSource &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress);

} // namespace keyaki::importers
