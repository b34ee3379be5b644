#pragma once

#include "geo/tile_id.hpp"
#include "server/flows/collection.hpp"
#include "server/flows/snapshots.hpp"
#include "tiles/tile_builder.hpp"
#include "tiles/tile_cache.hpp"

#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace keyaki::server {

/// The layers of a tile request, found: their snapshots and the names under which they are cached.
struct TileSet {
    std::vector<tiles::TileLayer> layers;
    std::string name;            ///< "shelters@12:9-14,farm_stands@3:10-14": with revisions and zooms, so no cache is ever invalidated
    std::string title;           ///< of a tileset with a name of its own; empty: the layers' titles
    std::string revision_header; ///< "shelters=12, farm_stands=3" for Keyaki-Revision
    bool is_pinned = false;      ///< every layer was asked for by its revision: the answer never changes
    bool is_private = false;     ///< a draft or a layer for staff is among them: no cache that others use may keep it
    std::string url_layers;      ///< of a private set, under which names its tiles are asked for; empty: by the revisions
    int zoom_min = 0;
    int zoom_max = 0;
    geo::LonLatBox bounds; ///< of all features; empty when there are none
};

/// Tile sets by their names as addresses have them, so that the next request for a cached tile is answered without taking names apart. Any thread.
class KnownTileSets {
  public:
    /// nullptr where it is not known.
    [[nodiscard]] std::shared_ptr<const TileSet> find(std::string_view names) const;
    /// Past max_known_tile_sets all are forgotten first.
    void keep(std::string_view names, std::shared_ptr<const TileSet> set);

  private:
    mutable std::shared_mutex m_mutex;
    std::map<std::string, std::shared_ptr<const TileSet>, std::less<>> m_sets; ///< guarded by m_mutex
};

/// Finds what `{layers}` of a tile's address means: layer names joined by commas, each perhaps with "@revision", "@draft" or "@diff" (what the draft
/// changes), or `city` for every public layer (a layer of that name would win). nullptr where a layer or revision is not there or not for who asks;
/// Error invalid_input for a name twice, malformed revisions, more than tiles::max_layers_per_tile.
[[nodiscard]] std::shared_ptr<const TileSet> find_tile_set(Snapshots &snapshots, std::string_view names, const IsStaff &is_staff = nobody_is_staff);
/// The same for names that were found in the published state before, else nothing: never asks the database, never waits.
[[nodiscard]] std::shared_ptr<const TileSet> find_known_tile_set(const Snapshots &snapshots, std::string_view names);

/// Whether the tile lies in the set's zoom range and touches its bounds: others are no part of it (404).
[[nodiscard]] bool is_in_tile_set(const TileSet &set, geo::TileId tile);

/// The tile, from the cache or built now, once however many ask for it at the same time; `source` says which.
[[nodiscard]] std::shared_ptr<const tiles::CachedTile> get_tile(tiles::TileCache &cache, const TileSet &set, geo::TileId tile,
                                                                tiles::TileSource *source = nullptr);
/// The tile if it is in the cache, else nullptr.
[[nodiscard]] std::shared_ptr<const tiles::CachedTile> find_cached_tile(tiles::TileCache &cache, const TileSet &set, geo::TileId tile);

} // namespace keyaki::server
