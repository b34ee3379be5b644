#include "server/schema/json_schema.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace keyaki;
using namespace keyaki::server::schema;
using nlohmann::json;

namespace {

Schema walks() {
    return parse_schema_text(R"({"properties":[
        {"name":"name","type":"text","title":{"ja":"名称","en":"Name"},"required":true,"max_length":40},
        {"name":"kind","type":"enum","values":[{"value":"river","ja":"川","en":"River"},{"value":"park","ja":"公園","en":"Park"}]},
        {"name":"since","type":"date"},{"name":"page","type":"url"},{"name":"id","type":"integer","minimum":1,"default":3},
        {"name":"minutes","computed":"walking_minutes"}],"other_properties":false})");
}

json document(SchemaUse use) {
    data::LayerSpec layer;
    layer.id = "walks";
    layer.title_ja = "散歩道";
    layer.title_en = "Walks";
    layer.geometry = data::LayerGeometry::line;
    return json::parse(feature_json_schema(walks(), layer, "https://example.jp/collections/walks/schema", use).dump());
}

} // namespace

TEST_CASE("a declared schema is shown as JSON Schema with roles, formats, labels and what is only read") {
    const json schema = document(SchemaUse::answers);
    CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    CHECK(schema["$id"] == "https://example.jp/collections/walks/schema");
    CHECK(schema["properties"]["feature_id"]["x-ogc-role"] == "id"); // a property has the name id
    CHECK(schema["properties"]["geometry"]["format"] == "geometry-linestring-or-multilinestring");
    CHECK_FALSE(schema["properties"]["geometry"].contains("type"));
    CHECK(schema["properties"]["name"]["maxLength"] == 40);
    CHECK(schema["properties"]["name"]["title"] == "名称");
    CHECK(schema["properties"]["kind"]["enum"] == json{"river", "park"});
    CHECK(schema["properties"]["kind"]["x-keyaki-titles"]["park"]["en"] == "Park");
    CHECK(schema["properties"]["since"]["format"] == "date");
    CHECK(schema["properties"]["page"]["format"] == "uri");
    CHECK(schema["properties"]["id"]["default"] == 3);
    CHECK(schema["properties"]["minutes"]["readOnly"] == true);
    CHECK(schema["properties"]["minutes"]["x-ogc-unit"] == "min");
    CHECK(schema["required"] == json{"geometry", "name"});
    CHECK(schema["additionalProperties"] == false);
}

TEST_CASE("the schema of a body leaves out what is worked out, and that of an update requires nothing") {
    CHECK_FALSE(document(SchemaUse::create)["properties"].contains("minutes"));
    CHECK_FALSE(document(SchemaUse::replace)["properties"].contains("feature_id"));
    CHECK(document(SchemaUse::replace)["required"] == json{"geometry", "name"});
    CHECK_FALSE(document(SchemaUse::update).contains("required"));
    CHECK(schema_use_named("replace") == SchemaUse::replace);
    CHECK_FALSE(schema_use_named("replaced"));
}
