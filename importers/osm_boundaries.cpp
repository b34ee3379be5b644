#include "importers/osm_boundaries.hpp"

#include <osmium/osm/relation.hpp>

#include <algorithm>
#include <string_view>

namespace keyaki::importers {

namespace {

constexpr std::uint8_t no_level = 0;

std::string_view value_of(const osmium::Relation &relation, const char *key) {
    const char *value = relation.tags().get_value_by_key(key);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

} // namespace

void OsmBoundaries::relation(const osmium::Relation &relation) {
    const std::string_view type = value_of(relation, "type");
    const std::string_view boundary = value_of(relation, "boundary");
    const std::string_view level = value_of(relation, "admin_level");
    const bool is_administrative = boundary == "administrative" && (level == "2" || level == "4");
    const bool is_disputed = boundary == "disputed" && (level.empty() || level == "2" || level == "3" || level == "4");
    if ((type != "boundary" && type != "multipolygon") || !(is_administrative || is_disputed)) {
        return;
    }
    for (const osmium::RelationMember &member : relation.members()) {
        if (member.type() != osmium::item_type::way) {
            continue;
        }
        Boundary &way = m_ways[member.ref()];
        way.disputed = way.disputed || is_disputed;
        if (is_administrative) {
            const auto number = static_cast<std::uint8_t>(level.front() - '0');
            way.level = way.level == no_level ? number : std::min(way.level, number);
        }
    }
}

std::optional<OsmBoundaries::Boundary> OsmBoundaries::find(std::int64_t way) const {
    const auto found = m_ways.find(way);
    return found == m_ways.end() || found->second.level == no_level ? std::nullopt : std::optional(found->second);
}

} // namespace keyaki::importers
