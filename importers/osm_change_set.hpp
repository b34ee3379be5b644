#pragma once

#include "geo/lon_lat.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace osmium {
class OSMObject;
namespace memory {
class Buffer;
} // namespace memory
} // namespace osmium

namespace keyaki::importers {

/// Where an object stands in the usual order: nodes, ways, relations, each by osm_id_order.
struct OsmObjectKey {
    enum class Type : std::uint8_t { node, way, relation };
    Type type = Type::node;
    std::int64_t id = 0;

    [[nodiscard]] static OsmObjectKey of(const osmium::OSMObject &object);
    /// "n123"
    [[nodiscard]] std::string name() const;
    friend bool operator<(const OsmObjectKey &a, const OsmObjectKey &b);
    friend bool operator==(const OsmObjectKey &, const OsmObjectKey &) = default;
};

/// The changes of one or more change files: of each object its newest version, and whether the extract takes it. One thread. In this order: add()
/// each buffer, sort(), see_known() each object of the extract, choose().
class OsmChangeSet {
  public:
    struct Entry {
        const osmium::OSMObject *object = nullptr;
        std::uint32_t place = 0; ///< later ones count where versions are equal
        std::size_t file = 0;    ///< that it came from
        bool is_known = false;   ///< the extract has the object, in whatever version
        bool is_taken = false;   ///< it has not, and is to have it
    };

    OsmChangeSet();
    ~OsmChangeSet();
    OsmChangeSet(const OsmChangeSet &) = delete;
    OsmChangeSet &operator=(const OsmChangeSet &) = delete;

    void add(osmium::memory::Buffer &&buffer, std::size_t file);
    void sort();
    void see_known(const osmium::OSMObject &known);
    /// Decides what of the unknown is taken: with a box what meets it, or belongs to something that does.
    void choose(const std::optional<geo::LonLatBox> &box);

    /// In the usual order, each object once.
    [[nodiscard]] std::span<const Entry> entries() const noexcept { return m_entries; }
    /// nullptr where there is no change of that object.
    [[nodiscard]] const Entry *find(const osmium::OSMObject &object) const;
    /// The time of the newest change, in seconds since 1970; 0: none has one.
    [[nodiscard]] std::int64_t newest_s() const noexcept { return m_newest_s; }

  private:
    [[nodiscard]] std::size_t place_of(const OsmObjectKey &key) const;
    [[nodiscard]] Entry *find(const OsmObjectKey &key);
    [[nodiscard]] bool is_there(const OsmObjectKey &key);
    void note_references();
    void take_nodes(const geo::LonLatBox &box);
    void take_ways(const geo::LonLatBox &box);
    void take_relations(const geo::LonLatBox &box);
    void take_members();
    void take_nodes_of_ways();
    [[nodiscard]] bool has_member_there(const osmium::OSMObject &object);
    [[nodiscard]] geo::LonLatBox box_of(const OsmObjectKey &node) const;
    [[nodiscard]] geo::LonLatBox box_of_way(const osmium::OSMObject &way) const;
    [[nodiscard]] geo::LonLatBox box_of_area(const osmium::OSMObject &relation) const;

    std::vector<std::unique_ptr<osmium::memory::Buffer>> m_buffers;
    std::vector<Entry> m_entries;
    std::vector<OsmObjectKey> m_references; ///< what unknown ways and relations may name, sorted
    std::vector<bool> m_is_known;           ///< by m_references: the extract has it
    std::vector<geo::LonLatBox> m_places;   ///< by m_references: of nodes that the extract has
    std::int64_t m_newest_s = 0;
};

} // namespace keyaki::importers
