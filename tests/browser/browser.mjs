// Starts Debian's Chromium and opens pages that remember what went wrong on them.
import { chromium } from "playwright-core";

const flags = [
  "--no-sandbox", // CI runs as root
  "--use-gl=angle",
  "--use-angle=swiftshader", // WebGL without a graphics card
  "--enable-unsafe-swiftshader",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Each start has a temporary profile of its own, which Playwright removes. */
export function startBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: flags });
}

export const desktop = { viewport: { width: 1280, height: 800 } };
export const phone = { viewport: { width: 375, height: 667 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

/** A page that collects console errors, uncaught errors and requests that leave `baseUrl`. `before` may prepare routes. */
export async function openPage(browser, baseUrl, { path = "/", before = undefined, waitForMap = true, ...settings } = {}) {
  const context = await browser.newContext({ ...desktop, locale: "ja-JP", timezoneId: "Asia/Tokyo", reducedMotion: "reduce", ...settings });
  const page = await context.newPage();
  const trouble = { errors: [], strangers: [] };
  page.on("console", (message) => {
    if (message.type() === "error") trouble.errors.push(message.text());
  });
  page.on("pageerror", (error) => trouble.errors.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== new URL(baseUrl).origin) trouble.strangers.push(request.url());
  });
  if (before !== undefined) await before(page, context);
  await page.goto(new URL(path, baseUrl).href);
  if (waitForMap) await mapIsDrawn(page);
  return { page, context, trouble };
}

/** Waits until the map has come to rest with all its tiles and pictograms, and the panel has its lists. */
export async function mapIsDrawn(page) {
  await page.waitForFunction(() => window.keyaki?.map?.loaded() === true && !window.keyaki.map.isMoving(), undefined, { timeout: 60_000 });
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        window.keyaki.map.once("idle", resolve);
        window.keyaki.map.triggerRepaint();
      }),
  );
}

/** Moves the camera at once. */
export async function lookAt(page, center, zoom) {
  await page.evaluate(([at, level]) => window.keyaki.map.jumpTo({ center: at, zoom: level }), [center, zoom]);
  await mapIsDrawn(page);
}

/** The names of a layer's features on the map, sorted. */
export async function drawn(page, layer) {
  await mapIsDrawn(page);
  return (await page.evaluate((id) => window.keyaki.drawn(id), layer)).sort();
}

/** Where a place stands in the browser's window, in CSS pixels. */
export function onScreen(page, lngLat) {
  return page.evaluate((at) => {
    const point = window.keyaki.map.project(at);
    const box = window.keyaki.map.getCanvas().getBoundingClientRect();
    return { x: box.left + point.x, y: box.top + point.y };
  }, lngLat);
}

/** The colours of the drawn map as "r,g,b", counted; read while the frame is still in the buffer. */
export function coloursOfMap(page) {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        const { map } = window.keyaki;
        map.once("render", () => {
          const gl = map.getCanvas().getContext("webgl2");
          const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
          const pixels = new Uint8Array(width * height * 4);
          gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
          const counts = {};
          for (let at = 0; at < pixels.length; at += 4) {
            const colour = `${pixels[at]},${pixels[at + 1]},${pixels[at + 2]}`;
            counts[colour] = (counts[colour] ?? 0) + 1;
          }
          resolve(counts);
        });
        map.triggerRepaint();
      }),
  );
}
