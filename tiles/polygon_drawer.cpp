#include "tiles/polygon_drawer.hpp"

#include "tiles/polygon_check.hpp"

#include <algorithm>

namespace keyaki::tiles {

void PolygonDrawer::add_ring(std::vector<TilePoint> &ring) {
    clean_ring(ring);
    if (!ring.empty()) {
        m_rings.points.insert(m_rings.points.end(), ring.begin(), ring.end());
        m_rings.end_path();
    }
}

void PolygonDrawer::end(MvtGeometryWriter &writer) {
    if (m_rings.size() == 0) {
        return;
    }
    if (is_surely_valid(m_rings)) {
        write_polygon(0, m_rings.size(), m_rings, writer);
        return;
    }
    m_repaired.clear();
    repair_polygon(m_rings, m_repaired);
    std::size_t first = 0;
    for (const std::uint32_t end : m_repaired.polygon_ends) {
        write_polygon(first, end, m_repaired.rings, writer);
        first = end;
    }
}

void write_polygon(std::size_t first, std::size_t end, TilePaths &rings, MvtGeometryWriter &writer) {
    for (std::size_t path = first; path < end; ++path) {
        const auto ring = rings.path(path);
        // 4.3.4.4: an exterior has positive area, its holes, directly behind it, negative; after snapping and clipping the source's winding counts
        // for nothing.
        if ((doubled_area(ring) > 0) != (path == first)) {
            std::reverse(ring.begin(), ring.end());
        }
        writer.ring(ring);
    }
}

} // namespace keyaki::tiles
