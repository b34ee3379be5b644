#pragma once

#include "importers/osm_areas.hpp"
#include "importers/osm_boundaries.hpp"
#include "importers/osm_coastline.hpp"
#include "importers/osm_file.hpp"
#include "importers/osm_node_places.hpp"
#include "importers/osm_old_style.hpp"
#include "importers/shortbread_maker.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace osmium::memory {
class Buffer;
}

namespace keyaki::importers {

/// Makes the lines and areas of ways. Each thread has its own; what they share they only read.
class ShortbreadWays {
  public:
    ShortbreadWays(const OsmNodePlaces &places, const OsmBoundaries &boundaries, const OsmOldStyle &old_style, ShortbreadSink &sink, unsigned thread)
        : m_places(places), m_boundaries(boundaries), m_old_style(old_style), m_maker(sink, thread) {}

    /// Fills in the places of the nodes of a block's ways, gives the nodes their numbers of the index instead of their ids, and makes what the ways
    /// are alone. Ways that are marked as removed are left alone; areas that an old style relation may take are left to it.
    void take(osmium::memory::Buffer &block);

    /// What was counted: missing_nodes, cut_lines, invalid_areas, refusals.
    [[nodiscard]] OsmReport &report() noexcept { return m_report; }
    [[nodiscard]] std::vector<OsmCoastWay> &coast() noexcept { return m_coast; }
    [[nodiscard]] const ShortbreadMaker &maker() const noexcept { return m_maker; }

  private:
    void take(osmium::Way &way);
    std::uint64_t locate_nodes(osmium::Way &way);
    /// Leaves the way's line in the maker. False where nothing of it is known.
    bool set_line(const osmium::Way &way, std::uint64_t missing);
    void take_area(const osmium::Way &way, const ShortbreadMatches &matches);

    const OsmNodePlaces &m_places;
    const OsmBoundaries &m_boundaries;
    const OsmOldStyle &m_old_style;
    ShortbreadMaker m_maker;
    OsmAreaBuilder m_areas;
    OsmNodePlaces::Cursor m_cursor;
    OsmReport m_report;
    std::vector<OsmCoastWay> m_coast;
};

/// True for a way whose ends are the same node or place; libosmium asserts, that is ends the program, when a way without nodes is asked that.
[[nodiscard]] bool is_closed_ring(const osmium::Way &way);

} // namespace keyaki::importers
