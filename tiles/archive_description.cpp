#include "tiles/archive_description.hpp"

#include "geo/limits.hpp"
#include "tiles/tilejson.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace keyaki::tiles {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

void add_texts(Json &json, const ArchiveDescription &description) {
    json["name"] = description.name;
    for (const auto &[name, text] : {std::pair("description", &description.description), {"attribution", &description.attribution}}) {
        if (!text->empty()) {
            json[name] = *text;
        }
    }
    json["type"] = description.is_base_layer ? "baselayer" : "overlay";
}

} // namespace

ArchiveDescription describe_archive(std::span<const TileLayer> layers, const std::string &name) {
    const Json document = Json::parse(tilejson(layers, {.base_url = "http://localhost", .name = name, .url_layers = {}}));
    ArchiveDescription description;
    description.name = document.at("name").get<std::string>();
    description.attribution = document.value("attribution", "");
    description.vector_layers = text_of(document.at("vector_layers"));
    for (const TileLayer &layer : layers) {
        description.bounds.extend(layer.snapshot->bounds());
        description.revision += layer.snapshot->description().revision;
    }
    return description;
}

geo::LonLatBox drawn_bounds(const ArchiveDescription &description) {
    return description.bounds.empty() ? geo::LonLatBox{-180, -geo::max_mercator_lat_deg, 180, geo::max_mercator_lat_deg} : description.bounds;
}

std::string pmtiles_metadata(const ArchiveDescription &description) {
    Json json = Json::object();
    add_texts(json, description);
    if (description.revision > 0) {
        json["version"] = fmt::format("1.{}.0", description.revision); // as TileJSON's, 3.15
    }
    json["vector_layers"] = Json::parse(description.vector_layers);
    return text_of(json);
}

std::vector<std::pair<std::string, std::string>> mbtiles_metadata(const ArchiveDescription &description, int zoom_min, int zoom_max) {
    const geo::LonLatBox bounds = drawn_bounds(description);
    Json json = Json::object();
    add_texts(json, description);
    json["format"] = "pbf";
    if (description.revision > 0) {
        json["version"] = fmt::to_string(description.revision); // "a plain number"
    }
    json["bounds"] = fmt::format("{:.7f},{:.7f},{:.7f},{:.7f}", bounds.west_deg, bounds.south_deg, bounds.east_deg, bounds.north_deg);
    json["center"] = fmt::format("{:.7f},{:.7f},{}", (bounds.west_deg + bounds.east_deg) / 2, (bounds.south_deg + bounds.north_deg) / 2,
                                 zoom_that_shows(bounds, zoom_min, zoom_max));
    json["minzoom"] = fmt::to_string(zoom_min);
    json["maxzoom"] = fmt::to_string(zoom_max);
    Json layers = Json::object();
    layers["vector_layers"] = Json::parse(description.vector_layers);
    json["json"] = text_of(layers);
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto &[name, value] : json.items()) {
        rows.emplace_back(name, value.get<std::string>());
    }
    return rows;
}

int zoom_that_shows(const geo::LonLatBox &bounds, int zoom_min, int zoom_max) {
    const double span_deg = std::max({bounds.east_deg - bounds.west_deg, bounds.north_deg - bounds.south_deg, 360 / std::exp2(geo::max_zoom)});
    return std::clamp(static_cast<int>(std::floor(std::log2(360 / span_deg))), zoom_min, zoom_max);
}

} // namespace keyaki::tiles
