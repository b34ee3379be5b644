#include "tiles/archive_description.hpp"

#include "geo/limits.hpp"
#include "tiles/limits.hpp"
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

/// nlohmann's own functions call themselves at each level.
std::optional<Json> parse_object(std::string_view text) {
    bool is_too_deep = false;
    Json document = Json::parse(
        text,
        [&](int depth, Json::parse_event_t, Json &) {
            is_too_deep = is_too_deep || depth > max_metadata_depth;
            return !is_too_deep;
        },
        false);
    return is_too_deep || !document.is_object() ? std::nullopt : std::optional(std::move(document));
}

std::string text_in(const Json &object, const char *name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_layer(const Json &layer) {
    return layer.is_object() && !text_in(layer, "id").empty() && layer.contains("fields") && layer["fields"].is_object();
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

std::optional<ArchiveDescription> parse_archive_metadata(std::string_view json) {
    const auto object = parse_object(json);
    if (!object) {
        return std::nullopt;
    }
    ArchiveDescription description;
    description.name = text_in(*object, "name");
    description.description = text_in(*object, "description");
    description.attribution = text_in(*object, "attribution");
    description.is_base_layer = text_in(*object, "type") == "baselayer";
    if (check_vector_layers(json, {}).empty()) {
        description.vector_layers = text_of(object->at("vector_layers"));
    }
    return description;
}

std::vector<ArchiveFinding> check_vector_layers(std::string_view json, const std::string &section) {
    const auto object = parse_object(json);
    if (!object) {
        return {{true, section, fmt::format("expected a JSON object of at most {} levels, found something else", max_metadata_depth)}};
    }
    const auto layers = object->find("vector_layers");
    if (layers == object->end() || !layers->is_array()) {
        return {{false, section, "expected vector_layers, found none: clients do not know what the tiles hold"}};
    }
    const auto wrong = std::find_if_not(layers->begin(), layers->end(), is_layer);
    if (wrong != layers->end()) {
        return {
            {true, section, fmt::format("expected each of vector_layers with an id and fields, found number {} without", wrong - layers->begin())}};
    }
    return {};
}

std::vector<ArchiveFinding> check_layer_names(std::string_view json, const std::set<std::string> &layers, const std::string &section) {
    std::set<std::string> missing = layers;
    if (const auto object = parse_object(json)) {
        for (const Json &layer : object->at("vector_layers")) {
            missing.erase(text_in(layer, "id"));
        }
    }
    if (missing.empty()) {
        return {};
    }
    return {{true, section,
             fmt::format("expected all layers of the tiles in vector_layers, found {} that are not, the first \"{}\"", missing.size(),
                         *missing.begin())}};
}

int zoom_that_shows(const geo::LonLatBox &bounds, int zoom_min, int zoom_max) {
    const double span_deg = std::max({bounds.east_deg - bounds.west_deg, bounds.north_deg - bounds.south_deg, 360 / std::exp2(geo::max_zoom)});
    return std::clamp(static_cast<int>(std::floor(std::log2(360 / span_deg))), zoom_min, zoom_max);
}

} // namespace keyaki::tiles
