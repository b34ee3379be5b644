#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "server/flows/served_archives.hpp"
#include "server/flows/tile.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/routes/parameters.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <string>

// MapLibre styles over this server's tiles, sprites and glyphs. server/web/styles makes them, each with a base map beneath the city's layers and
// without.
namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view folder = "styles/";
constexpr std::string_view with_base = ".base.json";
constexpr std::string_view without_base = ".json";
/// A style changes with keyaki's version; an old one serves while the network is away.
constexpr std::string_view style_cache = "public, max-age=60, stale-while-revalidate=86400, stale-if-error=604800";

constexpr std::string_view base_id = "base";
using LayerNames = std::set<std::string>;

/// Nothing where there is no such tileset.
std::optional<LayerNames> names_of_layers(Application &application, std::string_view id) {
    const auto set = find_tile_set(application.snapshots(), id);
    if (set == nullptr) {
        return std::nullopt;
    }
    LayerNames names;
    for (const auto &layer : set->layers) {
        names.insert(layer.name);
    }
    return names;
}

/// The layers of Shortbread 1.0, where there is a tileset of that name: an archive, which goes before a layer of the same name, or a layer.
std::optional<LayerNames> base_map(Application &application) {
    if (application.archives().settings_of(base_id) == nullptr) {
        return names_of_layers(application, base_id);
    }
    const auto archive = application.archives().find(base_id);
    if (archive == nullptr) {
        return std::nullopt;
    }
    LayerNames names;
    for (const auto &layer : nlohmann::json::parse(archive->description.vector_layers, nullptr, false)) {
        if (layer.is_object() && layer.contains("id") && layer.at("id").is_string()) {
            names.insert(layer.at("id").get<std::string>());
        }
    }
    return names;
}

std::vector<std::string_view> style_ids() {
    std::vector<std::string_view> ids;
    for (const web::Asset &asset : web::all_assets()) {
        if (asset.path.starts_with(folder) && asset.path.ends_with(with_base)) {
            ids.push_back(asset.path.substr(folder.size(), asset.path.size() - folder.size() - with_base.size()));
        }
    }
    return ids;
}

std::optional<web::Asset> find_style(std::string_view id, bool has_base) {
    if (id.find('.') != std::string_view::npos) {
        return std::nullopt; // of "light.base" there is a file, but no style
    }
    return web::find_asset(fmt::format("{}{}{}", folder, id, has_base ? with_base : without_base));
}

/// Renderers call it an error when a style draws a layer that its tiles do not have: of the city's layers, not every city has all.
void leave_out_missing(ordered_json &layers, std::string_view source, const LayerNames &there) {
    const auto is_missing = [&](const ordered_json &layer) {
        return layer.value("source", "") == source && !there.contains(layer.at("source-layer").template get_ref<const std::string &>());
    };
    layers.erase(std::remove_if(layers.begin(), layers.end(), is_missing), layers.end());
}

/// Renderers take whole addresses only; the style has them from the first slash on.
void complete_addresses(ordered_json &style, const std::string &base) {
    for (ordered_json *address : {&style.at("sprite"), &style.at("glyphs")}) {
        *address = base + address->get<std::string>();
    }
    for (auto &source : style.at("sources")) {
        source.at("url") = base + source.at("url").get<std::string>();
    }
}

/// 200 with the style; 404.
http::Response answer_style(Application &application, const http::Request &request) {
    request.query.require_known({});
    const std::string_view id = request.params.at("id");
    const auto base = base_map(application);
    const auto file = find_style(id, base.has_value());
    if (!file) {
        return http::problem(404, "Not Found", fmt::format("There is no style {}; there are {}.", id, fmt::join(style_ids(), ", ")));
    }
    ordered_json style = ordered_json::parse(file->bytes);
    leave_out_missing(style.at("layers"), "city", names_of_layers(application, "city").value_or(LayerNames()));
    leave_out_missing(style.at("layers"), base_id, base.value_or(LayerNames()));
    complete_addresses(style, base_url(application.settings(), application.port(), request));
    std::string body = style.dump();
    const std::string tag = http::quoted_etag(data::to_hex(data::sha256(body)).substr(0, 32));
    return http::json(200, std::move(body)).with_etag(tag).with_cache_control(std::string(style_cache));
}

} // namespace

void add_style_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/styles/{id}.json", [&application](const http::Request &request) { return answer_style(application, request); },
               {.name = "map-style",
                .shed_priority = http::ShedPriority::shelters,
                .description = {.summary = "A MapLibre style of the city's map",
                                .details = "light, dark, or disaster: shelters, hazards and what is needed then, large and in high contrast.",
                                .tag = "Styles",
                                .parameters = {path_parameter("id", "light, dark or disaster")},
                                .answers = {json_answer("The style (MapLibre style specification, version 8)")}}});
}

} // namespace keyaki::server
