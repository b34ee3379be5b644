#include "server/imports/report_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace keyaki::server::imports {

namespace {

struct Title {
    std::string_view code;
    std::string_view ja;
    std::string_view en;
};
constexpr std::array lists{Title{"refused", "取り込めなかった行", "Rows refused"},
                           Title{"suspect", "確認したい行", "Doubtful rows"},
                           Title{"conflict", "下書きの編集と食い違う地物", "Edited in the draft and changed by the file"},
                           Title{"kept_edit", "下書きの編集を残した地物", "Edits of the draft that stay"},
                           Title{"kept", "行を取り込めず、そのまま残した地物", "Features that stay because their rows were refused"},
                           Title{"ambiguous", "対応が決まらず新規とした行", "Rows that could be several features"},
                           Title{"moved", "移動した地物", "Moved features"},
                           Title{"removed", "なくなる地物", "Features that go"},
                           Title{"warning", "お知らせ", "Warnings"}};
constexpr std::array kinds{Title{"swapped", "緯度と経度が逆", "Latitude and longitude swapped"},
                           Title{"decimal_point_lost", "小数点がない", "Decimal point lost"},
                           Title{"out_of_range", "座標が範囲外", "Position out of range"},
                           Title{"not_known", "座標が0", "Position is 0, 0"},
                           Title{"no_position", "座標がない", "No position"},
                           Title{"no_key", "キーが空", "Empty key"},
                           Title{"invalid_geometry", "図形が正しくない", "Geometry not valid"},
                           Title{"geometry_type", "図形の種類が違う", "Other type of geometry"},
                           Title{"outside", "市の範囲外", "Outside the city"},
                           Title{"mojibake", "文字化け", "Garbled text"},
                           Title{"undecodable", "読めない文字", "Unreadable characters"},
                           Title{"unknown_value", "値を解釈できない", "Value not understood"},
                           Title{"name_twice", "名称の重複", "Name twice"},
                           Title{"id_twice", "IDの重複", "Id twice"},
                           Title{"id_of_another", "別の地物のID", "Id of another feature"},
                           Title{"moved_far", "500mを超える移動", "Moved more than 500 m"},
                           Title{"ambiguous", "対応があいまい", "Could be several"},
                           Title{"schema", "項目の定義に合わない", "Against the schema"}};

template <typename Titles>
const Title *find_title(const Titles &titles, std::string_view code) noexcept {
    const auto found = std::find_if(titles.begin(), titles.end(), [&](const Title &title) { return title.code == code; });
    return found == titles.end() ? nullptr : &*found;
}

void add_refusals(std::vector<ReportRow> &rows, std::string_view list, const std::vector<importers::Refusal> &refusals) {
    for (const importers::Refusal &refusal : refusals) {
        rows.push_back({list, refusal.row, refusal.column, refusal.value, "", refusal.kind, refusal.reason});
    }
}

void add_met(std::vector<ReportRow> &rows, std::string_view list, const std::vector<MetFeature> &features) {
    for (const MetFeature &met : features) {
        rows.push_back({list, met.row, "", met.feature.name, met.feature.id, met.taken,
                        fmt::format("file: {}; draft: {}; taken: {}", met.file_says, met.draft_says, met.taken)});
    }
}

void add_ambiguous(std::vector<ReportRow> &rows, const std::vector<AmbiguousRow> &ambiguous) {
    for (const AmbiguousRow &one : ambiguous) {
        std::string candidates;
        for (const NamedFeature &candidate : one.candidates) {
            candidates += (candidates.empty() ? "" : ", ") + candidate.id;
        }
        rows.push_back({"ambiguous", one.row, "", one.feature.name, "", "", "could be " + candidates});
    }
}

} // namespace

std::vector<ReportRow> report_rows(const ImportOutcome &outcome) {
    std::vector<ReportRow> rows;
    const Findings &findings = outcome.findings;
    add_refusals(rows, "refused", outcome.report.refusals);
    add_refusals(rows, "suspect", outcome.report.suspects);
    add_met(rows, "conflict", findings.conflicts.entries());
    add_met(rows, "kept_edit", findings.kept_edits.entries());
    for (const KeptFeature &kept : findings.kept.entries()) {
        rows.push_back({"kept", kept.row, "", kept.feature.name, kept.feature.id, "", "its row was refused, so it stays as it is"});
    }
    add_ambiguous(rows, findings.ambiguous.entries());
    for (const MovedFeature &moved : findings.moved.entries()) {
        rows.push_back({"moved", moved.row, "", moved.feature.name, moved.feature.id, "",
                        fmt::format("{:.1f} m: {:.6f}, {:.6f} → {:.6f}, {:.6f}", moved.distance_m, moved.from.lon_deg, moved.from.lat_deg,
                                    moved.to.lon_deg, moved.to.lat_deg)});
    }
    for (const NamedFeature &removed : findings.removed.entries()) {
        rows.push_back({"removed", 0, "", removed.name, removed.id, "", "the file does not have it"});
    }
    for (const std::string &warning : outcome.report.warnings) {
        rows.push_back({"warning", 0, "", "", "", "", warning});
    }
    return rows;
}

std::string_view list_title_ja(std::string_view list) noexcept {
    const Title *title = find_title(lists, list);
    return title == nullptr ? list : title->ja;
}

std::string_view list_title_en(std::string_view list) noexcept {
    const Title *title = find_title(lists, list);
    return title == nullptr ? list : title->en;
}

std::string_view kind_title_ja(std::string_view kind) noexcept {
    const Title *title = find_title(kinds, kind);
    return title == nullptr ? kind : title->ja;
}

std::vector<ReportCount> report_counts(const ImportOutcome &outcome) {
    const importers::ImportReport &report = outcome.report;
    std::vector<ReportCount> counts{{"読んだ行", "Rows read", report.rows_read},
                                    {"取り込んだ行", "Rows taken", report.accepted},
                                    {"取り込めなかった行", "Rows refused", report.refused}};
    if (outcome.has_changes) {
        counts.push_back({"追加", "Added", outcome.changes.added});
        counts.push_back({"変更", "Changed", outcome.changes.changed});
    }
    if (outcome.findings.is_compared) {
        counts.push_back({"うち移動", "Moved, among them", outcome.findings.moved.count()});
    }
    if (outcome.has_changes) {
        counts.push_back({"削除", "Removed", outcome.changes.removed});
        counts.push_back({"変わらない", "Unchanged", outcome.changes.unchanged});
    }
    return counts;
}

} // namespace keyaki::server::imports
