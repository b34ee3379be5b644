#include "server/editing/layer_body.hpp"

#include "data/sha256.hpp"
#include "server/http/conditional.hpp"
#include "server/json_reader.hpp"
#include "server/limits.hpp"
#include "server/schema/schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace keyaki::server::editing {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int deepest_zoom = 22;

constexpr std::array<std::string_view, 4> geometry_names{"any", "point", "line", "polygon"};
constexpr std::array<std::string_view, 2> visibility_names{"public", "staff"};
constexpr std::array<std::string_view, 2> invalid_geometry_names{"repair", "refuse"};

template <typename Enum, std::size_t Count>
Enum read_enum(ObjectReader &reader, std::string_view name, const std::array<std::string_view, Count> &names, Enum fallback) {
    const auto chosen = reader.optional_one_of(name, {names.begin(), names.end()});
    for (std::size_t place = 0; chosen && place < Count; ++place) {
        if (*chosen == names[place]) {
            return static_cast<Enum>(place);
        }
    }
    return fallback;
}

void read_titles(ObjectReader &parent, std::vector<FieldError> &errors, data::LayerSpec &spec) {
    if (const json *value = parent.optional("title")) {
        ObjectReader reader(*value, parent.pointer_to("title"), errors);
        spec.title_ja = reader.optional_text("ja", max_title_bytes).value_or("");
        spec.title_en = reader.optional_text("en", max_title_bytes).value_or("");
        reader.finish();
    }
    const std::string either = !spec.title_ja.empty() ? spec.title_ja : !spec.title_en.empty() ? spec.title_en : spec.id;
    spec.title_ja = spec.title_ja.empty() ? either : spec.title_ja;
    spec.title_en = spec.title_en.empty() ? either : spec.title_en;
}

/// Reads a whole description. Errors are collected.
data::LayerSpec read_layer(ObjectReader &reader, std::vector<FieldError> &errors) {
    data::LayerSpec spec;
    spec.id = reader.text("id", 48);
    if (!spec.id.empty() && !data::is_layer_id(spec.id)) {
        reader.refuse("id", fmt::format("expected a-z, then a-z, 0-9 and _, at most 48 of them, found \"{}\"", spec.id));
    }
    read_titles(reader, errors, spec);
    spec.geometry = read_enum(reader, "geometry", geometry_names, data::LayerGeometry::any);
    spec.visibility = read_enum(reader, "visibility", visibility_names, data::Visibility::everyone);
    spec.attribution = reader.optional_text("attribution").value_or("");
    spec.zoom_min = static_cast<int>(reader.optional_integer("minzoom", 0, deepest_zoom).value_or(0));
    spec.zoom_max = static_cast<int>(reader.optional_integer("maxzoom", 0, deepest_zoom).value_or(14));
    if (spec.zoom_min > spec.zoom_max) {
        reader.refuse("minzoom", fmt::format("expected at most maxzoom, which is {}, found {}", spec.zoom_max, spec.zoom_min));
    }
    spec.invalid_geometry = read_enum(reader, "invalid_geometry", invalid_geometry_names, data::InvalidGeometry::repair);
    spec.schema = schema::schema_text(schema::read_schema(reader, errors));
    return spec;
}

data::LayerSpec checked(const json &value) {
    data::LayerSpec spec;
    read_fields(value, "the layer", [&spec](ObjectReader &reader, std::vector<FieldError> &errors) { spec = read_layer(reader, errors); });
    return spec;
}

} // namespace

data::LayerSpec parse_new_layer(std::string_view text) { return read_object(text, "the layer", read_layer); }

data::LayerSpec parse_changed_layer(std::string_view text, const data::LayerSpec &before) {
    const json patch = parse_json(text, "the change of the layer");
    if (!patch.is_object()) {
        throw FieldErrors("the change of the layer", {{"", "expected an object with the fields that change, found something else"}});
    }
    if (patch.contains("id") && patch["id"] != before.id) {
        throw FieldErrors("the change of the layer", {{"/id", fmt::format("the id of a layer never changes: expected \"{}\"", before.id)}});
    }
    json whole = json::parse(layer_json(before).dump());
    whole.merge_patch(patch);
    return checked(whole);
}

ordered_json layer_json(const data::LayerSpec &spec) {
    const schema::Schema schema = schema::parse_schema_text(spec.schema);
    ordered_json layer{{"id", spec.id},
                       {"title", {{"ja", spec.title_ja}, {"en", spec.title_en}}},
                       {"geometry", geometry_names[static_cast<std::size_t>(spec.geometry)]},
                       {"visibility", visibility_names[static_cast<std::size_t>(spec.visibility)]},
                       {"minzoom", spec.zoom_min},
                       {"maxzoom", spec.zoom_max},
                       {"invalid_geometry", invalid_geometry_names[static_cast<std::size_t>(spec.invalid_geometry)]},
                       {"properties", schema::properties_json(schema)},
                       {"other_properties", schema.takes_others}};
    if (!spec.attribution.empty()) {
        layer["attribution"] = spec.attribution;
    }
    return layer;
}

std::string layer_etag(const data::LayerSpec &spec) {
    const std::string text = layer_json(spec).dump(-1, ' ', false, json::error_handler_t::replace);
    return http::quoted_etag(data::to_hex(data::sha256(text)).substr(0, 32));
}

} // namespace keyaki::server::editing
