#include "server/packs/pack_content.hpp"

#include "geo/error.hpp"
#include "geo/limits.hpp"
#include "server/packs/limits.hpp"
#include "server/packs/pack_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace keyaki::server::packs {

namespace {

geo::LonLatBox bounds_of_layers(const PackContent &content) {
    const ServedLayer *boundary = content.find(boundary_layer);
    if (boundary == nullptr || boundary->snapshot->size() == 0) {
        return content.set.bounds;
    }
    geo::LonLatBox box = boundary->snapshot->bounds(); // rivers and streets may go on to the sea
    if (const ServedLayer *shelters = content.find(shelter_layer)) {
        box.extend(shelters->snapshot->bounds());
    }
    return box;
}

geo::LonLatBox with_margin(const geo::LonLatBox &box) {
    constexpr double metres_per_degree = 111'320;
    const double north = margin_m / metres_per_degree;
    const double middle = std::min(std::abs(box.south_deg + box.north_deg) / 2, 80.0) * std::numbers::pi / 180;
    const double east = north / std::cos(middle);
    return {std::max(box.west_deg - east, -180.0), std::max(box.south_deg - north, -geo::max_mercator_lat_deg), std::min(box.east_deg + east, 180.0),
            std::min(box.north_deg + north, geo::max_mercator_lat_deg)};
}

/// Beyond its last zoom a base map would be missing beneath the city's layers.
int zoom_max_of(const PackContent &content) {
    int zoom = content.bases.empty() ? std::min(content.set.zoom_max, deepest_zoom) : 0;
    for (const PackBase &base : content.bases) {
        zoom = std::max(zoom, base.archive->zoom_max);
    }
    return zoom;
}

/// The city's layers as the pack draws them: down to its last zoom, however deep the server goes.
void draw_to(TileSet &set, int zoom_max) {
    for (tiles::TileLayer &layer : set.layers) {
        tiles::SnapshotDescription description = layer.snapshot->description();
        description.zoom_max = zoom_max;
        description.zoom_min = std::min(description.zoom_min, zoom_max);
        layer.snapshot = layer.snapshot->with_description(std::move(description));
    }
    set.zoom_max = zoom_max;
}

} // namespace

const ServedLayer *PackContent::find(std::string_view layer) const noexcept {
    const auto found = std::find_if(layers.begin(), layers.end(), [layer](const ServedLayer &served) { return served.layer.spec.id == layer; });
    return found == layers.end() ? nullptr : &*found;
}

PackContent choose_content(Snapshots &snapshots, const PackChoice &choice) {
    if (choice.layers.find('@') != std::string::npos) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("a pack is of what is published: expected names of layers without a revision, found \"{}\"", choice.layers));
    }
    const auto catalogue = snapshots.catalogue();
    const auto set = find_tile_set(snapshots, choice.layers);
    if (!set) {
        throw geo::Error(geo::ErrorKind::not_found, fmt::format("expected published layers that everyone may see, found \"{}\"; `keyaki layers` "
                                                                "lists them",
                                                                choice.layers));
    }
    PackContent content;
    content.id = choice.id;
    content.city = catalogue->city;
    content.set = *set;
    content.bases = choice.bases;
    for (const tiles::TileLayer &layer : set->layers) {
        const auto served =
            std::find_if(catalogue->layers.begin(), catalogue->layers.end(), [&](const ServedLayer &one) { return one.snapshot == layer.snapshot; });
        if (served == catalogue->layers.end()) {
            throw geo::Error(geo::ErrorKind::unavailable, fmt::format("layer {} was published while a pack of it was begun", layer.name));
        }
        content.layers.push_back(*served);
    }
    if (!choice.area && content.set.bounds.empty()) {
        throw geo::Error(geo::ErrorKind::invalid_input,
                         fmt::format("the layers \"{}\" have no features: there is nothing to hand out", choice.layers));
    }
    content.area = choice.area ? *choice.area : with_margin(bounds_of_layers(content));
    content.zoom_max = zoom_max_of(content);
    draw_to(content.set, content.zoom_max);
    require_few_tiles(content);
    return content;
}

} // namespace keyaki::server::packs
