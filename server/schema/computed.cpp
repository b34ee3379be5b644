#include "server/schema/computed.hpp"

#include "geo/geodesic.hpp"

#include <cmath>
#include <utility>

namespace keyaki::server::schema {

namespace {

constexpr double square_metres_per_hectare = 10'000;

double rounded(double value, double steps_per_unit) noexcept { return std::round(value * steps_per_unit) / steps_per_unit; }

} // namespace

std::int64_t walking_minutes(double length_m) noexcept { return static_cast<std::int64_t>(std::ceil(length_m / walking_metres_per_minute)); }

std::optional<geo::Value> computed_value(Computed computed, const geo::Geometry &geometry) {
    switch (computed) {
    case Computed::length_m:
        if (geometry.is_line()) {
            return rounded(geo::length_m(geometry), 10);
        }
        break;
    case Computed::walking_minutes:
        if (geometry.is_line()) {
            return walking_minutes(rounded(geo::length_m(geometry), 10)); // of the length that is shown
        }
        break;
    case Computed::area_ha:
        if (geometry.is_polygon()) {
            return rounded(geo::area_m2(geometry) / square_metres_per_hectare, 10'000);
        }
        break;
    case Computed::none: break;
    }
    return std::nullopt;
}

void complete(const Schema &schema, geo::Feature &feature) {
    if (!schema.has_computed()) {
        return;
    }
    geo::Properties whole;
    for (const Property &property : schema.properties) {
        if (property.computed != Computed::none) {
            if (auto value = computed_value(property.computed, feature.geometry)) {
                whole.append(property.name, std::move(*value));
            }
        } else if (const geo::Value *value = feature.properties.find(property.name)) {
            whole.append(property.name, *value);
        }
    }
    for (const auto &[name, value] : feature.properties) {
        if (schema.find(name) == nullptr) {
            whole.append(name, value);
        }
    }
    feature.properties = std::move(whole);
}

} // namespace keyaki::server::schema
