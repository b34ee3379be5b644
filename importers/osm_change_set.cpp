#include "importers/osm_change_set.hpp"

#include "importers/osm_areas.hpp"
#include "importers/osm_node_places.hpp"

#include <fmt/format.h>

#include <osmium/memory/buffer.hpp>
#include <osmium/osm/node.hpp>
#include <osmium/osm/relation.hpp>
#include <osmium/osm/way.hpp>

#include <algorithm>

namespace keyaki::importers {

namespace {

OsmObjectKey::Type type_of(osmium::item_type type) {
    return type == osmium::item_type::node  ? OsmObjectKey::Type::node
           : type == osmium::item_type::way ? OsmObjectKey::Type::way
                                            : OsmObjectKey::Type::relation;
}

/// Empty where it is not on Earth.
geo::LonLatBox place_of_node(const osmium::Node &node) {
    geo::LonLatBox box;
    if (node.location().valid()) {
        box.extend(geo::LonLat{node.location().lon(), node.location().lat()});
    }
    return box;
}

template <typename Visit>
void for_each_reference(const osmium::OSMObject &object, Visit visit) {
    if (object.type() == osmium::item_type::way) {
        for (const osmium::NodeRef &node : static_cast<const osmium::Way &>(object).nodes()) {
            visit(OsmObjectKey{OsmObjectKey::Type::node, node.ref()});
        }
    } else if (object.type() == osmium::item_type::relation) {
        for (const osmium::RelationMember &member : static_cast<const osmium::Relation &>(object).members()) {
            visit(OsmObjectKey{type_of(member.type()), member.ref()});
        }
    }
}

} // namespace

OsmObjectKey OsmObjectKey::of(const osmium::OSMObject &object) { return {type_of(object.type()), object.id()}; }

std::string OsmObjectKey::name() const { return fmt::format("{}{}", "nwr"[static_cast<std::size_t>(type)], id); }

bool operator<(const OsmObjectKey &a, const OsmObjectKey &b) { return a.type != b.type ? a.type < b.type : osm_id_order(a.id) < osm_id_order(b.id); }

OsmChangeSet::OsmChangeSet() = default;
OsmChangeSet::~OsmChangeSet() = default;

void OsmChangeSet::add(osmium::memory::Buffer &&buffer, std::size_t file) {
    m_buffers.push_back(std::make_unique<osmium::memory::Buffer>(std::move(buffer)));
    const osmium::memory::Buffer &kept = *m_buffers.back();
    for (const osmium::OSMObject &object : kept.select<osmium::OSMObject>()) {
        m_entries.push_back({&object, static_cast<std::uint32_t>(m_entries.size()), file, false, false});
        m_newest_s = std::max(m_newest_s, static_cast<std::int64_t>(object.timestamp().seconds_since_epoch()));
    }
}

void OsmChangeSet::sort() {
    const auto comes_first = [](const Entry &a, const Entry &b) {
        const OsmObjectKey key_a = OsmObjectKey::of(*a.object);
        const OsmObjectKey key_b = OsmObjectKey::of(*b.object);
        if (!(key_a == key_b)) {
            return key_a < key_b;
        }
        if (a.object->version() != b.object->version()) {
            return a.object->version() > b.object->version();
        }
        // A deletion often has the number of the version that it deletes.
        return a.object->visible() != b.object->visible() ? !a.object->visible() : a.place > b.place;
    };
    std::sort(m_entries.begin(), m_entries.end(), comes_first);
    const auto same = [](const Entry &a, const Entry &b) { return OsmObjectKey::of(*a.object) == OsmObjectKey::of(*b.object); };
    m_entries.erase(std::unique(m_entries.begin(), m_entries.end(), same), m_entries.end());
    note_references();
}

void OsmChangeSet::note_references() {
    for (const Entry &entry : m_entries) {
        for_each_reference(*entry.object, [this](const OsmObjectKey &key) { m_references.push_back(key); });
    }
    std::sort(m_references.begin(), m_references.end());
    m_references.erase(std::unique(m_references.begin(), m_references.end()), m_references.end());
    m_is_known.assign(m_references.size(), false);
    m_places.assign(m_references.size(), {});
}

/// Where the entry of that object is, or would be.
std::size_t OsmChangeSet::place_of(const OsmObjectKey &key) const {
    const auto found = std::lower_bound(m_entries.begin(), m_entries.end(), key,
                                        [](const Entry &entry, const OsmObjectKey &wanted) { return OsmObjectKey::of(*entry.object) < wanted; });
    return static_cast<std::size_t>(found - m_entries.begin());
}

OsmChangeSet::Entry *OsmChangeSet::find(const OsmObjectKey &key) {
    const std::size_t place = place_of(key);
    return place < m_entries.size() && OsmObjectKey::of(*m_entries[place].object) == key ? &m_entries[place] : nullptr;
}

const OsmChangeSet::Entry *OsmChangeSet::find(const osmium::OSMObject &object) const {
    const OsmObjectKey key = OsmObjectKey::of(object);
    const std::size_t place = place_of(key);
    return place < m_entries.size() && OsmObjectKey::of(*m_entries[place].object) == key ? &m_entries[place] : nullptr;
}

void OsmChangeSet::see_known(const osmium::OSMObject &known) {
    const OsmObjectKey key = OsmObjectKey::of(known);
    if (Entry *entry = find(key)) {
        entry->is_known = true;
    }
    const auto found = std::lower_bound(m_references.begin(), m_references.end(), key);
    if (found != m_references.end() && *found == key) {
        const auto place = static_cast<std::size_t>(found - m_references.begin());
        m_is_known[place] = true;
        if (known.type() == osmium::item_type::node) {
            m_places[place] = place_of_node(static_cast<const osmium::Node &>(known));
        }
    }
}

/// In the extract, or taken into it.
bool OsmChangeSet::is_there(const OsmObjectKey &key) {
    const auto found = std::lower_bound(m_references.begin(), m_references.end(), key);
    if (found != m_references.end() && *found == key && m_is_known[static_cast<std::size_t>(found - m_references.begin())]) {
        return true;
    }
    const Entry *entry = find(key);
    return entry != nullptr && entry->is_taken;
}

bool OsmChangeSet::has_member_there(const osmium::OSMObject &object) {
    bool is_any = false;
    for_each_reference(object, [&](const OsmObjectKey &key) { is_any = is_any || is_there(key); });
    return is_any;
}

void OsmChangeSet::choose(const std::optional<geo::LonLatBox> &box) {
    if (!box) {
        for (Entry &entry : m_entries) {
            entry.is_taken = !entry.is_known && entry.object->visible();
        }
        return;
    }
    take_nodes(*box);
    take_ways(*box);
    take_relations(*box);
    take_members();
    take_nodes_of_ways();
}

/// Where a node is, by the changes or else by the extract; empty where nobody knows.
geo::LonLatBox OsmChangeSet::box_of(const OsmObjectKey &node) const {
    const std::size_t entry = place_of(node);
    if (entry < m_entries.size() && OsmObjectKey::of(*m_entries[entry].object) == node) {
        return place_of_node(static_cast<const osmium::Node &>(*m_entries[entry].object));
    }
    const auto found = std::lower_bound(m_references.begin(), m_references.end(), node);
    return found != m_references.end() && *found == node ? m_places[static_cast<std::size_t>(found - m_references.begin())] : geo::LonLatBox();
}

geo::LonLatBox OsmChangeSet::box_of_way(const osmium::OSMObject &way) const {
    geo::LonLatBox box;
    for_each_reference(way, [&](const OsmObjectKey &node) { box.extend(box_of(node)); });
    return box;
}

/// Of the ways that the changes have; empty for what is no area.
geo::LonLatBox OsmChangeSet::box_of_area(const osmium::OSMObject &relation) const {
    geo::LonLatBox box;
    if (OsmAreas::is_area(static_cast<const osmium::Relation &>(relation))) {
        for_each_reference(relation, [&](const OsmObjectKey &key) {
            const std::size_t entry = key.type == OsmObjectKey::Type::way ? place_of(key) : m_entries.size();
            if (entry < m_entries.size() && OsmObjectKey::of(*m_entries[entry].object) == key) {
                box.extend(box_of_way(*m_entries[entry].object));
            }
        });
    }
    return box;
}

void OsmChangeSet::take_nodes(const geo::LonLatBox &box) {
    for (Entry &entry : m_entries) {
        if (entry.object->type() == osmium::item_type::node && !entry.is_known && entry.object->visible()) {
            entry.is_taken = box.intersects(place_of_node(static_cast<const osmium::Node &>(*entry.object)));
        }
    }
}

void OsmChangeSet::take_ways(const geo::LonLatBox &box) {
    for (Entry &entry : m_entries) {
        if (entry.object->type() == osmium::item_type::way && !entry.is_known && entry.object->visible()) {
            entry.is_taken = has_member_there(*entry.object) || box.intersects(box_of_way(*entry.object));
        }
    }
}

/// Relations of relations may come in any order: until nothing is taken any more, or for as many steps as such chains have.
void OsmChangeSet::take_relations(const geo::LonLatBox &box) {
    constexpr int longest_chain = 50;
    bool goes_on = true;
    for (int step = 0; goes_on && step < longest_chain; ++step) {
        goes_on = false;
        for (Entry &entry : m_entries) {
            if (entry.object->type() == osmium::item_type::relation && !entry.is_known && !entry.is_taken && entry.object->visible() &&
                (has_member_there(*entry.object) || (step == 0 && box.intersects(box_of_area(*entry.object))))) {
                entry.is_taken = true;
                goes_on = true;
            }
        }
    }
}

/// An area needs all of its ways.
void OsmChangeSet::take_members() {
    for (const Entry &entry : m_entries) {
        if (entry.object->type() != osmium::item_type::relation || !(entry.is_known || entry.is_taken) ||
            !OsmAreas::is_area(*static_cast<const osmium::Relation *>(entry.object))) {
            continue;
        }
        for_each_reference(*entry.object, [this](const OsmObjectKey &key) {
            Entry *member = key.type == OsmObjectKey::Type::way ? find(key) : nullptr;
            if (member != nullptr && !member->is_known && member->object->visible()) {
                member->is_taken = true;
            }
        });
    }
}

void OsmChangeSet::take_nodes_of_ways() {
    for (const Entry &entry : m_entries) {
        if (entry.object->type() != osmium::item_type::way || !(entry.is_known || entry.is_taken)) {
            continue;
        }
        for_each_reference(*entry.object, [this](const OsmObjectKey &key) {
            Entry *node = find(key);
            if (node != nullptr && !node->is_known && node->object->visible()) {
                node->is_taken = true;
            }
        });
    }
}

} // namespace keyaki::importers
