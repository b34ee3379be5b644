#include "tiles/polygon_union.hpp"

#include "tiles/tile_geos.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace keyaki::tiles {

namespace {

struct Item {
    TileBox box;
    std::uint32_t polygon;
};

/// Sets of polygons whose boxes meet, directly or by others.
class Clusters {
  public:
    explicit Clusters(std::size_t size) : m_above(size) { std::iota(m_above.begin(), m_above.end(), 0U); }

    std::uint32_t find(std::uint32_t polygon) {
        while (m_above[polygon] != polygon) {
            m_above[polygon] = m_above[m_above[polygon]];
            polygon = m_above[polygon];
        }
        return polygon;
    }
    /// The first polygon of a cluster names it.
    void unite(std::uint32_t a, std::uint32_t b) {
        a = find(a);
        b = find(b);
        m_above[std::max(a, b)] = std::min(a, b);
    }

  private:
    std::vector<std::uint32_t> m_above;
};

std::size_t first_ring(const TilePolygons &polygons, std::size_t polygon) { return polygon == 0 ? 0 : polygons.polygon_ends[polygon - 1]; }

std::vector<Item> items_of(const TilePolygons &polygons) {
    std::vector<Item> items;
    for (std::uint32_t polygon = 0; polygon < polygons.polygon_ends.size(); ++polygon) {
        const auto exterior = polygons.rings.path(first_ring(polygons, polygon));
        TileBox box{exterior[0].x, exterior[0].y, exterior[0].x, exterior[0].y};
        for (const TilePoint point : exterior) {
            box = {std::min(box.min_x, point.x), std::min(box.min_y, point.y), std::max(box.max_x, point.x), std::max(box.max_y, point.y)};
        }
        items.push_back({box, polygon});
    }
    return items;
}

Clusters clusters_of(const TilePolygons &polygons) {
    std::vector<Item> items = items_of(polygons);
    std::sort(items.begin(), items.end(),
              [](const Item &a, const Item &b) { return a.box.min_x != b.box.min_x ? a.box.min_x < b.box.min_x : a.polygon < b.polygon; });
    Clusters clusters(polygons.polygon_ends.size());
    std::vector<const Item *> open; // those that the sweep line still meets
    for (const Item &item : items) {
        std::erase_if(open, [&](const Item *other) { return other->box.max_x < item.box.min_x; });
        for (const Item *other : open) {
            if (other->box.min_y <= item.box.max_y && item.box.min_y <= other->box.max_y) {
                clusters.unite(item.polygon, other->polygon);
            }
        }
        open.push_back(&item);
    }
    return clusters;
}

void unite_cluster(const TilePolygons &polygons, const std::vector<std::uint32_t> &members, TilePolygons &united) {
    std::vector<GEOSGeometry *> parts;
    for (const std::uint32_t polygon : members) {
        parts.push_back(to_geos(polygons.rings, first_ring(polygons, polygon), polygons.polygon_ends[polygon]).release());
    }
    const GeosPolygon collection = require_geos(
        GEOSGeom_createCollection_r(geos_context(), GEOS_MULTIPOLYGON, parts.data(), static_cast<unsigned int>(parts.size()))); // takes all
    // On a grid of whole units, so that crossings are whole too and what comes out is valid.
    const GeosPolygon whole = require_geos(GEOSUnaryUnionPrec_r(geos_context(), collection.get(), 1.0));
    append_polygons(whole.get(), united);
}

void copy(const TilePolygons &polygons, std::uint32_t polygon, TilePolygons &to) {
    for (std::size_t ring = first_ring(polygons, polygon); ring < polygons.polygon_ends[polygon]; ++ring) {
        const auto path = polygons.rings.path(ring);
        to.rings.points.insert(to.rings.points.end(), path.begin(), path.end());
        to.rings.end_path();
    }
    to.polygon_ends.push_back(static_cast<std::uint32_t>(to.rings.size()));
}

} // namespace

void unite_polygons(const TilePolygons &polygons, TilePolygons &united) {
    Clusters clusters = clusters_of(polygons);
    std::vector<std::vector<std::uint32_t>> members(polygons.polygon_ends.size());
    for (std::uint32_t polygon = 0; polygon < members.size(); ++polygon) {
        members[clusters.find(polygon)].push_back(polygon);
    }
    for (const std::vector<std::uint32_t> &cluster : members) {
        if (cluster.size() == 1) {
            copy(polygons, cluster.front(), united);
        } else if (!cluster.empty()) {
            unite_cluster(polygons, cluster, united);
        }
    }
}

} // namespace keyaki::tiles
