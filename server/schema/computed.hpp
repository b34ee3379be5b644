#pragma once

#include "server/schema/schema.hpp"

#include <optional>

namespace keyaki::server::schema {

/// Metres in a minute on foot: the rule of Japanese advertising of real estate (不動産の表示に関する公正競争規約施行規則, article 9 (9): 80 m of road
/// are one minute, and a part of a minute counts as a whole one).
inline constexpr double walking_metres_per_minute = 80;

/// \pre length_m >= 0
[[nodiscard]] std::int64_t walking_minutes(double length_m) noexcept;

/// The value that the geometry gives: metres of lines to a decimetre, whole minutes on foot along lines, hectares of polygons to a square metre
/// (geodesic, geo/geodesic.hpp). Nothing for geometries that have no such value.
[[nodiscard]] std::optional<geo::Value> computed_value(Computed computed, const geo::Geometry &geometry);

/// The feature with the values of the schema's computed properties, each in the place that the schema gives it. What stands there already is
/// replaced, or taken away where the geometry has no such value. Pure; any thread.
void complete(const Schema &schema, geo::Feature &feature);

} // namespace keyaki::server::schema
