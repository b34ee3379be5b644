// Which tiles a publish makes old, and the address that the others keep: revisions stand in the tiles' URL, so that no cache is ever wrong.
import type { ZoomChange } from "./layer_events";

export interface TileAddress {
  z: number;
  x: number;
  y: number;
}

/** The revision of a layer in the URL of tiles, ".../boundary@1,shelters@12/{z}/{x}/{y}.mvt"; undefined where the layer is not in it. */
export function revisionIn(url: string, layer: string): number | undefined {
  const found = new RegExp(`(?:[/,]|%2C)${layer}(?:@|%40)(\\d+)`).exec(url);
  return found === null ? undefined : Number(found[1]);
}

export function withRevision(url: string, layer: string, revision: number): string {
  return url.replace(new RegExp(`((?:[/,]|%2C)${layer}(?:@|%40))\\d+`), `$1${revision}`);
}

/**
 * The changed tiles as the map names its own: past the deepest zoom of the tiles it cuts each into smaller ones. Undefined where at `zoom`, which is
 * shown, any tile may have changed.
 */
export function tilesToRefresh(event: { tiles: ZoomChange[] }, zoom: number, deepestOfTiles: number, deepestOfMap: number): TileAddress[] | undefined {
  const shown = Math.min(zoom, deepestOfTiles);
  const tiles: TileAddress[] = [];
  for (const change of event.tiles) {
    if (change.tiles === "all") {
      if (change.zoom === shown) return undefined;
      continue;
    }
    for (const [x, y] of change.tiles) tiles.push({ z: change.zoom, x, y });
  }
  return tiles.concat(tiles.filter((tile) => tile.z === deepestOfTiles).flatMap((tile) => pieces(tile, deepestOfMap)));
}

function pieces(tile: TileAddress, deepest: number): TileAddress[] {
  if (tile.z >= deepest) return [];
  const quarters = [0, 1, 2, 3].map((part) => ({ z: tile.z + 1, x: tile.x * 2 + (part % 2), y: tile.y * 2 + (part >> 1) }));
  return quarters.concat(quarters.flatMap((quarter) => pieces(quarter, deepest)));
}
