#include "server/imports/row_rules.hpp"

#include "importers/text_encoding.hpp"
#include "server/schema/computed.hpp"
#include "server/schema/validate.hpp"
#include "server/schema/value_text.hpp"

#include <fmt/format.h>

namespace keyaki::server::imports {

RowRules::RowRules(data::LayerSpec spec) : m_spec(std::move(spec)), m_schema(schema::parse_schema_text(m_spec.schema)) {}

bool RowRules::fits(const geo::Geometry &geometry) const noexcept {
    switch (m_spec.geometry) {
    case data::LayerGeometry::any: return true;
    case data::LayerGeometry::point: return geometry.is_point();
    case data::LayerGeometry::line: return geometry.is_line();
    case data::LayerGeometry::polygon: return geometry.is_polygon();
    }
    return false;
}

/// What the properties cannot be costs the row, as a half-true feature would be worse.
std::optional<importers::Refusal> RowRules::apply(geo::Feature &feature, std::uint64_t row) const {
    if (!fits(feature.geometry)) {
        return importers::Refusal{row, "", std::string(geo::geometry_type_name(feature.geometry.type)),
                                  fmt::format("layer {} does not take geometries of this type", m_spec.id), "geometry_type"};
    }
    if (!m_schema.is_declared()) {
        return std::nullopt;
    }
    geo::Properties before = feature.properties;
    const std::vector<schema::Finding> wrong = schema::validate(m_schema, feature.properties, schema::Source::file);
    if (wrong.empty()) {
        schema::complete(m_schema, feature);
        return std::nullopt;
    }
    feature.properties = std::move(before);
    const geo::Value *value = feature.properties.find(wrong.front().property);
    const std::string shown = value == nullptr ? std::string() : schema::shown_plainly(*value);
    const std::string more = wrong.size() > 1 ? fmt::format("; {} more properties are wrong", wrong.size() - 1) : "";
    return importers::Refusal{row, wrong.front().property, importers::quoted_value(shown), wrong.front().detail + more, "schema"};
}

} // namespace keyaki::server::imports
