// Tests of the page's pure parts and of the styles, without a browser:
//   node unit_test.mjs [NODE_MODULES]
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = resolve(process.argv[2] ?? join(here, "node_modules"));
const esbuild = createRequire(join(modules, "here.cjs"))("esbuild");
const spec = await import(pathToFileURL(join(modules, "@maplibre/maplibre-gl-style-spec/dist/index.mjs")).href);

/** Bundles one of the page's files as the page does, and imports it. */
async function load(file) {
  const built = await esbuild.build({ entryPoints: [join(here, "src", file)], bundle: true, write: false, format: "esm", nodePaths: [modules], logLevel: "warning" });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
}

const facts = await load("facts.ts");
const mapStyle = await load("map_style.ts");
const styles = readdirSync(join(here, "styles")).map((name) => [name, JSON.parse(readFileSync(join(here, "styles", name), "utf8"))]);
const tileSet = { tiles: ["http://127.0.0.1/{z}/{x}/{y}.mvt"], minzoom: 0, maxzoom: 14, bounds: undefined, attribution: "", layerIds: ["shelters", "toshokan"] };

function matches(filter, properties) {
  return spec.featureFilter(filter, "layers[0].filter").filter({ zoom: 14 }, { type: 1, properties });
}

test("the month is the one on the city's wall, whatever the reader's zone", () => {
  assert.equal(facts.monthInTokyo(new Date("2026-10-31T14:59:59Z")), 10);
  assert.equal(facts.monthInTokyo(new Date("2026-10-31T15:00:00Z")), 11); // midnight in Tokyo
  assert.equal(facts.monthInTokyo(new Date("2026-12-31T15:00:00Z")), 1);
});

test("list and map agree on what is in season, and 1 is not found in 11", () => {
  for (const months of ["", "1", "11", "11,12", "1,12", "6,7,11,12,1,2", "10"]) {
    for (let month = 1; month <= 12; ++month) {
      const properties = { season_months: months };
      const expected = months.split(",").includes(String(month));
      assert.equal(facts.isInSeason(properties, month), expected, `list: ${month} in "${months}"`);
      assert.equal(matches(facts.inSeasonExpression(month), properties), expected, `map: ${month} in "${months}"`);
    }
  }
  assert.equal(facts.isInSeason({}, 1), false);
  assert.equal(matches(facts.inSeasonExpression(1), {}), false);
});

test("list and map agree on the shelters for several disasters", () => {
  const names = ["hazard_flood", "hazard_fire"];
  for (const flood of [true, false, undefined]) {
    for (const fire of [true, false, undefined]) {
      const site = { hazard_flood: flood, hazard_fire: fire };
      for (const chosen of [[], ["hazard_flood"], names]) {
        const expected = chosen.every((name) => site[name] === true);
        assert.equal(facts.hasAll(site, chosen), expected);
        assert.equal(matches(facts.hasAllFilter(chosen), site), expected);
      }
    }
  }
});

test("switches and lists begin with what people look for", () => {
  const ids = ["boundary", "farm_stands", "rivers", "shelters", "toshokan"].map((id) => ({ id }));
  assert.deepEqual(facts.inReadingOrder(ids).map((layer) => layer.id), ["shelters", "farm_stands", "toshokan", "rivers", "boundary"]);
});

for (const [name, style] of styles) {
  test(`${name} is a valid style that names no other server`, () => {
    assert.deepEqual(spec.validateStyleMin(style), []);
    assert.equal(style.sources.city.url, "/tiles/city.json");
    assert.equal(style.glyphs, undefined); // labels are drawn with the reader's fonts
    assert.doesNotMatch(JSON.stringify(style), /https?:/);
  });

  for (const language of ["ja", "en"]) {
    test(`${name} joined with tiles, language ${language} and each month stays valid and draws unknown layers`, () => {
      for (let month = 1; month <= 12; ++month) {
        const joined = mapStyle.buildStyle(style, tileSet, language, month);
        assert.deepEqual(spec.validateStyleMin(joined), []);
        const unknown = joined.layers.filter((layer) => layer["source-layer"] === "toshokan");
        assert.deepEqual(unknown.map((layer) => layer.type), ["fill", "line", "circle", "symbol"]);
      }
      assert.equal(style.layers.some((layer) => layer["source-layer"] === "toshokan"), false, "the server's style is not changed");
    });
  }
}

const refresh = await load("tile_refresh.ts");

test("the revision in the tiles' address is found and exchanged for one layer alone", () => {
  const url = "http://127.0.0.1/tiles/spots@4,farm_spots@7,a@12/{z}/{x}/{y}.mvt";
  assert.equal(refresh.revisionIn(url, "spots"), 4);
  assert.equal(refresh.revisionIn(url, "farm_spots"), 7);
  assert.equal(refresh.revisionIn(url, "pots"), undefined);
  assert.equal(refresh.withRevision(url, "spots", 5), "http://127.0.0.1/tiles/spots@5,farm_spots@7,a@12/{z}/{x}/{y}.mvt");
  assert.equal(refresh.withRevision(url, "a", 13), "http://127.0.0.1/tiles/spots@4,farm_spots@7,a@13/{z}/{x}/{y}.mvt");
});

test("changed tiles are named as the map cuts them, and where any may have changed nothing is named", () => {
  const event = { layer: "a", before: 1, revision: 2, tiles: [{ zoom: 3, tiles: "all" }, { zoom: 13, tiles: [[4, 5]] }, { zoom: 14, tiles: [[8, 10]] }] };
  const tiles = refresh.tilesToRefresh(event, 14, 14, 15);
  assert.deepEqual(tiles, [
    { z: 13, x: 4, y: 5 }, { z: 14, x: 8, y: 10 },
    { z: 15, x: 16, y: 20 }, { z: 15, x: 17, y: 20 }, { z: 15, x: 16, y: 21 }, { z: 15, x: 17, y: 21 },
  ]);
  assert.equal(refresh.tilesToRefresh(event, 3, 14, 15), undefined);
  assert.equal(refresh.tilesToRefresh(event, 18, 14, 14).length, 2);
});
