#include "server/schema/json_schema.hpp"

#include <nlohmann/json.hpp>
#include <type_traits>
#include <variant>

namespace keyaki::server::schema {

namespace {

using nlohmann::ordered_json;

/// Part 5, 7.1.
std::string_view geometry_format(data::LayerGeometry geometry) noexcept {
    switch (geometry) {
    case data::LayerGeometry::any: return "geometry-any";
    case data::LayerGeometry::point: return "geometry-point-or-multipoint";
    case data::LayerGeometry::line: return "geometry-linestring-or-multilinestring";
    case data::LayerGeometry::polygon: return "geometry-polygon-or-multipolygon";
    }
    return "";
}

/// The name, or one like it that no property has.
std::string free_name(const Schema &schema, std::string name) {
    while (schema.find(name) != nullptr) {
        name = "feature_" + name;
    }
    return name;
}

void add_type(ordered_json &json, PropertyType type) {
    switch (type) {
    case PropertyType::integer: json["type"] = "integer"; return;
    case PropertyType::number: json["type"] = "number"; return;
    case PropertyType::boolean: json["type"] = "boolean"; return;
    case PropertyType::date: json["format"] = "date"; break;
    case PropertyType::url: json["format"] = "uri"; break;
    case PropertyType::season: json["examples"] = {"6月上旬〜7月", "通年"}; break;
    case PropertyType::text:
    case PropertyType::choice: break;
    }
    json["type"] = "string";
}

void add_choices(ordered_json &json, const Property &property) {
    for (const Choice &choice : property.choices) {
        json["enum"].push_back(choice.value);
        json["x-keyaki-titles"][choice.value] = {{"ja", choice.title_ja}, {"en", choice.title_en}};
    }
}

void add_computed(ordered_json &json, Computed computed) {
    if (computed == Computed::none) {
        return;
    }
    json["readOnly"] = true;
    json["x-ogc-unit"] = computed == Computed::length_m ? "m" : computed == Computed::area_ha ? "ha" : "min";
}

} // namespace

std::optional<SchemaUse> schema_use_named(std::string_view name) noexcept {
    return name == "create"    ? std::optional(SchemaUse::create)
           : name == "replace" ? std::optional(SchemaUse::replace)
           : name == "update"  ? std::optional(SchemaUse::update)
                               : std::nullopt;
}

ordered_json json_schema_of(const Property &property) {
    ordered_json json{{"title", property.title_ja}, {"x-keyaki-title_en", property.title_en}};
    add_type(json, property.type);
    add_choices(json, property);
    if (property.max_length) {
        json["maxLength"] = *property.max_length;
    }
    if (property.minimum) {
        json["minimum"] = *property.minimum;
    }
    if (property.maximum) {
        json["maximum"] = *property.maximum;
    }
    if (property.default_value) {
        std::visit(
            [&json](const auto &value) {
                if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
                    json["default"] = value;
                }
            },
            *property.default_value);
    }
    add_computed(json, property.computed);
    return json;
}

ordered_json feature_json_schema(const Schema &schema, const data::LayerSpec &layer, const std::string &id_address, SchemaUse use) {
    ordered_json properties = ordered_json::object();
    ordered_json required = ordered_json::array();
    int place = 1;
    if (use == SchemaUse::answers) {
        properties[free_name(schema, "id")] = {
            {"title", "識別子 / Id"}, {"type", "string"}, {"readOnly", true}, {"x-ogc-role", "id"}, {"x-ogc-propertySeq", place++}};
    }
    const std::string geometry = free_name(schema, "geometry");
    properties[geometry] = {{"title", "図形 / Geometry"},
                            {"format", geometry_format(layer.geometry)},
                            {"x-ogc-role", "primary-geometry"},
                            {"x-ogc-propertySeq", place++}};
    required.push_back(geometry);
    for (const Property &property : schema.properties) {
        if (use != SchemaUse::answers && property.computed != Computed::none) {
            continue;
        }
        ordered_json json = json_schema_of(property);
        json["x-ogc-propertySeq"] = place++;
        properties[property.name] = std::move(json);
        if (property.required) {
            required.push_back(property.name);
        }
    }
    ordered_json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                          {"$id", id_address},
                          {"type", "object"},
                          {"title", layer.title_ja},
                          {"description", layer.title_en},
                          {"properties", std::move(properties)}};
    if (use != SchemaUse::update) {
        document["required"] = std::move(required);
    }
    document["additionalProperties"] = schema.takes_others;
    return document;
}

} // namespace keyaki::server::schema
