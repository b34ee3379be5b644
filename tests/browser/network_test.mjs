// The page when the network fails, when data is hostile, and when a layer gets a new revision.
import assert from "node:assert/strict";
import { drawn, mapIsDrawn, openPage } from "./browser.mjs";
import { namesOf } from "./city.mjs";

const tiles = /\/tiles\/.*\.mvt/;
const collections = /\/collections\?f=json$/;

async function tellsWhenTilesFail({ browser, baseUrl, screenshot }) {
  const { page } = await openPage(browser, baseUrl, { waitForMap: false, before: (page) => page.route(tiles, (route) => route.abort()) });
  const notice = page.locator("#notice[role=alert]");
  await notice.waitFor();
  assert.match(await notice.textContent(), /取得できません/);
  await screenshot(page, "tiles-failed.png");
  await mapIsDrawn(page); // a tile that fails only after the click would rightly bring the notice back
  await page.unroute(tiles);
  await notice.getByRole("button", { name: "もう一度" }).click();
  await notice.waitFor({ state: "hidden" });
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"));
}

async function recoversFromNoTileJson({ browser, baseUrl }) {
  const tileJson = /\/tiles\/city\.json/;
  const { page } = await openPage(browser, baseUrl, { waitForMap: false, before: (page) => page.route(tileJson, (route) => route.fulfill({ status: 503, body: "" })) });
  const notice = page.locator("#notice[role=alert]");
  await notice.waitFor();
  await page.locator("#list .entry").first().waitFor(); // the list works without the map
  await page.unroute(tileJson);
  await notice.getByRole("button", { name: "もう一度" }).click();
  await notice.waitFor({ state: "hidden" });
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"));
}

async function tellsWhenOffline({ browser, baseUrl }) {
  const { page, context } = await openPage(browser, baseUrl);
  await context.setOffline(true);
  await page.locator("#notice").filter({ hasText: "オフライン" }).waitFor();
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"), "what was drawn stays");
  await context.setOffline(false);
  await page.locator("#notice").waitFor({ state: "hidden" });
}

async function asksOnlyForChanges({ browser, baseUrl }) {
  const { page } = await openPage(browser, baseUrl);
  const answer = page.waitForResponse(collections);
  await page.evaluate(() => window.keyaki.refresh());
  assert.equal((await answer).status(), 304);
  assert.notEqual((await (await answer).request().allHeaders())["if-none-match"], undefined);
}

async function takesANewRevision({ browser, baseUrl }) {
  const { page, trouble } = await openPage(browser, baseUrl);
  await page.evaluate(() => (window.sameDocument = true));
  await page.route(collections, async (route) => {
    const answer = await route.fetch({ headers: { ...route.request().headers(), "if-none-match": "" } });
    const json = await answer.json();
    for (const layer of json.collections) if (layer.id === "shelters") layer["keyaki:revision"] += 1;
    await route.fulfill({ response: answer, json });
  });
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.evaluate(() => window.keyaki.refresh());
  await mapIsDrawn(page);
  assert.ok(asked.some((path) => path.endsWith("/tiles/city.json")), asked.join(" "));
  assert.ok(asked.some((path) => path.endsWith("/collections/shelters/items")), "the list of the changed layer is fetched again");
  assert.ok(!asked.some((path) => path.endsWith("/collections/shops/items")));
  await page.locator("#notice").filter({ hasText: "新しくなりました" }).waitFor();
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"));
  assert.equal(await page.evaluate(() => window.sameDocument), true, "without a reload");
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

/** A layer that the page's style has never heard of, with every kind of geometry, is drawn, switched, listed and described. */
async function drawsALayerOfTheCitysOwn({ browser, baseUrl }) {
  const rename = (route, change) => async () => {
    const answer = await route.fetch({ headers: { ...route.request().headers(), "if-none-match": "" } });
    await route.fulfill({ response: answer, json: change(await answer.json()) });
  };
  const asAnother = (json) => JSON.parse(JSON.stringify(json).replaceAll('"id":"shelters"', '"id":"toshokan"'));
  const { page, trouble } = await openPage(browser, baseUrl, {
    before: async (page) => {
      // The server's own tiles, but a style without a word about shelters: they are then unknown to it.
      await page.route(/\/styles\/light\.json/, (route) =>
        rename(route, (style) => ({ ...style, layers: style.layers.filter((layer) => layer["source-layer"] !== "shelters") }))(),
      );
      await page.route(collections, (route) => rename(route, asAnother)());
      await page.route(/\/collections\/toshokan\/items/, (route) => route.continue({ url: route.request().url().replace("toshokan", "shelters") }));
    },
  });
  assert.deepEqual(await drawn(page, "shelters"), await namesOf(baseUrl, "shelters"));
  await page.locator("#list-layer").selectOption("toshokan");
  await page.locator("#list .entry").first().click();
  const text = await page.locator(".description").textContent();
  assert.match(text, /洪水\s*はい/, "properties without words of their own are shown as they are");
  assert.equal(await page.locator("#layer-toshokan").count(), 1);
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

async function showsMarkupAsText({ browser, baseUrl }) {
  const hostile = '<img src=x onerror="window.hurt=1"><b>太字</b>';
  const poison = async (route) => {
    const answer = await route.fetch();
    const json = await answer.json();
    json.features[0].properties.name = hostile;
    json.features[0].properties.address = hostile;
    await route.fulfill({ response: answer, json });
  };
  const { page, trouble } = await openPage(browser, baseUrl, { before: (page) => page.route(/\/collections\/shelters\/items/, poison) });
  await page.locator("#list .entry").filter({ hasText: "onerror" }).click();
  assert.equal(await page.locator(".description h2").textContent(), hostile);
  assert.equal(await page.locator(".description img, .description b, #list img, #list b").count(), 0);
  assert.equal(await page.evaluate(() => window.hurt), undefined);
  assert.deepEqual(trouble, { errors: [], strangers: [] });
}

async function forbidsInlineCode({ browser, baseUrl }) {
  const answer = await fetch(baseUrl, { headers: { Accept: "text/html" } });
  const policy = answer.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  const { page } = await openPage(browser, baseUrl);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.hurt = 1";
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.hurt), undefined, "the policy is in force");
}

export const tests = [
  ["a notice tells that tiles fail, and trying again mends the map", tellsWhenTilesFail],
  ["without TileJSON the list works, and trying again draws the map", recoversFromNoTileJson],
  ["going offline is told, and what is drawn stays", tellsWhenOffline],
  ["polling is conditional: an unchanged city is a 304", asksOnlyForChanges],
  ["a new revision comes onto the map without a reload", takesANewRevision],
  ["a layer of the city's own is drawn, listed and described plainly", drawsALayerOfTheCitysOwn],
  ["markup in the data is shown as text", showsMarkupAsText],
  ["the content security policy forbids inline code", forbidsInlineCode],
];
