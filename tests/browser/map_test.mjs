// The map shows what the server publishes, and describes what is clicked.
import assert from "node:assert/strict";
import { coloursOfMap, drawn, lookAt, mapIsDrawn, onScreen, openPage, phone } from "./browser.mjs";
import { inSeason, itemsOf, namesOf } from "./city.mjs";

async function loadsCleanly({ browser, baseUrl, screenshot }) {
  const { page, trouble } = await openPage(browser, baseUrl);
  await screenshot(page, "desktop.png");
  assert.deepEqual(trouble, { errors: [], strangers: [] });
  assert.notEqual(await page.locator("#city-title").textContent(), "");
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
}

async function drawsEveryLayer({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  for (const layer of ["shelters", "farm_stands", "shops", "spots", "stations", "walking_courses", "rivers", "streets", "boundary"]) {
    assert.deepEqual(await drawn(page, layer), await namesOf(baseUrl, layer), layer);
  }
  const colours = await coloursOfMap(page);
  assert.ok(Object.keys(colours).length > 200, `a drawn map has many colours, found ${Object.keys(colours).length}`);
  assert.ok((colours["11,122,67"] ?? 0) > 1000, `the shelters' green covers pixels, found ${colours["11,122,67"] ?? 0}`);
}

const sumOf = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

async function drawsLabels({ browser, baseUrl, screenshot }) {
  const { page } = await openPage(browser, baseUrl);
  const school = (await itemsOf(baseUrl, "shelters")).find((item) => item.properties.name === "清瀬小学校");
  await lookAt(page, school.geometry.coordinates, 15.4);
  await screenshot(page, "close.png");
  // The labels' green and what smooth edges make of it; the pictograms' green (11, 122, 67) is farther away.
  const isInk = (colour) => Math.hypot(...colour.split(",").map((part, index) => Number(part) - [11, 92, 52][index])) < 22;
  const ink = async () => sumOf(Object.entries(await coloursOfMap(page)).map(([colour, count]) => (isInk(colour) ? count : 0)));
  const written = await ink();
  assert.ok(written > 60, `names are written beside the shelters, found ${written} pixels of ink`);
  await page.evaluate(() => window.keyaki.map.setLayoutProperty("shelters-label", "visibility", "none"));
  await mapIsDrawn(page);
  assert.equal(await ink(), 0);
}

async function describesAShelter({ browser, baseUrl, screenshot }) {
  const { page, trouble } = await openPage(browser, baseUrl);
  const shelter = (await itemsOf(baseUrl, "shelters")).find((item) => item.properties.name === "金山緑地公園");
  await lookAt(page, shelter.geometry.coordinates, 16.5);
  const at = await onScreen(page, shelter.geometry.coordinates);
  await page.mouse.click(at.x, at.y);
  const popup = page.locator(".description");
  await popup.waitFor();
  assert.equal(await popup.locator("h2[lang=ja]").textContent(), "金山緑地公園");
  assert.equal(await popup.locator("[lang=en]").textContent(), shelter.properties.name_en);
  const text = await popup.textContent();
  assert.ok(text.includes(shelter.properties.address), text);
  assert.ok((await popup.locator(".mark-hazard").allTextContents()).includes("地震"));
  assert.match(await popup.locator(".warning").textContent(), /洪水/); // this site is not designated for floods
  await screenshot(page, "description.png");
  await page.keyboard.press("Escape");
  await popup.waitFor({ state: "detached" });
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

async function describesEveryoneAtAPoint({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  const shelter = (await itemsOf(baseUrl, "shelters")).find((item) => item.properties.name === "金山緑地公園");
  await lookAt(page, shelter.geometry.coordinates, 15); // a check-in spot lies at the same gate
  const at = await onScreen(page, shelter.geometry.coordinates);
  await page.mouse.click(at.x, at.y);
  await page.locator(".pager").waitFor();
  const first = await page.locator(".description h2").textContent();
  await page.locator(".pager button").last().click();
  assert.notEqual(await page.locator(".description h2").textContent(), first);
}

async function switchesLayers({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  const shops = await namesOf(baseUrl, "shops");
  assert.deepEqual(await drawn(page, "shops"), shops);
  await page.locator("#layer-shops").uncheck();
  assert.deepEqual(await drawn(page, "shops"), []);
  assert.equal((await drawn(page, "shelters")).length, (await namesOf(baseUrl, "shelters")).length);
  await page.locator("#layer-shops").check();
  assert.deepEqual(await drawn(page, "shops"), shops);
}

async function filtersByHazard({ browser, baseUrl, screenshot }) {
  const { page } = await openPage(browser, baseUrl);
  const all = await namesOf(baseUrl, "shelters");
  const flood = await namesOf(baseUrl, "shelters", (site) => site.hazard_flood);
  const both = await namesOf(baseUrl, "shelters", (site) => site.hazard_flood && site.hazard_fire);
  assert.ok(all.length > flood.length && flood.length > both.length, "the sample tells the filters apart");
  await page.getByRole("button", { name: "洪水", exact: true }).click();
  assert.deepEqual(await drawn(page, "shelters"), flood);
  assert.match(await page.locator("#shelter-count").textContent(), new RegExp(`${flood.length} / ${all.length}`));
  assert.equal(await page.locator("#list .entry").count(), flood.length);
  await page.getByRole("button", { name: "大規模な火事" }).click();
  assert.deepEqual(await drawn(page, "shelters"), both);
  await screenshot(page, "hazards.png");
  await page.getByRole("button", { name: "洪水", exact: true }).click();
  await page.getByRole("button", { name: "大規模な火事" }).click();
  assert.deepEqual(await drawn(page, "shelters"), all);
}

async function showsWhatIsInSeason({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  const ripe = await namesOf(baseUrl, "farm_stands", inSeason);
  const all = await namesOf(baseUrl, "farm_stands");
  assert.ok(ripe.length > 0 && ripe.length < all.length, "some stands are in season, some are not");
  await page.locator("#season-chips .chip").click();
  assert.deepEqual(await drawn(page, "farm_stands"), ripe);
  await page.locator("#list-layer").selectOption("farm_stands");
  await page.waitForFunction(
    (expected) => JSON.stringify([...document.querySelectorAll("#list .entry-name")].map((name) => name.textContent).sort()) === JSON.stringify(expected),
    ripe, // the list asks the server first
  );
  await page.locator("#season-chips .chip").click();
  assert.deepEqual(await drawn(page, "farm_stands"), all);
}

async function filtersShopsByClass({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  await page.getByRole("button", { name: "地場産" }).click();
  assert.deepEqual(await drawn(page, "shops"), await namesOf(baseUrl, "shops", (shop) => shop.local_produce));
}

async function tellsCourses({ browser, baseUrl, screenshot }) {
  const { page } = await openPage(browser, baseUrl);
  const course = (await itemsOf(baseUrl, "walking_courses"))[0];
  await page.locator("#list-layer").selectOption("walking_courses");
  await page.locator("#list .entry").filter({ hasText: course.properties.name }).click();
  const text = await page.locator(".description").textContent();
  assert.ok(text.includes(`${(course.properties.length_m / 1000).toFixed(1)} km・約${course.properties.walking_minutes}分`), text);
  await mapIsDrawn(page);
  await screenshot(page, "course.png");
}

async function speaksEnglish({ browser, baseUrl, screenshot }) {
  const { page } = await openPage(browser, baseUrl);
  await page.locator("#language").click();
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.locator("#list .entry").first().click();
  const first = (await itemsOf(baseUrl, "shelters")).map((item) => item.properties.name_en);
  assert.ok(first.includes(await page.locator(".description h2[lang=en]").textContent()));
  assert.equal(await page.locator(".maplibregl-ctrl-zoom-in").getAttribute("aria-label"), "Zoom in");
  await mapIsDrawn(page);
  await screenshot(page, "english.png");
  await page.reload(); // the choice stays
  await mapIsDrawn(page);
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  await page.locator("#language").click();
  assert.equal(await page.locator("html").getAttribute("lang"), "ja");
}

async function findsTheReader({ browser, baseUrl, screenshot }) {
  const [longitude, latitude] = [139.5202, 35.7725];
  const { page } = await openPage(browser, baseUrl, { permissions: ["geolocation"], geolocation: { longitude, latitude, accuracy: 35 } });
  await page.locator(".maplibregl-ctrl-geolocate").click();
  await page.locator(".maplibregl-user-location-dot").waitFor();
  await page.waitForFunction(([lng]) => Math.abs(window.keyaki.map.getCenter().lng - lng) < 1e-3, [longitude]);
  await mapIsDrawn(page);
  const circle = await page.locator(".maplibregl-user-location-accuracy-circle").boundingBox();
  assert.ok(circle !== null && circle.width > 20, "the accuracy of 35 m is drawn as a circle");
  await screenshot(page, "where-am-i.png");
}

async function fitsAPhone({ browser, baseUrl, screenshot }) {
  const { page, trouble } = await openPage(browser, baseUrl, phone);
  await screenshot(page, "phone.png");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the phone");
  const map = await page.locator("#map").boundingBox();
  assert.ok(map.height > 400, `the map keeps most of the screen, found ${map.height} px`);
  await page.locator("#panel-toggle").tap();
  assert.equal(await page.locator("#panel-toggle").getAttribute("aria-expanded"), "true");
  await page.waitForFunction(() => document.getElementById("panel").getBoundingClientRect().top < 400);
  await screenshot(page, "phone-panel.png");
  await page.locator("#list .entry").nth(4).tap();
  await page.locator(".description").waitFor();
  assert.equal(await page.locator("#panel-toggle").getAttribute("aria-expanded"), "false");
  await mapIsDrawn(page);
  await screenshot(page, "phone-description.png");
  const popup = await page.locator(".maplibregl-popup-content").boundingBox();
  const sheet = await page.locator("#panel").boundingBox();
  assert.ok(popup.x >= 0 && popup.x + popup.width <= 375, JSON.stringify(popup));
  assert.ok(popup.y >= map.y && popup.y + popup.height <= sheet.y, `${JSON.stringify(popup)} above ${JSON.stringify(sheet)}`);
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

export const tests = [
  ["the page loads without an error and asks no other server", loadsCleanly],
  ["every feature of every sample layer is on the map", drawsEveryLayer],
  ["names are drawn without fonts from elsewhere", drawsLabels],
  ["a click on a shelter describes it in Japanese, then English", describesAShelter],
  ["what lies under one point can be leafed through", describesEveryoneAtAPoint],
  ["a layer's switch hides it and shows it again", switchesLayers],
  ["hazard chips leave the shelters designated for all of them", filtersByHazard],
  ["the season chip leaves the farm stands of this month", showsWhatIsInSeason],
  ["class chips leave the shops so certified", filtersShopsByClass],
  ["a course tells its kilometres and minutes", tellsCourses],
  ["the language button changes words, names and controls, and is remembered", speaksEnglish],
  ["the location button shows the reader with the accuracy", findsTheReader],
  ["the page fits a phone of 375 by 667", fitsAPhone],
];
