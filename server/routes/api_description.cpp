#include "server/routes/routes.hpp"

#include "data/sha256.hpp"
#include "geo/fence_index.hpp"
#include "geo/presence.hpp"
#include "server/http/conditional.hpp"
#include "server/limits.hpp"
#include "server/links.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view openapi_type = "application/vnd.oai.openapi+json;version=3.0";

ordered_json path_parameter(std::string_view name, std::string_view description) {
    return {{"name", name}, {"in", "path"}, {"required", true}, {"description", description}, {"schema", {{"type", "string"}}}};
}

ordered_json reference(std::string_view parameter) { return {{"$ref", fmt::format("#/components/parameters/{}", parameter)}}; }

/// GET with a 200 of that type, and the problems that every path may answer with.
ordered_json reading(std::string_view id, std::string_view summary, std::string_view type, ordered_json parameters) {
    ordered_json operation{{"operationId", id}, {"summary", summary}};
    if (!parameters.empty()) {
        operation["parameters"] = std::move(parameters);
    }
    ordered_json schema =
        type.find("json") != std::string_view::npos ? ordered_json{{"type", "object"}} : ordered_json{{"type", "string"}, {"format", "binary"}};
    operation["responses"] = {{"200", {{"description", summary}, {"content", {{std::string(type), {{"schema", std::move(schema)}}}}}}},
                              {"default", {{"$ref", "#/components/responses/Problem"}}}};
    return {{"get", std::move(operation)}};
}

/// A position as the question for fences takes it.
ordered_json asked_position() {
    const auto number = [](double minimum, double maximum, std::string_view description) {
        return ordered_json{{"type", "number"}, {"minimum", minimum}, {"maximum", maximum}, {"description", description}};
    };
    return {{"type", "object"},
            {"required", ordered_json::array({"lon", "lat", "accuracy_m"})},
            {"additionalProperties", false},
            {"properties",
             {{"lon", number(-180, 180, "Degrees, JGD2011 (WGS 84)")},
              {"lat", number(-90, 90, "Degrees")},
              {"accuracy_m", number(0.001, max_asked_accuracy_m, "As the device reports it, in the meaning of its platform")}}}};
}

/// POST, so that positions of people stand in no address that a proxy logs.
ordered_json asking_for_fences() {
    const ordered_json question{{"type", "object"},
                                {"required", ordered_json::array({"positions"})},
                                {"additionalProperties", false},
                                {"properties",
                                 {{"positions", {{"type", "array"}, {"minItems", 1}, {"maxItems", max_asked_positions}, {"items", asked_position()}}},
                                  {"platform",
                                   {{"type", "string"},
                                    {"enum", ordered_json::array({"android", "ios", "web", "unknown"})},
                                    {"default", "unknown"},
                                    {"description", "What accuracy_m means"}}},
                                  {"at_least",
                                   {{"type", "number"},
                                    {"minimum", geo::FenceIndex::min_floor},
                                    {"maximum", 1},
                                    {"default", geo::PresenceRules{}.ask_token_probability},
                                    {"description", "Fences with a smaller probability are left out."}}}}}};
    const ordered_json fence{{"type", "object"}, {"properties", {{"id", {{"type", "string"}}}, {"probability", {{"type", "number"}}}}}};
    const ordered_json answered{{"type", "object"},
                                {"properties", {{"sigma_m", {{"type", "number"}}}, {"fences", {{"type", "array"}, {"items", fence}}}}}};
    const ordered_json answer{{"type", "object"},
                              {"properties",
                               {{"revision", {{"type", "string"}}},
                                {"rules", {{"type", "string"}}},
                                {"at_least", {{"type", "number"}}},
                                {"positions", {{"type", "array"}, {"items", answered}}}}}};
    constexpr std::string_view summary = "The fences that positions are in, with their probabilities, the most probable first";
    return {
        {"post",
         {{"operationId", "fences"},
          {"summary", summary},
          {"description", "A fence is a feature that is an area, a point with radius_m, or a line with width_m. Nothing of the question is kept."},
          {"parameters", ordered_json::array({reference("layer")})},
          {"requestBody", {{"required", true}, {"content", {{"application/json", {{"schema", question}}}}}}},
          {"responses",
           {{"200", {{"description", summary}, {"content", {{"application/json", {{"schema", answer}}}}}}},
            {"default", {{"$ref", "#/components/responses/Problem"}}}}}}}};
}

/// Part 1, 7.15: the parameters of items.
ordered_json parameters() {
    return {
        {"limit",
         {{"name", "limit"},
          {"in", "query"},
          {"required", false},
          {"description", "Features on one page; more than the maximum is the maximum."},
          {"schema", {{"type", "integer"}, {"minimum", 1}, {"maximum", max_page_features}, {"default", default_page_features}}},
          {"style", "form"},
          {"explode", false}}},
        {"bbox",
         {{"name", "bbox"},
          {"in", "query"},
          {"required", false},
          {"description", "West, south, east, north in degrees (CRS84)."},
          {"schema", {{"type", "array"}, {"minItems", 4}, {"maxItems", 6}, {"items", {{"type", "number"}}}}},
          {"style", "form"},
          {"explode", false}}},
        {"datetime",
         {{"name", "datetime"},
          {"in", "query"},
          {"required", false},
          {"description", "An RFC 3339 instant or interval. The layers have no time of their own, so every feature matches."},
          {"schema", {{"type", "string"}}},
          {"style", "form"},
          {"explode", false}}},
        {"layer", path_parameter("layer", "A layer, or one of its revisions: shelters, shelters@7")},
        {"feature", path_parameter("feature", "A feature's id")},
    };
}

ordered_json paths() {
    ordered_json tile_parameters = ordered_json::array({path_parameter("layers", "Layers parted by commas, or city")});
    for (const char *name : {"z", "x", "y"}) {
        tile_parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "integer"}, {"minimum", 0}}}});
    }
    const ordered_json layer = ordered_json::array({reference("layer")});
    return {
        {"/", reading("landing", "The landing page", "application/json", {})},
        {"/conformance", reading("conformance", "What of OGC API – Features is kept", "application/json", {})},
        {"/collections", reading("collections", "The layers", "application/json", {})},
        {"/collections/{layer}", reading("collection", "One layer", "application/json", layer)},
        {"/collections/{layer}/items", reading("items", "Features of a layer", "application/geo+json",
                                               {reference("layer"), reference("limit"), reference("bbox"), reference("datetime")})},
        {"/collections/{layer}/items/{feature}", reading("item", "One feature", "application/geo+json", {reference("layer"), reference("feature")})},
        {"/collections/{layer}/fences", asking_for_fences()},
        {"/tiles/{layers}.json",
         reading("tilejson", "TileJSON 3.0.0 of layers", "application/json", {path_parameter("layers", "Layers parted by commas, or city")})},
        {"/tiles/{layers}/{z}/{x}/{y}.mvt",
         reading("tile", "A vector tile (MVT 2.1)", "application/vnd.mapbox-vector-tile", std::move(tile_parameters))},
        {"/ledger/head", reading("ledgerHead", "Sequence and hash of the ledger's last entry", "application/json", {})},
    };
}

ordered_json description(const std::string &base) {
    return {{"openapi", "3.0.3"},
            {"info",
             {{"title", "keyaki"},
              {"version", "0.1.0"},
              {"description", "Layers of the city as vector tiles and as OGC API – Features (reading, without a key)."}}},
            {"servers", {{{"url", base}}}},
            {"paths", paths()},
            {"components",
             {{"parameters", parameters()},
              {"responses",
               {{"Problem", {{"description", "RFC 9457"}, {"content", {{"application/problem+json", {{"schema", {{"type", "object"}}}}}}}}}}}}}};
}

} // namespace

void add_api_description_route(http::Router &router, Application &application) {
    router.add(http::Method::get, "/api",
               [&application](const http::Request &request) {
                   request.query.require_known({"f"});
                   std::string text = description(base_url(application.settings(), application.port(), request)).dump();
                   const std::string tag = http::quoted_etag(data::to_hex(data::sha256(text)).substr(0, 32));
                   return http::json(200, std::move(text), std::string(openapi_type)).with_etag(tag).with_cache_control("public, max-age=60");
               },
               {.name = "api"});
}

} // namespace keyaki::server
