#include "server/openapi.hpp"

#include "geo/error.hpp"
#include "server/http/response.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace keyaki::server {

namespace {

using http::ParameterDescription;
using nlohmann::ordered_json;

constexpr std::string_view items_pattern = "/collections/{layer}/items";

std::string method_key(http::Method method) {
    std::string key(http::method_name(method));
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return key;
}

ordered_json schema_of(const std::string &text, std::string_view owner) {
    ordered_json schema = ordered_json::parse(text, nullptr, false);
    if (!schema.is_object()) {
        throw geo::Error(geo::ErrorKind::internal, fmt::format("{}: expected a schema as a JSON object, found {}", owner, text));
    }
    return schema;
}

std::string_view place_name(ParameterDescription::Place place) {
    switch (place) {
    case ParameterDescription::Place::path: return "path";
    case ParameterDescription::Place::header: return "header";
    case ParameterDescription::Place::query: break;
    }
    return "query";
}

/// A Parameter Object. Lists are written with commas (style form, explode false), which programs want to be told.
ordered_json parameter_object(const ParameterDescription &parameter) {
    ordered_json object{{"name", parameter.name}, {"in", place_name(parameter.place)}};
    object["required"] = parameter.is_required;
    if (!parameter.text.empty()) {
        object["description"] = parameter.text;
    }
    if (parameter.place == ParameterDescription::Place::query) {
        object["style"] = "form";
        object["explode"] = false;
    }
    object["schema"] = schema_of(parameter.schema, parameter.name);
    return object;
}

ordered_json parameter_list(const std::vector<ParameterDescription> &parameters) {
    ordered_json list = ordered_json::array();
    for (const ParameterDescription &parameter : parameters) {
        list.push_back(parameter.is_shared ? ordered_json{{"$ref", fmt::format("#/components/parameters/{}", parameter.name)}}
                                           : parameter_object(parameter));
    }
    return list;
}

ordered_json content_of(const std::vector<http::BodyDescription> &bodies, std::string_view owner) {
    ordered_json content = ordered_json::object();
    for (const http::BodyDescription &body : bodies) {
        content[body.media_type] = {{"schema", schema_of(body.schema, owner)}};
    }
    return content;
}

ordered_json responses_of(const http::RouteDescription &description, std::string_view owner) {
    ordered_json responses = ordered_json::object();
    for (const http::AnswerDescription &answer : description.answers) {
        ordered_json response{{"description", answer.text.empty() ? std::string(http::reason_phrase(answer.status)) : answer.text}};
        if (!answer.bodies.empty()) {
            response["content"] = content_of(answer.bodies, owner);
        }
        responses[std::to_string(answer.status)] = std::move(response);
    }
    if (!description.scopes.empty()) {
        responses["401"] = {{"$ref", "#/components/responses/Problem"}};
        responses["403"] = {{"$ref", "#/components/responses/Problem"}};
    }
    responses["default"] = {{"$ref", "#/components/responses/Problem"}};
    return responses;
}

std::string scope_sentence(const std::vector<std::string> &scopes) {
    std::string names;
    for (const std::string &scope : scopes) {
        names += (names.empty() ? "" : " or ") + scope;
    }
    return names.empty() ? names : fmt::format("Needs a key with {}.", names);
}

ordered_json operation_of(const http::DescribedRoute &route) {
    const http::RouteDescription &description = route.description;
    ordered_json operation{{"operationId", route.name}, {"summary", description.summary}};
    std::string details = description.details;
    if (const std::string scopes = scope_sentence(description.scopes); !scopes.empty()) {
        details += (details.empty() ? "" : " ") + scopes;
    }
    if (!details.empty()) {
        operation["description"] = std::move(details);
    }
    if (!description.tag.empty()) {
        operation["tags"] = ordered_json::array({description.tag});
    }
    if (!description.parameters.empty()) {
        operation["parameters"] = parameter_list(description.parameters);
    }
    if (!description.bodies.empty()) {
        operation["requestBody"] = {{"required", true}, {"content", content_of(description.bodies, route.name)}};
    }
    operation["responses"] = responses_of(description, route.name);
    if (!description.scopes.empty()) {
        operation["security"] = ordered_json::array({{{"key", ordered_json::array()}}});
    }
    return operation;
}

/// "{rest...}" of a pattern is a plain parameter to the document.
std::string path_of(std::string pattern) {
    if (const std::size_t dots = pattern.find("...}"); dots != std::string::npos) {
        pattern.erase(dots, 3);
    }
    return pattern;
}

/// The items of one layer, with the parameters that only they have.
ordered_json items_of_layer(http::DescribedRoute route, const DescribedLayer &layer) {
    route.name += "-" + layer.id;
    route.description.summary = layer.title.empty() ? layer.id : layer.title;
    auto &parameters = route.description.parameters;
    std::erase_if(parameters, [](const ParameterDescription &parameter) { return parameter.place == ParameterDescription::Place::path; });
    const std::size_t of_all = parameters.size();
    for (const ParameterDescription &own : layer.parameters) { // a property called "limit" cannot be asked for so
        const auto end = parameters.begin() + static_cast<std::ptrdiff_t>(of_all);
        if (std::none_of(parameters.begin(), end, [&](const ParameterDescription &parameter) { return parameter.name == own.name; })) {
            parameters.push_back(own);
        }
    }
    return operation_of(route);
}

ordered_json shared_parameters(std::span<const http::DescribedRoute> routes) {
    ordered_json shared = ordered_json::object();
    for (const http::DescribedRoute &route : routes) {
        for (const ParameterDescription &parameter : route.description.parameters) {
            if (parameter.is_shared && !shared.contains(parameter.name)) {
                shared[parameter.name] = parameter_object(parameter);
            }
        }
    }
    return shared;
}

ordered_json components_of(std::span<const http::DescribedRoute> routes) {
    const ordered_json problem{
        {"type", "object"},
        {"properties",
         {{"type", {{"type", "string"}}},
          {"title", {{"type", "string"}}},
          {"status", {{"type", "integer"}}},
          {"detail", {{"type", "string"}}},
          {"instance", {{"type", "string"}}},
          {"errors",
           {{"type", "array"},
            {"items", {{"type", "object"}, {"properties", {{"pointer", {{"type", "string"}}}, {"detail", {{"type", "string"}}}}}}}}}}}};
    return {{"parameters", shared_parameters(routes)},
            {"responses",
             {{"Problem", {{"description", "What was wrong (RFC 9457)"}, {"content", {{"application/problem+json", {{"schema", problem}}}}}}}}},
            {"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}}};
}

} // namespace

ordered_json openapi_document(std::span<const http::DescribedRoute> routes, std::span<const DescribedLayer> layers, std::string_view base_url) {
    ordered_json paths = ordered_json::object();
    for (const http::DescribedRoute &route : routes) {
        if (!route.description.is_page_file) {
            paths[path_of(route.pattern)][method_key(route.method)] = operation_of(route);
        }
    }
    for (const http::DescribedRoute &route : routes) {
        if (route.pattern != items_pattern || route.method != http::Method::get) {
            continue;
        }
        for (const DescribedLayer &layer : layers) {
            paths[fmt::format("/collections/{}/items", layer.id)]["get"] = items_of_layer(route, layer);
        }
    }
    return {{"openapi", "3.0.3"},
            {"info",
             {{"title", "keyaki"},
              {"version", "0.1.0"},
              {"description", "Layers of a city as vector tiles and as OGC API – Features, and check-ins at its places."},
              {"license", {{"name", "Apache-2.0"}}}}},
            {"servers", ordered_json::array({{{"url", base_url}}})},
            {"paths", std::move(paths)},
            {"components", components_of(routes)}};
}

} // namespace keyaki::server
