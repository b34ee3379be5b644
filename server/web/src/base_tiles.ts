// The base map's archive may be replaced while the page is open: then the tiles that differ are fetched anew, past the browser's cache, which would
// show the old ones for a minute more.
import type { Map as MapLibreMap, RequestParameters } from "maplibre-gl";
import { VectorTileSource } from "maplibre-gl";
import { baseSource } from "../styles/parts";
import type { ArchiveReplaced } from "./layer_events";
import { tilesToRefresh } from "./tile_refresh";

const place = /\/(\d+)\/(\d+)\/(\d+)\.mvt$/;

export class BaseTiles {
  /** "14/14552/6451": has other bytes than the browser may have kept. */
  private readonly m_old = new Set<string>();
  private m_allAreOldUntil = 0;

  /** How a tile is asked for; undefined where that is nothing special. */
  request(url: string): RequestParameters | undefined {
    const found = url.includes("/tiles/base/") ? place.exec(url) : null;
    if (found === null) return undefined;
    const isOld = this.m_old.delete(`${found[1]}/${found[2]}/${found[3]}`) || Date.now() < this.m_allAreOldUntil;
    return isOld ? { url, cache: "reload" } : undefined;
  }

  refresh(map: MapLibreMap, event: ArchiveReplaced): void {
    const source = map.getSource(baseSource);
    if (event.archive !== "base" || !(source instanceof VectorTileSource)) return;
    const tiles = tilesToRefresh(event, Math.floor(map.getZoom()), source.maxzoom, map.getMaxZoom());
    if (tiles === undefined) {
      this.m_allAreOldUntil = Date.now() + cacheMs;
      map.refreshTiles(baseSource);
      return;
    }
    for (const tile of tiles) if (tile.z <= source.maxzoom) this.m_old.add(`${tile.z}/${tile.x}/${tile.y}`);
    if (tiles.length > 0) map.refreshTiles(baseSource, tiles);
  }
}

/** As long as the browser may keep a tile without asking. */
const cacheMs = 60_000;
