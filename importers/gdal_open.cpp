#include "importers/gdal_open.hpp"

#include "geo/error.hpp"
#include "importers/byte_source.hpp"
#include "importers/dbf_encoding.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"
#include "importers/xml_survey.hpp"

#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <gdal_priv.h>

#include <array>
#include <atomic>

namespace keyaki::importers {

namespace {

using geo::ErrorKind;

void look_through_xml(const SourceChoice &source_choice, const std::string &shown) {
    const bool is_kml = source_choice.format == SourceFormat::kml;
    // A KMZ is opened as a whole by its driver; its main file mostly goes by this name.
    const bool is_kmz = is_kml && source_choice.in_archive && source_choice.member.empty();
    const std::string path = is_kmz ? fmt::format("/vsizip/{{{}}}/doc.kml", source_choice.path) : source_choice.path;
    VSIStatBufL status;
    if (is_kmz && VSIStatL(path.c_str(), &status) != 0) {
        return;
    }
    const auto source = open_bytes(path);
    const std::uint64_t features = is_kml ? survey_xml(*source, {"Placemark"}, shown) : survey_xml(*source, {"wpt", "rte", "trk"}, shown);
    if (features == 0) {
        throw geo::Error(ErrorKind::invalid_input,
                         fmt::format("expected {} in {}, found none", is_kml ? "places (Placemark)" : "waypoints, routes or tracks", shown));
    }
}

} // namespace

void DatasetClose::operator()(GDALDataset *dataset) const noexcept { GDALClose(dataset); }

MemoryCopy::~MemoryCopy() {
    if (!m_path.empty()) {
        VSIUnlink(m_path.c_str());
    }
}

const std::string &MemoryCopy::copy(const std::string &from) {
    static std::atomic<std::uint64_t> number = 0;
    const auto source = open_bytes(from);
    if (source->size_bytes() > max_unpacked_database_bytes) {
        throw geo::Error(ErrorKind::too_large, fmt::format("expected a GeoPackage of at most {} bytes inside an archive, found {}: unpack it first",
                                                           max_unpacked_database_bytes, source->size_bytes()));
    }
    m_path = fmt::format("/vsimem/keyaki-{}.gpkg", number++);
    VSILFILE *file = VSIFOpenL(m_path.c_str(), "wb");
    std::array<char, read_chunk_bytes> bytes; // NOLINT: filled by read
    for (std::size_t got = source->read(bytes); got > 0; got = source->read(bytes)) {
        VSIFWriteL(bytes.data(), 1, got, file);
    }
    VSIFCloseL(file);
    return m_path;
}

bool is_geojson(SourceFormat format) noexcept { return format == SourceFormat::geojson || format == SourceFormat::geojson_sequence; }

std::string take_failure(GdalMessages &messages, const SourceChoice &source, const std::string &shown) {
    std::string text = messages.take_failure();
    for (std::size_t place = text.find(source.path); place != std::string::npos; place = text.find(source.path)) {
        text.replace(place, source.path.size(), shown);
    }
    return quoted_value(text);
}

OpenedFile::OpenedFile(const SourceChoice &source, const ImportOptions &options, const std::string &shown, GdalMessages &messages,
                       ImportReport &report) {
    CPLStringList open_options;
    std::string path = source.path;
    switch (source.format) {
    case SourceFormat::geojson:
    case SourceFormat::geojson_sequence:
        m_survey = survey_geojson(*open_bytes(path), source.format == SourceFormat::geojson_sequence, shown);
        // Dates stay as they are written, and where there are ids the feature's own text tells its id from a property of that name.
        open_options.SetNameValue("DATE_AS_STRING", "YES");
        open_options.SetNameValue("NATIVE_DATA", m_survey.has_identifiers ? "YES" : "NO");
        report.encoding = {"UTF-8", "RFC 7946, and the bytes agree", {}};
        if (m_survey.plain && !options.layer_in_file) {
            return;
        }
        if (source.format == SourceFormat::geojson_sequence) {
            path.insert(0, "GEOJSONSeq:"); // else GDAL does not see that a single record is one
        }
        break;
    case SourceFormat::shapefile:
        decide_dbf_encoding(path, options, report);
        m_text_encoding = report.encoding.name;
        open_options.SetNameValue("ENCODING", ""); // raw bytes: we decode them, because iconv's SHIFT_JIS is not CP932
        break;
    case SourceFormat::geopackage:
        open_options.SetNameValue("LIST_ALL_TABLES", "NO");
        open_options.SetNameValue("IMMUTABLE", "YES");
        path = source.in_archive ? m_memory.copy(path) : path;
        break;
    case SourceFormat::kml:
    case SourceFormat::gpx: look_through_xml(source, shown); break;
    case SourceFormat::workbook:
    case SourceFormat::flatgeobuf:
    case SourceFormat::delimited_text: break;
    }
    const std::string driver(driver_name(source.format));
    const std::array<const char *, 2> drivers = {driver.c_str(), nullptr};
    m_dataset.reset(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers.data(), open_options.List(), nullptr));
    if (!m_dataset && is_geojson(source.format)) { // the survey found nothing wrong with it
        throw geo::Error(ErrorKind::too_large,
                         fmt::format("expected features that fit into the memory of the reading process in {}, found that they do "
                                     "not, though they are well-formed: {}",
                                     shown, take_failure(messages, source, shown)));
    }
    if (!m_dataset) {
        throw geo::Error(ErrorKind::invalid_input, fmt::format("expected a file that the driver {} reads, found {} damaged or something else: {}",
                                                               driver, shown, take_failure(messages, source, shown)));
    }
}

} // namespace keyaki::importers
