#include "importers/gdal_workbook.hpp"

#include "geo/error.hpp"
#include "importers/gdal_open.hpp"
#include "importers/limits.hpp"
#include "importers/table_import.hpp"
#include "importers/table_shape.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gdal_priv.h>
#include <ogrsf_frmts.h>

#include <algorithm>
#include <filesystem>

namespace keyaki::importers {

namespace {

constexpr std::size_t sample_rows = 3;

/// A sheet's rows, with every cell as text. The driver's feature id is the row's number.
class SheetRows final : public TableRows {
  public:
    explicit SheetRows(OGRLayer &sheet) : m_sheet(sheet), m_columns(sheet.GetLayerDefn()->GetFieldCount()) {
        if (static_cast<std::size_t>(m_columns) > max_columns) {
            throw geo::Error(geo::ErrorKind::too_large,
                             fmt::format("expected at most {} columns in sheet {}, found {}", max_columns, sheet.GetName(), m_columns));
        }
    }
    void walk(const Visitor &visit, const std::function<void(std::uint64_t)> &progress) override {
        m_sheet.ResetReading();
        std::vector<std::string> cells;
        std::uint64_t done = 0;
        while (const OGRFeatureUniquePtr row{m_sheet.GetNextFeature()}) {
            read_cells(*row, cells);
            if (!visit(static_cast<std::uint64_t>(row->GetFID()), cells)) {
                return;
            }
            if (++done % rows_between_progress == 0) {
                progress(done);
            }
        }
    }
    [[nodiscard]] std::uint64_t total_or_0() const override { return static_cast<std::uint64_t>(std::max<GIntBig>(m_sheet.GetFeatureCount(), 0)); }
    [[nodiscard]] std::string_view unit() const override { return "rows"; }
    [[nodiscard]] std::uint64_t undecodable() const override { return 0; }

  private:
    /// Without the empty cells at the row's end, which the sheet has as far as its widest row.
    void read_cells(const OGRFeature &row, std::vector<std::string> &cells) const {
        cells.clear();
        for (int i = 0; i < m_columns; ++i) {
            const char *text = row.IsFieldSetAndNotNull(i) ? row.GetFieldAsString(i) : "";
            if (std::string_view(text).size() > max_cell_bytes) {
                throw geo::Error(geo::ErrorKind::too_large, fmt::format("expected cells of at most {} bytes, found a longer one in row {}, column {}",
                                                                        max_cell_bytes, row.GetFID(), i + 1));
            }
            cells.emplace_back(text);
        }
        while (!cells.empty() && cells.back().empty()) {
            cells.pop_back();
        }
    }

    OGRLayer &m_sheet;
    int m_columns;
};

void no_progress(std::uint64_t) {}

bool has_header(OGRLayer &sheet, const ImportOptions &options) {
    SheetRows rows(sheet);
    std::size_t seen = 0;
    bool found = false;
    rows.walk(
        [&](std::uint64_t, const std::vector<std::string> &cells) {
            found = names_positions(cells, options);
            return !found && ++seen < header_search_rows;
        },
        no_progress);
    return found;
}

OGRLayer &choose_sheet(GDALDataset &workbook, const ImportOptions &options, const std::string &shown) {
    std::vector<OGRLayer *> sheets;
    std::vector<std::string> names;
    for (OGRLayer *sheet : workbook.GetLayers()) {
        names.emplace_back(sheet->GetName());
        if (options.layer_in_file == names.back()) {
            return *sheet;
        }
        if (sheet->GetFeatureCount() > 0) {
            sheets.push_back(sheet);
        }
    }
    const std::string all = quoted_value(fmt::format("{}", fmt::join(names, ", ")));
    if (options.layer_in_file) {
        throw geo::Error(geo::ErrorKind::not_found,
                         fmt::format("expected a sheet \"{}\" in {}, found {}", quoted_value(*options.layer_in_file), shown, all));
    }
    if (sheets.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("expected a sheet with rows in {}, found none", shown));
    }
    if (sheets.size() > 1) {
        std::erase_if(sheets, [&](OGRLayer *sheet) { return !has_header(*sheet, options); });
    }
    if (sheets.size() != 1) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected one sheet with columns of longitude and latitude in {}, found {} among {}: name one with "
                                     "--layer-in-file",
                                     shown, sheets.size(), all));
    }
    return *sheets.front();
}

} // namespace

ImportReport read_workbook(const SourceChoice &source, const ImportOptions &options, const FeatureSink &sink, const Progress &progress) {
    ImportReport report;
    report.driver = driver_name(source.format);
    const std::string shown = std::filesystem::path(source.path).filename().string();
    GdalMessages messages;
    const OpenedFile file(source, options, shown, messages, report);
    OGRLayer &sheet = choose_sheet(file.dataset(), options, shown);
    report.layer_in_file = sheet.GetName();
    report.encoding = {"UTF-8", "the format says so", {}};
    SheetRows rows(sheet);
    rows.walk(
        [&](std::uint64_t, const std::vector<std::string> &cells) {
            if (!is_empty_row(cells)) {
                report.encoding.sample.push_back(quoted_value(fmt::format("{}", fmt::join(cells, ","))));
            }
            return report.encoding.sample.size() < sample_rows;
        },
        no_progress);
    if (messages.failed()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("expected a whole workbook, found {} damaged: {}", shown, take_failure(messages, source, shown)));
    }
    return read_table(rows, std::move(report), options, sink, progress);
}

} // namespace keyaki::importers
