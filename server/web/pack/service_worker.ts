// Keeps a whole pack in the browser's cache, so that it opens when the server is gone. What a reader sees is always one pack: a newer one is fetched
// beside it, file by file against the hashes of its manifest, and takes its place when all of it is there.
import type { OfflineState } from "./offline";

/** What is used of a service worker's world; TypeScript's own description of it does not go together with that of a page. */
interface LastingEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface WorkerEvents {
  install: LastingEvent;
  activate: LastingEvent;
  message: LastingEvent & { data: unknown };
  fetch: Event & { request: Request; respondWith(answer: Promise<Response>): void };
}
declare const self: {
  location: Location;
  clients: { claim(): Promise<void>; matchAll(options: object): Promise<{ postMessage(message: unknown): void }[]> };
  skipWaiting(): Promise<void>;
  addEventListener<Name extends keyof WorkerEvents>(name: Name, listener: (event: WorkerEvents[Name]) => void): void;
};

interface Manifest {
  files: { path: string; bytes: number; sha256: string }[];
}

const scope = new URL("./", self.location.href);
const prefix = `keyaki-pack ${scope.pathname} `;
const pointerName = `keyaki-pack-now ${scope.pathname}`; // the cache that says which one is shown
const pointerAddress = new URL("now", scope).href;
const fetchedAtATime = 6;

/** What the viewer reads; the archives, glyphs and styles are for other programs. */
function isForViewer(path: string): boolean {
  return path === "index.html" || path === "shelters.geojson" || path.startsWith("viewer/");
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function nameShown(): Promise<string | undefined> {
  return (await (await caches.open(pointerName)).match(pointerAddress))?.text();
}

async function tell(state: OfflineState): Promise<void> {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage(state);
}

function addressOf(path: string): string {
  return new URL(path, scope).href;
}

/** The answer with the file's bytes, from the pack that is shown where it has the same ones. Throws where the bytes are not the manifest's. */
async function take(file: Manifest["files"][number], shown: Cache | undefined, known: ReadonlyMap<string, string>): Promise<Response> {
  const kept = known.get(file.path) === file.sha256 ? await shown?.match(addressOf(file.path)) : undefined;
  if (kept !== undefined) return kept;
  const answer = await fetch(addressOf(file.path), { cache: "no-store" });
  if (!answer.ok) throw new Error(`${file.path}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  if ((await sha256(bytes)) !== file.sha256) throw new Error(`${file.path}: not the file that the manifest names`);
  return new Response(bytes, { headers: { "Content-Type": answer.headers.get("Content-Type") ?? "application/octet-stream" } });
}

async function hashesOf(cache: Cache | undefined): Promise<Map<string, string>> {
  const manifest = (await (await cache?.match(addressOf("manifest.json")))?.json()) as Manifest | undefined;
  return new Map((manifest?.files ?? []).map(({ path, sha256: hash }) => [path, hash]));
}

async function fill(cache: Cache, manifest: Manifest, shown: Cache | undefined): Promise<void> {
  const known = await hashesOf(shown);
  const files = manifest.files.filter(({ path }) => isForViewer(path));
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined; file = files[next++]) {
      await cache.put(addressOf(file.path), await take(file, shown, known));
      await tell({ kind: "saving", done: ++done, all: files.length });
    }
  };
  await Promise.all(Array.from({ length: fetchedAtATime }, work));
}

async function show(name: string): Promise<void> {
  await (await caches.open(pointerName)).put(pointerAddress, new Response(name));
  const old = (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== name);
  await Promise.all(old.map((key) => caches.delete(key)));
}

/** Fetches the pack where it is another one than that which is shown. */
async function look(): Promise<void> {
  const before = await nameShown();
  let text: string;
  try {
    const answer = await fetch(addressOf("manifest.json"), { cache: "no-store" });
    if (!answer.ok) throw new Error(`manifest.json: ${answer.status}`);
    text = await answer.text();
  } catch (error) {
    if (before !== undefined) return tell({ kind: "saved" }); // the server is gone: that is what all this is for
    throw error;
  }
  const name = prefix + (await sha256(new TextEncoder().encode(text).buffer)).slice(0, 12);
  if (name === before) return tell({ kind: "saved" });
  const cache = await caches.open(name);
  try {
    await fill(cache, JSON.parse(text) as Manifest, before === undefined ? undefined : await caches.open(before));
    await cache.put(addressOf("manifest.json"), new Response(text, { headers: { "Content-Type": "application/json" } }));
  } catch (error) {
    await caches.delete(name); // half a pack is none
    throw error;
  }
  await show(name);
  await tell({ kind: before === undefined ? "saved" : "newer" });
}

let looking: Promise<void> | undefined; // one at a time

function lookOnce(): Promise<void> {
  looking ??= look().finally(() => (looking = undefined));
  return looking;
}

async function answer(request: Request): Promise<Response> {
  const shown = await nameShown();
  const url = new URL(request.url);
  url.search = url.hash = "";
  const address = url.href === scope.href ? addressOf("index.html") : url.href;
  const kept = shown === undefined ? undefined : await (await caches.open(shown)).match(address);
  return kept ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if ((event.data as { kind?: string } | null)?.kind !== "look") return;
  event.waitUntil(lookOnce().catch((error: unknown) => tell({ kind: "failed", reason: String((error as Error).message ?? error) })));
});
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.url.startsWith(scope.href)) event.respondWith(answer(event.request));
});
