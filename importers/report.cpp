#include "importers/importer.hpp"
#include "importers/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace keyaki::importers {

void ImportReport::refuse(Refusal refusal) {
    ++refused;
    if (refusals.size() < max_refusals_kept) {
        refusals.push_back(std::move(refusal));
    }
}

void ImportReport::suspect(Refusal suspect) {
    if (++suspected[suspect.kind] <= max_refusals_kept) {
        suspects.push_back(std::move(suspect));
    }
}

void ImportReport::warn(std::string sentence) {
    if (warnings.size() < max_warnings_kept && std::find(warnings.begin(), warnings.end(), sentence) == warnings.end()) {
        warnings.push_back(std::move(sentence));
    }
}

void add_to(ImportReport &report, ImportReport &&later) {
    report.features -= later.features;
    const std::uint64_t refused = std::min(later.refused, report.accepted);
    report.accepted -= refused;
    report.refused += refused;
    for (Refusal &refusal : later.refusals) {
        if (report.refusals.size() < max_refusals_kept) {
            report.refusals.push_back(std::move(refusal));
        }
    }
    for (const auto &[kind, count] : later.suspected) {
        report.suspected[kind] += count;
    }
    report.suspects.insert(report.suspects.end(), std::make_move_iterator(later.suspects.begin()), std::make_move_iterator(later.suspects.end()));
    for (std::string &warning : later.warnings) {
        report.warn(std::move(warning));
    }
}

namespace {

constexpr std::size_t max_described_rows = 20; // of the terminal; the JSON report has them all

void describe_rows(std::string &out, std::string_view title, const std::vector<Refusal> &rows, std::uint64_t total) {
    auto end = std::back_inserter(out);
    for (std::size_t i = 0; i < rows.size() && i < max_described_rows; ++i) {
        const Refusal &row = rows[i];
        fmt::format_to(end, "{} row {}", title, row.row);
        if (!row.column.empty()) {
            fmt::format_to(end, ", {} = \"{}\"", row.column, row.value);
        }
        fmt::format_to(end, ": {}\n", row.reason);
    }
    if (total > max_described_rows) {
        fmt::format_to(end, "{} … and {} more\n", title, total - max_described_rows);
    }
}

} // namespace

std::string describe(const ImportReport &report) {
    std::string out = fmt::format("format: {}", report.driver);
    auto end = std::back_inserter(out);
    if (!report.layer_in_file.empty()) {
        fmt::format_to(end, ", layer {}", report.layer_in_file);
    }
    if (!report.encoding.name.empty()) {
        fmt::format_to(end, "\nencoding: {} ({})", report.encoding.name, report.encoding.evidence);
    }
    fmt::format_to(end, "\ncoordinates: {} {} ({})", report.crs.code, report.crs.name, report.crs.evidence);
    if (report.crs.approximate_datum) {
        fmt::format_to(end, ", approximate to about {} m", report.crs.accuracy_m);
    }
    out += '\n';
    if (!report.preset.id.empty()) {
        fmt::format_to(end, "standard table: {} {} ({})\n", report.preset.id, report.preset.title_ja, report.preset.evidence);
    }
    for (const ColumnFound &column : report.columns) {
        if (column.role != "property") {
            fmt::format_to(end, "{}: column {} ({})\n", column.role, column.name, column.how);
        }
    }
    fmt::format_to(end, "rows: {} read, {} accepted, {} refused, {} empty\n", report.rows_read, report.accepted, report.refused,
                   report.empty_rows_skipped);
    for (const auto &[kind, rows] : report.repaired) {
        fmt::format_to(end, "{}: {} rows\n", kind, rows);
    }
    for (const std::string &warning : report.warnings) {
        fmt::format_to(end, "warning: {}\n", warning);
    }
    describe_rows(out, "refused", report.refusals, report.refused);
    std::uint64_t suspects = 0;
    for (const auto &[kind, count] : report.suspected) {
        suspects += count;
    }
    describe_rows(out, "doubtful", report.suspects, suspects);
    return out;
}

} // namespace keyaki::importers
