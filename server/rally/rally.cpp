#include "server/rally/rally.hpp"

#include "data/layer.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace keyaki::server::rally {

namespace {

constexpr std::array kinds{"walking", "preparedness", "produce", "tour", "event", "eco", "steps"};
constexpr std::array periods{"once", "daily", "weekly"};

/// Ids of rallies stand in URLs and account names: letters, digits, '.', '_' and '-', at most 64 of them.
bool is_rally_id(std::string_view id) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    return !id.empty() && id.size() <= 64 && id.front() != '.' && std::all_of(id.begin(), id.end(), is_allowed);
}

template <std::size_t N>
std::size_t index_of(const std::array<const char *, N> &names, std::string_view name) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) {
            return i;
        }
    }
    return 0;
}

/// Fields of api.md whose rules this version does not apply yet.
void refuse_undecided(ObjectReader &reader, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (reader.optional(name) != nullptr) {
            reader.refuse(name, "this version of keyaki does not decide by it yet");
        }
    }
}

SpotRules read_spots(const nlohmann::json &value, std::vector<FieldError> &errors) {
    ObjectReader reader(value, "/spots", errors);
    SpotRules spots;
    spots.layer = reader.text("layer", 48);
    if (!spots.layer.empty() && !data::is_layer_id(spots.layer)) {
        reader.refuse("layer", fmt::format("expected a layer's id (a-z, 0-9, _), found \"{}\"", spots.layer));
    }
    spots.radius_m = reader.optional_number("radius_m", min_radius_m, max_radius_m).value_or(spots.radius_m);
    spots.points = reader.optional_integer("points", 0, max_budget).value_or(0);
    const std::string per = reader.optional_one_of("per", {periods.begin(), periods.end()}).value_or("once");
    spots.per = static_cast<Period>(index_of(periods, per));
    if (const nlohmann::json *evidence = reader.optional("evidence"); evidence != nullptr && (!evidence->is_array() || !evidence->empty())) {
        reader.refuse("evidence", "this version of keyaki decides by position only; expected an empty list");
    }
    refuse_undecided(reader, {"filter"});
    reader.finish();
    return spots;
}

Limits read_limits(const nlohmann::json *value, std::vector<FieldError> &errors) {
    Limits limits;
    if (value != nullptr) {
        ObjectReader reader(*value, "/limits", errors);
        limits.points_per_member_per_day = reader.optional_integer("points_per_member_per_day", 1, max_budget);
        reader.finish();
    }
    return limits;
}

void read_title(const nlohmann::json *value, std::vector<FieldError> &errors, Rally &rally) {
    if (value == nullptr) {
        return;
    }
    ObjectReader reader(*value, "/title", errors);
    rally.title_ja = reader.text("ja", 200);
    rally.title_en = reader.optional_text("en", 200).value_or(rally.title_ja);
    reader.finish();
}

} // namespace

std::string_view kind_name(Kind kind) noexcept { return kinds.at(static_cast<std::size_t>(kind)); }

std::string_view period_name(Period period) noexcept { return periods.at(static_cast<std::size_t>(period)); }

std::string period_key(Period period, std::int64_t time_us) {
    switch (period) {
    case Period::once: return "once";
    case Period::daily: return jst_day(time_us);
    case Period::weekly: return jst_week(time_us);
    }
    return {};
}

Rally parse_rally(std::string_view json) {
    if (json.size() > max_rally_bytes) {
        throw geo::Error(geo::ErrorKind::too_large, fmt::format("the rally takes {} bytes; at most {} are read", json.size(), max_rally_bytes));
    }
    const nlohmann::json document = parse_json(json, "the rally");
    std::vector<FieldError> errors;
    ObjectReader reader(document, "", errors);
    Rally rally;
    rally.id = reader.text("id", 64);
    if (!rally.id.empty() && !is_rally_id(rally.id)) {
        reader.refuse("id", fmt::format("expected letters, digits, '.', '_' and '-', found \"{}\"", rally.id));
    }
    rally.kind = static_cast<Kind>(index_of(kinds, reader.one_of("kind", {kinds.begin(), kinds.end()})));
    read_title(reader.required("title"), errors, rally);
    rally.starts_us = reader.timestamp_us("starts");
    rally.ends_us = reader.timestamp_us("ends");
    if (errors.empty() && rally.ends_us <= rally.starts_us) {
        reader.refuse("ends", fmt::format("expected a time after starts ({}), found {}", format_rfc3339_jst(rally.starts_us),
                                          format_rfc3339_jst(rally.ends_us)));
    }
    rally.budget = reader.integer("budget", 0, max_budget);
    if (const nlohmann::json *spots = reader.required("spots"); spots != nullptr) {
        rally.spots = read_spots(*spots, errors);
    }
    rally.limits = read_limits(reader.optional("limits"), errors);
    refuse_undecided(reader, {"courses", "completion", "points_expire"});
    reader.finish();
    if (!errors.empty()) {
        throw FieldErrors("the rally", std::move(errors));
    }
    return rally;
}

std::string canonical_rally_json(std::string_view json) { return parse_json(json, "the rally").dump(); } // objects of nlohmann::json are sorted

} // namespace keyaki::server::rally
