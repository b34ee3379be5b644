#pragma once

#include "geo/feature.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace keyaki::data {

enum class ColumnType : std::uint8_t { unknown, boolean, integer, real, text };

/// What a state of a layer holds, seen while features pass by: names and types of properties and types of geometry. Desktop programs get
/// their table of columns from it. It only grows while features pass; an import that replaces the layer begins a new one.
class LayerProfile {
  public:
    struct Column {
        std::string name;
        ColumnType type = ColumnType::unknown;
        friend bool operator==(const Column &, const Column &) = default;
    };

    void observe(const geo::Feature &feature);
    void merge(const LayerProfile &other);

    /// In the order in which they were first seen, at most limits.hpp's view_columns_max.
    [[nodiscard]] const std::vector<Column> &columns() const noexcept { return m_columns; }
    [[nodiscard]] bool holds(geo::GeometryType type) const noexcept { return (m_geometry_types & bit(type)) != 0; }
    /// SpatiaLite's number of the one type that all geometries have; 0, any geometry, where they differ or there are none.
    [[nodiscard]] int single_geometry_type() const noexcept;

    [[nodiscard]] std::string to_json() const;
    [[nodiscard]] static LayerProfile from_json(std::string_view json); ///< Error corrupt

    friend bool operator==(const LayerProfile &left, const LayerProfile &right) {
        return left.m_geometry_types == right.m_geometry_types && left.m_columns == right.m_columns;
    }

  private:
    [[nodiscard]] static unsigned bit(geo::GeometryType type) noexcept { return 1U << static_cast<unsigned>(type); }
    void observe_column(const std::string &name, ColumnType type);

    std::vector<Column> m_columns;
    std::unordered_map<std::string, std::size_t> m_places;
    unsigned m_geometry_types = 0;
};

} // namespace keyaki::data
