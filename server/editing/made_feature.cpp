#include "server/editing/made_feature.hpp"

#include "geo/crossings.hpp"
#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "server/feature_tag.hpp"
#include "server/limits.hpp"
#include "server/schema/computed.hpp"
#include "server/schema/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace keyaki::server::editing {

namespace {

[[noreturn]] void refuse(std::string pointer, std::string detail) { throw FieldErrors("the feature", {{std::move(pointer), std::move(detail)}}); }

bool fits(data::LayerGeometry wanted, const geo::Geometry &geometry) {
    switch (wanted) {
    case data::LayerGeometry::any: return true;
    case data::LayerGeometry::point: return geometry.is_point();
    case data::LayerGeometry::line: return geometry.is_line();
    case data::LayerGeometry::polygon: return geometry.is_polygon();
    }
    return false;
}

std::string_view name_of(data::LayerGeometry geometry) {
    switch (geometry) {
    case data::LayerGeometry::any: return "any geometry";
    case data::LayerGeometry::point: return "a Point or MultiPoint";
    case data::LayerGeometry::line: return "a LineString or MultiLineString";
    case data::LayerGeometry::polygon: return "a Polygon or MultiPolygon";
    }
    return "";
}

/// Repaired where the layer wants that; what the standard leaves to the sender (winding, a position twice in a row) is set right in either case.
MadeFeature valid(const LayerRules &rules, geo::Geometry &&geometry) {
    MadeFeature made;
    const auto fault = geo::invalidity(geometry);
    if (!fault) {
        if (geometry.is_polygon()) {
            geo::normalise_rings(geometry);
        }
        made.feature.geometry = std::move(geometry);
        return made;
    }
    if (rules.spec.invalid_geometry == data::InvalidGeometry::refuse) {
        refuse("/geometry", fmt::format("expected a valid geometry, which layer {} insists on, found: {}", rules.spec.id, *fault));
    }
    if (!geo::has_few_crossings(geometry, max_repaired_crossings)) {
        refuse("/geometry", fmt::format("expected a geometry that can be repaired, found one that crosses itself more than {} times: {}",
                                        max_repaired_crossings, *fault));
    }
    geo::RepairResult repaired = geo::repair(geometry);
    if (!repaired.geometry) {
        refuse("/geometry", fmt::format("expected a geometry that encloses or connects something, found: {}", repaired.reason));
    }
    made.feature.geometry = std::move(*repaired.geometry);
    made.repaired = std::move(repaired.found);
    std::erase(made.repaired, geo::RepairKind::wrong_winding);
    return made;
}

/// A geometry that is served as the same numbers is the same: what a client got and sends back is no move of a millimetre, nor a fault that rounding
/// to seven decimals has made.
bool is_served_alike(const geo::Geometry &geometry, const geo::Geometry *before) {
    return before != nullptr && geometry.type == before->type && as_served({"", geometry, {}}).geometry == as_served({"", *before, {}}).geometry;
}

/// From the numbers of the body to a geometry of the layer.
MadeFeature take_geometry(const LayerRules &rules, const ContentCrs &crs, Coordinates &&coordinates, geo::GeometryType type,
                          const geo::Geometry *before) {
    auto taken = std::move(coordinates).take_as(type);
    if (!taken.error.empty()) {
        refuse("/geometry/coordinates", std::move(taken.error));
    }
    if (!fits(rules.spec.geometry, taken.geometry)) {
        refuse("/geometry/type", fmt::format("expected {}, which layer {} takes, found a {}", name_of(rules.spec.geometry), rules.spec.id,
                                             geo::geometry_type_name(type)));
    }
    try {
        crs.to_storage(taken.geometry);
    } catch (const geo::Error &error) {
        refuse("/geometry/coordinates", error.what());
    }
    if (is_served_alike(taken.geometry, before)) {
        return {{{}, *before, {}}, {}};
    }
    for (const geo::LonLat &position : taken.geometry.positions) {
        if (std::abs(position.lat_deg) > geo::max_mercator_lat_deg) {
            refuse("/geometry/coordinates", fmt::format("expected latitudes up to {:.4f} degrees north or south, where the map ends, found {}",
                                                        geo::max_mercator_lat_deg, position.lat_deg));
        }
    }
    return valid(rules, std::move(taken.geometry));
}

/// JSON does not tell 5 from 5.0: a number that is equal stays the kind of number that it was.
geo::Value keep_kind(geo::Value value, const geo::Value *before) {
    const auto *whole = std::get_if<std::int64_t>(&value);
    const auto *real = before == nullptr ? nullptr : std::get_if<double>(before);
    const bool is_equal = whole != nullptr && real != nullptr && *real == static_cast<double>(*whole);
    return is_equal ? geo::Value(*real) : value;
}

std::string pointer_to(std::string_view property) {
    std::string pointer = "/properties/";
    for (const char c : property) {
        pointer += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string{c};
    }
    return pointer;
}

/// JSON does not tell 5 from 5.0.
bool is_same_value(const geo::Value &a, const geo::Value &b) {
    const auto number = [](const geo::Value &value) -> std::optional<double> {
        const auto *whole = std::get_if<std::int64_t>(&value);
        const auto *real = std::get_if<double>(&value);
        return whole != nullptr ? std::optional(static_cast<double>(*whole)) : real != nullptr ? std::optional(*real) : std::nullopt;
    };
    return a == b || (number(a) && number(a) == number(b));
}

/// A change of what is computed, which cannot be made. Only where it is named as a change: whole features bring it along as it was, copied to
/// another place or moved meanwhile (QGIS sends every attribute of a feature that it splits), and it is computed anew.
void refuse_changed_computed(const LayerRules &rules, const geo::Properties &patch, const geo::Feature &feature, const geo::Feature &before) {
    std::vector<FieldError> errors;
    for (const schema::Property &property : rules.schema.properties) {
        const geo::Value *value = property.computed == schema::Computed::none ? nullptr : patch.find(property.name);
        if (value == nullptr || std::holds_alternative<std::monostate>(*value)) {
            continue;
        }
        const auto holds = [&](const geo::Feature &one) {
            const geo::Value *known = one.properties.find(property.name);
            return known != nullptr && is_same_value(*known, *value);
        };
        if (!holds(feature) && !holds(before)) {
            errors.push_back({pointer_to(property.name), "is computed from the geometry and cannot be set"});
        }
    }
    if (!errors.empty()) {
        throw FieldErrors("the feature", std::move(errors));
    }
}

void take_properties(const LayerRules &rules, geo::Properties properties, schema::Missing missing, geo::Feature &feature) {
    std::vector<FieldError> errors;
    for (schema::Finding &finding : schema::validate(rules.schema, properties, schema::Source::json, missing)) {
        errors.push_back({pointer_to(finding.property), std::move(finding.detail)});
    }
    if (!errors.empty()) {
        throw FieldErrors("the feature", std::move(errors));
    }
    feature.properties = std::move(properties);
    schema::complete(rules.schema, feature); // stored too, as imports do, so that programs that open the file see them
}

} // namespace

MadeFeature make_feature(const LayerRules &rules, const ContentCrs &crs, FeatureBody &&body, std::string id, const geo::Feature *before) {
    MadeFeature made = take_geometry(rules, crs, std::move(*body.coordinates), *body.geometry_type, before == nullptr ? nullptr : &before->geometry);
    made.feature.id = std::move(id);
    geo::Properties properties;
    for (const auto &[name, value] : body.properties) {
        properties.append(name, keep_kind(value, before == nullptr ? nullptr : before->properties.find(name)));
    }
    // A default is for a new feature: one that went without is not to get it from whoever sends back what he was answered.
    const schema::Missing missing = before == nullptr ? schema::Missing::take_defaults : schema::Missing::leave;
    take_properties(rules, std::move(properties), missing, made.feature);
    return made;
}

MadeFeature patch_feature(const LayerRules &rules, const ContentCrs &crs, FeatureBody &&patch, const geo::Feature &before) {
    MadeFeature made;
    made.feature.geometry = before.geometry;
    if (patch.has_null_geometry) {
        refuse("/geometry", "every feature of a layer has a geometry, found null");
    }
    if (patch.has_geometry && !patch.coordinates) {
        if (patch.geometry_type && *patch.geometry_type != before.geometry.type) {
            refuse("/geometry/coordinates", "is required with another type and is missing");
        }
    } else if (patch.has_geometry) {
        made = take_geometry(rules, crs, std::move(*patch.coordinates), patch.geometry_type.value_or(before.geometry.type), &before.geometry);
    }
    made.feature.id = before.id;
    geo::Properties properties;
    for (const auto &[name, value] : before.properties) {
        const geo::Value *change = patch.properties.find(name);
        if (change == nullptr ? !patch.has_null_properties : !std::holds_alternative<std::monostate>(*change)) {
            properties.append(name, change == nullptr ? value : keep_kind(*change, &value));
        }
    }
    for (const auto &[name, value] : patch.properties) {
        if (before.properties.find(name) == nullptr && !std::holds_alternative<std::monostate>(value)) {
            properties.append(name, value);
        }
    }
    take_properties(rules, std::move(properties), schema::Missing::leave, made.feature);
    refuse_changed_computed(rules, patch.properties, made.feature, before);
    return made;
}

} // namespace keyaki::server::editing
