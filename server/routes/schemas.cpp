#include "server/routes/routes.hpp"

#include "server/features/columns.hpp"
#include "server/flows/collection.hpp"
#include "server/links.hpp"
#include "server/routes/document.hpp"
#include "server/routes/parameters.hpp"
#include "server/schema/json_schema.hpp"
#include "server/viewer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace keyaki::server {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view schema_type = "application/schema+json";

/// Part 5, 7.1: "geometry-point", or a name for both kinds where a layer has single and multiple ones.
std::string geometry_format(const std::vector<geo::GeometryType> &types) {
    const auto is_all = [&](auto predicate) { return !types.empty() && std::all_of(types.begin(), types.end(), predicate); };
    const auto lower = [](std::string_view name) {
        std::string text(name);
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
        return text;
    };
    using geo::GeometryType;
    if (types.size() == 1) {
        return "geometry-" + lower(geo::geometry_type_name(types.front()));
    }
    if (is_all([](GeometryType type) { return type == GeometryType::point || type == GeometryType::multi_point; })) {
        return "geometry-point-or-multipoint";
    }
    if (is_all([](GeometryType type) { return type == GeometryType::line_string || type == GeometryType::multi_line_string; })) {
        return "geometry-linestring-or-multilinestring";
    }
    if (is_all([](GeometryType type) { return type == GeometryType::polygon || type == GeometryType::multi_polygon; })) {
        return "geometry-polygon-or-multipolygon";
    }
    return "geometry-any";
}

/// The name, or one like it that no column has.
std::string free_name(const LayerColumns &columns, std::string name) {
    while (columns.find(name) != nullptr) {
        name.insert(0, "feature_");
    }
    return name;
}

/// Where a layer has one temporal column, it is the features' time; with more, which of them is meant is nobody's to guess.
bool is_primary_instant(const LayerColumns &columns, const Column &column) {
    return column.is_temporal() &&
           std::count_if(columns.columns.begin(), columns.columns.end(), [](const Column &one) { return one.is_temporal(); }) == 1;
}

ordered_json properties_of(const LayerColumns &columns) {
    ordered_json properties = ordered_json::object();
    int place = 1;
    properties[free_name(columns, "id")] = {
        {"title", "識別子 / Id"}, {"type", "string"}, {"readOnly", true}, {"x-ogc-role", "id"}, {"x-ogc-propertySeq", place++}};
    properties[free_name(columns, "geometry")] = {{"title", "図形 / Geometry"},
                                                  {"format", geometry_format(columns.geometries)},
                                                  {"x-ogc-role", "primary-geometry"},
                                                  {"x-ogc-propertySeq", place++}};
    for (const Column &column : columns.columns) {
        ordered_json property = schema_of_column(column);
        property["title"] = column.name;
        if (is_primary_instant(columns, column)) {
            property["x-ogc-role"] = "primary-instant";
        }
        property["x-ogc-propertySeq"] = place++;
        properties[column.name] = std::move(property);
    }
    return properties;
}

/// What is declared in the state that is asked for; what features hold beyond it follows, where the layer takes other properties.
ordered_json declared_schema(const schema::Schema &declared, const LayerColumns &columns, const data::LayerSpec &spec, const std::string &address,
                             schema::SchemaUse use) {
    ordered_json document = schema::feature_json_schema(declared, spec, address, use);
    int place = static_cast<int>(document["properties"].size()) + 1;
    for (const Column &column : columns.columns) {
        if (use == schema::SchemaUse::answers && declared.takes_others && declared.find(column.name) == nullptr) {
            ordered_json property = schema_of_column(column);
            property["title"] = column.name;
            property["x-ogc-propertySeq"] = place++;
            document["properties"][column.name] = std::move(property);
        }
    }
    return document;
}

/// The schema that a layer's staff declared wins; where there is none, what the features hold is the schema.
ordered_json schema_document(Application &application, const Collection &collection, const std::string &address, schema::SchemaUse use) {
    const LayerColumns &columns = *application.columns().of(collection.snapshot);
    const std::string text =
        collection.is_pinned ? application.store().schema_of(collection.spec.id, data::LayerState::at(collection.snapshot->description().revision))
                             : collection.spec.schema;
    if (const schema::Schema declared = schema::parse_schema_text(text); declared.is_declared()) {
        return declared_schema(declared, columns, collection.spec, address, use);
    }
    ordered_json properties = properties_of(columns);
    if (use != schema::SchemaUse::answers) {
        properties.erase(free_name(columns, "id"));
    }
    return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
            {"$id", address},
            {"type", "object"},
            {"title", collection.spec.title_ja},
            {"description", collection.spec.title_en},
            {"properties", std::move(properties)}};
}

schema::SchemaUse use_asked_for(const http::Request &request) {
    const auto type = request.query.find("type");
    const auto use = type ? schema::schema_use_named(*type) : std::optional(schema::SchemaUse::answers);
    if (!use) {
        throw geo::Error(geo::ErrorKind::invalid_input, fmt::format("type: expected create, replace or update, found \"{}\"", type->substr(0, 40)));
    }
    return *use;
}

/// 200 with the JSON Schema of the layer's features as they are answered (Part 5, returnables), or of bodies for ?type=; 400; 404; 406.
http::Response answer_schema(Application &application, const http::Request &request) {
    request.query.require_known({"f", "type"});
    const schema::SchemaUse use = use_asked_for(request);
    const Viewer viewer(application.access(), request);
    const auto collection = find_collection(application.snapshots(), request.params.at("layer"), viewer.staff_check());
    if (!collection) {
        return viewer.not_found(request.params.at("layer"));
    }
    const std::string base = base_url(application.settings(), application.port(), request);
    const std::string layer = fmt::format("{}/collections/{}", base, collection->name);
    ordered_json schema = schema_document(application, *collection, layer + "/schema", use);
    Document about{collection->spec.title_ja + "の属性",
                   collection->spec.title_en + ": schema",
                   {{layer + "?f=html", collection->spec.title_ja}},
                   std::string(schema_type)};
    about.has_links = false; // a schema's keywords are those of JSON Schema
    http::Response response = answer_document(request, base, std::move(schema), about).with("Keyaki-Revision", collection->revision_header());
    if (collection->is_private) {
        response.headers.set("Cache-Control", collection->cache_control());
    }
    return response;
}

} // namespace

void add_schema_routes(http::Router &router, Application &application) {
    router.add(
        http::Method::get, "/collections/{layer}/schema",
        [&application](const http::Request &request) { return answer_schema(application, request); },
        {.name = "schema",
         .description = {.summary = "What a layer's features hold, as JSON Schema",
                         .tag = "Features",
                         .parameters = {layer_parameter(),
                                        {.name = "type",
                                         .text = "What the schema is for: bodies that create, replace or update a feature; without it, answers.",
                                         .schema = R"({"type":"string","enum":["create","replace","update"]})"},
                                        format_parameter()},
                         .answers = {{200, "The schema", {{.media_type = std::string(schema_type)}, {"text/html", R"({"type":"string"})"}}}}}});
}

} // namespace keyaki::server
