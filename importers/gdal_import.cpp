#include "importers/gdal_import.hpp"

#include "geo/error.hpp"
#include "geo/validity.hpp"
#include "importers/crs_decision.hpp"
#include "importers/feature_gate.hpp"
#include "importers/gdal_geometry.hpp"
#include "importers/gdal_open.hpp"
#include "importers/gdal_values.hpp"
#include "importers/standard_mapping.hpp"
#include "importers/text_encoding.hpp"

#include <cpl_conv.h>
#include <cpl_string.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <filesystem>

namespace keyaki::importers {

namespace {

using geo::ErrorKind;
constexpr std::uint64_t progress_step = 1024; // features

/// What names a feature in its file.
struct OwnId {
    std::string id;
    bool is_standard = false; ///< a standard table's, which nobody gave
    bool is_left_out = false; ///< "id" is no property as well
};

struct CplFree {
    void operator()(char *text) const noexcept { CPLFree(text); }
};

class GdalImport {
  public:
    GdalImport(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress)
        : m_source(source), m_options(options), m_progress(progress), m_gate(m_report, sink, options) {
        m_shown = source.member.empty() ? std::filesystem::path(source.path).filename().string() : source.member;
    }

    ImportReport run() {
        m_report.driver = driver_name(m_source.format);
        m_report.layer_in_file = m_source.member;
        m_file.emplace(m_source, m_options, m_shown, m_messages, m_report);
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
    void check_geopackage_layer(OGRLayer &layer);
    void conclude_geojson();
    [[nodiscard]] std::vector<OGRLayer *> choose_layers();
    [[nodiscard]] CrsDecision find_crs(OGRLayer &layer);
    [[nodiscard]] std::vector<std::string> left_out_fields() const;
    void find_key(const FieldReader &fields);
    void take_key(const FieldReader &fields, const std::string &name, std::string_view how);
    void read_layer(OGRLayer &layer);
    void read_feature(const OGRFeature &feature, FieldReader &fields, const CrsDecision &crs);
    [[nodiscard]] OwnId find_id(const OGRFeature &feature, FieldReader &fields) const;
    void lose(const OGRFeature &feature, FieldReader &fields, std::uint64_t row, OwnId &&id) const;
    [[nodiscard]] std::vector<geo::Geometry> read_geometry(const OGRFeature &feature, const CrsDecision &crs, std::uint64_t row);
    void count_changes(const ConvertedGeometry &converted);

    [[nodiscard]] bool is_geojson() const { return importers::is_geojson(m_source.format); }
    [[nodiscard]] std::string take_failure() { return importers::take_failure(m_messages, m_source, m_shown); }
    [[nodiscard]] const GeoJsonSurvey &survey() const { return m_file->survey(); }
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
    std::optional<OpenedFile> m_file;
    std::optional<StandardMapping> m_standard;
    std::optional<int> m_key_field;
    bool m_key_is_standard = false; ///< a standard table's id column, which nobody gave
};

/// GDAL leaves out what it does not understand: rows would be lost, and the others counted wrongly.
void GdalImport::conclude_geojson() {
    if (m_report.rows_read != survey().rows) {
        const auto problem = survey().problems.begin();
        throw geo::Error(ErrorKind::invalid_input,
                         fmt::format("expected the {} features of {}, found only {} that can be read{}", survey().rows, m_shown, m_report.rows_read,
                                     problem == survey().problems.end() ? "" : fmt::format("; feature {}: {}", problem->first, problem->second)));
    }
    if (survey().extra_numbers > 0) {
        m_report.repaired["numbers after the height dropped"] += survey().extra_numbers;
    }
    if (!survey().bbox_problem.empty()) {
        m_report.warn(survey().bbox_problem);
    }
}

std::vector<OGRLayer *> GdalImport::choose_layers() {
    std::vector<OGRLayer *> layers;
    std::vector<std::string> names;
    // GPX: the points of routes and tracks are in those as lines; KML: folders are one layer each, all are taken.
    for (OGRLayer *layer : m_file->dataset().GetLayers()) {
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

void GdalImport::take_key(const FieldReader &fields, const std::string &name, std::string_view how) {
    m_key_field = fields.field_named(name);
    for (ColumnFound &column : m_report.columns) {
        if (column.name == name) {
            column.role = "key";
            column.how = how;
        }
    }
}

/// The key that was given, or the one of the standard table that the fields are of, unless the format has ids of its own.
void GdalImport::find_key(const FieldReader &fields) {
    m_key_field.reset();
    m_key_is_standard = false;
    m_standard = StandardMapping::find(fields.names(), m_options.preset);
    if (m_options.key_column) {
        take_key(fields, *m_options.key_column, "given by --key");
    } else if (m_standard && m_standard->id_name()) {
        take_key(fields, *m_standard->id_name(), "the standard table's id");
        m_key_is_standard = true;
    }
    if (m_standard) {
        m_standard->describe(m_report);
    }
}

void GdalImport::read_layer(OGRLayer &layer) {
    const GIntBig stated = layer.GetFeatureCount(FALSE);
    const std::uint64_t total = stated > 0 ? static_cast<std::uint64_t>(stated) : 0;
    const CrsDecision crs = find_crs(layer);
    note_crs(crs, m_report);
    FieldReader fields(*layer.GetLayerDefn(), m_file->text_encoding(), left_out_fields(), m_report);
    find_key(fields);
    layer.ResetReading();
    while (const OGRFeatureUniquePtr feature{layer.GetNextFeature()}) {
        read_feature(*feature, fields, crs);
        if (m_progress && m_report.rows_read % progress_step == 0) {
            m_progress(m_report.rows_read, total, "features");
        }
    }
    // What GDAL says of features that the survey has refused by name is no news.
    if (m_messages.failed() && survey().problems.empty()) {
        refuse_damaged();
    }
    if (fields.undecodable() > 0) {
        m_report.warn(fmt::format("{} bytes are not {}; they were replaced by U+FFFD", fields.undecodable(),
                                  m_file->text_encoding().empty() ? "UTF-8" : m_file->text_encoding()));
    }
    if (fields.times_without_offset()) {
        m_report.warn("times in the file carry no offset from UTC and were kept without one");
    }
}

OwnId GdalImport::find_id(const OGRFeature &feature, FieldReader &fields) const {
    OwnId found;
    GeoJsonId own;
    if (is_geojson() && feature.GetNativeData() != nullptr) {
        own = read_geojson_id(feature.GetNativeData());
        found.is_left_out = !own.property_id;
    }
    if (m_key_field && !(m_key_is_standard && !own.id.empty())) {
        found.id = fields.text(feature, *m_key_field);
        found.is_standard = m_key_is_standard;
    } else if (is_geojson()) {
        found.id = std::move(own.id);
    } else if (m_source.format == SourceFormat::geopackage) {
        // A GeoPackage's feature id is a primary key (OGC 12-128r18, 2.1.6.1.1); row numbers of other formats are not stable.
        found.id = std::to_string(feature.GetFID());
    }
    return found;
}

void GdalImport::lose(const OGRFeature &feature, FieldReader &fields, std::uint64_t row, OwnId &&id) const {
    ImportReport unused; // what is doubtful about a row that is not taken is no news
    geo::Properties properties = fields.read(feature, id.is_left_out, has_driver_fields());
    m_gate.lose({std::move(id.id), m_standard ? m_standard->apply(properties, row, unused) : std::move(properties), row});
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
        m_report.refuse({row, "", "", m_messages.failed() && survey().problems.empty() ? take_failure() : "no geometry"});
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
    if (const auto problem = survey().problems.find(row); problem != survey().problems.end()) {
        m_report.refuse({row, "", "", problem->second});
        return lose(feature, fields, row, find_id(feature, fields));
    }
    OwnId own = find_id(feature, fields);
    if (m_options.key_column && own.id.empty()) {
        m_report.refuse({row, *m_options.key_column, "", "the key is empty", "no_key"});
        return lose(feature, fields, row, std::move(own));
    }
    std::string id = own.is_standard && !m_gate.may_take_id(row, own.id) ? "" : own.id;
    std::vector<geo::Geometry> geometries = read_geometry(feature, crs, row);
    if (geometries.empty()) {
        return lose(feature, fields, row, std::move(own));
    }
    geo::Properties properties = fields.read(feature, own.is_left_out, has_driver_fields());
    if (m_standard) {
        properties = m_standard->apply(properties, row, m_report);
    }
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
