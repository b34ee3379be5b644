#include "geo/limits.hpp"
#include "geo/utf8.hpp"
#include "server/limits.hpp"
#include "server/schema/schema.hpp"
#include "server/schema/validate.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace keyaki::server::schema {

namespace {

constexpr std::array types{PropertyType::text, PropertyType::integer, PropertyType::number, PropertyType::boolean,
                           PropertyType::date, PropertyType::choice,  PropertyType::url,    PropertyType::season};
constexpr std::array computeds{Computed::length_m, Computed::walking_minutes, Computed::area_ha};

bool is_number_type(PropertyType type) noexcept { return type == PropertyType::integer || type == PropertyType::number; }

std::optional<geo::Value> scalar(const nlohmann::json &json) {
    if (json.is_string()) {
        return geo::Value(json.get<std::string>());
    }
    if (json.is_boolean()) {
        return geo::Value(json.get<bool>());
    }
    if (json.is_number_integer() && !(json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX)) {
        return geo::Value(json.get<std::int64_t>());
    }
    return json.is_number() ? std::optional(geo::Value(json.get<double>())) : std::nullopt;
}

/// {"ja": …, "en": …}, either of them alone, or nothing: then the name stands for both.
void read_titles(ObjectReader &parent, std::string_view name, const std::string &fallback, std::string &ja, std::string &en,
                 std::vector<FieldError> &errors) {
    if (const nlohmann::json *value = parent.optional(name)) {
        ObjectReader reader(*value, parent.pointer_to(name), errors);
        ja = reader.optional_text("ja", max_title_bytes).value_or("");
        en = reader.optional_text("en", max_title_bytes).value_or("");
        reader.finish();
    }
    const std::string either = !ja.empty() ? ja : !en.empty() ? en : fallback;
    ja = ja.empty() ? either : ja;
    en = en.empty() ? either : en;
}

/// Reads one property's object; errors go to the list.
class PropertyReader {
  public:
    PropertyReader(const nlohmann::json &value, std::string pointer, std::vector<FieldError> &errors)
        : m_reader(value, std::move(pointer), errors), m_errors(errors) {}

    Property read() {
        m_property.name = m_reader.text("name", geo::max_property_name_bytes);
        read_titles(m_reader, "title", m_property.name, m_property.title_ja, m_property.title_en, m_errors);
        read_type();
        m_property.required = m_reader.optional_boolean("required").value_or(false);
        read_bounds();
        read_choices();
        read_default();
        if (m_property.computed != Computed::none && (m_property.required || m_property.default_value)) {
            m_reader.refuse("computed", "what is worked out from the geometry can be neither required nor have a default");
        }
        m_reader.finish();
        return std::move(m_property);
    }

  private:
    void read_type() {
        std::vector<std::string_view> names;
        std::transform(types.begin(), types.end(), std::back_inserter(names), property_type_name);
        std::vector<std::string_view> computed_names;
        std::transform(computeds.begin(), computeds.end(), std::back_inserter(computed_names), computed_name);
        const auto computed = m_reader.optional_one_of("computed", computed_names);
        const auto type =
            computed || m_reader.has("computed") ? m_reader.optional_one_of("type", names) : std::optional(m_reader.one_of("type", names));
        if (type) {
            m_property.type = types[static_cast<std::size_t>(std::find(names.begin(), names.end(), *type) - names.begin())];
        }
        if (computed) {
            const auto place = std::find(computed_names.begin(), computed_names.end(), *computed) - computed_names.begin();
            m_property.computed = computeds[static_cast<std::size_t>(place)];
            const PropertyType implied = m_property.computed == Computed::walking_minutes ? PropertyType::integer : PropertyType::number;
            if (type && m_property.type != implied) {
                m_reader.refuse("type", fmt::format("expected {} for {}, found {}", property_type_name(implied), *computed, *type));
            }
            m_property.type = implied;
        }
    }

    void read_bounds() {
        const auto length = m_reader.optional_integer("max_length", 1, static_cast<std::int64_t>(geo::max_property_text_bytes));
        if (length && m_property.type != PropertyType::text && m_property.type != PropertyType::url) {
            m_reader.refuse("max_length", "is for properties of type text or url");
        } else if (length) {
            m_property.max_length = static_cast<std::size_t>(*length);
        }
        m_property.minimum = m_reader.optional_number("minimum", -1e15, 1e15);
        m_property.maximum = m_reader.optional_number("maximum", -1e15, 1e15);
        if ((m_property.minimum || m_property.maximum) && !is_number_type(m_property.type)) {
            m_reader.refuse(m_property.minimum ? "minimum" : "maximum", "is for properties of type integer or number");
        }
        if (m_property.minimum && m_property.maximum && *m_property.minimum > *m_property.maximum) {
            m_reader.refuse("minimum", fmt::format("expected at most the maximum of {}, found {}", *m_property.maximum, *m_property.minimum));
        }
    }

    void read_choices() {
        if (m_property.type != PropertyType::choice) {
            if (m_reader.optional("values") != nullptr) {
                m_reader.refuse("values", "is for properties of type enum");
            }
            return;
        }
        const nlohmann::json *list = m_reader.required("values");
        if (list == nullptr) {
            return;
        }
        if (!list->is_array() || list->empty() || list->size() > max_choices) {
            m_reader.refuse("values", fmt::format("expected a list of 1 to {} values", max_choices));
            return;
        }
        std::set<std::string> seen;
        for (std::size_t i = 0; i < list->size(); ++i) {
            read_choice((*list)[i], fmt::format("{}/{}", m_reader.pointer_to("values"), i), seen);
        }
    }

    /// "pond", or {"value": "pond", "ja": "池", "en": "Pond"}
    void read_choice(const nlohmann::json &json, const std::string &pointer, std::set<std::string> &seen) {
        Choice choice;
        if (json.is_string()) {
            choice = {json.get<std::string>(), json.get<std::string>(), json.get<std::string>()};
            if (choice.value.empty() || choice.value.size() > max_title_bytes) {
                m_errors.push_back({pointer, fmt::format("expected 1 to {} bytes of text, found {}", max_title_bytes, choice.value.size())});
            }
        } else {
            ObjectReader reader(json, pointer, m_errors);
            choice.value = reader.text("value", max_title_bytes);
            choice.title_ja = reader.optional_text("ja", max_title_bytes).value_or(choice.value);
            choice.title_en = reader.optional_text("en", max_title_bytes).value_or(choice.value);
            reader.finish();
        }
        if (!seen.insert(choice.value).second) {
            m_errors.push_back({pointer, fmt::format("the value \"{}\" stands twice in the list", choice.value)});
        }
        m_property.choices.push_back(std::move(choice));
    }

    void read_default() {
        const nlohmann::json *given = m_reader.optional("default");
        if (given == nullptr) {
            return;
        }
        auto value = scalar(*given);
        std::string detail = value ? fit_value(m_property, *value, Source::json) : "expected text, a number or true or false, found something else";
        if (!detail.empty()) {
            m_reader.refuse("default", std::move(detail));
            return;
        }
        m_property.default_value = std::move(value);
    }

    ObjectReader m_reader;
    std::vector<FieldError> &m_errors;
    Property m_property;
};

nlohmann::ordered_json json_of(const Property &property) {
    nlohmann::ordered_json json{
        {"name", property.name}, {"type", property_type_name(property.type)}, {"title", {{"ja", property.title_ja}, {"en", property.title_en}}}};
    if (property.required) {
        json["required"] = true;
    }
    if (property.max_length) {
        json["max_length"] = *property.max_length;
    }
    if (property.minimum) {
        json["minimum"] = *property.minimum;
    }
    if (property.maximum) {
        json["maximum"] = *property.maximum;
    }
    for (const Choice &choice : property.choices) {
        json["values"].push_back({{"value", choice.value}, {"ja", choice.title_ja}, {"en", choice.title_en}});
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
    if (property.computed != Computed::none) {
        json["computed"] = computed_name(property.computed);
    }
    return json;
}

} // namespace

Schema read_schema(ObjectReader &layer, std::vector<FieldError> &errors) {
    Schema schema;
    schema.takes_others = layer.optional_boolean("other_properties").value_or(true);
    const nlohmann::json *list = layer.optional("properties");
    if (list == nullptr) {
        return schema;
    }
    if (!list->is_array() || list->size() > geo::max_properties_per_feature) {
        layer.refuse("properties", fmt::format("expected a list of at most {} properties", geo::max_properties_per_feature));
        return schema;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        const std::string pointer = fmt::format("{}/{}", layer.pointer_to("properties"), i);
        Property property = PropertyReader((*list)[i], pointer, errors).read();
        if (schema.find(property.name) != nullptr) {
            errors.push_back({pointer + "/name", fmt::format("the property \"{}\" stands twice in the list", property.name)});
            continue;
        }
        schema.properties.push_back(std::move(property));
    }
    return schema;
}

nlohmann::ordered_json properties_json(const Schema &schema) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Property &property : schema.properties) {
        list.push_back(json_of(property));
    }
    return list;
}

std::string schema_text(const Schema &schema) {
    if (!schema.is_declared()) {
        return {};
    }
    return nlohmann::ordered_json{{"properties", properties_json(schema)}, {"other_properties", schema.takes_others}}.dump(
        -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Schema parse_schema_text(std::string_view text) {
    if (text.empty()) {
        return {};
    }
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    std::vector<FieldError> errors;
    if (json.is_object()) {
        ObjectReader reader(json, "", errors);
        Schema schema = read_schema(reader, errors);
        reader.finish();
        if (errors.empty()) {
            return schema;
        }
    }
    throw geo::Error(geo::ErrorKind::corrupt, "the schema of a layer is not the JSON that keyaki writes");
}

} // namespace keyaki::server::schema
