// The base map's archive may be replaced while the page is open: then the tiles that differ are asked for anew, past the browser's cache, which may show
// the old ones for a day.
import type { Map as MapLibreMap, RequestParameters } from "maplibre-gl";
import { baseSource } from "../styles/parts";
import type { ArchiveReplaced } from "./layer_events";
import type { TileAddress } from "./tile_refresh";

const place = /\/(\d+\/\d+\/\d+)\.mvt$/;

export class BaseTiles {
  /** "14/14552/6451": has other bytes than the browser may have kept. */
  private readonly m_old = new Set<string>();
  private m_anyIsOld = false;
  private m_version: string | undefined;

  /** How a tile is asked for; undefined where that is nothing special. An old one is asked for so each time: a request may end before its answer. */
  request(url: string): RequestParameters | undefined {
    const tile = url.includes("/tiles/base/") ? place.exec(url)?.[1] : undefined;
    if (tile === undefined || !(this.m_anyIsOld || this.m_old.has(tile))) return undefined;
    return { url, cache: "no-cache" }; // what is the same costs an answer without a body
  }

  /** The version that the server has, after something may have been missed. True where it is another than was known: then any tile is old. */
  note(version: string | undefined): boolean {
    const isOther = this.m_version !== undefined && version !== undefined && version !== this.m_version;
    this.m_version = version ?? this.m_version;
    this.m_anyIsOld ||= isOther;
    return isOther;
  }

  /** What a replacement has made old, whether or not it is drawn now. */
  replaced(event: ArchiveReplaced): void {
    this.m_version = event.version;
    for (const { zoom, tiles } of event.tiles) {
      if (tiles === "all") this.m_anyIsOld = true;
      else for (const [x, y] of tiles) this.m_old.add(`${zoom}/${x}/${y}`);
    }
  }
}

/** Draws these tiles anew, or all. */
export function redrawBase(map: MapLibreMap, tiles: TileAddress[] | undefined): void {
  if (map.getSource(baseSource) === undefined || tiles?.length === 0) return;
  if (tiles === undefined) map.refreshTiles(baseSource);
  else map.refreshTiles(baseSource, tiles);
}
