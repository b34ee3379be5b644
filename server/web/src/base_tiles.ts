// The base map's archive may be replaced while the page is open: then the tiles that differ are fetched anew, past the browser's cache, which may show
// the old ones for a day.
import type { Map as MapLibreMap, RequestParameters } from "maplibre-gl";
import { VectorTileSource } from "maplibre-gl";
import { baseSource } from "../styles/parts";
import type { ArchiveReplaced } from "./layer_events";
import { tilesToRefresh } from "./tile_refresh";

const place = /\/(\d+\/\d+\/\d+)\.mvt$/;

export class BaseTiles {
  /** "14/14552/6451": has other bytes than the browser may have kept. */
  private readonly m_old = new Set<string>();
  /** Any tile may have other bytes, but for those that were fetched since. */
  private m_fresh: Set<string> | undefined;
  private m_version: string | undefined;

  /** How a tile is asked for; undefined where that is nothing special. */
  request(url: string): RequestParameters | undefined {
    const tile = url.includes("/tiles/base/") ? place.exec(url)?.[1] : undefined;
    if (tile === undefined) return undefined;
    const isOld = this.m_old.delete(tile) || (this.m_fresh !== undefined && !this.m_fresh.has(tile));
    this.m_fresh?.add(tile);
    return isOld ? { url, cache: "reload" } : undefined;
  }

  /** The version that the server has, after something may have been missed. */
  note(map: MapLibreMap, version: string | undefined): void {
    if (this.m_version !== undefined && version !== this.m_version) this.refreshAll(map);
    this.m_version = version ?? this.m_version;
  }

  refresh(map: MapLibreMap, event: ArchiveReplaced): void {
    if (event.archive !== "base") return;
    this.m_version = event.version;
    const source = map.getSource(baseSource);
    if (!(source instanceof VectorTileSource)) return;
    const tiles = tilesToRefresh(event, Math.floor(map.getZoom()), source.maxzoom, map.getMaxZoom());
    if (tiles === undefined) {
      this.refreshAll(map);
      return;
    }
    for (const { z, x, y } of tiles) {
      this.m_old.add(`${z}/${x}/${y}`);
      this.m_fresh?.delete(`${z}/${x}/${y}`);
    }
    if (tiles.length > 0) map.refreshTiles(baseSource, tiles);
  }

  private refreshAll(map: MapLibreMap): void {
    this.m_fresh = new Set();
    if (map.getSource(baseSource) !== undefined) map.refreshTiles(baseSource);
  }
}
