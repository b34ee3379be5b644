#pragma once

#include "tiles/layer_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace keyaki::server {

/// Totals of features: how many, the length of those that are lines and the area of those that are polygons (geodesic, geo/geodesic.hpp).
struct Totals {
    std::uint64_t count = 0;
    double length_m = 0;
    double area_m2 = 0;

    void add(const geo::Geometry &geometry);
    void add(const Totals &others) noexcept;
};

struct Summary {
    Totals all;
    std::map<std::string, Totals> groups; ///< by the value of the property as JSON ("null" where there is none); empty without a property
    bool has_lines = false;
    bool has_polygons = false;
    bool has_too_many_groups = false; ///< more values than limits.hpp allows: a property that names features groups nothing
};

/// Of all features of the snapshot, grouped by a property where one is named. Some microseconds a feature. Pure.
[[nodiscard]] Summary summarise(const tiles::LayerSnapshot &snapshot, std::string_view group_property);

/// {"layer": …, "revision": 7, "count": 12, "length_m": …, "area_ha": 6.9, "groups": [{"value": "pond", "count": 3, …}]}; length where there are
/// lines, area where there are polygons.
[[nodiscard]] std::string summary_json(const Summary &summary, std::string_view layer, std::uint64_t revision, std::string_view group_property);

} // namespace keyaki::server
