// OGC API – Features Part 5: Schemas 1.0 (23-058r2), classes schemas, advanced-property-roles and returnables-and-receivables.
#include "tests/conformance/conformance.hpp"

#include <set>

using namespace keyaki::test::conformance;

namespace {

Json schema_of(const std::string &layer) { return get_json("/collections/" + layer + "/schema", {"Accept: application/schema+json"}); }

/// Names of the properties with that role.
std::vector<std::string> with_role(const Json &schema, const std::string &role) {
    std::vector<std::string> names;
    for (const auto &[name, property] : schema["properties"].items()) {
        if (property.value("x-ogc-role", "") == role) {
            names.push_back(name);
        }
    }
    return names;
}

bool is_of(const Json &value, const std::string &type) {
    return (type == "string" && value.is_string()) || (type == "boolean" && value.is_boolean()) || (type == "integer" && value.is_number_integer()) ||
           (type == "number" && value.is_number());
}

} // namespace

TEST_CASE("a schema is JSON Schema at its own address", "[features-5][req/schemas/json-schema]") {
    for (const std::string &layer : layers()) {
        const Json schema = schema_of(layer);
        INFO(layer);
        CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
        CHECK(path_of(schema["$id"]) == "/collections/" + layer + "/schema");
        CHECK(schema["type"] == "object");
        CHECK(get(path_of(schema["$id"]), {"Accept: application/schema+json"}).header("content-type") == "application/schema+json");
    }
}

TEST_CASE("each property has a type, the geometry a format, times the format of theirs", "[features-5][req/schemas/properties]") {
    for (const std::string &layer : layers()) {
        const Json properties = schema_of(layer)["properties"];
        for (const auto &[name, property] : properties.items()) {
            INFO(layer << " " << name);
            const std::string format = property.value("format", "");
            if (format.rfind("geometry-", 0) == 0) {
                CHECK_FALSE(property.contains("type"));
                CHECK_FALSE(property.contains("$ref"));
            } else {
                CHECK(std::set<std::string>{"string", "integer", "number", "boolean"}.contains(property["type"].get<std::string>()));
            }
        }
    }
    CHECK(schema_of("events")["properties"]["day"]["format"] == "date");
    CHECK(schema_of("shelters")["properties"]["geometry"]["format"] == "geometry-point");
    CHECK(schema_of("events")["properties"]["geometry"]["format"] == "geometry-any");
}

TEST_CASE("keywords that are not JSON Schema's begin with x-ogc-", "[features-5][req/schemas/additional-keywords]") {
    const std::set<std::string> known{"$schema", "$id", "type", "title", "description", "properties", "format", "readOnly"};
    const Json schema = schema_of("events");
    for (const auto &[keyword, value] : schema.items()) {
        CHECK((known.contains(keyword) || keyword.rfind("x-ogc-", 0) == 0));
    }
    for (const auto &[name, property] : schema["properties"].items()) {
        for (const auto &[keyword, value] : property.items()) {
            INFO(name << "." << keyword);
            CHECK((known.contains(keyword) || keyword.rfind("x-ogc-", 0) == 0));
        }
    }
}

TEST_CASE("roles are texts, and one property is the id", "[features-5][req/schemas/role][req/schemas/role-id]") {
    for (const std::string &layer : layers()) {
        const Json schema = schema_of(layer);
        const auto ids = with_role(schema, "id");
        REQUIRE(ids.size() == 1);
        CHECK(schema["properties"][ids[0]]["type"] == "string");
    }
}

TEST_CASE("the order of properties is given by whole numbers, each once", "[features-5][req/schemas/property-seq]") {
    for (const std::string &layer : layers()) {
        std::set<int> places;
        const Json properties = schema_of(layer)["properties"];
        for (const auto &[name, property] : properties.items()) {
            REQUIRE(property["x-ogc-propertySeq"].is_number_integer());
            CHECK(places.insert(property["x-ogc-propertySeq"].get<int>()).second);
        }
    }
}

TEST_CASE("the geometry and the one time of features are named as such",
          "[features-5][req/advanced-property-roles/role-primary-geometry][req/advanced-property-roles/role-primary-instant]") {
    for (const std::string &layer : layers()) {
        CHECK(with_role(schema_of(layer), "primary-geometry").size() == 1);
        CHECK(with_role(schema_of(layer), "primary-instant").size() <= 1);
    }
    CHECK(with_role(schema_of("events"), "primary-instant") == std::vector<std::string>{"day"});
    CHECK(with_role(schema_of("shelters"), "primary-instant").empty());
}

TEST_CASE("a collection links to its schema", "[features-5][req/returnables-and-receivables/link][req/returnables-and-receivables/op]") {
    for (const std::string &layer : layers()) {
        const Json link = link_of(get_json("/collections/" + layer), "http://www.opengis.net/def/rel/ogc/1.0/schema");
        REQUIRE(link.is_object());
        CHECK(path_of(link["href"]) == "/collections/" + layer + "/schema");
        CHECK(link["type"] == "application/schema+json");
    }
    CHECK(get("/collections/nothing/schema").status == 404);
}

TEST_CASE("what features hold is what the schema says", "[features-5][req/returnables-and-receivables/response]") {
    for (const std::string &layer : layers()) {
        const Json properties = schema_of(layer)["properties"];
        for (const Json &feature : all_items("/collections/" + layer + "/items")) {
            for (const auto &[name, value] : feature["properties"].items()) {
                INFO(layer << " " << feature["id"] << " " << name);
                REQUIRE(properties.contains(name));
                CHECK((value.is_null() || is_of(value, properties[name]["type"])));
            }
        }
    }
}
