// The page over a server that has a base map under the id "base":
//   node base_credit.mjs BASE_URL
// Exits 1 unless a reader sees from whom the base map is, at a desk and on a phone, before he has done anything.
import assert from "node:assert/strict";
import { desktop, openPage, phone, startBrowser } from "./browser.mjs";

const [baseUrl] = process.argv.slice(2);
const browser = await startBrowser();
try {
  for (const device of [desktop, phone]) {
    const { page, context, trouble } = await openPage(browser, baseUrl, device);
    const width = device.viewport.width;
    assert.ok(await page.evaluate(() => window.keyaki.map.getLayer("base-streets-label") !== undefined), "the base map is part of the style");
    const credit = page.locator(".maplibregl-ctrl-attrib a", { hasText: "© OpenStreetMap" });
    assert.ok(await credit.isVisible(), `© OpenStreetMap is seen in a window ${width} pixels wide`);
    assert.equal(await credit.getAttribute("href"), "https://www.openstreetmap.org/copyright");
    assert.deepEqual(trouble, { errors: [], strangers: [] });
    await context.close();
    console.log(`ok      the base map's makers are named in a window ${width} pixels wide`);
  }
} finally {
  await browser.close();
}
