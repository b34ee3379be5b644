#include "importers/gdal_import.hpp"

#include "geo/error.hpp"
#include "geo/validity.hpp"
#include "importers/crs_decision.hpp"
#include "importers/feature_rows.hpp"
#include "importers/gdal_geometry.hpp"
#include "importers/gdal_open.hpp"
#include "importers/gdal_values.hpp"
#include "importers/limits.hpp"
#include "importers/plain_import.hpp"
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
struct CplFree {
    void operator()(char *text) const noexcept { CPLFree(text); }
};

class GdalImport {
  public:
    GdalImport(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress)
        : m_source(source), m_options(options), m_progress(progress), m_rows(options, m_report, sink) {
        m_shown = source.member.empty() ? std::filesystem::path(source.path).filename().string() : source.member;
    }

    ImportReport run() {
        m_report.driver = driver_name(m_source.format);
        m_report.layer_in_file = m_source.member;
        m_file.emplace(m_source, m_options, m_shown, m_messages, m_report);
        if (m_file->is_plain()) {
            read_plain_geojson(m_source, m_shown, *survey().plain, survey().rows, m_options, m_rows, m_progress, m_report);
        } else {
            for (OGRLayer *layer : choose_layers()) {
                read_layer(*layer);
            }
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
    class Row;

    void check_geopackage_layer(OGRLayer &layer);
    void conclude_geojson();
    [[nodiscard]] std::vector<OGRLayer *> choose_layers();
    [[nodiscard]] CrsDecision find_crs(OGRLayer &layer);
    [[nodiscard]] std::vector<std::string> left_out_fields() const;
    void read_layer(OGRLayer &layer);
    [[nodiscard]] OwnId find_id(const OGRFeature &feature, FieldReader &fields, std::optional<int> key_field, bool key_is_standard) const;
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
    FeatureRows m_rows;
    GdalMessages m_messages;
    std::string m_shown;
    std::optional<OpenedFile> m_file;
};

class GdalImport::Row final : public FeatureRow {
  public:
    Row(GdalImport &import, const OGRFeature &feature, FieldReader &fields, const CrsDecision &crs)
        : m_import(import), m_feature(feature), m_fields(fields), m_crs(crs) {}

    OwnId id(std::optional<int> key_field, bool key_is_standard) override {
        return m_import.find_id(m_feature, m_fields, key_field, key_is_standard);
    }
    std::vector<geo::Geometry> geometries(std::uint64_t row) override { return m_import.read_geometry(m_feature, m_crs, row); }
    geo::Properties properties(const OwnId &id) override { return m_fields.read(m_feature, id.is_left_out, m_import.has_driver_fields()); }

  private:
    GdalImport &m_import;
    const OGRFeature &m_feature;
    FieldReader &m_fields;
    const CrsDecision &m_crs;
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
        return decide_crs(*m_options.crs, given_crs_evidence);
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
        return decide_crs("EPSG:4326", is_geojson() ? rfc7946_crs_evidence : evidence);
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
    FieldReader fields(*layer.GetLayerDefn(), m_file->text_encoding(), left_out_fields(), m_report);
    m_rows.begin_layer(fields);
    layer.ResetReading();
    while (const OGRFeatureUniquePtr feature{layer.GetNextFeature()}) {
        Row row(*this, *feature, fields, crs);
        const auto problem = survey().problems.find(m_report.rows_read + 1);
        m_rows.take(row, problem == survey().problems.end() ? nullptr : &problem->second);
        if (m_progress && m_report.rows_read % rows_between_progress == 0) {
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

OwnId GdalImport::find_id(const OGRFeature &feature, FieldReader &fields, std::optional<int> key_field, bool key_is_standard) const {
    OwnId found;
    GeoJsonId own;
    if (is_geojson() && feature.GetNativeData() != nullptr) {
        own = read_geojson_id(feature.GetNativeData());
        found.is_left_out = !own.property_id;
    }
    if (key_field && !(key_is_standard && !own.id.empty())) {
        found.id = fields.text(feature, *key_field);
        found.is_standard = key_is_standard;
    } else if (is_geojson()) {
        found.id = std::move(own.id);
    } else if (m_source.format == SourceFormat::geopackage) {
        // A GeoPackage's feature id is a primary key (OGC 12-128r18, 2.1.6.1.1); row numbers of other formats are not stable.
        found.id = std::to_string(feature.GetFID());
    }
    return found;
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

} // namespace

ImportReport read_with_gdal(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress) {
    return GdalImport(source, options, sink, progress).run();
}

} // namespace keyaki::importers
