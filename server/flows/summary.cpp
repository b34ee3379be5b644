#include "server/flows/summary.hpp"

#include "geo/geodesic.hpp"
#include "server/geojson.hpp"
#include "server/limits.hpp"

#include <fmt/format.h>

#include <cmath>

namespace keyaki::server {

namespace {

/// The value of one property as JSON, which also tells texts from numbers.
std::string value_json(const tiles::FeatureRef &feature, std::string_view property) {
    std::string text;
    feature.visit_properties([&](std::string_view name, const tiles::ValueView &value) {
        if (name != property) {
            return;
        }
        std::visit(
            [&text](const auto &one) {
                if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::string_view>) {
                    append_json_string(text, one);
                } else {
                    append_json_value(text, geo::Value(one));
                }
            },
            value);
    });
    return text.empty() ? "null" : text;
}

void append_totals(std::string &out, const Totals &totals, const Summary &summary) {
    constexpr double square_metres_per_hectare = 10'000;
    out += fmt::format(R"("count":{})", totals.count);
    if (summary.has_lines) {
        out += fmt::format(R"(,"length_m":{:.1f})", totals.length_m);
    }
    if (summary.has_polygons) {
        out += fmt::format(R"(,"area_ha":{:.4f})", totals.area_m2 / square_metres_per_hectare);
    }
}

} // namespace

void Totals::add(const geo::Geometry &geometry) {
    ++count;
    if (geometry.is_line()) {
        length_m += geo::length_m(geometry);
    } else if (geometry.is_polygon()) {
        area_m2 += geo::area_m2(geometry);
    }
}

void Totals::add(const Totals &others) noexcept {
    count += others.count;
    length_m += others.length_m;
    area_m2 += others.area_m2;
}

Summary summarise(const tiles::LayerSnapshot &snapshot, std::string_view group_property) {
    Summary summary;
    std::size_t group_bytes = 0;
    snapshot.for_each([&](const tiles::FeatureRef &feature) {
        const geo::Geometry geometry = feature.geometry();
        summary.has_lines = summary.has_lines || geometry.is_line();
        summary.has_polygons = summary.has_polygons || geometry.is_polygon();
        Totals one;
        one.add(geometry);
        summary.all.add(one);
        if (!group_property.empty() && !summary.has_too_many_groups) {
            const auto [group, is_new] = summary.groups.try_emplace(value_json(feature, group_property));
            group_bytes += is_new ? group->first.size() : 0;
            group->second.add(one);
        }
        if (summary.groups.size() > max_summary_groups || group_bytes > max_summary_group_bytes) {
            summary.has_too_many_groups = true;
            summary.groups.clear();
        }
    });
    return summary;
}

std::string summary_json(const Summary &summary, std::string_view layer, std::uint64_t revision, std::string_view group_property) {
    std::string out = R"({"layer":)";
    append_json_string(out, layer);
    out += fmt::format(R"(,"revision":{},)", revision);
    append_totals(out, summary.all, summary);
    if (!group_property.empty()) {
        out += R"(,"group_by":)";
        append_json_string(out, group_property);
        out += R"(,"groups":[)";
        for (const auto &[value, totals] : summary.groups) {
            out += out.back() == '[' ? "" : ",";
            out += fmt::format(R"({{"value":{},)", value);
            append_totals(out, totals, summary);
            out += '}';
        }
        out += ']';
    }
    return out + '}';
}

} // namespace keyaki::server
