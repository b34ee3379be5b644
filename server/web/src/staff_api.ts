// What staff ask the server for, each time with their key, which lies in this tab's memory alone (sessionStorage) and goes with it.
import { address, type Properties } from "./city_api";
import type { Language } from "./language";
import { staffKey } from "./staff_key";

export type ChangeName = "added" | "removed" | "moved" | "changed";

export interface DraftLayer {
  id: string;
  title: Record<Language, string>;
}

export interface DraftCounts {
  added: number;
  removed: number;
  moved: number;
  changed: number;
  revision: number;
  wantsConfirmation: boolean;
  /** Names the draft as it was looked at. */
  tag: string;
}

export interface DraftChange {
  id: string;
  change: ChangeName;
  distanceM: number | undefined;
  fields: string[];
  properties: Properties;
  geometry: GeoJSON.Geometry;
}

/** Where the draft's changes are as tiles. */
export interface DraftTiles {
  layer: string;
  minzoom: number;
  maxzoom: number;
  bounds: [number, number, number, number];
}

export interface Revision {
  revision: number;
  message: string;
  publishedAt: string;
}

/** An answer other than success; `type` is the problem's, e.g. "/problems/confirmation-required". */
export class Refusal extends Error {
  constructor(readonly status: number, readonly type: string, detail: string) {
    super(detail);
  }
}

const changesShown = 200; // a list that a person reads; the map shows all

async function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Response> {
  const headers = { Accept: "application/json", ...options.headers, Authorization: `Bearer ${staffKey()}` };
  const answer = await fetch(address(path), { ...options, headers, cache: "no-store", signal: AbortSignal.timeout(30_000) });
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as { type?: string; detail?: string };
  throw new Refusal(answer.status, problem.type ?? "", problem.detail ?? "");
}

export async function fetchDrafts(): Promise<DraftLayer[]> {
  const json = (await (await ask("drafts")).json()) as { drafts: { layer: string; title_ja: string; title_en: string }[] };
  return json.drafts.map((draft) => ({ id: draft.layer, title: { ja: draft.title_ja || draft.layer, en: draft.title_en || draft.layer } }));
}

export async function fetchCounts(layer: string): Promise<DraftCounts> {
  const answer = await ask(`collections/${layer}/draft`);
  const json = (await answer.json()) as DraftCounts & { wants_confirmation: boolean };
  return { ...json, wantsConfirmation: json.wants_confirmation, tag: answer.headers.get("ETag") ?? "" };
}

interface ChangeFeature {
  id: string;
  geometry: GeoJSON.Geometry;
  properties: {
    change: ChangeName;
    distance_m?: number;
    fields?: string[];
    before: { properties: Properties } | null;
    after: { properties: Properties } | null;
  };
}

export async function fetchChanges(layer: string): Promise<DraftChange[]> {
  const json = (await (await ask(`collections/${layer}/draft/changes?limit=${changesShown}`)).json()) as { features: ChangeFeature[] };
  return json.features.map((feature) => ({
    id: feature.id,
    change: feature.properties.change,
    distanceM: feature.properties.distance_m,
    fields: feature.properties.fields ?? [],
    properties: (feature.properties.after ?? feature.properties.before)?.properties ?? {},
    geometry: feature.geometry,
  }));
}

/** Nothing where the draft changes nothing. */
export async function fetchDraftTiles(layer: string): Promise<DraftTiles | undefined> {
  const json = (await (await ask(`tiles/${layer}@diff.json`)).json()) as Partial<DraftTiles>;
  if (json.bounds === undefined) return undefined;
  return { layer, minzoom: json.minzoom ?? 0, maxzoom: json.maxzoom ?? 14, bounds: json.bounds };
}

export async function fetchRevisions(layer: string): Promise<Revision[]> {
  const json = (await (await ask(`collections/${layer}/revisions`)).json()) as { revisions: { revision: number; message: string; published_at: string }[] };
  return json.revisions.map((entry) => ({ revision: entry.revision, message: entry.message, publishedAt: entry.published_at }));
}

/** The draft that `tag` names, or an older revision's content; the new revision's number. */
export async function publish(layer: string, from: "draft" | number, message: string, confirm: boolean, tag?: string): Promise<number> {
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  if (tag !== undefined) headers["If-Match"] = tag;
  const answer = await ask(`collections/${layer}/revisions`, { method: "POST", headers, body: JSON.stringify({ from, message, confirm }) });
  return ((await answer.json()) as { revision: number }).revision;
}

export async function discard(layer: string, tag: string): Promise<void> {
  await ask(`collections/${layer}/draft`, { method: "DELETE", headers: { "If-Match": tag } });
}
