#pragma once

#include "geo/lon_lat.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

namespace osmium {
class Node;
class Relation;
class Way;
} // namespace osmium

namespace keyaki::importers {

/// Finds the objects that a box needs, so that a city's box cut from the extract of a whole region costs the memory of the city.
///
/// Each node has four bits: west of the box, east, south, north of it (Cohen and Sutherland). The box of a way or an area meets ours exactly if
/// no bit is set for all of its nodes. Bits are kept in runs of neighbouring ids, of which there are few: neighbours were mostly drawn together.
/// Two passes through the file: survey() of everything, then need_nodes_of() every way. Answers then hold for each object that is needed;
/// a few that are not may be held to be (nodes that the file lacks count as their neighbours do). For files in any other order than the usual one
/// everything is needed. One thread.
class OsmBoxFilter {
  public:
    explicit OsmBoxFilter(const geo::LonLatBox &box) : m_box(box) {}

    void survey(const osmium::Node &node);
    void survey(const osmium::Way &way);
    /// \pre the relation is an area that some rule takes
    void survey(const osmium::Relation &area);
    void need_nodes_of(const osmium::Way &way);
    /// Ends the passes.
    void finish();

    [[nodiscard]] bool needs_node(std::int64_t id) const;
    [[nodiscard]] bool needs_way(std::int64_t id) const;
    [[nodiscard]] bool needs_relation(std::int64_t id) const;

  private:
    /// Four bits for each id, in runs. Ids come in the order of osm_id_order.
    class Runs {
      public:
        /// False for an id that is not in the order: then nothing that this says can be trusted.
        [[nodiscard]] bool add(std::int64_t id, std::uint8_t bits);
        /// Those of the id, or of the nearest before it; none before the first.
        [[nodiscard]] std::uint8_t find(std::int64_t id) const noexcept;

      private:
        std::vector<std::uint64_t> m_begins; ///< osm_id_order of the first id of each run
        std::vector<std::uint8_t> m_bits;
        std::uint64_t m_last_order = 0;
    };

    geo::LonLatBox m_box;
    Runs m_nodes;
    Runs m_ways;
    bool m_in_order = true;
    std::unordered_set<std::int64_t> m_relations;
    std::unordered_set<std::int64_t> m_member_ways; ///< of m_relations
    std::vector<std::uint64_t> m_needed_nodes;      ///< osm_id_order, sorted by finish()
};

} // namespace keyaki::importers
