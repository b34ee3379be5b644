// Draws an archive of the base map with a style that others made for Shortbread's tiles, @versatiles/style's "colorful", in Chromium:
//   node base_map.mjs ARCHIVE MAPLIBRE_FOLDER OUT.png LON LAT ZOOM
// Prints as JSON what went wrong, how many features each layer of the style shows, and what is written on the map, each text once.
import http from "node:http";
import { readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { startBrowser } from "./browser.mjs";
import { FileSource } from "./file_source.mjs";
import { osm } from "@versatiles/style";
import { PMTiles } from "pmtiles";

const [archivePath, maplibre, picture, lon, lat, zoom] = process.argv.slice(2);
const archive = new PMTiles(new FileSource(archivePath));

const madeByOthers = await osm({ theme: "colorful", projection: "mercator" });

/** The style as it is, but for the addresses of what it loads. */
function styleFor(origin) {
  const { glyphs, sprite, ...style } = structuredClone(madeByOthers);
  const [source] = Object.keys(style.sources);
  style.sources = { [source]: { type: "vector", tiles: [`${origin}/{z}/{x}/{y}`], minzoom: 0, maxzoom: 14 } };
  return style;
}

const page = (style) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="/maplibre/maplibre-gl.css">
<body style="margin:0"><div id="map" style="width:100vw;height:100vh"></div><script type="module">
import * as maplibre from "/maplibre/maplibre-gl.mjs";
window.errors = [];
window.map = new maplibre.Map({ container: "map", style: ${JSON.stringify(style)}, center: [${lon}, ${lat}], zoom: ${zoom}, fadeDuration: 0 });
map.on("error", (event) => errors.push(String(event.error?.message ?? event.error)));
</script>`;

const server = http.createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  const tile = path.match(/^\/(\d+)\/(\d+)\/(\d+)$/);
  if (path === "/") {
    response.setHeader("content-type", "text/html").end(page(styleFor(`http://${request.headers.host}`)));
  } else if (tile) {
    const found = await archive.getZxy(...tile.slice(1).map(Number));
    response.writeHead(found === undefined ? 204 : 200).end(found === undefined ? undefined : Buffer.from(found.data));
  } else if (path.startsWith("/maplibre/")) {
    response.setHeader("content-type", path.endsWith(".css") ? "text/css" : "text/javascript").end(readFileSync(join(maplibre, path.slice(10))));
  } else {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await startBrowser();
try {
  const tab = await browser.newPage({ viewport: { width: 1100, height: 750 } });
  const consoleErrors = [];
  tab.on("console", (message) => message.type() === "error" && consoleErrors.push(message.text()));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  await tab.waitForFunction(() => window.map?.isStyleLoaded(), undefined, { timeout: 60_000 });
  await tab.evaluate(
    () =>
      new Promise((resolve) => {
        window.map.once("idle", resolve);
        window.map.triggerRepaint();
      }),
  );
  await tab.screenshot({ path: picture });
  const shown = await tab.evaluate(() => {
    const counts = {};
    const texts = new Set();
    for (const { layer } of window.map.queryRenderedFeatures()) {
      counts[layer.id] = (counts[layer.id] ?? 0) + 1;
      if (layer.layout?.["text-field"] !== undefined) texts.add(String(layer.layout["text-field"]));
    }
    return { errors: window.errors, counts, texts: [...texts] };
  });
  console.log(JSON.stringify({ errors: [...consoleErrors, ...shown.errors], counts: shown.counts, texts: shown.texts }));
} finally {
  await browser.close();
  server.close();
}
