// A reader has the map open while staff publish an edited stand:
//   node publish.mjs BASE_URL KEYAKI DATABASE
// The draft of farm_stands holds a stand with another name. Exits 1 unless the open page shows it after the publish, without a reload.
import { execFileSync } from "node:child_process";
import { startBrowser } from "./browser.mjs";

const [baseUrl, keyaki, database] = process.argv.slice(2);
const newName = "見本 新しい名前の直売所";
const browser = await startBrowser();
try {
  const page = await (await browser.newContext({ locale: "ja-JP", viewport: { width: 1100, height: 720 } })).newPage();
  await page.goto(baseUrl);
  await page.waitForFunction(() => window.keyaki?.ready !== undefined);
  await page.evaluate(() => window.keyaki.ready);
  const isShown = (name) => window.keyaki.map.querySourceFeatures("city", { sourceLayer: "farm_stands" }).some((stand) => stand.properties.name === name);
  await page.waitForFunction(() => window.keyaki.map.querySourceFeatures("city", { sourceLayer: "farm_stands" }).length > 0);
  if (await page.evaluate(isShown, newName)) throw new Error("the draft shows before it is published");
  execFileSync(keyaki, ["layer", "publish", "farm_stands", "--message", "a new name", "--database", database]);
  const deadline = Date.now() + 10_000;
  while ((await (await fetch(new URL("/collections/farm_stands", baseUrl))).json())["keyaki:revision"] !== 2) {
    if (Date.now() > deadline) throw new Error("the server did not take up revision 2 within ten seconds");
  }
  await page.evaluate(() => window.keyaki.refresh());
  await page.waitForFunction(isShown, newName, { timeout: 20_000 });
  console.log("ok      an edited stand is on an open map without a reload");
} finally {
  await browser.close();
}
