// Staff look at this year's shelters, publish them and take them back, while a citizen has the map open:
//   node story.mjs BASE_URL KEY OUT_DIR FILE
// FILE is this year's list of `shelters`: 3 added, 2 closed, 1 moved 130 m. Exits 1 unless the citizen's page fetches exactly the tiles that changed, both ways.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { drawn, mapIsDrawn, openPage, startBrowser } from "./browser.mjs";
import { itemsOf } from "./city.mjs";

const [baseUrl, key, outFolder, list] = process.argv.slice(2);
const zoom = 14;
const promisedMs = 5_000; // a second where the machine is not busy with other tests; what was seen is printed
await mkdir(outFolder, { recursive: true });

/** Hears what the server tells, apart from the page, until the signal: a stream without an end would keep this process for ever. */
async function hear(signal) {
  const answer = await fetch(new URL("/events", baseUrl), { signal });
  const events = [];
  void (async () => {
    let text = "";
    for await (const bytes of answer.body) {
      text += Buffer.from(bytes).toString();
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        if (event.includes("event: layer-published")) events.push(JSON.parse(/data: (.*)/.exec(event)[1]));
      }
    }
  })().catch(() => undefined); // the server's end
  return events;
}

const tileAddress = (url) => /\/tiles\/([^/]+)\/(\d+)\/(\d+)\/(\d+)\.mvt/.exec(new URL(url).pathname)?.slice(1);
const shelterRevision = (names) => Number(/shelters(?:@|%40)(\d+)/.exec(names)[1]);

/** The citizen's page, at a zoom that shows the whole city, and every tile that it asks for. */
async function openMap(browser) {
  const asked = [];
  const { page, trouble } = await openPage(browser, baseUrl, {
    path: `/#${zoom + 0.2}/35.785/139.52`,
    viewport: { width: 1900, height: 1300 },
    before: (page) =>
      page.on("request", (request) => {
        const tile = tileAddress(request.url());
        if (tile !== undefined) asked.push({ revision: shelterRevision(tile[0]), name: tile.slice(1).join("/"), at: Date.now() });
      }),
  });
  return { page, trouble, asked };
}

/** Waits until the page has the revision and has drawn it; the tiles that it asked for since. */
async function tilesAskedFor(map, revision, since) {
  await map.page.waitForFunction((wanted) => window.keyaki.layers.find((layer) => layer.id === "shelters").revision === wanted, revision, { timeout: 20_000 });
  await mapIsDrawn(map.page);
  const asked = map.asked.slice(since);
  assert.deepEqual([...new Set(asked.map((tile) => tile.revision))], [revision], "every tile is asked for at the new revision");
  return asked;
}

async function refreshesExactly(map, events, shown, revision, since, began) {
  const asked = await tilesAskedFor(map, revision, since);
  const event = events.find((entry) => entry.layer === "shelters" && entry.revision === revision);
  const changed = event.tiles.find((entry) => entry.zoom === zoom).tiles.map(([x, y]) => `${zoom}/${x}/${y}`);
  const expected = changed.filter((name) => shown.has(name)).sort();
  assert.ok(expected.length > 0 && expected.length < shown.size, `${expected.length} of ${shown.size} tiles changed, which proves nothing`);
  assert.deepEqual(asked.map((tile) => tile.name).sort(), expected, "each changed tile once, and no other");
  const tookMs = Math.max(...asked.map((tile) => tile.at)) - began;
  assert.ok(tookMs < promisedMs, `${tookMs} ms until the last changed tile was asked for`);
  console.log(`        revision ${revision}: ${expected.length} of ${shown.size} tiles, ${tookMs} ms after the click`);
  // What the map draws is what the server has, as far as it is in sight.
  const published = await itemsOf(baseUrl, "shelters");
  const isDrawn = new Set(await drawn(map.page, "shelters"));
  const inSight = await map.page.evaluate((places) => places.map((at) => window.keyaki.map.getBounds().contains(at)), published.map((item) => item.geometry.coordinates));
  const names = published.map((item) => item.properties.name);
  assert.deepEqual(names.filter((name, index) => inSight[index] && !isDrawn.has(name)), [], "all in sight are drawn");
  assert.deepEqual([...isDrawn].filter((name) => !names.includes(name)), [], "and nothing else is");
}

async function brokenRules(page) {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const result = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return result.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/** The page for imports: first a try, which changes nothing, then the draft. The report is the same. */
async function importsTheList(browser) {
  const { page, context, trouble } = await openPage(browser, baseUrl, { path: "/staff/import", waitForMap: false });
  await page.locator("#key").fill(key);
  await page.locator("#layer").fill("shelters");
  await page.locator("#file").setInputFiles(list);
  await page.locator("summary").first().click();
  await page.locator("#key-column").fill("ID");
  const reads = async (button, said) => {
    await page.locator(button).click();
    await page.locator("#status").filter({ hasText: said }).waitFor({ timeout: 60_000 });
    const text = (await page.locator("#report").innerText()).replace(/\s+/g, " ");
    for (const fact of ["CP932", "3 追加", "2 削除", "1 うち移動", "移動した地物", "130", "なくなる地物"]) assert.ok(text.includes(fact), `${text} holds ${fact}`);
    return text;
  };
  const tried = await reads('button[value="true"]', "試しに読みました");
  assert.ok(await page.locator("#next").isHidden(), "a try leads nowhere");
  const drafts = await (await fetch(new URL("/drafts", baseUrl), { headers: { Authorization: `Bearer ${key}` } })).text();
  assert.ok(!drafts.includes("shelters"), `a try changes nothing: ${drafts}`);
  assert.equal(await reads('button[value="false"]', "下書きに取り込みました"), tried);
  assert.deepEqual(await brokenRules(page), []);
  await page.screenshot({ path: join(outFolder, "staff-import.png"), fullPage: true });
  await page.locator("#next a").click();
  await page.locator(".staff-counts").waitFor(); // the tab has the key: the draft is there to be looked at
  assert.deepEqual(trouble, { errors: [], strangers: [] });
  await context.close();
}

/** Opens the staff's view by keyboard alone: the disclosure, the key, the button. */
async function enterKey(page, secret) {
  await page.locator("#staff > summary").focus();
  await page.keyboard.press("Enter");
  await page.locator("#staff-key").focus();
  await page.keyboard.type(secret);
  await page.keyboard.press("Enter");
}

async function looksAtTheDraft(page) {
  await enterKey(page, "keyaki_not-a-key");
  await page.locator("#staff-status").filter({ hasText: "この鍵は使えません" }).waitFor();
  await page.locator("#staff-key").fill(key);
  await page.keyboard.press("Enter");
  await page.locator(".staff-counts").waitFor();
  const counts = (await page.locator(".staff-counts").textContent()).replace(/\s/g, "");
  for (const count of ["追加3", "廃止2", "移動1", "内容の変更0"]) assert.ok(counts.includes(count), `${counts} holds ${count}`);
  assert.match(await page.locator("#staff-changes").textContent(), /移動 · 130 m/);
  assert.equal(await page.locator("#staff-changes .entry").count(), 6);
  await mapIsDrawn(page);
  const sides = await page.evaluate(() =>
    window.keyaki.map.querySourceFeatures("keyaki-draft", { sourceLayer: "shelters" }).map((feature) => `${feature.properties.change} ${feature.properties.side}`),
  );
  assert.deepEqual([...new Set(sides)].sort(), ["added after", "moved after", "moved before", "moved path", "removed before"]);
  assert.deepEqual(await brokenRules(page), []);
  const stored = await page.evaluate(() => [Object.values(sessionStorage).join(), Object.values(localStorage).join(), document.cookie, location.href]);
  assert.ok(stored[0].includes("keyaki_"), "the key lies in this tab's memory");
  assert.ok(!stored.slice(1).join().includes("keyaki_"), "and nowhere else");
}

const over = new AbortController();
const browser = await startBrowser();
try {
  const events = await hear(over.signal);
  const map = await openMap(browser);
  const shown = new Set(map.asked.map((tile) => tile.name).filter((name) => name.startsWith(`${zoom}/`)));
  assert.equal(map.asked.length, shown.size, "one zoom, each tile once");
  const before = await drawn(map.page, "shelters");

  await importsTheList(browser);
  const { page: desk, trouble } = await openPage(browser, baseUrl, { viewport: { width: 1280, height: 900 } });
  await looksAtTheDraft(desk);
  await desk.screenshot({ path: join(outFolder, "staff-draft.png") });

  let since = map.asked.length;
  assert.deepEqual(await drawn(map.page, "shelters"), before, "a draft shows to nobody else");
  await desk.locator("#staff-message").focus();
  await desk.keyboard.type("今年の一覧");
  let began = Date.now();
  await desk.keyboard.press("Enter");
  await desk.locator("#staff-status").filter({ hasText: "公開しました" }).waitFor();
  await refreshesExactly(map, events, shown, 3, since, began);
  await map.page.locator("#notice").filter({ hasText: "新しくなりました" }).waitFor();

  since = map.asked.length;
  began = Date.now();
  await desk.locator("#staff-undo").focus();
  await desk.keyboard.press("Enter");
  await desk.locator("#staff-status").filter({ hasText: "元の内容に戻しました" }).waitFor();
  await refreshesExactly(map, events, shown, 4, since, began);
  assert.deepEqual(await drawn(map.page, "shelters"), before, "everything as before");

  await desk.locator("#staff-leave").click();
  await desk.locator("#staff-key").waitFor();
  assert.equal(await desk.evaluate(() => sessionStorage.length), 0, "the key is forgotten");
  assert.deepEqual(map.trouble, { errors: [], strangers: [] });
  assert.deepEqual(trouble.strangers, []);
  console.log("ok      an open map follows a publish and its way back, tile by tile");
} finally {
  over.abort();
  await browser.close();
}
process.exit(0); // Node.js 18 keeps the connection of an aborted answer, and with it this process
