#include "data/layer_profile.hpp"

#include "data/limits.hpp"
#include "geo/error.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <bit>

namespace keyaki::data {

namespace {

constexpr std::array<std::string_view, 5> type_names{"unknown", "boolean", "integer", "real", "text"};

ColumnType type_of(const geo::Value &value) {
    constexpr std::array types{ColumnType::unknown, ColumnType::boolean, ColumnType::integer, ColumnType::real, ColumnType::text};
    return types[value.index()];
}

/// The narrowest type that holds values of both.
ColumnType common_type(ColumnType left, ColumnType right) {
    if (left == right || right == ColumnType::unknown) {
        return left;
    }
    if (left == ColumnType::unknown) {
        return right;
    }
    const auto is_number = [](ColumnType type) { return type == ColumnType::integer || type == ColumnType::real; };
    return is_number(left) && is_number(right) ? ColumnType::real : ColumnType::text;
}

ColumnType type_named(std::string_view name) {
    for (std::size_t type = 0; type < type_names.size(); ++type) {
        if (type_names[type] == name) {
            return static_cast<ColumnType>(type);
        }
    }
    throw geo::Error(geo::ErrorKind::corrupt, "the profile of a layer names a type of column that there is not");
}

} // namespace

void LayerProfile::observe(const geo::Feature &feature) {
    m_geometry_types |= bit(feature.geometry.type);
    for (const auto &[name, value] : feature.properties) {
        observe_column(name, type_of(value));
    }
}

void LayerProfile::merge(const LayerProfile &other) {
    m_geometry_types |= other.m_geometry_types;
    for (const Column &column : other.m_columns) {
        observe_column(column.name, column.type);
    }
}

void LayerProfile::observe_column(const std::string &name, ColumnType type) {
    const auto found = m_places.find(name);
    if (found != m_places.end()) {
        Column &column = m_columns[found->second];
        column.type = common_type(column.type, type);
    } else if (m_columns.size() < view_columns_max) {
        m_places.emplace(name, m_columns.size());
        m_columns.push_back({name, type});
    }
}

int LayerProfile::single_geometry_type() const noexcept { return std::popcount(m_geometry_types) == 1 ? 1 + std::countr_zero(m_geometry_types) : 0; }

std::string LayerProfile::to_json() const {
    nlohmann::json columns = nlohmann::json::array();
    for (const Column &column : m_columns) {
        columns.push_back({column.name, type_names[static_cast<std::size_t>(column.type)]});
    }
    const nlohmann::json json{{"columns", columns}, {"geometry_types", m_geometry_types}};
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

LayerProfile LayerProfile::from_json(std::string_view text) {
    LayerProfile profile;
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        if (json.empty()) {
            return profile;
        }
        profile.m_geometry_types = json.at("geometry_types").get<unsigned>();
        for (const auto &column : json.at("columns")) {
            profile.observe_column(column.at(0).get<std::string>(), type_named(column.at(1).get<std::string>()));
        }
    } catch (const nlohmann::json::exception &) {
        throw geo::Error(geo::ErrorKind::corrupt, "the profile of a layer is not the JSON that keyaki writes");
    }
    return profile;
}

} // namespace keyaki::data
