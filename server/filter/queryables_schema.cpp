#include "server/filter/queryables_schema.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace keyaki::server::filter {

using nlohmann::ordered_json;

namespace {

/// Part 5 (23-058r2), table of formats: of one type its own, of a type and its multi type both at once.
std::string geometry_format(const std::vector<geo::GeometryType> &types) {
    const auto only = [&](geo::GeometryType single, geo::GeometryType multi) {
        return !types.empty() && std::all_of(types.begin(), types.end(), [&](geo::GeometryType type) { return type == single || type == multi; });
    };
    const auto named = [&](geo::GeometryType single, const std::string &name) {
        const auto has = [&](bool is_multi) {
            return std::any_of(types.begin(), types.end(), [&](geo::GeometryType type) { return (type != single) == is_multi; });
        };
        return has(true) ? (has(false) ? "geometry-" + name + "-or-multi" + name : "geometry-multi" + name) : "geometry-" + name;
    };
    if (only(geo::GeometryType::point, geo::GeometryType::multi_point)) {
        return named(geo::GeometryType::point, "point");
    }
    if (only(geo::GeometryType::line_string, geo::GeometryType::multi_line_string)) {
        return named(geo::GeometryType::line_string, "linestring");
    }
    if (only(geo::GeometryType::polygon, geo::GeometryType::multi_polygon)) {
        return named(geo::GeometryType::polygon, "polygon");
    }
    return "geometry-any";
}

ordered_json schema_of(const Queryable &queryable, const std::vector<geo::GeometryType> &geometries) {
    ordered_json schema{{"title", queryable.name}};
    switch (queryable.type) {
    case QueryableType::geometry:
        schema["x-ogc-role"] = "primary-geometry";
        schema["format"] = geometry_format(geometries);
        break;
    case QueryableType::text: schema["type"] = "string"; break;
    case QueryableType::integer: schema["type"] = "integer"; break;
    case QueryableType::number: schema["type"] = "number"; break;
    case QueryableType::boolean: schema["type"] = "boolean"; break;
    case QueryableType::date:
        schema["type"] = "string";
        schema["format"] = "date";
        break;
    case QueryableType::timestamp:
        schema["type"] = "string";
        schema["format"] = "date-time";
        break;
    case QueryableType::any: schema["type"] = {"string", "number", "boolean"}; break;
    }
    if (queryable.is_feature_id) {
        schema["x-ogc-role"] = "id";
    }
    return schema;
}

} // namespace

ordered_json queryables_schema(const Queryables &queryables, const std::vector<geo::GeometryType> &geometries, const std::string &id,
                               const std::string &title) {
    ordered_json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"$id", id}, {"type", "object"}, {"title", title}};
    schema["properties"] = ordered_json::object();
    for (const Queryable &queryable : queryables.all()) {
        schema["properties"][queryable.name] = schema_of(queryable, geometries);
    }
    schema["additionalProperties"] = false;
    return schema;
}

} // namespace keyaki::server::filter
