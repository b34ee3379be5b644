// The page can be used without a mouse, without seeing the map, and without a map at all.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mapIsDrawn, openPage, phone } from "./browser.mjs";
import { itemsOf } from "./city.mjs";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** The rules that axe finds broken, with the elements; the script is evaluated by the debugger, so the page's policy stays in force. */
async function brokenRules(page) {
  const { readFile } = await import("node:fs/promises");
  await page.evaluate(await readFile(axePath, "utf8"));
  const result = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return result.violations.map((rule) => `${rule.id} (${rule.impact}): ${rule.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

async function passesAxe({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  assert.deepEqual(await brokenRules(page), []);
  await page.locator("#list .entry").first().click();
  await page.locator(".description").waitFor();
  assert.deepEqual(await brokenRules(page), []);
}

async function passesAxeOnAPhone({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl, phone);
  await page.locator("#panel-toggle").tap();
  assert.deepEqual(await brokenRules(page), []);
}

/** Pages that the server makes of its documents. */
const dataPages = [
  "/collections",
  "/collections/shelters",
  "/collections/shelters/items?limit=3",
  "/collections/shelters/items/daisan-chugakko",
  "/collections/shelters/schema",
  "/tiles",
  "/conformance",
  "/api",
];

async function passesAxeOnDataPages({ browser, baseUrl }) {
  for (const colorScheme of ["light", "dark"]) {
    for (const path of dataPages) {
      const address = path + (path.includes("?") ? "&" : "?") + "f=html";
      const { page, context, trouble } = await openPage(browser, baseUrl, { path: address, waitForMap: false, colorScheme });
      assert.deepEqual(await brokenRules(page), [], `${path} (${colorScheme})`);
      assert.deepEqual(trouble, { errors: [], strangers: [] }, path);
      await context.close();
    }
  }
}

const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.className || document.activeElement?.tagName);

async function walksByKeyboard({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "skip");
  const stops = [];
  for (let step = 0; step < 80 && stops.at(-1) !== "entry"; ++step) {
    await page.keyboard.press("Tab");
    stops.push(await focused(page));
  }
  for (const expected of ["language", "maplibregl-canvas", "maplibregl-ctrl-zoom-in", "maplibregl-ctrl-geolocate", "chip", "layer-shelters", "list-layer", "list-search", "entry"]) {
    assert.ok(stops.includes(expected), `Tab reaches ${expected}; it reached ${stops.join(", ")}`);
  }
  const name = await page.evaluate(() => document.activeElement.querySelector(".entry-name").textContent);
  await page.keyboard.press("Enter");
  await page.locator(".description").waitFor();
  assert.equal(await page.locator(".description h2").textContent(), name);
  const item = (await itemsOf(baseUrl, "shelters")).find((entry) => entry.properties.name === name);
  await mapIsDrawn(page);
  const inView = await page.evaluate((at) => window.keyaki.map.getBounds().contains(at), item.geometry.coordinates);
  assert.ok(inView, "the map has moved to the shelter");
  assert.match(await focused(page), /popup-close/);
  await page.keyboard.press("Enter");
  await page.locator(".description").waitFor({ state: "detached" });
  assert.equal(await focused(page), "entry", "the keyboard is back where it came from");
}

async function usesSwitchesByKeyboard({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  await page.locator("#layer-rivers").focus();
  await page.keyboard.press("Space");
  await mapIsDrawn(page);
  assert.deepEqual(await page.evaluate(() => window.keyaki.drawn("rivers")), []);
  const chip = page.getByRole("button", { name: "洪水", exact: true });
  await chip.focus();
  await page.keyboard.press("Enter");
  assert.equal(await chip.getAttribute("aria-pressed"), "true");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "洪水");
}

async function showsFocusOnAPhone({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl, phone);
  await page.locator("#list-search").focus();
  assert.equal(await page.locator("#panel-toggle").getAttribute("aria-expanded"), "true", "the sheet rises for what has the focus");
}

async function listsWithoutWebGl({ browser, baseUrl, screenshot }) {
  const withoutWebGl = (page) =>
    page.addInitScript(() => {
      const original = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return /webgl/.test(kind) ? null : original.call(this, kind, ...rest);
      };
    });
  const { page } = await openPage(browser, baseUrl, { before: withoutWebGl, waitForMap: false });
  await page.locator("#notice").filter({ hasText: "地図を描けません" }).waitFor();
  await page.locator("#list .entry").first().waitFor();
  assert.equal(await page.locator("#list .entry").count(), (await itemsOf(baseUrl, "shelters")).length);
  await screenshot(page, "without-webgl.png");
}

async function searches({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  await page.locator("#list-search").fill("ＫＡＮＡＹＡＭＡ"); // full-width letters, as a Japanese keyboard types them
  assert.deepEqual(await page.locator("#list .entry-name").allTextContents(), ["金山緑地公園"]);
  await page.locator("#list-search").fill("ありえない名前");
  assert.equal(await page.locator("#list .entry").count(), 0);
  assert.notEqual(await page.locator("#list-status").textContent(), "");
}

export const tests = [
  ["axe finds nothing wrong on a desktop", passesAxe],
  ["axe finds nothing wrong on a phone", passesAxeOnAPhone],
  ["axe finds nothing wrong on the pages of the data, light and dark", passesAxeOnDataPages],
  ["the keyboard reaches everything and comes back from a description", walksByKeyboard],
  ["switches and chips answer to the keyboard and keep the focus", usesSwitchesByKeyboard],
  ["on a phone the sheet rises when the focus goes into it", showsFocusOnAPhone],
  ["a device without WebGL still has the list", listsWithoutWebGl],
  ["the list can be searched in any width of letters", searches],
];
