#include "importers/geojson_shape.hpp"

#include "geo/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace keyaki::importers {

std::optional<std::size_t> geojson_nesting(std::string_view geometry_type) noexcept {
    constexpr std::array<std::pair<std::string_view, std::size_t>, 6> types{
        {{"Point", 1}, {"MultiPoint", 2}, {"LineString", 2}, {"Polygon", 3}, {"MultiLineString", 3}, {"MultiPolygon", 4}}};
    const auto *const found = std::find_if(types.begin(), types.end(), [&](const auto &type) { return type.first == geometry_type; });
    return found == types.end() ? std::nullopt : std::optional(found->second);
}

void GeoJsonShape::blame(std::string fault) {
    if (m_fault.empty()) {
        m_fault = std::move(fault);
    }
}

void GeoJsonShape::begin_array() {
    if (!m_levels.empty()) {
        ++m_levels.back().arrays;
    }
    m_levels.push_back({});
}

void GeoJsonShape::number() {
    if (m_levels.empty()) {
        return other("a number");
    }
    ++m_levels.back().numbers;
}

void GeoJsonShape::other(std::string_view what) { blame(fmt::format("{} among the coordinates", what)); }

void GeoJsonShape::end_array() {
    const Level level = m_levels.back();
    const std::size_t depth = m_levels.size();
    m_levels.pop_back();
    if (level.numbers > 0 && level.arrays > 0) {
        return blame("numbers and arrays side by side in the coordinates");
    }
    if (level.numbers == 1) {
        return blame("a position of one number");
    }
    if (level.numbers > 0) {
        if (m_depth_of_positions != 0 && m_depth_of_positions != depth) {
            return blame(fmt::format("positions nested {} deep and {} deep in the coordinates of one geometry", m_depth_of_positions, depth));
        }
        m_depth_of_positions = depth;
        m_has_extra_numbers = m_has_extra_numbers || level.numbers > 3;
        if (++m_positions > geo::max_positions_per_geometry) {
            blame(fmt::format("more than {} positions", geo::max_positions_per_geometry));
        }
    } else if (level.arrays == 0 && depth > 1) {
        blame("an empty array inside of the coordinates");
    }
}

std::optional<GeoJsonShape::Misfit> GeoJsonShape::misfit(std::string_view geometry_type) const {
    const auto wanted = geojson_nesting(geometry_type);
    if (!wanted || m_depth_of_positions == 0 || *wanted == m_depth_of_positions) {
        return std::nullopt;
    }
    return Misfit{fmt::format("the numbers of a {} inside of {} arrays", geometry_type, *wanted),
                  fmt::format("them inside of {}", m_depth_of_positions)};
}

} // namespace keyaki::importers
