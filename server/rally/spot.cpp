#include "server/rally/decision.hpp"

#include <cmath>

namespace keyaki::server::rally {

namespace {

/// The feature's own number where it is one that a rally could have, else the rally's: a slip in one row of a table must not turn people away at the
/// spot. Whole numbers come as reals from tables whose column is real.
std::int64_t points_of(const Rally &rally, const geo::Feature &feature) {
    const auto points = feature.properties.number("points");
    const bool is_usable = points && *points >= 0 && *points <= static_cast<double>(max_budget) && std::floor(*points) == *points;
    return is_usable ? static_cast<std::int64_t>(*points) : rally.spots.points;
}

double radius_of(const Rally &rally, const geo::Feature &feature) {
    const auto radius_m = feature.properties.number("radius_m");
    return radius_m && *radius_m >= min_radius_m && *radius_m <= max_radius_m ? *radius_m : rally.spots.radius_m;
}

bool is_marked_indoor(const geo::Feature &feature) {
    const geo::Value *indoor = feature.properties.find("indoor");
    const auto *yes = indoor == nullptr ? nullptr : std::get_if<bool>(indoor);
    const auto *text = indoor == nullptr ? nullptr : std::get_if<std::string>(indoor); // OpenStreetMap: indoor=yes
    return (yes != nullptr && *yes) || (text != nullptr && (*text == "yes" || *text == "true"));
}

} // namespace

Spot make_spot(const Rally &rally, const geo::Feature &feature, std::uint64_t layer_revision) {
    std::optional<double> radius_m;
    if (feature.geometry.is_point()) {
        radius_m = radius_of(rally, feature);
    }
    const std::optional<double> width_m = feature.geometry.is_line() ? feature.properties.number("width_m") : std::nullopt;
    return {rally.spots.layer + "/" + feature.id, geo::Fence::of_feature(feature.geometry, radius_m, width_m), points_of(rally, feature),
            layer_revision, is_marked_indoor(feature)};
}

} // namespace keyaki::server::rally
