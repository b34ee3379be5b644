#include "importers/osm_old_style.hpp"

#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace keyaki::importers {

namespace {

/// Tags that say nothing of what is there.
bool is_meaningless(std::string_view key) {
    constexpr std::array<std::string_view, 6> keys{"type", "source", "created_by", "note", "fixme", "attribution"};
    return std::find(keys.begin(), keys.end(), key) != keys.end() || key.starts_with("source:") || key.starts_with("test:");
}

bool is_outer(const osmium::RelationMember &member) {
    return member.type() == osmium::item_type::way && (std::strcmp(member.role(), "outer") == 0 || std::strcmp(member.role(), "") == 0);
}

} // namespace

bool OsmOldStyle::is_one(const osmium::Relation &relation) {
    const char *type = relation.tags().get_value_by_key("type");
    return type != nullptr && std::strcmp(type, "multipolygon") == 0 &&
           std::all_of(relation.tags().begin(), relation.tags().end(), [](const osmium::Tag &tag) { return is_meaningless(tag.key()); });
}

void OsmOldStyle::expect(const osmium::Relation &relation) {
    for (const osmium::RelationMember &member : relation.members()) {
        if (member.type() == osmium::item_type::way) {
            m_waiting.try_emplace(member.ref(), false);
        }
    }
}

bool OsmOldStyle::is_waiting_for(const osmium::Way &way) const { return m_waiting.contains(way.id()); }

void OsmOldStyle::see(const osmium::Way &way) {
    Tags tags;
    for (const osmium::Tag &tag : way.tags()) {
        if (!is_meaningless(tag.key())) {
            tags.emplace_back(tag.key(), tag.value());
        }
    }
    std::sort(tags.begin(), tags.end());
    m_seen[way.id()].tags = std::move(tags);
}

void OsmOldStyle::hold(std::int64_t way, HeldWay held) { m_seen.at(way).held = std::move(held); }

const OsmOldStyle::Tags *OsmOldStyle::common_tags(const osmium::Relation &relation) const {
    const Tags *common = nullptr;
    for (const osmium::RelationMember &member : relation.members()) {
        if (!is_outer(member)) {
            continue;
        }
        const auto seen = m_seen.find(member.ref());
        if (seen == m_seen.end() || (common != nullptr && seen->second.tags != *common)) {
            return nullptr;
        }
        common = &seen->second.tags;
    }
    return common;
}

std::vector<OsmTag> OsmOldStyle::view(const Tags &tags) {
    std::vector<OsmTag> views;
    for (const auto &[key, value] : tags) {
        views.push_back({key, value});
    }
    return views;
}

std::vector<OsmTag> OsmOldStyle::tags_of(const osmium::Relation &relation) const {
    const Tags *common = common_tags(relation);
    return common == nullptr ? std::vector<OsmTag>() : view(*common);
}

void OsmOldStyle::take(const osmium::Relation &relation) {
    const Tags *common = common_tags(relation);
    for (const osmium::RelationMember &member : relation.members()) {
        const auto seen = m_seen.find(member.ref());
        if (member.type() == osmium::item_type::way && common != nullptr && seen != m_seen.end() && seen->second.tags == *common) {
            m_waiting[member.ref()] = true;
        }
    }
}

void OsmOldStyle::release(const std::function<void(const std::vector<OsmTag> &, HeldWay &&)> &give) {
    for (auto &[id, way] : m_seen) {
        if (way.held && !m_waiting.at(id)) {
            give(view(way.tags), std::move(*way.held));
        }
    }
}

} // namespace keyaki::importers
