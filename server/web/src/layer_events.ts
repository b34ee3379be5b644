// Hears from the server what is published, while the page is open. Where that cannot be (too many listen, a proxy in the way), the page's polling remains.
import { address } from "./city_api";

/** Tiles of one zoom that have other bytes now; "all": any may. */
export interface ZoomChange {
  zoom: number;
  tiles: [number, number][] | "all";
}

export interface LayerPublished {
  layer: string;
  before: number;
  revision: number;
  tiles: ZoomChange[];
}

/** The file of an archive, such as the base map, was replaced. */
export interface ArchiveReplaced {
  archive: string;
  version: string;
  tiles: ZoomChange[];
}

export interface Listener {
  onPublished(event: LayerPublished): void;
  onArchiveReplaced(event: ArchiveReplaced): void;
  /** What the server has now, after something may have been missed. */
  onState(revisions: Record<string, number>, archives: Record<string, string>): void;
}

const comeBackMs = 60_000; // after a refusal; a connection that is merely lost the browser mends itself

export function listen(listener: Listener): void {
  const source = new EventSource(address("events"));
  source.addEventListener("layer-published", (message: MessageEvent<string>) => listener.onPublished(JSON.parse(message.data) as LayerPublished));
  source.addEventListener("archive-replaced", (message: MessageEvent<string>) => listener.onArchiveReplaced(JSON.parse(message.data) as ArchiveReplaced));
  source.addEventListener("state", (message: MessageEvent<string>) => {
    const state = JSON.parse(message.data) as { layers: Record<string, number>; archives: Record<string, string> };
    listener.onState(state.layers, state.archives);
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(listener), comeBackMs);
  });
}
