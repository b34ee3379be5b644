#include "importers/plain_import.hpp"

#include "geo/error.hpp"
#include "importers/byte_source.hpp"
#include "importers/crs_decision.hpp"
#include "importers/feature_rows.hpp"
#include "importers/limits.hpp"
#include "importers/plain_geojson.hpp"

#include <fmt/format.h>

#include <utility>

namespace keyaki::importers {

namespace {

/// As GDAL writes a field's value as text.
std::string text_of(const geo::Value &value) {
    if (const auto *text = std::get_if<std::string>(&value)) {
        return *text;
    }
    if (const auto *number = std::get_if<double>(&value)) {
        return fmt::format(FMT_STRING("{:.15g}"), *number);
    }
    if (const auto *whole = std::get_if<std::int64_t>(&value)) {
        return std::to_string(*whole);
    }
    const auto *truth = std::get_if<bool>(&value);
    return truth == nullptr ? "" : *truth ? "1" : "0";
}

class PlainRow final : public FeatureRow {
  public:
    PlainRow(const std::vector<std::string> &names, const CrsDecision &crs, ImportReport &report) : m_names(names), m_crs(crs), m_report(report) {}

    PlainFeature feature;

    OwnId id(std::optional<int> key_field, bool key_is_standard) override {
        return key_field ? OwnId{text_of(feature.values[static_cast<std::size_t>(*key_field)]), key_is_standard, false} : OwnId{};
    }
    std::vector<geo::Geometry> geometries(std::uint64_t row) override {
        try {
            m_crs.to_storage.to_storage_in_place(feature.geometry);
        } catch (const geo::Error &error) {
            m_report.refuse({row, "", "", error.what()});
            return {};
        }
        if (feature.has_heights) {
            ++m_report.repaired["heights dropped"];
        }
        std::vector<geo::Geometry> geometries;
        geometries.push_back(std::move(feature.geometry));
        return geometries;
    }
    geo::Properties properties(const OwnId &) override {
        geo::Properties properties;
        for (std::size_t field = 0; field < m_names.size(); ++field) {
            properties.append(m_names[field], std::move(feature.values[field]));
        }
        return properties;
    }

  private:
    const std::vector<std::string> &m_names;
    const CrsDecision &m_crs;
    ImportReport &m_report;
};

} // namespace

void read_plain_geojson(const SourceChoice &source, const std::string &shown, std::span<const PlainField> fields, std::uint64_t total,
                        const ImportOptions &options, FeatureRows &rows, const Progress &progress, ImportReport &report) {
    const CrsDecision crs = options.crs ? decide_crs(*options.crs, given_crs_evidence) : decide_crs("EPSG:4326", rfc7946_crs_evidence);
    note_crs(crs, report);
    const FieldReader reader(fields, report);
    rows.begin_layer(reader);
    const std::vector<std::string> names = reader.names();
    const auto bytes = open_bytes(source.path);
    PlainGeoJson file(*bytes, source.format == SourceFormat::geojson_sequence, fields);
    PlainRow row(names, crs, report);
    try {
        while (file.next(row.feature)) {
            rows.take(row, nullptr);
            if (progress && report.rows_read % rows_between_progress == 0) {
                progress(report.rows_read, total, "features");
            }
        }
    } catch (const DoubtfulJson &) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected {} to stay as it was when reading began, found another feature {}", shown, report.rows_read + 1));
    }
}

} // namespace keyaki::importers
