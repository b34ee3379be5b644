// What the page asks the server for: the landing page, the collections, one TileJSON and the items of a layer.
import type { Language } from "./language";

export type PropertyValue = string | number | boolean | null;
export type Properties = Record<string, PropertyValue>;
export type LngLatTuple = [number, number];

export interface CityLayer {
  id: string;
  title: Record<Language, string>;
  revision: number;
}

export interface TileSet {
  tiles: string[];
  minzoom: number;
  maxzoom: number;
  bounds: [number, number, number, number] | undefined;
  attribution: string;
  layerIds: string[];
}

export interface CityFeature {
  layer: string;
  id: string;
  properties: Properties;
  geometry: GeoJSON.Geometry;
}

const requestTimeoutMs = 15_000; // a phone on a poor network still gets an answer or a sentence
const itemsPerPage = 1000;
const itemsPerLayer = 5000; // past this a list helps nobody; the map still shows everything

/** The page may be served below a path: everything is asked for relative to it. */
const base = new URL(".", typeof document === "undefined" ? "http://127.0.0.1/" : document.baseURI);

export function address(path: string): string {
  return new URL(path.replace(/^\//, ""), base).href;
}

/** The page speaks only to the server it came from: a public URL in an answer (behind a proxy) is brought back to it. */
export function toThisServer(url: string): string {
  const absolute = new URL(url.replace(/\{(\w+)\}/g, "__$1__"), base);
  return new URL(absolute.pathname + absolute.search, base).href.replace(/__(\w+?)__/g, "{$1}");
}

/** "no-cache" still uses the browser's cache, but asks the server first: after a publish nothing older may come back. */
async function ask(url: string, headers: Record<string, string>): Promise<Response> {
  const answer = await fetch(url, { headers, cache: "no-cache", signal: AbortSignal.timeout(requestTimeoutMs) });
  if (!answer.ok && answer.status !== 304) throw new Error(`${new URL(url).pathname} answered ${answer.status}, expected 200`);
  return answer;
}

async function askJson(url: string, accept = "application/json"): Promise<unknown> {
  return (await ask(url, { Accept: accept })).json();
}

function text(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The city's name as the landing page gives it. */
export async function fetchTitle(): Promise<Record<Language, string>> {
  const landing = record(await askJson(address("?f=json")));
  const title = text(landing["title"], "keyaki");
  return { ja: text(landing["keyaki:title_ja"], title), en: text(landing["keyaki:title_en"], title) };
}

/** The public layers; knows the last ETag and answers undefined while nothing has changed. */
export class Collections {
  private m_etag: string | null = null;

  async fetchIfChanged(): Promise<CityLayer[] | undefined> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (this.m_etag !== null) headers["If-None-Match"] = this.m_etag;
    const answer = await ask(address("collections?f=json"), headers);
    if (answer.status === 304) return undefined;
    const layers = list(record(await answer.json())["collections"]).map((entry) => toLayer(record(entry)));
    this.m_etag = answer.headers.get("ETag"); // only once the body has been understood
    return layers;
  }
}

function toLayer(entry: Record<string, unknown>): CityLayer {
  const id = text(entry["id"], "");
  const title = text(entry["title"], id);
  return {
    id,
    title: { ja: text(entry["keyaki:title_ja"], title), en: text(entry["keyaki:title_en"], title) },
    revision: Number(entry["keyaki:revision"] ?? 0),
  };
}

export async function fetchTileSet(): Promise<TileSet> {
  const json = record(await askJson(address("tiles/city.json")));
  const tiles = list(json["tiles"]).map((url) => toThisServer(String(url)));
  if (tiles.length === 0) throw new Error("tiles/city.json names no tiles, expected at least one URL");
  const bounds = list(json["bounds"]).map(Number);
  return {
    tiles,
    minzoom: Number(json["minzoom"] ?? 0),
    maxzoom: Number(json["maxzoom"] ?? 14),
    bounds: bounds.length === 4 && bounds.every(Number.isFinite) ? (bounds as [number, number, number, number]) : undefined,
    attribution: text(json["attribution"], ""),
    layerIds: list(json["vector_layers"]).map((entry) => text(record(entry)["id"], "")),
  };
}

export async function fetchStyle(id: string): Promise<unknown> {
  return askJson(address(`styles/${id}.json`));
}

/** All items of a layer, page by page along the `next` links. */
export async function fetchItems(layer: string): Promise<CityFeature[]> {
  const features: CityFeature[] = [];
  let url: string | undefined = address(`collections/${encodeURIComponent(layer)}/items?f=json&limit=${itemsPerPage}`);
  while (url !== undefined && features.length < itemsPerLayer) {
    const page: Record<string, unknown> = record(await askJson(url, "application/geo+json, application/json"));
    for (const entry of list(page["features"])) {
      const feature = record(entry);
      if (feature["geometry"] === null) continue;
      features.push({
        layer,
        id: String(feature["id"] ?? ""),
        properties: record(feature["properties"]) as Properties,
        geometry: feature["geometry"] as GeoJSON.Geometry,
      });
    }
    const next = list(page["links"]).map(record).find((link) => link["rel"] === "next");
    url = next === undefined ? undefined : toThisServer(String(next["href"]));
  }
  return features;
}
