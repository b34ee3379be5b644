#include "tiles/tilejson.hpp"

#include "geo/limits.hpp"
#include "tiles/archive_description.hpp"
#include "tiles/archive_tilejson.hpp"

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>
#include <vector>

namespace keyaki::tiles {

namespace {

using Json = nlohmann::ordered_json;

/// The texts that are there, each once, in their order.
std::string joined(const std::vector<std::string> &texts) {
    std::string all;
    std::vector<std::string_view> seen;
    for (const std::string &text : texts) {
        if (!text.empty() && std::find(seen.begin(), seen.end(), text) == seen.end()) {
            seen.push_back(text);
            all += (all.empty() ? "" : ", ") + text;
        }
    }
    return all;
}

template <typename Text>
std::string joined_of(std::span<const TileLayer> layers, const Text &text) {
    std::vector<std::string> texts;
    std::transform(layers.begin(), layers.end(), std::back_inserter(texts), text);
    return joined(texts);
}

Json vector_layer(const TileLayer &layer) {
    const SnapshotDescription &description = layer.snapshot->description();
    Json json = {{"id", layer.name}};
    if (const std::string title = !description.title_ja.empty() ? description.title_ja : description.title_en; !title.empty()) {
        json["description"] = title;
    }
    json["minzoom"] = description.zoom_min;
    json["maxzoom"] = description.zoom_max;
    json["fields"] = Json::object(); // 3.3: required, {} where there are none
    for (const auto &[name, kind] : layer.snapshot->fields()) {
        json["fields"][name] = kind;
    }
    return json;
}

std::string url_layers_of(std::span<const TileLayer> layers) {
    std::string names;
    for (const TileLayer &layer : layers) {
        names += (names.empty() ? "" : ",") + layer.name + "@" + std::to_string(layer.snapshot->description().revision);
    }
    return names;
}

void add_extent(Json &json, std::span<const TileLayer> layers, int zoom_min, int zoom_max) {
    geo::LonLatBox bounds;
    for (const TileLayer &layer : layers) {
        bounds.extend(layer.snapshot->bounds());
    }
    if (bounds.empty()) {
        return; // 3.4: the default is the whole world
    }
    json["bounds"] = {bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg};
    json["center"] = {(bounds.west_deg + bounds.east_deg) / 2, (bounds.south_deg + bounds.north_deg) / 2,
                      zoom_that_shows(bounds, zoom_min, zoom_max)};
}

} // namespace

std::string tilejson(std::span<const TileLayer> layers, const TilejsonOptions &options) {
    assert(!layers.empty());
    int zoom_min = geo::max_zoom;
    int zoom_max = 0;
    std::uint64_t revisions = 0;
    for (const TileLayer &layer : layers) {
        zoom_min = std::min(zoom_min, layer.snapshot->description().zoom_min);
        zoom_max = std::max(zoom_max, layer.snapshot->description().zoom_max);
        revisions += layer.snapshot->description().revision;
    }
    const std::string names = options.url_layers.empty() ? url_layers_of(layers) : options.url_layers;
    Json json = {{"tilejson", "3.0.0"}};
    json["name"] = !options.name.empty() ? options.name : joined_of(layers, [](const TileLayer &layer) {
        const SnapshotDescription &description = layer.snapshot->description();
        return !description.title_ja.empty() ? description.title_ja : (!description.title_en.empty() ? description.title_en : layer.name);
    });
    // 3.15: a minor number more where tiles change across tiles; the sum of the revisions grows with every publish of any layer.
    json["version"] = "1." + std::to_string(revisions) + ".0";
    json["scheme"] = "xyz";
    json["tiles"] = {options.base_url + "/tiles/" + names + "/{z}/{x}/{y}.mvt"};
    json["minzoom"] = zoom_min;
    json["maxzoom"] = zoom_max;
    add_extent(json, layers, zoom_min, zoom_max);
    // Clients write an attribution into the page (3.1: implementations guard against XSS).
    const std::string attribution = joined_of(layers, [](const TileLayer &layer) { return html_escaped(layer.snapshot->description().attribution); });
    if (!attribution.empty()) {
        json["attribution"] = attribution;
    }
    json["vector_layers"] = Json::array();
    for (const TileLayer &layer : layers) {
        json["vector_layers"].push_back(vector_layer(layer));
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace keyaki::tiles
