// The map in its three styles: switched on the page, and drawn by a renderer that has no fonts of its own.
import assert from "node:assert/strict";
import { coloursOfMap, drawn, lookAt, mapIsDrawn, openPage } from "./browser.mjs";
import { itemsOf, namesOf } from "./city.mjs";

async function choose(page, style) {
  await page.locator(`#style-${style}`).click();
  await page.waitForFunction((name) => window.keyaki.map.getStyle()?.name?.endsWith(name), style);
  await mapIsDrawn(page);
}

async function keepsWhatTheReaderChose({ browser, baseUrl, screenshot }) {
  const { page, trouble } = await openPage(browser, baseUrl);
  const flood = await namesOf(baseUrl, "shelters", (site) => site.hazard_flood);
  await page.getByRole("button", { name: "洪水", exact: true }).click();
  await page.locator("#layer-shops").uncheck();
  await page.locator("#list .entry").first().click();
  await page.locator(".description").waitFor();
  await mapIsDrawn(page);
  await choose(page, "disaster");
  const selected = await page.evaluate(() => window.keyaki.map.querySourceFeatures("keyaki-selection").length);
  assert.ok(selected > 0, "what is described is still marked");
  await page.keyboard.press("Escape");
  await lookAt(page, [139.5219, 35.7842], 12.6);
  assert.deepEqual(await drawn(page, "shelters"), flood);
  assert.deepEqual(await drawn(page, "shops"), []);
  await screenshot(page, "disaster.png");
  const colours = await coloursOfMap(page);
  assert.ok(colours["255,255,255"] > 40_000, `the city's ground is white, found ${colours["255,255,255"]} white pixels`);
  await page.locator("#language").click();
  await mapIsDrawn(page);
  await choose(page, "dark");
  const label = await page.evaluate(() => JSON.stringify(window.keyaki.map.getLayoutProperty("shelters-label", "text-field")));
  assert.match(label, /^\["coalesce",\["get","name_en"\]/);
  await screenshot(page, "dark.png");
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

async function remembersTheStyle({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  const nameOf = () => page.evaluate(() => window.keyaki.map.getStyle().name);
  assert.match(await nameOf(), /light$/);
  // The last of three quick choices stands, and nothing of the others.
  await page.evaluate(() => ["dark", "disaster", "dark"].forEach((id) => document.getElementById(`style-${id}`).click()));
  await page.waitForFunction(() => window.keyaki.map.getStyle()?.name?.endsWith("dark"));
  await mapIsDrawn(page);
  assert.equal(await page.locator("#style-chips [aria-pressed=true]").getAttribute("id"), "style-dark");
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"));
  await page.reload();
  await mapIsDrawn(page);
  assert.match(await nameOf(), /dark$/);
  await page.goto(new URL("/?style=disaster&lang=en", baseUrl).href);
  await mapIsDrawn(page);
  assert.match(await nameOf(), /disaster$/);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
}

/** The style as it is served, with nothing of the reader's: letters from the glyphs, icons from the sprites. */
async function drawsWithoutFonts({ browser, baseUrl, screenshot }) {
  const { page, trouble } = await openPage(browser, baseUrl);
  const asked = [];
  page.on("response", (answer) => asked.push([decodeURIComponent(new URL(answer.url()).pathname), answer.status()]));
  const school = (await itemsOf(baseUrl, "shelters")).find((item) => item.properties.name === "清瀬小学校");
  await page.evaluate(async ([style, center]) => {
    const old = window.keyaki.map;
    const container = old.getContainer();
    const { constructor: MapOfTheLibrary } = old;
    old.remove();
    const map = new MapOfTheLibrary({ container, style, center, zoom: 15.2, localIdeographFontFamily: false, fadeDuration: 0 });
    Object.defineProperty(window.keyaki, "map", { value: map, configurable: true });
    await new Promise((resolve) => map.once("idle", resolve));
  }, [new URL("styles/disaster.json", baseUrl).href, school.geometry.coordinates]);
  await screenshot(page, "glyphs.png");
  const glyphs = asked.filter(([path]) => path.startsWith("/glyphs/"));
  assert.ok(glyphs.some(([path]) => path === "/glyphs/Noto Sans CJK JP Bold/23552-23807.pbf"), "小 is one of the server's glyphs");
  assert.deepEqual(glyphs.filter(([, status]) => status !== 200), []);
  assert.ok(asked.some(([path, status]) => /^\/sprites\/keyaki-[0-9a-f]{10}\.png$/.test(path) && status === 200), JSON.stringify(asked));
  const isInk = (colour) => Math.hypot(...colour.split(",").map((part, index) => Number(part) - [0, 61, 31][index])) < 12;
  const ink = Object.entries(await coloursOfMap(page)).reduce((sum, [colour, count]) => sum + (isInk(colour) ? count : 0), 0);
  assert.ok(ink > 500, `names are written beside the shelters, found ${ink} pixels of ink`);
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

async function drawsIconsWithoutSprites({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl, { before: (page) => page.route(/\/sprites\//, (route) => route.abort()) });
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"));
  const colours = await coloursOfMap(page);
  assert.ok((colours["11,122,67"] ?? 0) > 1000, `the shelters' green covers pixels, found ${colours["11,122,67"] ?? 0}`);
}

/** Until it is let go, what is asked for under such an address waits. */
async function hold(page, address) {
  let letGo;
  const gate = new Promise((resolve) => (letGo = resolve));
  await page.route(address, async (route) => {
    await gate;
    await route.continue();
  });
  return letGo;
}

async function showsAllInTheDark(page, baseUrl) {
  await page.waitForFunction(() => window.keyaki.ready.then(() => true));
  await mapIsDrawn(page);
  assert.match(await page.evaluate(() => window.keyaki.map.getStyle().name), /dark$/);
  assert.equal(await page.locator("#style-chips [aria-pressed=true]").getAttribute("id"), "style-dark");
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"));
  assert.ok(await page.evaluate(() => window.keyaki.map.getLayer("keyaki-selection-line") !== undefined), "what is chosen can be marked");
}

async function changesBeforeTheFirstTiles({ browser, baseUrl }) {
  let letGo;
  const before = async (page) => (letGo = await hold(page, /\/tiles\/.*\.mvt/));
  const { page, trouble } = await openPage(browser, baseUrl, { waitForMap: false, before });
  await page.waitForFunction(() => window.keyaki?.map?.getStyle()?.name?.endsWith("light"));
  await page.locator("#style-dark").click();
  await page.waitForFunction(() => window.keyaki.map.getStyle()?.name?.endsWith("dark"));
  letGo();
  await showsAllInTheDark(page, baseUrl);
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

async function changesWhileTheFirstStyleComes({ browser, baseUrl }) {
  let letGo;
  const before = async (page) => (letGo = await hold(page, /\/styles\/light\.json/));
  const { page, trouble } = await openPage(browser, baseUrl, { waitForMap: false, before });
  await page.locator("#list .entry").first().waitFor();
  const dark = page.waitForResponse(/\/styles\/dark\.json/);
  await page.locator("#style-dark").click();
  await (await dark).finished();
  letGo();
  await showsAllInTheDark(page, baseUrl);
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

/** With a new layer the page asks for its style again; it must not bring back what was left meanwhile. */
async function changesWhileANewLayerComes({ browser, baseUrl }) {
  const { page, trouble } = await openPage(browser, baseUrl);
  await page.route(/\/collections\?f=json$/, async (route) => {
    const answer = await route.fetch({ headers: { ...route.request().headers(), "if-none-match": "" } });
    const json = await answer.json();
    for (const layer of json.collections) if (layer.id === "shelters") layer["keyaki:revision"] += 1;
    await route.fulfill({ response: answer, json });
  });
  await page.route(/\/tiles\/city\.json/, async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    await route.fulfill({ response: answer, json: { ...json, vector_layers: [...json.vector_layers, { id: "toshokan", fields: {} }] } });
  });
  const letGo = await hold(page, /\/styles\/light\.json/);
  const light = page.waitForRequest(/\/styles\/light\.json/);
  await page.evaluate(() => void (window.refreshed = window.keyaki.refresh()));
  await light;
  await page.locator("#style-dark").click();
  await page.waitForFunction(() => window.keyaki.map.getStyle()?.name?.endsWith("dark"));
  letGo();
  await page.evaluate(() => window.refreshed);
  await showsAllInTheDark(page, baseUrl);
  assert.ok(await page.evaluate(() => window.keyaki.map.getLayer("toshokan-plain-label") !== undefined), "the new layer is drawn");
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

export const tests = [
  ["another style keeps the filter, hidden layers, what is marked and the language", keepsWhatTheReaderChose],
  ["the style is remembered, and an address can name it", remembersTheStyle],
  ["a style that is chosen before the first tiles have come is drawn, and the page goes on", changesBeforeTheFirstTiles],
  ["a style that is chosen while the first one comes is drawn", changesWhileTheFirstStyleComes],
  ["a style that is chosen while a new layer comes stays", changesWhileANewLayerComes],
  ["a renderer without fonts writes Japanese with the server's glyphs", drawsWithoutFonts],
  ["without the sprites the page draws its own icons", drawsIconsWithoutSprites],
];
