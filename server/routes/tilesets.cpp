#include "server/routes/routes.hpp"

#include "geo/limits.hpp"
#include "server/features/crs.hpp"
#include "server/flows/collection.hpp"
#include "server/flows/tile.hpp"
#include "server/links.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"
#include "server/routes/shed_order.hpp"
#include "server/routes/tile_answer.hpp"
#include "server/viewer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

// OGC API – Tiles Part 1 (20-057) over the same tiles as /tiles/{layers}/…: of each layer, and of all public layers together.
namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view tile_type = "application/vnd.mapbox-vector-tile";
constexpr std::string_view scheme_relation = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
constexpr std::string_view scheme = "WebMercatorQuad";
constexpr std::string_view scheme_uri = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
constexpr std::string_view mercator_uri = "http://www.opengis.net/def/crs/EPSG/0/3857";
constexpr std::string_view all_layers = "city";

/// A tileset that was asked for: which layers, where it stands, and what it is called.
struct Asked {
    std::string names; ///< as find_tile_set() takes them
    std::string path;  ///< "/tiles" or "/collections/shelters/tiles"
    std::string title_ja;
    std::string title_en;
    std::vector<PageFrame::Step> above;
};

/// Nothing where the route's layer is not there.
std::optional<Asked> asked_for(Application &application, const Viewer &viewer, const http::Request &request, const std::string &base) {
    const auto layer = request.params.find("layer");
    if (!layer) {
        const data::CityName city = application.snapshots().catalogue()->city;
        return Asked{std::string(all_layers), "/tiles", city.ja, city.en, {}};
    }
    const auto collection = find_collection(application.snapshots(), *layer, viewer.staff_check());
    if (!collection) {
        return std::nullopt;
    }
    const std::string path = fmt::format("/collections/{}", collection->name);
    return Asked{collection->name,
                 path + "/tiles",
                 collection->spec.title_ja,
                 collection->spec.title_en,
                 {{base + path + "?f=html", collection->spec.title_ja}}};
}

http::Response no_such_layer(const Viewer &viewer, const http::Request &request) {
    return viewer.not_found(request.params.find("layer").value_or(all_layers));
}

/// What stays with the one who asked where it is for staff alone.
http::Response &&from_set(http::Response &&response, const TileSet &set) {
    response.headers.set("Keyaki-Revision", set.revision_header);
    if (set.is_private) {
        response.headers.set("Cache-Control", "private, no-store");
    }
    return std::move(response);
}

/// Per zoom, the rows and columns that the layers' bounds touch.
ordered_json limits_of(const TileSet &set) {
    ordered_json limits = ordered_json::array();
    for (int zoom = set.zoom_min; zoom <= set.zoom_max && !set.bounds.empty(); ++zoom) {
        const auto z = static_cast<std::uint8_t>(zoom);
        const geo::TileId first = geo::tile_at({set.bounds.west_deg, set.bounds.north_deg}, z);
        const geo::TileId last = geo::tile_at({set.bounds.east_deg, set.bounds.south_deg}, z);
        limits.push_back(
            {{"tileMatrix", std::to_string(zoom)}, {"minTileRow", first.y}, {"maxTileRow", last.y}, {"minTileCol", first.x}, {"maxTileCol", last.x}});
    }
    return limits;
}

ordered_json layers_of(const TileSet &set) {
    ordered_json layers = ordered_json::array();
    for (const tiles::TileLayer &layer : set.layers) {
        const tiles::SnapshotDescription &description = layer.snapshot->description();
        layers.push_back({{"id", layer.name},
                          {"title", description.title_ja},
                          {"description", description.title_en},
                          {"dataType", "vector"},
                          {"minTileMatrix", std::to_string(description.zoom_min)},
                          {"maxTileMatrix", std::to_string(description.zoom_max)}});
    }
    return layers;
}

/// What the list says of a tileset and the tileset of itself (2D Tile Matrix Set and Tileset Metadata 2.0, 17-083r4).
ordered_json tileset_json(const TileSet &set, const Asked &asked, const std::string &base) {
    const std::string here = base + asked.path + "/" + std::string(scheme);
    ordered_json item = link_object(here + "/{tileMatrix}/{tileRow}/{tileCol}", "item", tile_type, "タイル / Tiles (MVT)");
    item["templated"] = true;
    ordered_json json{
        {"title", asked.title_ja},
        {"description", asked.title_en},
        {"dataType", "vector"},
        {"crs", mercator_uri},
        {"tileMatrixSetId", scheme},
        {"tileMatrixSetURI", scheme_uri},
        {"tileMatrixSetLimits", limits_of(set)},
        {"layers", layers_of(set)},
        {"links",
         {link_object(base + "/tileMatrixSets/" + std::string(scheme), scheme_relation, json_type, "タイルの分けかた / The tile matrix set"),
          std::move(item), link_object(fmt::format("{}/tiles/{}.json", base, asked.names), "describedby", json_type, "TileJSON 3.0.0")}}};
    if (!set.bounds.empty()) {
        json["boundingBox"] = {{"lowerLeft", {set.bounds.west_deg, set.bounds.south_deg}},
                               {"upperRight", {set.bounds.east_deg, set.bounds.north_deg}},
                               {"crs", crs84().uri}};
    }
    return json;
}

/// 200 with the tilesets of a layer or of the city; 404.
http::Response answer_tilesets(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const Viewer viewer(application.access(), request);
    const std::string base = base_url(application.settings(), application.port(), request);
    const auto asked = asked_for(application, viewer, request, base);
    if (!asked) {
        return no_such_layer(viewer, request);
    }
    ordered_json tilesets = ordered_json::array();
    const auto set = find_tile_set(application.snapshots(), asked->names, viewer.staff_check());
    if (set) {
        ordered_json tileset = tileset_json(*set, *asked, base);
        tileset["links"].insert(tileset["links"].begin(),
                                link_object(base + asked->path + "/" + std::string(scheme), "self", json_type, asked->title_ja));
        tilesets.push_back(std::move(tileset));
    }
    http::Response response = answer_document(request, base, {{"tilesets", std::move(tilesets)}, {"links", ordered_json::array()}},
                                              {asked->title_ja + "のタイル", asked->title_en + ": tiles", asked->above});
    return set ? from_set(std::move(response), *set) : std::move(response);
}

/// 200 with one tileset; 404.
http::Response answer_tileset(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const Viewer viewer(application.access(), request);
    const std::string base = base_url(application.settings(), application.port(), request);
    const auto asked = asked_for(application, viewer, request, base);
    const auto set = asked ? find_tile_set(application.snapshots(), asked->names, viewer.staff_check()) : nullptr;
    if (!set) {
        return no_such_layer(viewer, request);
    }
    return from_set(
        answer_document(request, base, tileset_json(*set, *asked, base), {asked->title_ja + "のタイル", asked->title_en + ": tileset", asked->above}),
        *set);
}

http::Response answer_tile_of_set(Application &application, const http::Request &request) {
    const Viewer viewer(application.access(), request);
    const auto asked = asked_for(application, viewer, request, {});
    if (!asked) {
        return no_such_layer(viewer, request);
    }
    return answer_tile(application, viewer, asked->names,
                       parse_tile(request.params.at("tileMatrix"), request.params.at("tileCol"), request.params.at("tileRow")), request.query);
}

/// The definition of WebMercatorQuad (17-083r4, annex D.1): 256 cells a side, the world in one tile at the top.
ordered_json matrix_set() {
    constexpr double half_world_m = 20'037'508.342789244;
    constexpr double cell_m = 0.00028; // of the standardized rendering pixel
    ordered_json matrices = ordered_json::array();
    for (int zoom = 0; zoom <= geo::max_zoom; ++zoom) {
        const double side = std::exp2(zoom);
        const double cell_size_m = 2 * half_world_m / 256 / side;
        matrices.push_back({{"id", std::to_string(zoom)},
                            {"scaleDenominator", cell_size_m / cell_m},
                            {"cellSize", cell_size_m},
                            {"pointOfOrigin", {-half_world_m, half_world_m}},
                            {"tileWidth", 256},
                            {"tileHeight", 256},
                            {"matrixWidth", static_cast<std::int64_t>(side)},
                            {"matrixHeight", static_cast<std::int64_t>(side)}});
    }
    return {{"id", scheme},
            {"title", "Google Maps Compatible for the World"},
            {"uri", scheme_uri},
            {"crs", mercator_uri},
            {"orderedAxes", {"X", "Y"}},
            {"wellKnownScaleSet", "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"},
            {"tileMatrices", std::move(matrices)}};
}

http::Response answer_matrix_set(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const std::string base = base_url(application.settings(), application.port(), request);
    return answer_document(request, base, matrix_set(), {"タイルの分けかた", "Tile matrix set " + std::string(scheme)});
}

http::Response answer_matrix_sets(Application &application, const http::Request &request) {
    request.query.require_known({"f"});
    const std::string base = base_url(application.settings(), application.port(), request);
    const std::string address = base + "/tileMatrixSets/" + std::string(scheme);
    ordered_json one{{"id", scheme}, {"title", "Google Maps Compatible for the World"}, {"uri", scheme_uri}, {"crs", mercator_uri}};
    one["links"] = ordered_json::array({link_object(address, "self", json_type, "The definition")});
    return answer_document(request, base, {{"tileMatrixSets", ordered_json::array({std::move(one)})}, {"links", ordered_json::array()}},
                           {"タイルの分けかた", "Tile matrix sets"});
}

http::RouteDescription describe(std::string summary, std::vector<http::ParameterDescription> parameters) {
    http::RouteDescription description{.summary = summary, .tag = "Tiles", .parameters = std::move(parameters)};
    description.parameters.push_back(format_parameter());
    description.answers = {document_answer(std::move(summary))};
    return description;
}

/// A tile's route: row before column.
http::RouteDescription describe_tile(std::vector<http::ParameterDescription> parameters) {
    const std::string number = R"({"type":"integer","minimum":0})";
    parameters.push_back(path_parameter("tileMatrix", "Zoom", number));
    parameters.push_back(path_parameter("tileRow", "Row, from the north", number));
    parameters.push_back(path_parameter("tileCol", "Column, from the west", number));
    return {.summary = "A vector tile (MVT 2.1), row before column",
            .tag = "Tiles",
            .parameters = std::move(parameters),
            .answers = {{200, "The tile", {{std::string(tile_type), R"({"type":"string","format":"binary"})"}}}, {204, "Nothing is there"}}};
}

} // namespace

void add_tileset_routes(http::Router &router, Application &application) {
    const auto add = [&](const char *pattern, const std::string &name, auto answer, const http::RouteDescription &description) {
        const auto priority = [&application](const http::Request &request) {
            return shed_priority_of_layers(application, request.params.find("layer").value_or("city"));
        };
        router.add(http::Method::get, pattern, [&application, answer](const http::Request &request) { return answer(application, request); },
                   {.name = name, .shed_priority_of = priority, .description = description});
    };
    // The standard's own kinds of operations end these names (20-057, table 12).
    add("/tiles", "city.dataset.vector.getTileSetsList", answer_tilesets, describe("The tilesets of all public layers", {}));
    add("/tiles/WebMercatorQuad", "city.dataset.vector.getTileSet", answer_tileset, describe("The tileset of all public layers", {}));
    add("/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}", "city.dataset.vector.getTile", answer_tile_of_set, describe_tile({}));
    add("/collections/{layer}/tiles", "layer.collection.vector.getTileSetsList", answer_tilesets,
        describe("The tilesets of a layer", {layer_parameter()}));
    add("/collections/{layer}/tiles/WebMercatorQuad", "layer.collection.vector.getTileSet", answer_tileset,
        describe("The tileset of a layer", {layer_parameter()}));
    add("/collections/{layer}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}", "layer.collection.vector.getTile", answer_tile_of_set,
        describe_tile({layer_parameter()}));
    add("/tileMatrixSets", "city.getTileMatrixSetsList", answer_matrix_sets, describe("How tiles are cut", {}));
    add("/tileMatrixSets/WebMercatorQuad", "city.getTileMatrixSet", answer_matrix_set, describe("How tiles of WebMercatorQuad are cut", {}));
}

} // namespace keyaki::server
