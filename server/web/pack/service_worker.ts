// Keeps a whole pack in the browser's cache, so that it opens when the server is gone. What a reader sees is always one pack: a newer one is fetched
// beside it, file by file against the hashes of its manifest, and takes its place when all of it is there and the page is opened anew.
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
const readyAddress = new URL("ready", scope).href; // which one is shown to who opens the page next
const fetchedAtATime = 6;

/** What the viewer reads; the archives, glyphs and styles are for other programs. */
function isForViewer(path: string): boolean {
  return path === "index.html" || path === "shelters.geojson" || path.startsWith("viewer/");
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  return [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function nameAt(address: string): Promise<string | undefined> {
  return (await (await caches.open(pointerName)).match(address))?.text();
}

const nameShown = (): Promise<string | undefined> => nameAt(pointerAddress);

async function tell(state: OfflineState): Promise<void> {
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage(state);
}

function addressOf(path: string): string {
  return new URL(path, scope).href;
}

/** The answer with the file's bytes, from the pack that is shown where it has the same ones. Throws where the bytes are not the manifest's. */
async function take(file: Manifest["files"][number], from: URL, shown: Cache | undefined, known: ReadonlyMap<string, string>): Promise<Response> {
  const kept = known.get(file.path) === file.sha256 ? await shown?.match(addressOf(file.path)) : undefined;
  if (kept !== undefined) return kept;
  const answer = await fetch(new URL(file.path, from), { cache: "no-store" });
  if (!answer.ok) throw new Error(`${file.path}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  if ((await sha256(bytes)) !== file.sha256) throw new Error(`${file.path}: not the file that the manifest names`);
  return new Response(bytes, { headers: { "Content-Type": answer.headers.get("Content-Type") ?? "application/octet-stream" } });
}

/** Where the server keeps this very version, whatever it publishes meanwhile; the page's own folder where nobody keeps versions. */
async function placeOf(version: string): Promise<URL> {
  const pinned = new URL(`${scope.href.slice(0, -1)}@${version}/`);
  const answer = await fetch(new URL("manifest.json", pinned), { cache: "no-store" }).catch(() => undefined);
  return answer?.ok === true ? pinned : scope;
}

async function hashesOf(cache: Cache | undefined): Promise<Map<string, string>> {
  const manifest = (await (await cache?.match(addressOf("manifest.json")))?.json()) as Manifest | undefined;
  return new Map((manifest?.files ?? []).map(({ path, sha256: hash }) => [path, hash]));
}

/** What an earlier try has put there already is not fetched again. After the first failure no file is begun. */
async function fill(cache: Cache, manifest: Manifest, from: URL, shown: Cache | undefined): Promise<void> {
  const known = await hashesOf(shown);
  const files = manifest.files.filter(({ path }) => isForViewer(path));
  let next = 0;
  let done = 0;
  let failure: unknown;
  const work = async (): Promise<void> => {
    for (let file = files[next++]; file !== undefined && failure === undefined; file = files[next++]) {
      try {
        const address = addressOf(file.path);
        if ((await cache.match(address)) === undefined) await cache.put(address, await take(file, from, shown, known));
        await tell({ kind: "saving", done: ++done, all: files.length });
      } catch (error) {
        failure ??= error;
      }
    }
  };
  await Promise.all(Array.from({ length: fetchedAtATime }, work));
  if (failure !== undefined) throw failure;
}

async function forgetAllBut(names: (string | undefined)[]): Promise<void> {
  const old = (await caches.keys()).filter((key) => key.startsWith(prefix) && !names.includes(key));
  await Promise.all(old.map((key) => caches.delete(key)));
}

async function show(name: string): Promise<void> {
  const pointer = await caches.open(pointerName);
  await pointer.put(pointerAddress, new Response(name));
  await pointer.delete(readyAddress);
  await forgetAllBut([name]);
}

/** Fetches the pack where it is another one than that which is shown. */
async function look(): Promise<void> {
  const before = await nameShown();
  try {
    const answer = await fetch(addressOf("manifest.json"), { cache: "no-store" });
    if (!answer.ok) throw new Error(`manifest.json: ${answer.status}`);
    await takeUp(await answer.text(), before);
  } catch (error) {
    if (before === undefined) throw error;
    await tell({ kind: "saved" }); // the server is gone, or its newer pack does not come whole: that is what the one that is here is for
  }
}

async function takeUp(text: string, before: string | undefined): Promise<void> {
  const manifest = JSON.parse(text) as Manifest;
  const version = (await sha256(new TextEncoder().encode(text).buffer)).slice(0, 12);
  const name = prefix + version;
  if (name === before) return tell({ kind: "saved" });
  if (name === (await nameAt(readyAddress))) return tell({ kind: "newer" });
  await forgetAllBut([before, name]);
  const cache = await caches.open(name); // verified file by file, so that what a try that failed has left is good
  await fill(cache, manifest, await placeOf(version), before === undefined ? undefined : await caches.open(before));
  await cache.put(addressOf("manifest.json"), new Response(text, { headers: { "Content-Type": "application/json" } }));
  if (before === undefined) {
    await show(name);
    return tell({ kind: "saved" });
  }
  await (await caches.open(pointerName)).put(readyAddress, new Response(name)); // the open page goes on with the one that it began with
  await tell({ kind: "newer" });
}

let looking: Promise<void> | undefined; // one at a time

function lookOnce(): Promise<void> {
  looking ??= look().finally(() => (looking = undefined));
  return looking;
}

async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  url.search = url.hash = "";
  const address = url.href === scope.href ? addressOf("index.html") : url.href;
  const ready = address === addressOf("index.html") ? await nameAt(readyAddress) : undefined;
  if (ready !== undefined) await show(ready);
  const shown = await nameShown();
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
