// What the city's properties mean: hazards of a shelter, seasons of a stand, classes of a shop. Pure functions over properties.
import type { ExpressionSpecification, FilterSpecification } from "maplibre-gl";
import { hazards as hazardTable, type HazardProperty } from "../styles/hazards";
import type { Properties } from "./city_api";

export const hazards = hazardTable.map(({ id }): HazardProperty => `hazard_${id}`);

export const shopClasses = ["universal_design", "child_friendly", "local_produce"] as const;
export type ShopClass = (typeof shopClasses)[number];

const layersPeopleLookFor = ["shelters", "farm_stands", "walking_courses", "spots", "shops", "stations"];
const layersOfTheGround = ["streets", "rivers", "boundary"];

/** The order of switches and lists: what people look for, then layers of the city's own, then the ground they lie on. */
export function inReadingOrder<T extends { id: string }>(layers: readonly T[]): T[] {
  const rank = (id: string): number => {
    const first = layersPeopleLookFor.indexOf(id);
    return first >= 0 ? first : layersPeopleLookFor.length + 1 + layersOfTheGround.indexOf(id);
  };
  return [...layers].sort((a, b) => rank(a.id) - rank(b.id));
}

/** The month (1–12) on the city's wall calendar, whatever the zone of the reader's device. */
export function monthInTokyo(now: Date): number {
  return Number(new Intl.DateTimeFormat("en-US", { timeZone: "Asia/Tokyo", month: "numeric" }).format(now));
}

/** `season_months` is text such as "6,7,11". */
export function isInSeason(properties: Properties, month: number): boolean {
  return String(properties["season_months"] ?? "")
    .split(",")
    .some((part) => part.trim() !== "" && Number(part) === month);
}

/** The same question for the map. The commas at both ends keep 1 from being found in 11. */
export function inSeasonExpression(month: number): ExpressionSpecification {
  return ["in", `,${month},`, ["concat", ",", ["coalesce", ["get", "season_months"], ""], ","]];
}

/** Every one of the chosen must be true: a family that flees from flood and landslide needs a place for both. */
export function hasAll(properties: Properties, chosen: readonly string[]): boolean {
  return chosen.every((name) => properties[name] === true);
}

export function hasAllFilter(chosen: readonly string[]): FilterSpecification {
  return ["all", ...chosen.map((name): ExpressionSpecification => ["==", ["get", name], true])];
}
