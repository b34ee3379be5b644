#include "importers/feature_gate.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "geo/validity.hpp"
#include "importers/limits.hpp"
#include "importers/text_encoding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyaki::importers {

bool beyond_map(const geo::Geometry &geometry) {
    return std::any_of(geometry.positions.begin(), geometry.positions.end(),
                       [](geo::LonLat position) { return geo::is_on_earth(position) && std::abs(position.lat_deg) > geo::max_mercator_lat_deg; });
}

bool FeatureGate::within_limits(std::uint64_t row, const geo::Feature &feature) {
    if (feature.geometry.positions.size() > geo::max_positions_per_geometry || feature.geometry.part_count() > geo::max_parts_per_geometry) {
        m_report.refuse({row, "", "",
                         fmt::format("expected at most {} positions in {} parts, found {} in {}", geo::max_positions_per_geometry,
                                     geo::max_parts_per_geometry, feature.geometry.positions.size(), feature.geometry.part_count())});
        return false;
    }
    if (beyond_map(feature.geometry)) {
        m_report.refuse({row, "", "", std::string(beyond_map_reason)});
        return false;
    }
    for (const auto &[name, value] : feature.properties) {
        const auto *text = std::get_if<std::string>(&value);
        if (text != nullptr && text->size() > geo::max_property_text_bytes) {
            m_report.refuse({row, name, quoted_value(*text),
                             fmt::format("expected a text of at most {} bytes, found {}", geo::max_property_text_bytes, text->size())});
            return false;
        }
    }
    return true;
}

bool FeatureGate::mend(std::uint64_t row, geo::Feature &feature) {
    if (feature.geometry.type == geo::GeometryType::point && geo::is_on_earth(feature.geometry.positions.front())) {
        return true;
    }
    geo::RepairResult result;
    try {
        if (const auto fault = m_refuses_invalid ? geo::invalidity(feature.geometry) : std::nullopt) {
            m_report.refuse(
                {row, "", "", fmt::format("expected a valid geometry, which the layer insists on, found: {}", *fault), "invalid_geometry"});
            return false;
        }
        result = geo::repair(feature.geometry);
    } catch (const geo::Error &error) { // of GEOS: most likely rings that cross in more places than there is memory for
        result.reason = error.what();
    }
    if (!result.geometry) {
        m_report.refuse({row, "", "", fmt::format("the geometry cannot be repaired: {}", result.reason)});
        return false;
    }
    for (const geo::RepairKind kind : result.found) {
        ++m_report.repaired[std::string(geo::repair_kind_name(kind))];
    }
    feature.geometry = *std::move(result.geometry);
    return true;
}

bool FeatureGate::is_new(std::uint64_t row, const std::string &id) {
    if (id.empty()) {
        return true;
    }
    if (id.size() > max_feature_id_bytes) {
        m_report.refuse({row, "id", quoted_value(id), fmt::format("expected an id of at most {} bytes, found {}", max_feature_id_bytes, id.size())});
        return false;
    }
    if (const auto first_row = m_keys.insert(id, row)) {
        m_report.refuse({row, "id", quoted_value(id), fmt::format("the id is already that of row {}", *first_row)});
        return false;
    }
    return true;
}

bool FeatureGate::may_take_id(std::uint64_t row, const std::string &id) {
    if (id.empty() || id.size() > max_feature_id_bytes) {
        return false;
    }
    if (const auto first_row = m_offered_keys.insert(id, row)) {
        m_report.suspect(
            {row, "id", quoted_value(id), fmt::format("the id is already that of row {}; this row gets another", *first_row), "id_twice"});
        return false;
    }
    return true;
}

void FeatureGate::lose(LostRow &&row) const {
    const bool is_its_own = row.id.size() <= max_feature_id_bytes && !m_keys.contains(row.id);
    LostRow kept{is_its_own ? std::move(row.id) : std::string(), {}, row.row};
    for (const auto &[name, value] : row.properties) {
        const auto *text = std::get_if<std::string>(&value);
        if (text == nullptr || text->size() <= geo::max_property_text_bytes) {
            kept.properties.append(name, value);
        }
    }
    m_sink.lose(std::move(kept));
}

void FeatureGate::pass(std::uint64_t row, std::vector<geo::Feature> &&features) {
    for (geo::Feature &feature : features) {
        // All or nothing: a row of which a part was lost would be a wrong row.
        if (!within_limits(row, feature) || !mend(row, feature)) {
            return lose({std::move(features.front().id), std::move(features.front().properties), row});
        }
    }
    if (features.empty() || !is_new(row, features.front().id)) {
        return;
    }
    for (std::size_t i = 1; i < features.size(); ++i) {
        features[i].id = features[0].id.empty() ? "" : fmt::format("{}-{}", features[0].id, i + 1);
    }
    ++m_report.accepted;
    for (geo::Feature &feature : features) {
        ++m_report.features;
        m_sink(std::move(feature), row);
    }
}

void FeatureGate::pass(std::uint64_t row, geo::Feature &&feature) {
    if (!within_limits(row, feature) || !mend(row, feature)) {
        return lose({std::move(feature.id), std::move(feature.properties), row});
    }
    if (is_new(row, feature.id)) {
        ++m_report.accepted;
        ++m_report.features;
        m_sink(std::move(feature), row);
    }
}

} // namespace keyaki::importers
