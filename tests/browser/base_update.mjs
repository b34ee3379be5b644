// The page over a server whose base map is replaced while the page is open:
//   node base_update.mjs BASE_URL NEW_ARCHIVE PLACE
// Exits 1 unless the street of the new archive is on the map, and only the tiles that differ were fetched again.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { desktop, openPage, startBrowser } from "./browser.mjs";

const [baseUrl, newArchive, place] = process.argv.slice(2);
const browser = await startBrowser();
try {
  const { page, trouble } = await openPage(browser, `${baseUrl}#15/35.7855/139.5225`, desktop);
  const names = () =>
    window.keyaki.map.querySourceFeatures("base", { sourceLayer: "street_labels" }).map((street) => street.properties.name);
  await page.waitForFunction(() => window.keyaki.map.querySourceFeatures("base", { sourceLayer: "street_labels" }).length > 0);
  assert.ok((await page.evaluate(names)).includes("古い通り"), "the old name is there first");
  const fetched = [];
  page.on("request", (request) => request.url().includes("/tiles/base/") && fetched.push(request.url().replace(/^.*\/tiles\/base\//, "")));
  renameSync(newArchive, place);
  await page.waitForFunction(() => window.keyaki.map.querySourceFeatures("base", { sourceLayer: "street_labels" }).some((street) => street.properties.name === "新しい通り"), undefined, {
    timeout: 20_000,
  });
  assert.ok(!(await page.evaluate(names)).includes("古い通り"), "the old name is gone");
  const tiles = fetched.filter((path) => path.endsWith(".mvt"));
  assert.ok(tiles.length > 0 && tiles.length <= 2, `only what differs was fetched again: ${tiles.join(" ")}`);
  assert.deepEqual(trouble, { errors: [], strangers: [] });
  console.log(`ok      an open map shows the new base map, by ${tiles.length} tiles`);
} finally {
  await browser.close();
}
