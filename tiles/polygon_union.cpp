#include "tiles/polygon_union.hpp"

#include "tiles/edge_dissolver.hpp"
#include "tiles/tile_geos.hpp"

#include <algorithm>
#include <geos_c.h>
#include <numeric>
#include <span>
#include <utility>
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

std::vector<Item> items_of(const TilePolygons &polygons) {
    std::vector<Item> items;
    for (std::uint32_t polygon = 0; polygon < polygons.polygon_ends.size(); ++polygon) {
        items.push_back({bounds_of(polygons.rings.path(polygons.first_ring(polygon))), polygon});
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

void unite_by_geos(const TilePolygons &polygons, const std::vector<std::uint32_t> &members, TilePolygons &united) {
    const GeosPolygon parts = to_geos_multipolygon(polygons, members);
    const GeosPolygon floating(GEOSUnaryUnion_r(geos_context(), parts.get()));
    if (floating == nullptr || !append_valid_polygons(floating.get(), united)) {
        // On a grid of whole units, so that crossings are whole too and what comes out is valid.
        const GeosPolygon whole = require_geos(GEOSUnaryUnionPrec_r(geos_context(), parts.get(), 1.0));
        append_polygons(whole.get(), united);
    }
}

/// By cluster, in the order of their first polygons.
std::vector<std::vector<std::uint32_t>> members_of(Clusters &clusters, std::size_t count) {
    std::vector<std::vector<std::uint32_t>> members(count);
    for (std::uint32_t polygon = 0; polygon < count; ++polygon) {
        members[clusters.find(polygon)].push_back(polygon);
    }
    std::erase_if(members, [](const std::vector<std::uint32_t> &cluster) { return cluster.empty(); });
    return members;
}

/// The polygons, of which those that are in each other's way are united by GEOS.
TilePolygons without_conflicts(const TilePolygons &polygons, std::span<const std::pair<std::uint32_t, std::uint32_t>> conflicts) {
    Clusters clusters(polygons.polygon_ends.size());
    for (const auto &[one, other] : conflicts) {
        clusters.unite(one, other);
    }
    TilePolygons apart;
    for (const std::vector<std::uint32_t> &cluster : members_of(clusters, polygons.polygon_ends.size())) {
        if (cluster.size() == 1) {
            apart.append(polygons, cluster.front());
        } else {
            unite_by_geos(polygons, cluster, apart);
        }
    }
    return apart;
}

/// Polygons whose boxes meet.
void unite_cluster(const TilePolygons &polygons, const std::vector<std::uint32_t> &members, TilePolygons &united) {
    static thread_local EdgeDissolver dissolver;
    TilePolygons rest;
    for (const std::uint32_t polygon : members) {
        rest.append(polygons, polygon);
    }
    // What was united may be in the way of a third one, which is why once is not always enough.
    constexpr int rounds = 4;
    for (int round = 0; round < rounds; ++round) {
        std::vector<std::uint32_t> all(rest.polygon_ends.size());
        std::iota(all.begin(), all.end(), 0U);
        if (dissolver.dissolve(rest, all, united)) {
            return;
        }
        if (dissolver.conflicts().empty()) {
            break;
        }
        rest = without_conflicts(rest, dissolver.conflicts());
    }
    unite_by_geos(polygons, members, united);
}

} // namespace

void unite_polygons(const TilePolygons &polygons, TilePolygons &united) {
    Clusters clusters = clusters_of(polygons);
    for (const std::vector<std::uint32_t> &cluster : members_of(clusters, polygons.polygon_ends.size())) {
        if (cluster.size() == 1) {
            united.append(polygons, cluster.front());
        } else {
            unite_cluster(polygons, cluster, united);
        }
    }
}

} // namespace keyaki::tiles
