#pragma once

#include "geo/feature.hpp"
#include "server/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the properties of a layer's features must be: declared by staff, kept with the layer, versioned with its revisions. Everything here is
/// pure: no clock, socket or database.
namespace keyaki::server::schema {

/// `choice` is one of a list of values with labels; `season` a part of every year such as "6月上旬〜7月" (season.hpp); `date` "2026-04-01".
enum class PropertyType : std::uint8_t { text, integer, number, boolean, date, choice, url, season };
/// The word in JSON: "text", "integer", … "enum", "url", "season".
[[nodiscard]] std::string_view property_type_name(PropertyType type) noexcept;

/// What is worked out from the geometry and never taken from outside (computed.hpp).
enum class Computed : std::uint8_t { none, length_m, walking_minutes, area_ha };
/// "length_m", "walking_minutes", "area_ha"; empty for none.
[[nodiscard]] std::string_view computed_name(Computed computed) noexcept;

struct Choice {
    std::string value;
    std::string title_ja; ///< never empty: the value where nothing was given
    std::string title_en;

    friend bool operator==(const Choice &, const Choice &) = default;
};

struct Property {
    std::string name;
    PropertyType type = PropertyType::text;
    std::string title_ja; ///< never empty: the name where nothing was given
    std::string title_en;
    bool required = false;
    std::optional<std::size_t> max_length; ///< characters; only text and url
    std::optional<double> minimum;         ///< only integer and number
    std::optional<double> maximum;
    std::vector<Choice> choices;             ///< only choice
    std::optional<geo::Value> default_value; ///< taken where a new feature has none
    Computed computed = Computed::none;

    friend bool operator==(const Property &, const Property &) = default;
};

struct Schema {
    std::vector<Property> properties;
    bool takes_others = true; ///< properties that are not declared are taken as they come

    [[nodiscard]] bool is_declared() const noexcept { return !properties.empty() || !takes_others; }
    [[nodiscard]] const Property *find(std::string_view name) const noexcept;
    [[nodiscard]] bool has_computed() const noexcept;

    friend bool operator==(const Schema &, const Schema &) = default;
};

/// The fields "properties" (a list) and "other_properties" (true or false) of a layer's description. Everything that is wrong in them goes to
/// `errors` with its pointer; what can be read is returned.
[[nodiscard]] Schema read_schema(ObjectReader &layer, std::vector<FieldError> &errors);

/// The list "properties" again, as read_schema() takes it.
[[nodiscard]] nlohmann::ordered_json properties_json(const Schema &schema);

/// As it is kept in the database: the same schema always gives the same text; empty where nothing is declared.
[[nodiscard]] std::string schema_text(const Schema &schema);
/// Reads what schema_text() wrote. Error corrupt for anything else.
[[nodiscard]] Schema parse_schema_text(std::string_view text);

} // namespace keyaki::server::schema
