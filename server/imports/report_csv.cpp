#include "server/imports/report_csv.hpp"

#include "server/imports/report_rows.hpp"

#include <fmt/format.h>

#include <array>

namespace keyaki::server::imports {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view formula_starts = "=+-@\t\r";

bool is_number(std::string_view text) { return text.find_first_not_of("+-0123456789.") == std::string_view::npos; }

void append_line(std::string &out, std::initializer_list<std::string_view> cells) {
    bool is_first = true;
    for (const std::string_view cell : cells) {
        out += is_first ? "" : ",";
        out += csv_cell(cell);
        is_first = false;
    }
    out += "\r\n";
}

} // namespace

std::string csv_cell(std::string_view text) {
    std::string cell(text);
    // Spreadsheets also look behind blanks and full-width signs.
    const std::size_t begin = cell.find_first_not_of(" \n");
    const bool full_width = begin != std::string::npos && (cell.compare(begin, 3, "＝") == 0 || cell.compare(begin, 3, "＋") == 0 ||
                                                           cell.compare(begin, 3, "－") == 0 || cell.compare(begin, 3, "＠") == 0);
    if (begin != std::string::npos && (full_width || (formula_starts.find(cell[begin]) != std::string_view::npos && !is_number(cell)))) {
        cell.insert(0, 1, '\'');
    }
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        return cell;
    }
    std::string quoted = "\"";
    for (const char letter : cell) {
        quoted += letter == '"' ? "\"\"" : std::string(1, letter);
    }
    return quoted + '"';
}

std::string report_csv(const ImportOutcome &outcome) {
    std::string out(byte_order_mark);
    append_line(out, {"区分 / List", "行 / Row", "列 / Column", "値 / Value", "ID", "種類 / Kind", "コード / Code", "理由 / Reason"});
    for (const ReportCount &count : report_counts(outcome)) {
        append_line(out, {"件数 / Counts", "", "", std::to_string(count.count), "", count.title_ja, "", count.title_en});
    }
    for (const ReportRow &row : report_rows(outcome)) {
        const std::string number = row.row == 0 ? "" : std::to_string(row.row);
        append_line(out, {fmt::format("{} / {}", list_title_ja(row.list), list_title_en(row.list)), number, row.column, row.value, row.id,
                          kind_title_ja(row.kind), row.kind, row.reason});
    }
    return out;
}

} // namespace keyaki::server::imports
