#include "server/flows/draft_difference.hpp"

#include "server/flows/layer_change.hpp"

#include <string>
#include <string_view>

namespace keyaki::server {

namespace {

geo::Feature marked(const geo::Feature &feature, std::string_view change, std::string_view side) {
    geo::Feature shown = feature;
    shown.id = feature.id + "@" + std::string(side);
    shown.properties.set("change", std::string(change));
    shown.properties.set("side", std::string(side));
    shown.properties.set("feature", feature.id);
    return shown;
}

} // namespace

void add_to_difference(tiles::LayerSnapshot::Builder &builder, const data::Change &change) {
    const std::string_view name = change_name(change);
    const bool is_moved = name == "moved";
    if (change.before && (is_moved || !change.after)) {
        builder.add(marked(*change.before, name, "before"));
    }
    if (change.after) {
        builder.add(marked(*change.after, name, "after"));
    }
    if (is_moved && change.before->geometry.type == geo::GeometryType::point && change.after->geometry.type == geo::GeometryType::point) {
        geo::Feature path = marked(*change.after, name, "path");
        path.geometry = geo::Geometry::line_string({change.before->geometry.positions.front(), change.after->geometry.positions.front()});
        builder.add(path);
    }
}

} // namespace keyaki::server
