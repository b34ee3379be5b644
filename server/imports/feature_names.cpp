#include "server/imports/feature_names.hpp"

#include <array>
#include <string_view>

namespace keyaki::server::imports {

namespace {

/// The standard tables' property first, then what tables and maps in use call it.
constexpr std::array<std::string_view, 9> name_properties{"name", "名称", "施設名", "施設・場所名", "名前", "施設名称", "Name", "NAME", "title"};

} // namespace

std::string name_of(const geo::Feature &feature) { return name_of(feature.properties); }

std::string name_of(const geo::Properties &properties) {
    for (const std::string_view property : name_properties) {
        const geo::Value *value = properties.find(property);
        const auto *text = value == nullptr ? nullptr : std::get_if<std::string>(value);
        if (text != nullptr && !text->empty()) {
            return *text;
        }
    }
    return {};
}

geo::LonLat place_of(const geo::Feature &feature) noexcept {
    if (feature.geometry.positions.size() == 1) {
        return feature.geometry.positions.front();
    }
    const geo::LonLatBox box = feature.geometry.bounds();
    return {(box.west_deg + box.east_deg) / 2, (box.south_deg + box.north_deg) / 2};
}

} // namespace keyaki::server::imports
