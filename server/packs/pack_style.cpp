#include "server/packs/pack_style.hpp"

#include "geo/error.hpp"
#include "server/packs/manifest.hpp"
#include "server/packs/pack_map.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace keyaki::server::packs {

namespace {

using Json = nlohmann::ordered_json;
using Names = std::set<std::string, std::less<>>;

constexpr std::string_view source_name = "city";

/// Of the base maps; a layer of the city that has the name of one is drawn as that.
Names names_of_base(const PackContent &content) {
    Names names;
    for (const PackBase &base : content.bases) {
        for (const Json &layer : Json::parse(base.archive->description.vector_layers, nullptr, false)) {
            if (layer.is_object() && layer.contains("id") && layer["id"].is_string()) {
                names.insert(layer["id"].get<std::string>());
            }
        }
    }
    return names;
}

Names names_of_city(const PackContent &content) {
    Names names;
    for (const ServedLayer &served : content.layers) {
        names.insert(served.layer.spec.id);
    }
    return names;
}

void bring_to_one_source(Json &layers, const Names &city, const Names &base) {
    const auto is_missing = [&](const Json &layer) {
        return layer.contains("source") && !(layer.at("source") == source_name ? city : base).contains(layer.at("source-layer").get<std::string>());
    };
    layers.erase(std::remove_if(layers.begin(), layers.end(), is_missing), layers.end());
    for (Json &layer : layers) {
        if (layer.contains("source")) {
            layer["source"] = source_name;
        }
    }
}

} // namespace

std::vector<std::string_view> style_names() { return {"disaster", "light", "dark"}; }

std::string pack_style(const PackContent &content, std::string_view name) {
    const auto file = web::find_asset(fmt::format("styles/{}{}.json", name, content.bases.empty() ? "" : ".base"));
    if (!file) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("there is no style {} for packs", name));
    }
    Json style = Json::parse(file->bytes);
    bring_to_one_source(style.at("layers"), names_of_city(content), names_of_base(content));
    style["sprite"] = "sprites/keyaki";
    style["glyphs"] = "glyphs/{fontstack}/{range}.pbf";
    style["sources"] = {
        {source_name, {{"type", "vector"}, {"url", fmt::format("pmtiles://{}", map_pmtiles_name)}, {"attribution", attribution_of(content)}}}};
    return style.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace keyaki::server::packs
