// A pack's own page in Chromium, with nothing behind it: from its folder, as somebody opens it from a stick, and from the cache that its service worker
// has filled, once the server is gone.
//   node pack_page.mjs PACK_FOLDER OUT_DIR BASE_URL SERVER_PID PROGRAM DATABASE
// BASE_URL ends in /packs/city/; its server makes a new pack when PROGRAM publishes the draft of the shelters, and is ended in the last test. Prints "ok"
// and a name for each test; exits 1 when one fails.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { coloursOfMap, desktop, mapIsDrawn, onScreen, phone, startBrowser } from "./browser.mjs";

const [folder, outFolder, baseUrl, serverPid, program, database] = process.argv.slice(2);
const sheltersNow = () => JSON.parse(readFileSync(join(folder, "shelters.geojson"), "utf8")).features;
const here = [139.5261, 35.772]; // near Kiyose station

/** Great circles by the dot product of two directions: another formula than the page's. */
function metresBetween([lonA, latA], [lonB, latB]) {
  const unit = (lon, lat) => {
    const [l, p] = [lon, lat].map((degrees) => (degrees * Math.PI) / 180);
    return [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)];
  };
  const [a, b] = [unit(lonA, latA), unit(lonB, latB)];
  const cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  return 6371008.8 * Math.atan2(Math.hypot(...cross), a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
}

/** Every shelter is looked at. */
function nearestByHand(from, hazards) {
  return sheltersNow()
    .filter((shelter) => hazards.every((hazard) => shelter.properties[hazard] === true))
    .map((shelter) => ({ name: shelter.properties.name, metres: metresBetween(from, shelter.geometry.coordinates) }))
    .sort((a, b) => a.metres - b.metres)
    .slice(0, 5);
}

async function openPack(browser, address, settings = {}) {
  const context = await browser.newContext({ ...desktop, locale: "ja-JP", timezoneId: "Asia/Tokyo", reducedMotion: "reduce", ...settings });
  const page = await context.newPage();
  const trouble = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && !/GL Driver|swiftshader/i.test(message.text()) && trouble.push(message.text()));
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (!request.url().startsWith(address.replace(/index\.html$/, "")) && !/^(blob|data):/.test(request.url())) trouble.push(request.url());
  });
  await page.goto(address);
  await mapIsDrawn(page);
  return { page, context, trouble };
}

async function clickOnMap(page, at) {
  const { x, y } = await onScreen(page, at);
  await page.mouse.click(x, y);
}

const drawn = async (page, layer) => {
  await mapIsDrawn(page);
  return page.evaluate((id) => window.keyaki.drawn(id), layer);
};

/** Flood is chosen and the map is pressed; the page's answer is the one that looking at every shelter gives. */
async function findsTheNearest(page) {
  assert.ok((await drawn(page, "boundary")).length > 0, "the city's boundary is drawn");
  assert.ok((await drawn(page, "shelters")).length > 5, "shelters are drawn");
  assert.ok((await drawn(page, "streets")).length > 0, "streets of the base map or the city are drawn");
  await page.getByRole("button", { name: "洪水", exact: true }).click();
  await clickOnMap(page, here);
  const { from, found } = await page.evaluate(() => ({
    from: window.keyaki.map.getSource("keyaki-way").serialize().data.features.find((one) => one.geometry.type === "Point").geometry.coordinates,
    found: window.keyaki.found.map((one) => ({ name: one.shelter.properties.name, metres: one.distanceM, bearing: one.bearing })),
  }));
  assert.ok(metresBetween(from, here) < 60, "the place that was pressed is the one that is searched from");
  const expected = nearestByHand(from, ["hazard_flood"]);
  assert.deepEqual(found.map(({ name }) => name), expected.map(({ name }) => name));
  found.forEach(({ metres }, index) => assert.ok(Math.abs(metres - expected[index].metres) < 0.5, `${metres} m, expected ${expected[index].metres} m`));
  const status = await page.locator("#nearest-status").textContent();
  assert.match(status, new RegExp(`^いちばん近いのは${expected[0].name}、(北|北東|東|南東|南|南西|西|北西)へ`));
  const usable = new Set(sheltersNow().filter((shelter) => shelter.properties.hazard_flood === true).map((shelter) => shelter.properties.name));
  assert.deepEqual((await drawn(page, "shelters")).filter((name) => !usable.has(name)), [], "only shelters for a flood are drawn");
}

async function worksFromAFolder({ browser, screenshot }) {
  const { page, trouble } = await openPack(browser, pathToFileURL(join(folder, "index.html")).href);
  await findsTheNearest(page);
  assert.equal(await page.locator("#offline").textContent(), "このフォルダーから開いています。通信は使いません。");
  await screenshot(page, "pack-file.png");
  assert.ok(Object.keys(await coloursOfMap(page)).length > 50, "more than one colour is drawn");
  await page.locator("#nearest .entry").first().click();
  await page.locator(".description").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#style-light").click();
  await page.waitForFunction(() => window.keyaki.map.getStyle()?.name?.endsWith("light"));
  assert.ok((await drawn(page, "shelters")).length > 0);
  await page.locator("#language").click();
  assert.match(await page.locator("#nearest-status").textContent(), /^The nearest is /);
  assert.deepEqual(trouble, []);
}

async function worksByKeyboard({ browser }) {
  const { page } = await openPack(browser, pathToFileURL(join(folder, "index.html")).href);
  await page.keyboard.press("Tab"); // over the link to the list
  const press = async (id) => {
    for (let tabs = 0; tabs < 40; ++tabs) {
      if ((await page.evaluate(() => document.activeElement?.id)) === id) return page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
    }
    throw new Error(`#${id} cannot be reached by the keyboard`);
  };
  await press("hazard-hazard_landslide");
  await press("use-centre");
  const centre = await page.evaluate(() => window.keyaki.map.getSource("keyaki-way").serialize().data.features.at(-1).geometry.coordinates);
  assert.equal(await page.locator("#nearest .entry-name").first().textContent(), nearestByHand(centre, ["hazard_landslide"])[0].name);
  await page.evaluate(() => document.getElementById("nearest-section").focus());
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".description").waitFor();
}

async function usesTheDevicesPlace({ browser, screenshot }) {
  const geolocation = { longitude: here[0], latitude: here[1], accuracy: 25 };
  const { page } = await openPack(browser, baseUrl, { ...phone, geolocation, permissions: ["geolocation"] });
  await page.getByRole("button", { name: "内水氾濫" }).click();
  await page.getByRole("button", { name: "現在地を使う" }).click();
  await page.locator("#nearest .entry").first().waitFor();
  assert.match(await page.locator("#where-status").textContent(), /誤差 約30 m/);
  const [expected] = nearestByHand(here, ["hazard_inland_flood"]);
  assert.equal(await page.locator("#nearest .entry-name").first().textContent(), expected.name);
  await mapIsDrawn(page);
  assert.ok(await page.locator("#nearest-status").isVisible());
  const box = await page.locator("#nearest-status").boundingBox();
  assert.ok(box.y + box.height < 667, "the answer is on the phone's screen without scrolling");
  await screenshot(page, "pack-phone.png");
}

async function tellsWhyThereIsNoPlace({ browser }) {
  const { page } = await openPack(browser, baseUrl, { permissions: [] });
  await page.getByRole("button", { name: "現在地を使う" }).click();
  await page.waitForFunction(() => /地図の上で今いる場所を押してください/.test(document.getElementById("where-status").textContent));
}

async function isAccessible({ browser }) {
  for (const settings of [desktop, phone]) {
    const { page } = await openPack(browser, pathToFileURL(join(folder, "index.html")).href, settings);
    await page.getByRole("button", { name: "地図の中心を使う" }).click();
    await page.locator("#nearest .entry").first().waitFor();
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
  }
}

const isSaved = (page) =>
  page.waitForFunction(() => ["saved", "failed"].includes(document.getElementById("offline").dataset.state), undefined, { timeout: 60_000 });

/** The pack that is on the screen stays whole until its reader asks for the newer one, of which only what differs is fetched. */
async function takesANewerPack({ browser }) {
  const { page, context, trouble } = await openPack(browser, baseUrl);
  await isSaved(page);
  const namesOf = (where) => where.evaluate(() => window.keyaki.shelters.map(({ properties }) => properties.name));
  const before = await namesOf(page);
  const manifest = async () => (await fetch(new URL("manifest.json", baseUrl))).text();
  const old = await manifest();
  execFileSync(program, ["layer", "publish", "shelters", "--database", database, "--message", "新しい名前"]);
  while ((await manifest()) === old) await new Promise((resolve) => setImmediate(resolve));
  const asked = [];
  context.on("response", (answer) => answer.fromServiceWorker() || asked.push(new URL(answer.url()).pathname));
  await page.reload();
  assert.deepEqual(await namesOf(page), before, "what is shown is the pack that was saved");
  await page.waitForFunction(() => document.getElementById("offline").dataset.state === "newer", undefined, { timeout: 60_000 });
  assert.ok(!asked.some((path) => path.endsWith("viewer.js")), `what has not changed is not fetched again: ${asked}`);
  const stillRead = await page.evaluate(async () => (await fetch("shelters.geojson")).text());
  assert.ok(!stillRead.includes("新しい名前の小学校"), "an open page goes on with the pack that it began with");
  await page.getByRole("button", { name: "新しい地図を見る" }).click();
  await page.waitForFunction(() => window.keyaki?.shelters.some(({ properties }) => properties.name === "新しい名前の小学校"));
  await mapIsDrawn(page);
  await isSaved(page);
  assert.deepEqual(trouble, []);
}

/** Once it was opened over the network, the page opens again without one, with its map and all. */
async function worksWhenTheServerIsGone({ browser, screenshot }) {
  const { page, context, trouble } = await openPack(browser, baseUrl);
  await isSaved(page);
  assert.equal(await page.locator("#offline").textContent(), "この端末に保存しました。通信がなくても使えます。");
  await page.close();
  process.kill(Number(serverPid));
  await gone();
  const later = await context.newPage();
  later.on("pageerror", (error) => trouble.push(String(error)));
  await later.goto(baseUrl);
  await mapIsDrawn(later);
  await findsTheNearest(later);
  await later.evaluate(() => window.keyaki.map.jumpTo({ center: [139.53, 35.79], zoom: 15 })); // tiles that were never looked at before
  assert.ok((await drawn(later, "shelters")).length > 0);
  await later.waitForFunction(() => document.getElementById("offline").dataset.state === "saved");
  await screenshot(later, "pack-offline.png");
  assert.deepEqual(trouble, []);
}

async function gone() {
  for (;;) {
    try {
      await fetch(baseUrl);
    } catch {
      return;
    }
  }
}

const tests = [
  ["a pack opened from its folder draws the map and finds the nearest shelter for a flood", worksFromAFolder],
  ["a pack is used by the keyboard alone", worksByKeyboard],
  ["a pack on a phone finds the nearest shelter from where the phone is", usesTheDevicesPlace],
  ["a pack that may not know where it is says what to do", tellsWhyThereIsNoPlace],
  ["a pack has no violation of accessibility, on a desk and on a phone", isAccessible],
  ["a phone that has a pack takes a newer one when its reader wants it", takesANewerPack],
  ["a pack that was opened once opens when the server is gone, and finds the nearest shelter", worksWhenTheServerIsGone],
];

await mkdir(outFolder, { recursive: true });
const browser = await startBrowser();
let failed = 0;
for (const [name, test] of tests) {
  const began = Date.now();
  try {
    await test({ browser, screenshot: (page, file) => page.screenshot({ path: join(outFolder, file) }) });
    console.log(`ok      ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${String(error.stack ?? error).replace(/^/gm, "        ")}`);
  } finally {
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
}
await browser.close();
process.exit(failed === 0 ? 0 : 1);
