#include "server/schema/schema.hpp"

#include <algorithm>
#include <array>

namespace keyaki::server::schema {

std::string_view property_type_name(PropertyType type) noexcept {
    constexpr std::array<std::string_view, 8> names{"text", "integer", "number", "boolean", "date", "enum", "url", "season"};
    return names[static_cast<std::size_t>(type)];
}

std::string_view computed_name(Computed computed) noexcept {
    constexpr std::array<std::string_view, 4> names{"", "length_m", "walking_minutes", "area_ha"};
    return names[static_cast<std::size_t>(computed)];
}

const Property *Schema::find(std::string_view name) const noexcept {
    const auto found = std::find_if(properties.begin(), properties.end(), [name](const Property &property) { return property.name == name; });
    return found == properties.end() ? nullptr : &*found;
}

bool Schema::has_computed() const noexcept {
    return std::any_of(properties.begin(), properties.end(), [](const Property &property) { return property.computed != Computed::none; });
}

} // namespace keyaki::server::schema
