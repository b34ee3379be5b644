#include "importers/osm_tag_index.hpp"

#include <algorithm>

namespace keyaki::importers {

void OsmTagIndex::add(std::string_view key, std::string_view values, std::uint16_t row) {
    Values &of_key = m_keys[key];
    for_each_word(values, [&](std::string_view value) {
        auto &rows = value == "*" ? of_key.any : of_key.one[value];
        rows.push_back(row);
    });
}

OsmAreaTag area_tag(OsmTags tags) noexcept {
    const std::string_view value = find_tag(tags, "area");
    return value == "yes" ? OsmAreaTag::yes : value == "no" ? OsmAreaTag::no : OsmAreaTag::none;
}

std::string_view find_tag(OsmTags tags, std::string_view key) noexcept {
    const auto found = std::find_if(tags.begin(), tags.end(), [&](const OsmTag &tag) { return tag.key == key; });
    return found == tags.end() ? std::string_view() : found->value;
}

} // namespace keyaki::importers
