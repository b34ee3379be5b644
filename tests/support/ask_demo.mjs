// Waits until the demo server whose output goes to the given file listens, asks it for the page, the layers and a tile, and says what it got.
// usage: node ask_demo.mjs LOG
import { readFile } from "node:fs/promises";

const deadline = Date.now() + 60_000;
let base;
while (!base && Date.now() < deadline) {
  base = /http:\/\/[^\s/]+/.exec(await readFile(process.argv[2], "utf8"))?.[0];
  if (!base) await new Promise((wake) => setTimeout(wake, 100));
}
if (!base) throw new Error("the server did not say its address within a minute");

async function ask(path, accept) {
  const answer = await fetch(base + path, { headers: { Accept: accept } });
  const body = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok || body.length === 0) throw new Error(`${path} was answered ${answer.status} with ${body.length} bytes`);
  return body;
}

const page = (await ask("/", "text/html")).toString();
if (!page.includes("<html")) throw new Error("the page is no HTML");
const shelters = JSON.parse(await ask("/collections/shelters/items?limit=100", "application/geo+json"));
const tileset = JSON.parse(await ask("/tiles/city.json", "application/json"));
const tile = await ask(new URL(tileset.tiles[0].replace("{z}", "13").replace("{x}", "7270").replace("{y}", "3222")).pathname, "*/*");
console.log(`The sample city at ${base}: ${shelters.numberMatched} shelters, ${tileset.vector_layers.length} layers, a tile of ${tile.length} bytes.`);
