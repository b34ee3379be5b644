#include "server/features/columns.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <variant>

namespace keyaki::server {

namespace {

/// What was seen under one name.
struct Seen {
    bool has_text = false; ///< that is no time
    bool has_date = false;
    bool has_date_time = false;
    bool has_whole = false;
    bool has_real = false;
    bool has_boolean = false;
    std::int64_t begin_us = std::numeric_limits<std::int64_t>::max(); ///< of the times
    std::int64_t end_us = std::numeric_limits<std::int64_t>::min();

    void operator()(std::monostate) const noexcept {}
    void operator()(bool) { has_boolean = true; }
    void operator()(std::int64_t) { has_whole = true; }
    void operator()(double) { has_real = true; }
    void operator()(std::string_view text) {
        const auto time = has_text ? std::nullopt : parse_time(text); // one text that is no time decides
        if (!time) {
            has_text = true;
            return;
        }
        (is_date(text) ? has_date : has_date_time) = true;
        begin_us = std::min(begin_us, *time->begin_us);
        end_us = std::max(end_us, *time->end_us);
    }

    [[nodiscard]] ColumnType type() const noexcept {
        const bool has_time = has_date || has_date_time;
        const int kinds = (has_text || has_time ? 1 : 0) + (has_whole || has_real ? 1 : 0) + (has_boolean ? 1 : 0);
        if (kinds != 1 || has_text) {
            return ColumnType::text;
        }
        if (has_boolean) {
            return ColumnType::boolean;
        }
        if (has_time) {
            return has_date && has_date_time ? ColumnType::text : (has_date ? ColumnType::date : ColumnType::date_time);
        }
        return has_real ? ColumnType::real : ColumnType::whole;
    }
};

using SeenByName = std::map<std::string, Seen, std::less<>>;

/// The names in the order of the features with the first ids; what those do not have follows by name.
std::vector<std::string> names_in_order(const tiles::LayerSnapshot &snapshot, const SeenByName &seen) {
    constexpr std::size_t looked_at = 1'000; // features of one layer are much alike
    std::vector<std::string> names;
    std::set<std::string, std::less<>> known;
    const auto add = [&](std::string_view name) {
        if (known.emplace(name).second) {
            names.emplace_back(name);
        }
    };
    snapshot.page({}, looked_at, [&](const tiles::FeatureRef &feature) {
        feature.visit_properties([&](std::string_view name, const tiles::ValueView &) { add(name); });
    });
    for (const auto &[name, what] : seen) {
        add(name);
    }
    return names;
}

} // namespace

const Column *LayerColumns::find(std::string_view name) const noexcept {
    const auto found = std::find_if(columns.begin(), columns.end(), [name](const Column &column) { return column.name == name; });
    return found == columns.end() ? nullptr : &*found;
}

nlohmann::ordered_json schema_of_column(const Column &column) {
    switch (column.type) {
    case ColumnType::whole: return {{"type", "integer"}};
    case ColumnType::real: return {{"type", "number"}};
    case ColumnType::boolean: return {{"type", "boolean"}};
    case ColumnType::date: return {{"type", "string"}, {"format", "date"}};
    case ColumnType::date_time: return {{"type", "string"}, {"format", "date-time"}};
    case ColumnType::text: break;
    }
    return {{"type", "string"}};
}

LayerColumns survey_columns(const tiles::LayerSnapshot &snapshot) {
    SeenByName seen;
    snapshot.visit_values([&](std::string_view name, const tiles::ValueView &value) {
        auto place = seen.find(name);
        if (place == seen.end()) {
            place = seen.emplace(std::string(name), Seen()).first;
        }
        std::visit(place->second, value);
    });
    std::int64_t begin_us = std::numeric_limits<std::int64_t>::max();
    std::int64_t end_us = std::numeric_limits<std::int64_t>::min();
    LayerColumns result;
    result.geometries = snapshot.geometry_types();
    for (std::string &name : names_in_order(snapshot, seen)) {
        const auto found = seen.find(name);
        const ColumnType type = found == seen.end() ? ColumnType::text : found->second.type(); // one that is null everywhere is a text
        result.columns.push_back({std::move(name), type});
        if (result.columns.back().is_temporal()) {
            begin_us = std::min(begin_us, found->second.begin_us);
            end_us = std::max(end_us, found->second.end_us);
        }
    }
    if (begin_us <= end_us) {
        result.extent = TimeSpan{begin_us, end_us};
    }
    return result;
}

bool is_within(const tiles::FeatureRef &feature, const LayerColumns &columns, const TimeSpan &span) {
    bool has_time = false;
    bool is_met = false;
    feature.visit_properties([&](std::string_view name, const tiles::ValueView &value) {
        const auto *text = std::get_if<std::string_view>(&value);
        if (is_met || text == nullptr) {
            return;
        }
        const Column *column = columns.find(name);
        const auto time = column != nullptr && column->is_temporal() ? parse_time(*text) : std::nullopt;
        has_time = has_time || time.has_value();
        is_met = time && time->meets(span);
    });
    return is_met || !has_time;
}

std::shared_ptr<const LayerColumns> ColumnsOfLayers::of(const std::shared_ptr<const tiles::LayerSnapshot> &snapshot) {
    {
        const std::lock_guard lock(m_mutex);
        const auto known = m_known.find(snapshot.get());
        if (known != m_known.end() && known->second.snapshot.lock() == snapshot) {
            return known->second.columns;
        }
    }
    auto columns = std::make_shared<const LayerColumns>(survey_columns(*snapshot)); // two threads may do it at once, with the same outcome
    const std::lock_guard lock(m_mutex);
    std::erase_if(m_known, [](const auto &entry) { return entry.second.snapshot.expired(); });
    m_known.insert_or_assign(snapshot.get(), Known{snapshot, columns});
    return columns;
}

} // namespace keyaki::server
