#include "importers/gdal_import.hpp"

#include "geo/error.hpp"
#include "geo/validity.hpp"
#include "importers/byte_source.hpp"
#include "importers/crs_decision.hpp"
#include "importers/dbf_encoding.hpp"
#include "importers/feature_gate.hpp"
#include "importers/gdal_geometry.hpp"
#include "importers/gdal_session.hpp"
#include "importers/gdal_values.hpp"
#include "importers/geojson_survey.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"
#include "importers/xml_survey.hpp"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>

namespace keyaki::importers {

namespace {

using geo::ErrorKind;
constexpr std::uint64_t progress_step = 1024; // features

struct DatasetClose {
    void operator()(GDALDataset *dataset) const noexcept { GDALClose(dataset); }
};
struct CplFree {
    void operator()(char *text) const noexcept { CPLFree(text); }
};
using Dataset = std::unique_ptr<GDALDataset, DatasetClose>;

/// GeoJSON is UTF-8 (RFC 7946, RFC 8259 8.1); GDAL would pass other bytes through as they are.
void check_utf8(const std::string &path, std::string_view shown) {
    const auto source = open_bytes(path);
    EncodingDetector detector;
    std::array<char, read_chunk_bytes> bytes; // NOLINT: filled by read
    for (std::uint64_t looked_at = 0;;) {
        const std::size_t got = source->read(bytes);
        if (got == 0 && !detector.first_not_utf8()) {
            return;
        }
        if (got == 0) {
            break;
        }
        detector.add(std::string_view(bytes.data(), got));
        looked_at += got;
        if (detector.first_not_utf8() && looked_at >= encoding_sample_bytes) {
            break;
        }
    }
    const EncodingGuess guess = detector.guess();
    throw geo::Error(ErrorKind::invalid_input,
                     fmt::format("expected UTF-8 in {}, as RFC 7946 wants of GeoJSON, found at byte {} text that looks like {}: convert it first",
                                 shown, *detector.first_not_utf8() + 1, guess.name));
}

/// A file in GDAL's memory, for formats that seek and come in an archive.
class MemoryCopy {
  public:
    MemoryCopy() = default;
    MemoryCopy(const MemoryCopy &) = delete;
    MemoryCopy &operator=(const MemoryCopy &) = delete;
    ~MemoryCopy() {
        if (!m_path.empty()) {
            VSIUnlink(m_path.c_str());
        }
    }
    const std::string &copy(const std::string &from) {
        static std::atomic<std::uint64_t> number = 0;
        const auto source = open_bytes(from);
        if (source->size_bytes() > max_unpacked_database_bytes) {
            throw geo::Error(ErrorKind::too_large,
                             fmt::format("expected a GeoPackage of at most {} bytes inside an archive, found {}: unpack it first",
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

  private:
    std::string m_path;
};

class GdalImport {
  public:
    GdalImport(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress)
        : m_source(source), m_options(options), m_progress(progress), m_gate(m_report, sink) {
        m_shown = source.member.empty() ? std::filesystem::path(source.path).filename().string() : source.member;
    }

    ImportReport run() {
        m_report.driver = driver_name(m_source.format);
        m_report.layer_in_file = m_source.member;
        open();
        for (OGRLayer *layer : choose_layers()) {
            read_layer(*layer);
        }
        if (is_geojson()) {
            conclude_geojson();
        }
        if (m_report.rows_read == 0) {
            m_report.warn("the file holds no features");
        }
        return std::move(m_report);
    }

  private:
    void open();
    void look_through_xml();
    void check_geopackage_layer(OGRLayer &layer);
    void conclude_geojson();
    [[nodiscard]] std::vector<OGRLayer *> choose_layers();
    [[nodiscard]] CrsDecision find_crs(OGRLayer &layer);
    [[nodiscard]] std::vector<std::string> left_out_fields() const;
    void read_layer(OGRLayer &layer);
    void read_feature(const OGRFeature &feature, FieldReader &fields, const CrsDecision &crs);
    [[nodiscard]] std::string find_id(const OGRFeature &feature, FieldReader &fields, std::uint64_t row, bool &without_id);
    [[nodiscard]] std::vector<geo::Geometry> read_geometry(const OGRFeature &feature, const CrsDecision &crs, std::uint64_t row);
    void count_changes(const ConvertedGeometry &converted);

    [[nodiscard]] bool is_geojson() const { return m_source.format == SourceFormat::geojson || m_source.format == SourceFormat::geojson_sequence; }
    /// Why GDAL failed, in a sentence's tail that names our file and not its path.
    [[nodiscard]] std::string take_failure() {
        std::string text = m_messages.take_failure();
        for (std::size_t place = text.find(m_source.path); place != std::string::npos; place = text.find(m_source.path)) {
            text.replace(place, m_source.path.size(), m_shown);
        }
        return quoted_value(text);
    }
    [[noreturn]] void refuse_damaged() {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a whole file, found {} damaged after {} features: {}", m_shown, m_report.rows_read, take_failure()));
    }
    [[nodiscard]] bool has_driver_fields() const { return m_source.format == SourceFormat::kml || m_source.format == SourceFormat::gpx; }

    const SourceChoice &m_source;
    const ImportOptions &m_options;
    const Progress &m_progress;
    ImportReport m_report;
    FeatureGate m_gate;
    GdalMessages m_messages;
    std::string m_shown;
    MemoryCopy m_memory;
    Dataset m_dataset;
    GeoJsonSurvey m_survey;
    std::string m_text_encoding; ///< empty: the format says UTF-8
    std::optional<int> m_key_field;
};

void GdalImport::open() {
    CPLStringList options;
    std::string path = m_source.path;
    switch (m_source.format) {
    case SourceFormat::geojson:
    case SourceFormat::geojson_sequence:
        check_utf8(path, m_shown);
        m_survey = survey_geojson(*open_bytes(path), m_source.format == SourceFormat::geojson_sequence, m_shown);
        // Dates stay as they are written, and the feature's own text tells its id from a property of that name.
        options.SetNameValue("DATE_AS_STRING", "YES");
        options.SetNameValue("NATIVE_DATA", "YES");
        m_report.encoding = {"UTF-8", "RFC 7946, and the bytes agree", {}};
        break;
    case SourceFormat::shapefile:
        decide_dbf_encoding(path, m_options, m_report);
        m_text_encoding = m_report.encoding.name;
        options.SetNameValue("ENCODING", ""); // raw bytes: we decode them, because iconv's SHIFT_JIS is not CP932
        break;
    case SourceFormat::geopackage:
        options.SetNameValue("LIST_ALL_TABLES", "NO");
        options.SetNameValue("IMMUTABLE", "YES");
        path = m_source.in_archive ? m_memory.copy(path) : path;
        break;
    case SourceFormat::kml:
    case SourceFormat::gpx: look_through_xml(); break;
    case SourceFormat::flatgeobuf:
    case SourceFormat::delimited_text: break;
    }
    const std::string driver(driver_name(m_source.format));
    const std::array<const char *, 2> drivers = {driver.c_str(), nullptr};
    m_dataset.reset(GDALDataset::Open(path.c_str(), GDAL_OF_VECTOR | GDAL_OF_READONLY, drivers.data(), options.List(), nullptr));
    if (!m_dataset && is_geojson()) { // the survey found nothing wrong with it
        throw geo::Error(ErrorKind::too_large,
                         fmt::format("expected features that fit into the memory of the reading process in {}, found that they do "
                                     "not, though they are well-formed: {}",
                                     m_shown, take_failure()));
    }
    if (!m_dataset) {
        throw geo::Error(ErrorKind::invalid_input, fmt::format("expected a file that the driver {} reads, found {} damaged or something else: {}",
                                                               driver, m_shown, take_failure()));
    }
}

void GdalImport::look_through_xml() {
    const bool is_kml = m_source.format == SourceFormat::kml;
    // A KMZ is opened as a whole by its driver; its main file mostly goes by this name.
    const bool is_kmz = is_kml && m_source.in_archive && m_source.member.empty();
    const std::string path = is_kmz ? fmt::format("/vsizip/{{{}}}/doc.kml", m_source.path) : m_source.path;
    VSIStatBufL status;
    if (is_kmz && VSIStatL(path.c_str(), &status) != 0) {
        return;
    }
    const auto source = open_bytes(path);
    const std::uint64_t features = is_kml ? survey_xml(*source, {"Placemark"}, m_shown) : survey_xml(*source, {"wpt", "rte", "trk"}, m_shown);
    if (features == 0) {
        throw geo::Error(ErrorKind::invalid_input,
                         fmt::format("expected {} in {}, found none", is_kml ? "places (Placemark)" : "waypoints, routes or tracks", m_shown));
    }
}

/// GDAL leaves out what it does not understand: rows would be lost, and the others counted wrongly.
void GdalImport::conclude_geojson() {
    if (m_report.rows_read != m_survey.rows) {
        const auto problem = m_survey.problems.begin();
        throw geo::Error(ErrorKind::invalid_input,
                         fmt::format("expected the {} features of {}, found only {} that can be read{}", m_survey.rows, m_shown, m_report.rows_read,
                                     problem == m_survey.problems.end() ? "" : fmt::format("; feature {}: {}", problem->first, problem->second)));
    }
    if (m_survey.extra_numbers > 0) {
        m_report.repaired["numbers after the height dropped"] += m_survey.extra_numbers;
    }
    if (!m_survey.bbox_problem.empty()) {
        m_report.warn(m_survey.bbox_problem);
    }
}

std::vector<OGRLayer *> GdalImport::choose_layers() {
    std::vector<OGRLayer *> layers;
    std::vector<std::string> names;
    // GPX: the points of routes and tracks are in those as lines; KML: folders are one layer each, all are taken.
    for (OGRLayer *layer : m_dataset->GetLayers()) {
        const std::string name = layer->GetName();
        const bool of_lines = m_source.format == SourceFormat::gpx && name.ends_with("_points");
        if (!of_lines) {
            names.push_back(name);
            layers.push_back(layer);
        }
    }
    const auto wanted = m_options.layer_in_file;
    const auto named = wanted ? std::find(names.begin(), names.end(), *wanted) : names.end();
    if (named != names.end()) {
        m_report.layer_in_file = *named;
        return {layers[static_cast<std::size_t>(named - names.begin())]};
    }
    if (wanted && m_source.member.empty()) {
        throw geo::Error(ErrorKind::not_found,
                         fmt::format("expected a layer \"{}\" in {}, found {}", quoted_value(*wanted), m_shown, fmt::join(names, ", ")));
    }
    if (layers.empty()) {
        throw geo::Error(ErrorKind::invalid_input, fmt::format("expected at least one layer of features in {}, found none", m_shown));
    }
    if (layers.size() > 1 && !has_driver_fields()) {
        throw geo::Error(ErrorKind::invalid_input,
                         fmt::format("expected one layer in {}, found {}: name one with --layer-in-file", m_shown, fmt::join(names, ", ")));
    }
    return layers;
}

/// A layer without a reference system may be one that its GeoPackage describes wrongly; GDAL has said so by now.
void GdalImport::check_geopackage_layer(OGRLayer &layer) {
    if (const std::string warning = m_messages.take_warning(); warning.find("srs_id") != std::string::npos) {
        throw geo::Error(ErrorKind::invalid_input,
                         fmt::format("expected a reference system of layer \"{}\" in {}, found none under its number ({}): give it "
                                     "with --crs",
                                     quoted_value(layer.GetName()), m_shown, quoted_value(warning)));
    }
    OGREnvelope extent;
    const bool has_extent = layer.GetExtent(&extent, TRUE) == OGRERR_NONE;
    if (!has_extent && m_messages.failed()) {
        refuse_damaged();
    }
}

CrsDecision GdalImport::find_crs(OGRLayer &layer) {
    if (m_options.crs) {
        return decide_crs(*m_options.crs, "given by --crs");
    }
    if (has_driver_fields()) {
        return decide_crs("EPSG:4326", "the format is always WGS 84");
    }
    const OGRSpatialReference *srs = layer.GetSpatialRef();
    const std::string name = srs != nullptr && srs->GetName() != nullptr ? srs->GetName() : "";
    if (srs == nullptr && m_source.format == SourceFormat::geopackage) {
        check_geopackage_layer(layer);
    }
    if (srs == nullptr || srs->IsLocal() != 0 || name.starts_with("Undefined") || name.empty()) {
        OGREnvelope extent;
        const bool known = layer.GetExtent(&extent, TRUE) == OGRERR_NONE;
        return assume_crs(known ? geo::LonLatBox{extent.MinX, extent.MinY, extent.MaxX, extent.MaxY} : geo::LonLatBox{}, m_report);
    }
    const std::string evidence = m_source.format == SourceFormat::shapefile ? "the shapefile's .prj" : "the file's own statement";
    const char *authority = srs->GetAuthorityName(nullptr);
    if (srs->IsGeographic() != 0 && name == "WGS 84") { // also its form of three dimensions
        return decide_crs("EPSG:4326", is_geojson() ? "RFC 7946: always WGS 84" : evidence);
    }
    if (authority != nullptr && std::string_view(authority) == "EPSG") {
        return decide_crs(fmt::format("EPSG:{}", srs->GetAuthorityCode(nullptr)), evidence);
    }
    CPLStringList wkt_options;
    wkt_options.SetNameValue("FORMAT", "WKT2_2019");
    char *wkt = nullptr;
    srs->exportToWkt(&wkt, wkt_options.List());
    const std::unique_ptr<char, CplFree> owned(wkt);
    return decide_crs(wkt, evidence);
}

std::vector<std::string> GdalImport::left_out_fields() const {
    if (m_source.format == SourceFormat::kml) { // how Google Earth is to draw it
        return {"altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon", "snippet"};
    }
    return {};
}

void GdalImport::read_layer(OGRLayer &layer) {
    const GIntBig stated = layer.GetFeatureCount(FALSE);
    const std::uint64_t total = stated > 0 ? static_cast<std::uint64_t>(stated) : 0;
    const CrsDecision crs = find_crs(layer);
    note_crs(crs, m_report);
    FieldReader fields(*layer.GetLayerDefn(), m_text_encoding, left_out_fields(), m_report);
    m_key_field.reset();
    if (m_options.key_column) {
        m_key_field = fields.field_named(*m_options.key_column);
        for (ColumnFound &column : m_report.columns) {
            if (column.name == *m_options.key_column) {
                column.role = "key";
                column.how = "given by --key";
            }
        }
    }
    layer.ResetReading();
    while (const OGRFeatureUniquePtr feature{layer.GetNextFeature()}) {
        read_feature(*feature, fields, crs);
        if (m_progress && m_report.rows_read % progress_step == 0) {
            m_progress(m_report.rows_read, total, "features");
        }
    }
    // What GDAL says of features that the survey has refused by name is no news.
    if (m_messages.failed() && m_survey.problems.empty()) {
        refuse_damaged();
    }
    if (fields.undecodable() > 0) {
        m_report.warn(fmt::format("{} bytes are not {}; they were replaced by U+FFFD", fields.undecodable(),
                                  m_text_encoding.empty() ? "UTF-8" : m_text_encoding));
    }
    if (fields.times_without_offset()) {
        m_report.warn("times in the file carry no offset from UTC and were kept without one");
    }
}

std::string GdalImport::find_id(const OGRFeature &feature, FieldReader &fields, std::uint64_t row, bool &without_id) {
    GeoJsonId own;
    if (is_geojson() && feature.GetNativeData() != nullptr) {
        own = read_geojson_id(feature.GetNativeData());
        without_id = !own.property_id;
    }
    if (m_key_field) {
        std::string id = fields.text(feature, *m_key_field);
        if (id.empty()) {
            m_report.refuse({row, *m_options.key_column, "", "the key is empty"});
        }
        return id;
    }
    if (is_geojson()) {
        return own.id;
    }
    // A GeoPackage's feature id is a primary key (OGC 12-128r18, 2.1.6.1.1); row numbers of other formats are not stable.
    return m_source.format == SourceFormat::geopackage ? std::to_string(feature.GetFID()) : "";
}

void GdalImport::count_changes(const ConvertedGeometry &converted) {
    const auto count = [this](bool changed, const char *kind) {
        if (changed) {
            ++m_report.repaired[kind];
        }
    };
    count(converted.heights_dropped, "heights dropped");
    count(converted.measures_dropped, "measures dropped");
    count(converted.curves_linearised, "curves as lines");
    count(converted.parts.size() > 1, "collections split");
}

std::vector<geo::Geometry> GdalImport::read_geometry(const OGRFeature &feature, const CrsDecision &crs, std::uint64_t row) {
    const OGRGeometry *geometry = feature.GetGeometryRef();
    if (geometry == nullptr) {
        m_report.refuse({row, "", "", m_messages.failed() && m_survey.problems.empty() ? take_failure() : "no geometry"});
        return {};
    }
    ConvertedGeometry converted = convert_geometry(*geometry);
    try {
        for (geo::Geometry &part : converted.parts) {
            crs.to_storage.to_storage_in_place(part);
            if (part.is_polygon() && !is_geojson()) {
                geo::normalise_rings(part); // only RFC 7946 says how rings are wound: elsewhere turning them is no repair
            }
        }
    } catch (const geo::Error &error) {
        converted.problem = error.what();
    }
    if (converted.problem.empty() && converted.parts.empty()) {
        converted.problem = "the geometry is empty";
    }
    if (!converted.problem.empty()) {
        m_report.refuse({row, "", "", std::move(converted.problem)});
        return {};
    }
    count_changes(converted);
    return std::move(converted.parts);
}

void GdalImport::read_feature(const OGRFeature &feature, FieldReader &fields, const CrsDecision &crs) {
    const std::uint64_t row = ++m_report.rows_read;
    if (const auto problem = m_survey.problems.find(row); problem != m_survey.problems.end()) {
        m_report.refuse({row, "", "", problem->second});
        return;
    }
    bool without_id = false;
    std::string id = find_id(feature, fields, row, without_id);
    if (m_key_field && id.empty()) {
        return;
    }
    std::vector<geo::Geometry> geometries = read_geometry(feature, crs, row);
    if (geometries.empty()) {
        return;
    }
    const geo::Properties properties = fields.read(feature, without_id, has_driver_fields());
    if (geometries.size() == 1) {
        m_gate.pass(row, geo::Feature{std::move(id), std::move(geometries.front()), properties});
        return;
    }
    std::vector<geo::Feature> features;
    for (geo::Geometry &geometry : geometries) {
        features.push_back({id, std::move(geometry), properties});
    }
    m_gate.pass(row, std::move(features));
}

} // namespace

ImportReport read_with_gdal(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress) {
    return GdalImport(source, options, sink, progress).run();
}

} // namespace keyaki::importers
