#include "importers/table_import.hpp"

#include "geo/error.hpp"
#include "importers/crs_decision.hpp"
#include "importers/feature_gate.hpp"
#include "importers/gdal_geometry.hpp"
#include "importers/standard_mapping.hpp"
#include "importers/table_shape.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keyaki::importers {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD"; // U+FFFD

class TableImport {
  public:
    TableImport(TableRows &rows, ImportReport &&report, const ImportOptions &options, const FeatureSink &sink, const Progress &progress)
        : m_rows(rows), m_options(options), m_progress(progress), m_report(std::move(report)), m_shape(options), m_gate(m_report, sink, options) {}

    ImportReport run() {
        find_shape();
        find_standard_table();
        m_crs.emplace(find_crs());
        note_crs(*m_crs, m_report);
        read_features();
        conclude();
        return std::move(m_report);
    }

  private:
    void find_shape();
    void find_standard_table();
    [[nodiscard]] CrsDecision find_crs() const;
    void read_features();
    void read_row(std::uint64_t row, const std::vector<std::string> &cells);
    [[nodiscard]] bool has_right_width(std::uint64_t row, const std::vector<std::string> &cells);
    [[nodiscard]] std::vector<geo::Geometry> read_position(std::uint64_t row, const std::vector<std::string> &cells);
    [[nodiscard]] std::vector<geo::Geometry> read_wkt(std::uint64_t row, const std::string &text);
    [[nodiscard]] std::optional<std::string> read_id(std::uint64_t row, const std::vector<std::string> &cells);
    [[nodiscard]] geo::Properties read_properties(std::uint64_t row, const std::vector<std::string> &cells, ImportReport &report) const;
    void lose(std::uint64_t row, const std::vector<std::string> &cells) const;
    void doubt_undecodable(std::uint64_t row, const std::vector<std::string> &cells);
    void refuse_cell(std::uint64_t row, std::size_t column, std::string_view value, std::string reason, std::string_view kind = {});
    void conclude();
    /// Half of the way is the search for types, the other half the features.
    void tell_progress(std::uint64_t done) const {
        if (m_progress) {
            m_progress(done, m_rows.total_or_0(), m_rows.unit());
        }
    }

    [[nodiscard]] static const std::string &cell_or_empty(const std::vector<std::string> &cells, std::size_t column) {
        static const std::string empty;
        return column < cells.size() ? cells[column] : empty;
    }

    TableRows &m_rows;
    const ImportOptions &m_options;
    const Progress &m_progress;
    ImportReport m_report;
    TableShape m_shape;
    FeatureGate m_gate;
    std::optional<StandardMapping> m_standard;
    std::optional<CrsDecision> m_crs;
    std::uint64_t m_swapped = 0;
    bool m_undecodable = false;
};

void TableImport::find_shape() {
    m_rows.walk(
        [this](std::uint64_t row, std::vector<std::string> &cells) {
            m_shape.see_row(row, cells);
            return true;
        },
        [this](std::uint64_t done) { tell_progress(done / 2); });
    if (const std::uint64_t invalid = m_rows.undecodable(); invalid > 0) {
        m_undecodable = true;
        m_report.warn(
            fmt::format("{} bytes are not {}; they were replaced by U+FFFD in the rows listed as doubtful", invalid, m_report.encoding.name));
    }
    m_shape.finish(m_report);
}

/// The table's own id column names the rows where nobody gave another one.
void TableImport::find_standard_table() {
    std::vector<std::string> names;
    for (const TableColumn &column : m_shape.columns()) {
        names.push_back(column.name);
    }
    m_standard = StandardMapping::find(names, m_options.preset);
    if (m_standard) {
        if (m_standard->id_name()) {
            m_shape.take_standard_key(*m_standard->id_name(), m_report);
        }
        m_standard->describe(m_report);
    }
}

CrsDecision TableImport::find_crs() const {
    if (m_options.crs) {
        CrsDecision decision = decide_crs(*m_options.crs, given_crs_evidence);
        if (m_shape.coordinates() && m_shape.coordinates()->names_axes_only && !decision.to_storage.crs().is_geographic) {
            throw geo::Error(
                geo::ErrorKind::invalid_input,
                fmt::format("expected to know which column is east, found x and y, which Japanese planes count the other way round than most "
                            "software ({}): give the eastings with --lon-column and the northings with --lat-column",
                            decision.found.name));
        }
        return decision;
    }
    if (m_shape.coordinates() && m_shape.coordinates()->names_old_datum) {
        return decide_crs("EPSG:4301", "the column's name says the old Tokyo datum");
    }
    CrsDecision decision =
        decide_crs("EPSG:6668", m_shape.wkt() ? "assumed: WKT without a stated CRS" : "assumed: columns of longitude and latitude, no datum stated");
    decision.found.assumed = true;
    return decision;
}

void TableImport::read_features() {
    m_rows.walk(
        [this](std::uint64_t row, std::vector<std::string> &cells) {
            if (row > m_shape.header_row()) {
                read_row(row, cells);
            }
            return true;
        },
        [this](std::uint64_t done) { tell_progress((m_rows.total_or_0() + done) / 2); });
}

void TableImport::refuse_cell(std::uint64_t row, std::size_t column, std::string_view value, std::string reason, std::string_view kind) {
    m_report.refuse({row, m_shape.columns()[column].name, quoted_value(value), std::move(reason), std::string(kind)});
}

bool TableImport::has_right_width(std::uint64_t row, const std::vector<std::string> &cells) {
    for (std::size_t i = m_shape.columns().size(); i < cells.size(); ++i) {
        if (!cells[i].empty()) {
            m_report.refuse({row, "", quoted_value(cells[i]),
                             fmt::format("expected {} cells as in the header, found {}", m_shape.columns().size(), cells.size())});
            return false;
        }
    }
    return true;
}

void TableImport::read_row(std::uint64_t row, const std::vector<std::string> &cells) {
    if (is_empty_row(cells)) {
        ++m_report.empty_rows_skipped;
        return;
    }
    ++m_report.rows_read;
    if (!has_right_width(row, cells)) {
        return lose(row, cells);
    }
    const std::optional<std::string> id = read_id(row, cells);
    if (!id) {
        return lose(row, cells);
    }
    std::vector<geo::Geometry> geometries = m_shape.wkt() ? read_wkt(row, cell_or_empty(cells, *m_shape.wkt())) : read_position(row, cells);
    if (geometries.empty()) {
        return lose(row, cells);
    }
    const geo::Properties properties = read_properties(row, cells, m_report);
    std::vector<geo::Feature> features;
    for (geo::Geometry &geometry : geometries) {
        features.push_back({*id, std::move(geometry), properties});
    }
    m_gate.pass(row, std::move(features));
    if (m_undecodable) {
        doubt_undecodable(row, cells);
    }
}

/// Nothing: refused.
std::optional<std::string> TableImport::read_id(std::uint64_t row, const std::vector<std::string> &cells) {
    if (!m_shape.key()) {
        return "";
    }
    const std::string &id = cell_or_empty(cells, *m_shape.key());
    if (m_shape.key_is_standard()) {
        return m_gate.may_take_id(row, id) ? id : ""; // nobody asked for this key: a slip in it costs no row
    }
    if (id.empty()) {
        refuse_cell(row, *m_shape.key(), id, "the key is empty", "no_key");
        return std::nullopt;
    }
    return id;
}

/// Its values may be worth little (a cell too many moves the others), but one of them may be the name that it is known by.
void TableImport::lose(std::uint64_t row, const std::vector<std::string> &cells) const {
    ImportReport unused; // what is doubtful about a row that is not taken is no news
    m_gate.lose({m_shape.key() ? cell_or_empty(cells, *m_shape.key()) : "", read_properties(row, cells, unused), row});
}

void TableImport::doubt_undecodable(std::uint64_t row, const std::vector<std::string> &cells) {
    const auto broken = std::find_if(cells.begin(), cells.end(), [](const auto &cell) { return cell.find(replacement) != std::string::npos; });
    if (broken != cells.end()) {
        m_report.suspect({row, m_shape.columns()[static_cast<std::size_t>(broken - cells.begin())].name, quoted_value(*broken),
                          fmt::format("bytes that are not {}", m_report.encoding.name), "undecodable"});
    }
}

std::vector<geo::Geometry> TableImport::read_position(std::uint64_t row, const std::vector<std::string> &cells) {
    const CoordinateColumns &columns = *m_shape.coordinates();
    const std::string &lon_text = cell_or_empty(cells, columns.lon);
    const std::string &lat_text = cell_or_empty(cells, columns.lat);
    const auto lon = parse_number(lon_text);
    const auto lat = parse_number(lat_text);
    if (!lon || !lat) {
        const std::size_t column = lat ? columns.lon : columns.lat;
        const std::string &text = lat ? lon_text : lat_text;
        refuse_cell(row, column, text, why_not_a_coordinate(lat ? "longitude" : "latitude", text), "no_position");
        return {};
    }
    if (m_crs->to_storage.crs().is_geographic) {
        if (const auto fault = find_coordinate_fault(*lon, *lat)) {
            m_swapped += fault->kind == "swapped" ? 1U : 0U;
            refuse_cell(row, fault->about_lat ? columns.lat : columns.lon, fault->about_lat ? lat_text : lon_text, fault->reason, fault->kind);
            return {};
        }
    }
    try {
        return {geo::Geometry::point(m_crs->to_storage(*lon, *lat))};
    } catch (const geo::Error &error) {
        refuse_cell(row, columns.lon, lon_text, error.what());
        return {};
    }
}

std::vector<geo::Geometry> TableImport::read_wkt(std::uint64_t row, const std::string &text) {
    if (text.empty()) {
        refuse_cell(row, *m_shape.wkt(), text, "no coordinates: the geometry is empty");
        return {};
    }
    ConvertedGeometry converted = parse_wkt(text);
    try {
        for (geo::Geometry &part : converted.parts) {
            m_crs->to_storage.to_storage_in_place(part);
        }
    } catch (const geo::Error &error) {
        converted.problem = error.what();
    }
    if (!converted.problem.empty()) {
        refuse_cell(row, *m_shape.wkt(), text, std::move(converted.problem));
        return {};
    }
    if (converted.heights_dropped) {
        ++m_report.repaired["heights dropped"];
    }
    return std::move(converted.parts);
}

geo::Properties TableImport::read_properties(std::uint64_t row, const std::vector<std::string> &cells, ImportReport &report) const {
    geo::Properties properties;
    for (std::size_t i = 0; i < m_shape.columns().size(); ++i) {
        if (m_shape.is_property(i)) {
            const TableColumn &column = m_shape.columns()[i];
            // A standard table says itself what its columns hold.
            const ColumnType type = m_standard && m_standard->maps(column.name) ? ColumnType::text : column.inference.type();
            properties.append(column.name, typed_value(cell_or_empty(cells, i), type));
        }
    }
    return m_standard ? m_standard->apply(properties, row, report) : properties;
}

void TableImport::conclude() {
    if (m_report.rows_read == 0) {
        m_report.warn("the table has a header and no rows");
    }
    if (m_swapped > 0 && m_swapped * 2 > m_report.rows_read) {
        m_report.warn(fmt::format("longitude and latitude look swapped in {} of {} rows: exchange --lon-column and --lat-column", m_swapped,
                                  m_report.rows_read));
    }
}

} // namespace

ImportReport read_table(TableRows &rows, ImportReport &&report, const ImportOptions &options, const FeatureSink &sink, const Progress &progress) {
    return TableImport(rows, std::move(report), options, sink, progress).run();
}

} // namespace keyaki::importers
