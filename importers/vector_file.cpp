#include "geo/error.hpp"
#include "importers/byte_source.hpp"
#include "importers/delimited_import.hpp"
#include "importers/gdal_import.hpp"
#include "importers/gdal_session.hpp"
#include "importers/gdal_workbook.hpp"
#include "importers/importer.hpp"
#include "importers/source_choice.hpp"

namespace keyaki::importers {

ImportReport read_vector_file(const std::filesystem::path &path, const ImportOptions &options, const FeatureSink &sink, const Progress &progress) {
    prepare_gdal();
    const GdalMessages messages; // so that nothing of GDAL is printed before a reader listens itself
    const SourceChoice source = choose_source(path, options);
    if (source.format == SourceFormat::workbook) {
        return read_workbook(source, options, sink, progress);
    }
    if (source.format != SourceFormat::delimited_text) {
        return read_with_gdal(source, options, sink, progress);
    }
    const auto bytes = open_bytes(source.path);
    ImportReport report = read_delimited_text(*bytes, options, sink, progress);
    report.layer_in_file = source.member;
    return report;
}

} // namespace keyaki::importers
