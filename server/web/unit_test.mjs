// Tests of the page's pure parts and of the styles, without a browser:
//   node unit_test.mjs [NODE_MODULES]
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { loadModule } from "./load_module.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const modules = resolve(process.argv[2] ?? join(here, "node_modules"));
const esbuild = createRequire(join(modules, "here.cjs"))("esbuild");
const spec = await import(pathToFileURL(join(modules, "@maplibre/maplibre-gl-style-spec/dist/index.mjs")).href);

const facts = await loadModule(esbuild, modules, "src/facts.ts");
const nearest = await loadModule(esbuild, modules, "pack/nearest.ts");
const mapStyle = await loadModule(esbuild, modules, "src/map_style.ts");
const { BaseTiles } = await loadModule(esbuild, modules, "src/base_tiles.ts");
const { allStyles } = await loadModule(esbuild, modules, "styles/styles.ts");
const { icons } = await loadModule(esbuild, modules, "icons/icons.ts");
const labels = await loadModule(esbuild, modules, "styles/labels.ts");
const { palettes } = await loadModule(esbuild, modules, "styles/palettes.ts");
const styles = Object.entries(JSON.parse(JSON.stringify(allStyles("keyaki-mark"))));
const tileSet = { tiles: ["http://127.0.0.1/{z}/{x}/{y}.mvt"], minzoom: 0, maxzoom: 14, bounds: undefined, attribution: "", layerIds: ["shelters", "toshokan", "buildings"] };

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

test("distances and directions are those of the sphere", () => {
  const tokyoStation = [139.7671, 35.6812];
  const kiyoseStation = [139.5197, 35.7722];
  assert.ok(Math.abs(nearest.distanceM(tokyoStation, kiyoseStation) - 24_540) < 30);
  assert.equal(nearest.distanceM(kiyoseStation, kiyoseStation), 0);
  assert.ok(Math.abs(nearest.distanceM([0, 0], [0, 1]) - 111_195) < 1);
  const [x, y] = kiyoseStation;
  const around = [[0, 1], [1, 0.8], [1, 0], [1, -0.8], [0, -1], [-1, -0.8], [-1, 0], [-1, 0.8]];
  around.forEach(([east, north], point) => {
    assert.equal(nearest.compassPoint(nearest.bearingOf(kiyoseStation, [x + east / 100, y + north / 100])), point);
  });
  assert.equal(nearest.compassPoint(359.9), 0);
  assert.equal(nearest.walkingMinutes(0), 1);
  assert.equal(nearest.walkingMinutes(81), 2);
});

test("the nearest shelters are those that looking at every one finds, for every hazard", () => {
  let state = 7;
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  const shelters = Array.from({ length: 300 }, (_, index) => ({
    id: `s${index}`,
    properties: { hazard_flood: random() < 0.4, hazard_fire: random() < 0.5 },
    at: [139.4 + random() / 5, 35.7 + random() / 5],
  }));
  for (let round = 0; round < 50; ++round) {
    const from = [139.4 + random() / 5, 35.7 + random() / 5];
    for (const hazards of [[], ["hazard_flood"], ["hazard_flood", "hazard_fire"]]) {
      const found = nearest.nearestShelters(shelters, from, hazards, 3);
      const usable = shelters.filter((one) => hazards.every((name) => one.properties[name]));
      const expected = [...usable].sort((a, b) => nearest.distanceM(from, a.at) - nearest.distanceM(from, b.at)).slice(0, 3);
      assert.deepEqual(found.map(({ shelter }) => shelter.id), expected.map(({ id }) => id));
    }
  }
  assert.deepEqual(nearest.nearestShelters(shelters, [139, 35], ["hazard_tsunami"], 3), []);
});

test("a shelter that is an area is gone to in its middle, and one without a place is none", () => {
  const ring = [[[139, 35], [141, 35], [141, 36], [139, 36], [139, 35]]];
  assert.deepEqual(nearest.placeOf({ type: "Polygon", coordinates: ring }), [140, 35.5]);
  assert.deepEqual(nearest.placeOf({ type: "Point", coordinates: [1, 2] }), [1, 2]);
  const features = [{ id: 1, properties: {}, geometry: null }, { id: 2, properties: null, geometry: { type: "Point", coordinates: [1, 2] } }];
  assert.deepEqual(nearest.sheltersOf({ features }), [{ id: "2", properties: {}, at: [1, 2] }]);
  assert.deepEqual(nearest.sheltersOf(null), []);
});

test("switches and lists begin with what people look for", () => {
  const ids = ["boundary", "farm_stands", "rivers", "shelters", "toshokan"].map((id) => ({ id }));
  assert.deepEqual(facts.inReadingOrder(ids).map((layer) => layer.id), ["shelters", "farm_stands", "toshokan", "rivers", "boundary"]);
});

test("there are three styles, each with a base map and without", () => {
  assert.deepEqual(styles.map(([name]) => name).sort(), [
    "dark.base.json", "dark.json", "disaster.base.json", "disaster.json", "light.base.json", "light.json",
  ]);
});

/** The layers of Shortbread 1.0 that the styles draw, and what its attributes are called (https://shortbread-tiles.org/schema/1.0/). */
const named = ["name", "name_en", "name_de", "name_ja"];
const shortbread = {
  ocean: [],
  water_polygons: ["kind", "way_area"],
  water_polygons_labels: ["kind", "way_area", ...named],
  water_lines: ["kind", "bridge", "tunnel"],
  water_lines_labels: ["kind", "bridge", "tunnel", ...named],
  dam_lines: ["kind"],
  dam_polygons: ["kind"],
  pier_lines: ["kind"],
  pier_polygons: ["kind"],
  boundaries: ["admin_level", "maritime", "disputed"],
  boundary_labels: ["admin_level", "way_area", ...named],
  place_labels: ["kind", "population", ...named],
  land: ["kind"],
  sites: ["kind"],
  buildings: ["dummy"],
  addresses: ["housename", "housenumber"],
  streets: ["kind", "link", "rail", "tunnel", "bridge", "tracktype", "surface", "service", "oneway", "oneway_reverse", "bicycle", "horse"],
  street_polygons: ["kind", "rail", "tunnel", "bridge", "surface", "service"],
  street_labels: ["kind", "tunnel", "ref", "ref_rows", "ref_cols", ...named],
  streets_polygons_labels: ["kind", ...named],
  street_labels_points: ["kind", "ref", ...named],
  bridges: ["kind"],
  aerialways: ["kind"],
  ferries: ["kind", ...named],
  public_transport: ["kind", "iata", ...named],
  pois: ["amenity", "leisure", "tourism", "shop", "man_made", "historic", "emergency", "highway", "office", "religion", "denomination", "cuisine", "sport",
    "vending", "information", "tower:type", "atm", "housename", "housenumber", ...named],
};

/** Calls with each expression within a value. */
function eachExpression(value, visit) {
  if (!Array.isArray(value)) {
    if (typeof value === "object" && value !== null) Object.values(value).forEach((part) => eachExpression(part, visit));
    return;
  }
  visit(value);
  value.forEach((part) => eachExpression(part, visit));
}

function imagesOf(layer) {
  const found = new Set();
  const collect = (value) => {
    if (typeof value === "string" && value !== "") found.add(value);
    else if (Array.isArray(value)) outputsOf(value).forEach(collect);
  };
  for (const property of ["icon-image", "fill-pattern"]) collect(layer.layout?.[property] ?? layer.paint?.[property]);
  eachExpression(layer.layout?.["text-field"], (expression) => {
    if (expression[0] === "image") collect(expression[1]);
  });
  return found;
}

/** The values that a `case` or `match` may have. */
function outputsOf(expression) {
  const [operator, ...parts] = expression;
  if (operator === "case") return [...parts.filter((_, index) => index % 2 === 1), parts.at(-1)];
  if (operator === "match") return [...parts.slice(1).filter((_, index) => index % 2 === 1), parts.at(-1)];
  throw new Error(`an image chosen by ${operator}, which this test does not know`);
}

for (const [name, style] of styles) {
  test(`${name} is a valid style that names no other server`, () => {
    assert.deepEqual(spec.validateStyleMin(style), []);
    assert.equal(style.sources.city.url, "/tiles/city.json");
    assert.equal(style.sources.base?.url, name.includes("base") ? "/tiles/base.json" : undefined);
    assert.equal(style.glyphs, "/glyphs/{fontstack}/{range}.pbf");
    assert.equal(style.sprite, "/sprites/keyaki-mark");
    assert.doesNotMatch(JSON.stringify(style), /https?:/);
  });

  test(`${name} reads layers and attributes of Shortbread alone, and every icon it draws is in the sprites`, () => {
    for (const layer of style.layers) {
      for (const image of imagesOf(layer)) assert.ok(Object.hasOwn(icons, image), `${layer.id} draws ${image}`);
      if (layer.source !== "base") continue;
      const attributes = shortbread[layer["source-layer"]];
      assert.ok(attributes !== undefined, `${layer.id} draws ${layer["source-layer"]}`);
      eachExpression({ ...layer.layout, ...layer.paint, filter: layer.filter }, ([operator, attribute]) => {
        if (operator === "get" || operator === "has") assert.ok(attributes.includes(attribute), `${layer.id} reads ${attribute}`);
      });
    }
  });

  test(`${name} writes every name in Japanese first, in fonts that the server has glyphs for`, () => {
    for (const layer of style.layers.filter((each) => each.layout?.["text-field"] !== undefined)) {
      assert.ok([["Noto Sans CJK JP Bold"], ["Noto Sans CJK JP Regular"]].some((font) => JSON.stringify(font) === JSON.stringify(layer.layout["text-font"])), layer.id);
      if (!layer.id.endsWith("-label")) continue;
      const label = layer.layout["text-field"];
      assert.deepEqual(labels.inLanguage(label, "ja"), label, layer.id);
      assert.notDeepEqual(labels.inLanguage(label, "en"), label, layer.id);
      assert.deepEqual(labels.inLanguage(labels.inLanguage(label, "en"), "ja"), label, layer.id);
    }
  });

  for (const language of ["ja", "en"]) {
    test(`${name} joined with tiles, language ${language} and each month stays valid and draws unknown layers`, () => {
      for (let month = 1; month <= 12; ++month) {
        const joined = mapStyle.buildStyle(style, tileSet, language, month);
        assert.deepEqual(spec.validateStyleMin(joined), []);
        assert.equal(joined.glyphs, undefined); // labels are drawn with the reader's fonts
        for (const own of ["toshokan", "buildings"]) { // the base map too has buildings
          const unknown = joined.layers.filter((layer) => mapStyle.cityLayerOf(layer) === own);
          assert.deepEqual(unknown.map((layer) => layer.type), ["fill", "line", "circle", "symbol"], own);
        }
      }
      assert.equal(style.layers.some((layer) => layer["source-layer"] === "toshokan"), false, "the server's style is not changed");
    });
  }
}

test("layers of the base map and of a draft are none of the city's, whatever their names", () => {
  const place = (source) => ({ id: source, type: "line", source, "source-layer": "streets" });
  assert.deepEqual(["city", "base", "keyaki-draft"].map((source) => mapStyle.cityLayerOf(place(source))), ["streets", undefined, undefined]);
  assert.equal(mapStyle.cityLayerOf({ id: "background", type: "background" }), undefined);
});

function evaluate(expression, properties) {
  const parsed = spec.createExpression(expression, "layers[0].layout.text-field");
  assert.equal(parsed.result, "success", JSON.stringify(expression));
  return parsed.value.evaluate({ zoom: 16 }, { type: 1, properties });
}

test("a name is the Japanese one, else the local one, else the English one", () => {
  assert.equal(evaluate(labels.nameIn.ja, { name: "Neubrandenburg", name_ja: "ノイブランデンブルク", name_en: "Neubrandenburg" }), "ノイブランデンブルク");
  assert.equal(evaluate(labels.nameIn.ja, { name: "清瀬", name_en: "Kiyose" }), "清瀬");
  assert.equal(evaluate(labels.nameIn.ja, { name_en: "Kiyose" }), "Kiyose");
  assert.equal(evaluate(labels.nameIn.ja, {}), "");
  assert.equal(evaluate(labels.nameIn.en, { name: "清瀬", name_en: "Kiyose" }), "Kiyose");
  assert.equal(evaluate(labels.nameIn.en, { name: "清瀬" }), "清瀬");
  assert.equal(evaluate(labels.otherNameIn.ja, { name: "清瀬", name_en: "Kiyose" }), "\nKiyose");
  assert.equal(evaluate(labels.otherNameIn.ja, { name: "清瀬" }), "");
});

test("a zone says what threatens and how deep the water may stand", () => {
  assert.equal(evaluate(labels.hazardIn.ja, { hazard: "flood", depth_m: 3 }), "洪水 3m以上");
  assert.equal(evaluate(labels.hazardIn.en, { hazard: "landslide" }), "Landslide");
  assert.equal(evaluate(labels.hazardIn.ja, { hazard: "fire" }), "大規模な火事", "as the page says it");
  assert.equal(evaluate(labels.hazardIn.ja, { hazard: "snow" }), "snow");
});

test("a lake has its name as soon as it covers some 65 pixels in square, from zoom 10", () => {
  for (const [name, style] of styles.filter(([each]) => each.includes("base"))) {
    const { filter, minzoom } = style.layers.find((layer) => layer.id === "base-water-label");
    const isNamed = (zoom, wayArea) => spec.featureFilter(filter, "layers[0].filter").filter({ zoom }, { type: 1, properties: { way_area: wayArea } });
    const imbaNuma = 49.6e6; // m² in Web Mercator
    assert.deepEqual([8, 10].map((zoom) => isNamed(zoom, imbaNuma)), [false, true], name);
    assert.deepEqual([13, 14, 15].map((zoom) => isNamed(zoom, 50_000)), [false, false, true], name);
    assert.equal(minzoom, 10);
  }
});

// WCAG 2.2, 1.4.3 and 1.4.6: contrast of relative luminances.
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

test("letters stand out from their halo: at least 4.5 to 1, in a disaster 7 to 1 from halo and ground alike", () => {
  for (const palette of palettes) {
    const least = palette.isForDisaster ? 7 : 4.5;
    for (const key of Object.keys(palette).filter((each) => each.startsWith("text"))) {
      assert.ok(contrast(palette[key], palette.halo) >= least, `${palette.id} ${key} on its halo: ${contrast(palette[key], palette.halo)}`);
      for (const ground of palette.isForDisaster ? ["ground", "water", "wood", "building", "main"] : []) {
        assert.ok(contrast(palette[key], palette[ground]) >= least, `${key} on ${ground}: ${contrast(palette[key], palette[ground])}`);
      }
    }
  }
});

test("in a disaster the edges of streets, water and houses stand out 3 to 1 from the ground, as graphics must", () => {
  const palette = palettes.find((each) => each.isForDisaster);
  for (const key of ["mainCasing", "minorCasing", "waterEdge", "buildingEdge", "path", "rail", "border", "boundary"]) {
    assert.ok(contrast(palette[key], palette.ground) >= 3, `${key}: ${contrast(palette[key], palette.ground)}`);
  }
});

const refresh = await loadModule(esbuild, modules, "src/tile_refresh.ts");

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

test("of a base map that was replaced exactly the tiles that differ are asked for past the browser's cache, also thousands of them", () => {
  const url = (x) => `http://127.0.0.1/tiles/base/14/${x}/6451.mvt`;
  const base = new BaseTiles();
  assert.equal(base.note("1"), false);
  assert.equal(base.request(url(1)), undefined);
  base.replaced({ archive: "base", version: "2", tiles: [{ zoom: 14, tiles: Array.from({ length: 20_000 }, (_, x) => [x, 6451]) }] });
  assert.deepEqual(base.request(url(1)), { url: url(1), cache: "no-cache" });
  assert.deepEqual(base.request(url(1)), { url: url(1), cache: "no-cache" }); // the first may have been given up
  assert.equal(base.request(url(20_000)), undefined);
  assert.equal(base.request("http://127.0.0.1/tiles/shelters@1/14/1/6451.mvt"), undefined);
  assert.equal(base.note("2"), false);
  assert.equal(base.note("3"), true); // something was missed
  assert.deepEqual(base.request(url(20_000)), { url: url(20_000), cache: "no-cache" });
});
