#pragma once

#include "importers/importer.hpp"
#include "importers/source_choice.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace keyaki::importers {

class FeatureRows;
struct PlainField;

/// Reads a file that its survey calls plain, as read_with_gdal would: the same features, and the same in the report but for what the file's opening
/// says. One thing differs: of a sequence GDAL 3.6 turns texts that look like dates into dates; here they stay as they are written, as of every
/// GeoJSON. \param total its features \param rows of the same options and report \throws geo::Error as read_vector_file
void read_plain_geojson(const SourceChoice &source, const std::string &shown, std::span<const PlainField> fields, std::uint64_t total,
                        const ImportOptions &options, FeatureRows &rows, const Progress &progress, ImportReport &report);

} // namespace keyaki::importers
