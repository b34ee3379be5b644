#include "importers/standard_mapping.hpp"

#include "geo/error.hpp"
#include "importers/coordinate_text.hpp"
#include "importers/name_key.hpp"
#include "importers/table_shape.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace keyaki::importers {

namespace {

constexpr auto words_for_yes = std::to_array<std::string_view>(
    {"1", "○", "〇", "◯", "◎", "●", "有", "有り", "あり", "はい", "可", "可能", "対応", "該当", "レ", "✓", "✔", "yes", "true", "y", "1.0"});
constexpr auto words_for_no = std::to_array<std::string_view>(
    {"0", "×", "✕", "✖", "x", "無", "無し", "なし", "いいえ", "不可", "非対応", "非該当", "-", "−", "―", "ー", "‐", "no", "false", "0.0"});

std::string text_of(const geo::Value &value) {
    return std::visit(
        []<typename Alternative>(const Alternative &alternative) -> std::string {
            if constexpr (std::is_same_v<Alternative, std::monostate>) {
                return {};
            } else if constexpr (std::is_same_v<Alternative, bool>) {
                return alternative ? "1" : "0";
            } else if constexpr (std::is_same_v<Alternative, std::string>) {
                return alternative;
            } else {
                return fmt::format("{}", alternative);
            }
        },
        value);
}

bool is_blank(std::string_view text) { return comparable_name(text).empty(); }

/// The number that a count begins with, and what stands behind it: "１，２００人（2㎡/人）" as 1200 and a remark.
struct Count {
    double number = 0;
    bool has_remark = false;
};
std::optional<Count> counted(std::string_view text) {
    std::string form = compatible_form(text);
    std::erase_if(form, [](char letter) { return letter == ',' || letter == ' '; });
    const std::size_t end = std::min(form.find_first_not_of("+-0123456789.eE"), form.size());
    const auto number = parse_number(form.substr(0, end));
    std::string_view rest = std::string_view(form).substr(end);
    for (const std::string_view unit : {"人", "名", "個", "m"}) {
        rest.remove_prefix(rest.starts_with(unit) ? unit.size() : 0);
    }
    const bool is_remark = rest.starts_with('(') && rest.ends_with(')');
    if (!number || (!rest.empty() && !is_remark)) {
        return std::nullopt;
    }
    return Count{*number, is_remark};
}

StandardValue counted_value(const std::string &text, bool is_integer) {
    if (parse_yes_no(text) == false && !counted(text)) { // a dash: there is none to count
        return {};
    }
    const auto count = counted(text);
    constexpr double largest_exact = 9.0e15;
    if (!count || (is_integer && (count->number != std::floor(count->number) || std::abs(count->number) > largest_exact))) {
        return {std::monostate(), false, false};
    }
    return {is_integer ? geo::Value(static_cast<std::int64_t>(count->number)) : geo::Value(count->number), true, !count->has_remark};
}

std::string_view expectation(StandardKind kind) {
    switch (kind) {
    case StandardKind::integer: return "a whole number";
    case StandardKind::number: return "a number";
    default: return "a yes or a no (1, ○, 有; 0, ×, 無)";
    }
}

const StandardTable &table_named(const std::string &preset) {
    std::vector<std::string_view> ids;
    for (const StandardTable &table : standard_tables()) {
        if (table.id == preset) {
            return table;
        }
        ids.push_back(table.id);
    }
    throw geo::Error(geo::ErrorKind::invalid_input,
                     fmt::format("expected a preset among {} and none, found \"{}\"", fmt::join(ids, ", "), quoted_value(preset)));
}

bool has_foreign(const StandardTable &table, const std::vector<std::string> &names) {
    return std::any_of(table.foreign.begin(), table.foreign.end(), [&](std::string_view foreign) {
        return std::any_of(names.begin(), names.end(), [&](const std::string &name) { return comparable_name(name) == comparable_name(foreign); });
    });
}

} // namespace

std::optional<bool> parse_yes_no(std::string_view text) {
    const std::string word = comparable_name(compatible_form(text));
    const auto is_word = [&](std::string_view candidate) { return word == comparable_name(compatible_form(candidate)); };
    if (std::any_of(words_for_yes.begin(), words_for_yes.end(), is_word)) {
        return true;
    }
    if (std::any_of(words_for_no.begin(), words_for_no.end(), is_word)) {
        return false;
    }
    return std::nullopt;
}

StandardValue standard_value(const geo::Value &cell, StandardKind kind) {
    const std::string text = text_of(cell);
    if (is_blank(text)) {
        return {kind == StandardKind::hazard ? geo::Value(false) : geo::Value()};
    }
    switch (kind) {
    case StandardKind::text: return {text};
    case StandardKind::integer: return counted_value(text, true);
    case StandardKind::number: return counted_value(text, false);
    case StandardKind::yes_no:
    case StandardKind::hazard: break;
    }
    const auto answer = parse_yes_no(text);
    return answer ? StandardValue{*answer} : StandardValue{std::monostate(), false, false};
}

void StandardMapping::take_columns(const std::vector<std::string> &names) {
    const auto find = [&](std::string_view wanted) {
        return std::find_if(names.begin(), names.end(), [&](const std::string &name) { return comparable_name(name) == comparable_name(wanted); });
    };
    for (const StandardColumn &column : m_table->columns) {
        for (const std::string_view wanted : column.names) {
            if (const auto found = find(wanted); found != names.end() && m_columns.try_emplace(*found, &column).second) {
                break; // of two versions' names in one file the newer one counts, the other stays what it is
            }
        }
    }
    for (const std::string_view wanted : standard_id_columns()) {
        if (const auto found = find(wanted); found != names.end() && !m_id_name) {
            m_id_name = *found;
        }
    }
    std::vector<std::string> taken = names;
    for (const auto &[name, column] : m_columns) {
        taken.emplace_back(column->property);
    }
    for (const std::string &name : names) {
        const bool clashes = std::any_of(m_columns.begin(), m_columns.end(), [&](const auto &entry) { return entry.second->property == name; });
        if (clashes && !m_columns.contains(name)) {
            taken.push_back(m_moved_names.emplace(name, unique_name(name, taken)).first->second);
        }
    }
}

std::vector<std::string_view> StandardMapping::telling_names() const {
    std::vector<std::string_view> telling;
    for (const auto &[name, column] : m_columns) {
        if (std::find(m_table->telling.begin(), m_table->telling.end(), column->property) != m_table->telling.end()) {
            telling.push_back(name);
        }
    }
    return telling;
}

std::optional<StandardMapping> StandardMapping::find(const std::vector<std::string> &names, const std::optional<std::string> &preset) {
    if (preset == "none") {
        return std::nullopt;
    }
    if (preset) {
        StandardMapping mapping(table_named(*preset));
        mapping.take_columns(names);
        if (mapping.telling_names().empty()) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("expected columns of the table {} ({}), found {}", mapping.m_table->id, mapping.m_table->title_ja,
                                         quoted_value(fmt::format("{}", fmt::join(names, ", ")))));
        }
        mapping.m_evidence = "given by --preset";
        return mapping;
    }
    for (const StandardTable &table : standard_tables()) {
        StandardMapping mapping(table);
        mapping.take_columns(names);
        const auto telling = mapping.telling_names();
        if (telling.size() >= table.telling_needed && !has_foreign(table, names)) {
            mapping.m_evidence = fmt::format("{} of its {} columns are there, among them {}, which no other standard table has",
                                             mapping.m_columns.size(), table.columns.size(), fmt::join(telling, ", "));
            return mapping;
        }
    }
    return std::nullopt;
}

void StandardMapping::describe(ImportReport &report) const {
    report.preset = {std::string(m_table->id), std::string(m_table->title_ja), std::string(m_table->title_en), m_evidence};
    for (ColumnFound &column : report.columns) {
        const auto found = m_columns.find(column.name);
        if (found != m_columns.end() && (column.role == "property" || column.role == "key")) {
            column.property = found->second->property;
        } else if (const auto moved = m_moved_names.find(column.name); moved != m_moved_names.end()) {
            column.property = moved->second;
        }
    }
}

geo::Properties StandardMapping::apply(const geo::Properties &properties, std::uint64_t row, ImportReport &report) const {
    geo::Properties mapped;
    for (const auto &[name, value] : properties) {
        const auto found = m_columns.find(name);
        if (found == m_columns.end()) {
            const auto moved = m_moved_names.find(name);
            mapped.append(moved == m_moved_names.end() ? name : moved->second, value);
            continue;
        }
        const StandardColumn &column = *found->second;
        StandardValue converted = standard_value(value, column.kind);
        if (!converted.understood) {
            report.suspect({row, name, quoted_value(text_of(value)),
                            fmt::format("expected {} in {}; the property {} was left empty", expectation(column.kind), name, column.property),
                            "unknown_value"});
        }
        mapped.append(std::string(column.property), std::move(converted.value));
        if (!converted.is_whole) {
            mapped.append(fmt::format("{}_as_written", column.property), text_of(value));
        }
    }
    return mapped;
}

} // namespace keyaki::importers
