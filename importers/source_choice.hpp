#pragma once

#include "importers/importer.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace keyaki::importers {

enum class SourceFormat { delimited_text, shapefile, geopackage, geojson, geojson_sequence, flatgeobuf, kml, gpx, workbook };

/// The one file that an import is about, and the one driver that may read it.
struct SourceChoice {
    SourceFormat format = SourceFormat::delimited_text;
    std::string path;   ///< of the disk, or of an archive's member as GDAL names it
    std::string member; ///< name inside the archive or folder; else empty
    bool in_archive = false;
};

/// GDAL's name of the driver; empty for delimited text.
[[nodiscard]] std::string_view driver_name(SourceFormat format) noexcept;

/// Looks at the first bytes, and at the extension where bytes do not tell. Archives and folders are walked: where several files could be meant,
/// options.layer_in_file has to name one (its path, file name or stem).
/// \throws geo::Error not_found, or invalid_input with what was found instead of city data
[[nodiscard]] SourceChoice choose_source(const std::filesystem::path &path, const ImportOptions &options);

} // namespace keyaki::importers
