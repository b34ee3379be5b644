#include "server/imports/report_html.hpp"

#include "server/html.hpp"
#include "server/imports/report_rows.hpp"

#include <fmt/format.h>

namespace keyaki::server::imports {

namespace {

constexpr std::string_view head = R"(<!doctype html>
<html lang="ja"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{0}</title>
<style>
body{{font:16px/1.6 system-ui,"Noto Sans JP",sans-serif;margin:0 auto;max-width:72rem;padding:1rem;color:#1a1a1a;background:#fff}}
h1{{font-size:1.4rem}}h2{{font-size:1.1rem;margin-top:2rem;border-bottom:2px solid #14532f}}
[lang=en]{{color:#555;font-weight:400;font-size:.85em}}
.counts{{display:flex;flex-wrap:wrap;gap:.5rem;padding:0;list-style:none}}.counts li{{border:1px solid #bbb;border-radius:.5rem;padding:.3rem .8rem}}
.counts b{{display:block;font-size:1.4rem}}
table{{border-collapse:collapse;width:100%}}th,td{{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}}
th{{background:#eef3ee}}.number{{text-align:right}}dt{{font-weight:600}}
@media (prefers-color-scheme:dark){{body{{color:#eee;background:#161816}}th{{background:#26302a}}[lang=en]{{color:#aaa}}}}
</style></head><body><main><h1>{0}</h1>
)";

/// A heading in both languages.
std::string both(std::string_view ja, std::string_view en) { return fmt::format("{} <span lang=\"en\">{}</span>", html_text(ja), html_text(en)); }

void append_fact(std::string &out, std::string_view ja, std::string_view en, std::string_view value, std::string_view evidence) {
    if (!value.empty()) {
        out += fmt::format("<dt>{}</dt><dd>{}{}</dd>\n", both(ja, en), html_text(value),
                           evidence.empty() ? "" : fmt::format(" <span lang=\"en\">({})</span>", html_text(evidence)));
    }
}

void append_source(std::string &out, const importers::ImportReport &report) {
    out += "<h2>" + both("ファイル", "File") + "</h2>\n<dl>\n";
    append_fact(out, "形式", "Format", report.driver, report.layer_in_file);
    append_fact(out, "文字コード", "Encoding", report.encoding.name, report.encoding.evidence);
    append_fact(out, "座標系", "Coordinates", fmt::format("{} {}", report.crs.code, report.crs.name), report.crs.evidence);
    if (report.crs.approximate_datum) {
        append_fact(out, "精度", "Accuracy", fmt::format("約 {} m", report.crs.accuracy_m), "the datum was shifted");
    }
    append_fact(out, "標準データセット", "Standard table", report.preset.title_ja, report.preset.evidence);
    out += "</dl>\n";
    if (!report.encoding.sample.empty()) {
        out += "<h2>" + both("最初の3行", "The first three rows") + "</h2>\n<ol>\n";
        for (const std::string &row : report.encoding.sample) {
            out += fmt::format("<li>{}</li>\n", html_text(row));
        }
        out += "</ol>\n";
    }
}

void append_counts(std::string &out, const ImportOutcome &outcome) {
    out += "<ul class=\"counts\">\n";
    for (const ReportCount &count : report_counts(outcome)) {
        out += fmt::format("<li><b>{}</b>{}</li>\n", count.count, both(count.title_ja, count.title_en));
    }
    out += "</ul>\n";
}

void append_repairs(std::string &out, const importers::ImportReport &report) {
    if (report.repaired.empty()) {
        return;
    }
    out += "<h2>" + both("修復した図形", "Repairs") + "</h2>\n<ul>\n";
    for (const auto &[kind, rows] : report.repaired) {
        out += fmt::format("<li>{}: {}</li>\n", html_text(kind), rows);
    }
    out += "</ul>\n";
}

/// Where columns became others.
void append_columns(std::string &out, const importers::ImportReport &report) {
    if (report.columns.empty()) {
        return;
    }
    out += "<h2>" + both("列", "Columns") + "</h2>\n<table><thead><tr><th>" + both("列", "Column") + "</th><th>" + both("項目", "Property") +
           "</th><th>" + both("役割", "Role") + "</th></tr></thead><tbody>\n";
    for (const importers::ColumnFound &column : report.columns) {
        out += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", html_text(column.name),
                           html_text(column.property.empty() ? column.name : column.property),
                           html_text(column.how.empty() ? column.role : fmt::format("{} ({})", column.role, column.how)));
    }
    out += "</tbody></table>\n";
}

void begin_list(std::string &out, std::string_view list) {
    out += fmt::format("<h2>{}</h2>\n<table><thead><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>\n",
                       both(list_title_ja(list), list_title_en(list)), both("行", "Row"), both("列", "Column"), both("値・名称", "Value or name"),
                       both("種類", "Kind"), both("理由", "Reason"));
}

void append_lists(std::string &out, const ImportOutcome &outcome) {
    std::string_view open;
    for (const ReportRow &row : report_rows(outcome)) {
        if (row.list != open) {
            out += open.empty() ? "" : "</tbody></table>\n";
            begin_list(out, row.list);
            open = row.list;
        }
        const std::string number = row.row == 0 ? "" : std::to_string(row.row);
        const std::string subject = row.id.empty() ? row.value : fmt::format("{} ({})", row.value, row.id);
        out += fmt::format("<tr><td class=\"number\">{}</td><td>{}</td><td>{}</td><td>{}</td><td lang=\"en\">{}</td></tr>\n", number,
                           html_text(row.column), html_text(subject), html_text(kind_title_ja(row.kind)), html_text(row.reason));
    }
    out += open.empty() ? "" : "</tbody></table>\n";
}

} // namespace

std::string report_html(const ImportOutcome &outcome, std::string_view title, bool is_dry_run) {
    std::string out = fmt::format(fmt::runtime(head), html_text(title));
    if (is_dry_run) {
        out += "<p><strong>" + both("試しに読んだだけで、下書きは変えていません。", "A dry run: the draft was not changed.") + "</strong></p>\n";
    }
    append_counts(out, outcome);
    append_source(out, outcome.report);
    append_repairs(out, outcome.report);
    append_lists(out, outcome);
    append_columns(out, outcome.report);
    out += "</main></body></html>\n";
    return out;
}

} // namespace keyaki::server::imports
