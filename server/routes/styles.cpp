#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "server/flows/tile.hpp"
#include "server/http/conditional.hpp"
#include "server/http/problem.hpp"
#include "server/links.hpp"
#include "server/routes/parameters.hpp"
#include "server/web/assets.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

// MapLibre styles over this server's tiles, sprites and glyphs. server/web/styles makes them, each with a base map beneath the city's layers and
// without.
namespace keyaki::server {

namespace {

constexpr std::string_view folder = "styles/";
constexpr std::string_view with_base = ".base.json";
constexpr std::string_view without_base = ".json";
/// A style changes with keyaki's version; an old one serves while the network is away.
constexpr std::string_view style_cache = "public, max-age=60, stale-while-revalidate=86400, stale-if-error=604800";

/// Is there a tileset named `base`? It has the layers of Shortbread 1.0.
bool has_base_map(Application &application) { return find_tile_set(application.snapshots(), "base") != nullptr; }

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

/// Renderers take whole addresses only; the style has them from the first slash on.
std::string with_addresses(std::string_view style, const std::string &base) {
    std::string whole;
    whole.reserve(style.size() + 256);
    for (std::size_t at = 0; at < style.size(); ++at) {
        whole += style[at];
        const std::string_view rest = style.substr(at + 1);
        if (style[at] == '"' && (rest.starts_with("/tiles/") || rest.starts_with("/sprites/") || rest.starts_with("/glyphs/"))) {
            whole += base;
        }
    }
    return whole;
}

/// 200 with the style; 404.
http::Response answer_style(Application &application, const http::Request &request) {
    request.query.require_known({});
    const std::string_view id = request.params.at("id");
    const auto style = find_style(id, has_base_map(application));
    if (!style) {
        return http::problem(404, "Not Found", fmt::format("There is no style {}; there are {}.", id, fmt::join(style_ids(), ", ")));
    }
    std::string body = with_addresses(style->bytes, base_url(application.settings(), application.port(), request));
    const std::string tag = http::quoted_etag(data::to_hex(data::sha256(body)).substr(0, 32));
    return http::json(200, std::move(body)).with_etag(tag).with_cache_control(std::string(style_cache));
}

} // namespace

void add_style_routes(http::Router &router, Application &application) {
    router.add(http::Method::get, "/styles/{id}.json", [&application](const http::Request &request) { return answer_style(application, request); },
               {.name = "map-style",
                .description = {.summary = "A MapLibre style of the city's map",
                                .details = "light, dark, or disaster: shelters, hazards and what is needed then, large and in high contrast.",
                                .tag = "Styles",
                                .parameters = {path_parameter("id", "light, dark or disaster")},
                                .answers = {json_answer("The style (MapLibre style specification, version 8)")}}});
}

} // namespace keyaki::server
