// What a pack's scripts bring. A page that was opened from a file may load scripts that lie beside it but fetch nothing, in any browser, so the pack's
// data are scripts: data.js calls keyakiPack.begin(), each of viewer/tiles keyakiPack.tiles(). Over the network they are the same files, and the
// service worker keeps them like any other.
import type { StyleSpecification } from "maplibre-gl";
import type { Language } from "../src/language";

export interface PackData {
  about: {
    id: string;
    title: Record<Language, string>;
    madeOf: string; // RFC 3339, when the newest of its revisions was published
    attribution: string; // HTML that the server has made safe
    bounds: [number, number, number, number];
    maxzoom: number;
    hasBase: boolean;
    layers: { id: string; title: Record<Language, string>; revision: number }[];
  };
  styles: Record<string, StyleSpecification>; // the one for a disaster first
  shelters: GeoJSON.FeatureCollection | null;
  groups: string[]; // "14-1817-805": files of viewer/tiles
}

declare global {
  interface Window {
    keyakiPack: { begin: (data: PackData) => void; tiles: (tiles: Record<string, string>) => void };
  }
}

const zoomsOfAGroup = 3; // as server/packs/limits.hpp has it
const groupsKept = 24; // some five looks at the map; each is a few hundred kilobytes

/** The tiles of a pack, read group by group as the map asks for them. */
export class PackTiles {
  private readonly m_there: ReadonlySet<string>;
  private readonly m_groups = new Map<string, Promise<Record<string, string>>>(); // the one used last comes last
  private m_arrived: Record<string, string> | undefined;

  constructor(groups: readonly string[]) {
    this.m_there = new Set(groups);
  }

  /** For the scripts: they run one after the other, each right before its load event. */
  arrive(tiles: Record<string, string>): void {
    this.m_arrived = tiles;
  }

  /** The tile's bytes; none where there is no such tile. */
  async find(z: number, x: number, y: number): Promise<ArrayBuffer> {
    const up = Math.min(z, zoomsOfAGroup);
    const name = `${z}-${x >> up}-${y >> up}`;
    if (!this.m_there.has(name)) return new ArrayBuffer(0);
    const packed = (await this.group(name))[`${z}/${x}/${y}`];
    return packed === undefined ? new ArrayBuffer(0) : unpack(packed);
  }

  private group(name: string): Promise<Record<string, string>> {
    const known = this.m_groups.get(name) ?? this.load(name);
    this.m_groups.delete(name);
    this.m_groups.set(name, known);
    for (const oldest of this.m_groups.keys()) {
      if (this.m_groups.size <= groupsKept) break;
      this.m_groups.delete(oldest);
    }
    return known;
  }

  private load(name: string): Promise<Record<string, string>> {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const fail = (): void => {
        this.m_groups.delete(name); // it may be asked for again
        script.remove();
        reject(new Error(`viewer/tiles/${name}.js cannot be read`));
      };
      script.src = `viewer/tiles/${name}.js`;
      script.onerror = fail;
      script.onload = () => {
        const tiles = this.m_arrived;
        this.m_arrived = undefined;
        if (tiles === undefined) return fail(); // cut off: a script with a mistake runs not at all
        script.remove();
        resolve(tiles);
      };
      document.head.append(script);
    });
  }
}

/** Base64 of gzip. */
async function unpack(packed: string): Promise<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}
