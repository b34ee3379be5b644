// Runs the browser tests against a running keyaki that has the sample city:
//   node run.mjs BASE_URL OUT_DIR [WORDS]
// Screenshots go to OUT_DIR; only tests whose name holds WORDS are run. Exits 1 when a test fails.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startBrowser } from "./browser.mjs";
import { tests as accessTests } from "./access_test.mjs";
import { tests as mapTests } from "./map_test.mjs";
import { tests as networkTests } from "./network_test.mjs";
import { tests as styleTests } from "./style_test.mjs";

const [baseUrl, outFolder, words = ""] = process.argv.slice(2);
if (baseUrl === undefined || outFolder === undefined) {
  console.error("expected: node run.mjs BASE_URL OUT_DIR [WORDS]");
  process.exit(2);
}
await mkdir(outFolder, { recursive: true });

const browser = await startBrowser();
let passed = 0;
let failed = 0;
try {
  for (const [name, test] of [...mapTests, ...styleTests, ...accessTests, ...networkTests].filter(([name]) => name.includes(words))) {
    const began = Date.now();
    try {
      await test({ browser, baseUrl, screenshot: (page, file) => page.screenshot({ path: join(outFolder, file) }) });
      passed += 1;
      console.log(`ok      ${name} (${Date.now() - began} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${String(error.stack ?? error).replace(/^/gm, "        ")}`);
      const pages = browser.contexts().flatMap((context) => context.pages());
      await Promise.all(pages.map((page, index) => page.screenshot({ path: join(outFolder, `failed-${failed}-${index}.png`) }).catch(() => undefined)));
    } finally {
      await Promise.all(browser.contexts().map((context) => context.close()));
    }
  }
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
