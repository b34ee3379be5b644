// How a feature is told in words: in a pop-up, and as a line of the list. The page's language comes first, the other second.
import type { CityFeature, Properties } from "./city_api";
import { element } from "./dom";
import { hazards, isInSeason, monthInTokyo, shopClasses } from "./facts";
import { isWord, language, word, type Language, type Word } from "./language";

/** Names of a feature: the first in the page's language. The second is missing when the data has only one. */
export function names(properties: Properties, fallback: string): [string, string | undefined] {
  const ja = properties["name"];
  const en = properties["name_en"];
  const ordered = language() === "ja" ? [ja, en] : [en, ja];
  const present = ordered.filter((name): name is string => typeof name === "string" && name !== "");
  return [present[0] ?? fallback, present[1]];
}

/** `key`_en in English where there is one. */
export function localized(properties: Properties, key: string): string | undefined {
  const value = (language() === "en" ? properties[`${key}_en`] : undefined) ?? properties[key];
  return value === null || value === undefined || value === "" ? undefined : String(value);
}

function otherLanguage(): Language {
  return language() === "ja" ? "en" : "ja";
}

type Row = [Word, Node | string | undefined];

function rowsOfShelter(properties: Properties): Row[] {
  return [
    ["address", localized(properties, "address")],
    ["note", localized(properties, "note")],
  ];
}

function rowsOfStand(properties: Properties): Row[] {
  const season = language() === "ja" ? properties["season_ja"] : (properties["season_en"] ?? properties["season_ja"]);
  return [
    ["products", localized(properties, "products")],
    ["season", season === null || season === undefined ? undefined : String(season)],
    ["hours", localized(properties, "open_hours")],
    ["payment", localized(properties, "payment")],
  ];
}

export function courseLength(properties: Properties): string | undefined {
  const length = Number(properties["length_m"]);
  if (!Number.isFinite(length) || length <= 0) return undefined;
  return word("lengthValue", { km: (length / 1000).toFixed(1), minutes: String(properties["walking_minutes"] ?? Math.ceil(length / 80)) });
}

function rowsOfSpot(properties: Properties): Row[] {
  const course = localized(properties, "course_name");
  const order = properties["order"];
  const radius = properties["radius_m"];
  return [
    ["course", course === undefined ? undefined : word("courseOrder", { course, order: String(order ?? "") })],
    ["checkIn", radius === undefined || radius === null ? undefined : word("checkInRadius", { radius: String(radius) })],
  ];
}

/** Layers without words of their own show what they have. */
function rowsOfUnknown(properties: Properties): [string, string][] {
  return Object.entries(properties)
    .filter(([key, value]) => !/^(name|name_en|id|common_id)$/.test(key) && value !== null && value !== "")
    .map(([key, value]) => [isWord(key) ? word(key) : key, typeof value === "boolean" ? word(value ? "yes" : "no") : String(value)]);
}

function rows(layer: string, properties: Properties): [string, Node | string][] {
  const known: Record<string, () => Row[]> = {
    shelters: () => rowsOfShelter(properties),
    farm_stands: () => rowsOfStand(properties),
    walking_courses: () => [["length", courseLength(properties)], ["about", localized(properties, "description")]],
    spots: () => rowsOfSpot(properties),
    shops: () => [["kind", localized(properties, "kind")]],
    stations: () => [["line", localized(properties, "line")]],
    rivers: () => [],
    boundary: () => [],
    streets: () => [["note", localized(properties, "note")]],
  };
  const own = known[layer];
  if (own === undefined) return rowsOfUnknown(properties);
  return own()
    .filter((row): row is [Word, Node | string] => row[1] !== undefined)
    .map(([key, value]) => [word(key), value]);
}

/** Labels that are true of the feature: hazards, season, classes. */
function marks(feature: Pick<CityFeature, "layer" | "properties">): HTMLElement | undefined {
  const { layer, properties } = feature;
  if (layer === "shelters") return hazardMarks(properties);
  if (layer === "shops") {
    const classes = shopClasses.filter((name) => properties[name] === true);
    return markList(word("classes"), classes.map((name) => element("li", { class: "mark mark-class" }, word(`class_${name}`))));
  }
  if (layer !== "farm_stands") return undefined;
  const ripe = isInSeason(properties, monthInTokyo(new Date()));
  return markList(word("season"), [
    element("li", { class: ripe ? "mark mark-season" : "mark mark-off" }, word(ripe ? "inSeason" : "outOfSeason")),
  ]);
}

function markList(label: string, items: HTMLElement[]): HTMLElement {
  return element("ul", { class: "marks", "aria-label": label }, ...items);
}

function hazardMarks(properties: Properties): HTMLElement {
  const known = hazards.filter((name) => typeof properties[name] === "boolean");
  const items = known
    .filter((name) => properties[name] === true)
    .map((name) => element("li", { class: "mark mark-hazard" }, word(name)));
  if (properties["designated_shelter"] === true) items.push(element("li", { class: "mark mark-stay" }, word("designatedShelter")));
  return markList(word("usableFor"), items);
}

let hazardsInUse: readonly string[] = [];

/** Which hazards the city's sites are designated for at all: a city without a coast has no site for a tsunami, and no warning about it. */
export function setHazardsInUse(used: readonly string[]): void {
  hazardsInUse = used;
}

/** The disasters for which other sites are designated but this one is not: the wrong place to go deserves a warning of its own. */
function missingHazards(feature: Pick<CityFeature, "layer" | "properties">): HTMLElement | undefined {
  if (feature.layer !== "shelters") return undefined;
  const missing = hazards.filter((name) => feature.properties[name] === false && hazardsInUse.includes(name));
  if (missing.length === 0) return undefined;
  const joined = missing.map((name) => word(name)).join(language() === "ja" ? "・" : ", ");
  return element("p", { class: "warning" }, `${word("notUsableFor")}: ${joined}`);
}

/** The description that a pop-up shows. Text nodes only. */
export function describe(feature: Pick<CityFeature, "layer" | "properties">, layerTitle: string): HTMLElement {
  const [first, second] = names(feature.properties, layerTitle);
  const facts = element("dl", { class: "facts" });
  for (const [term, value] of rows(feature.layer, feature.properties)) {
    facts.append(element("div", {}, element("dt", {}, term), element("dd", {}, value)));
  }
  return element(
    "article",
    { class: "description" },
    element("p", { class: "description-layer" }, layerTitle),
    element("h2", { class: "description-name", lang: language() }, first),
    second === undefined ? null : element("p", { class: "description-second", lang: otherLanguage() }, second),
    marks(feature),
    missingHazards(feature),
    facts.childElementCount > 0 ? facts : null,
  );
}

/** The second line of a list entry. */
export function summary(feature: CityFeature): string {
  const { layer, properties } = feature;
  if (layer === "shelters") return localized(properties, "address") ?? "";
  if (layer === "walking_courses") return courseLength(properties) ?? "";
  if (layer === "farm_stands") {
    const products = localized(properties, "products") ?? "";
    return isInSeason(properties, monthInTokyo(new Date())) ? `${word("inSeason")}: ${products}` : products;
  }
  if (layer === "spots") return localized(properties, "course_name") ?? "";
  if (layer === "shops") return shopClasses.filter((name) => properties[name] === true).map((name) => word(`class_${name}`)).join("・");
  return localized(properties, "line") ?? localized(properties, "address") ?? "";
}
