// Which places to flee to are nearest, and in which direction. Pure functions; distances are straight lines on the sphere.
import { hasAll } from "../src/facts";
import type { LngLatTuple, Properties } from "../src/city_api";

export interface Shelter {
  id: string;
  properties: Properties;
  at: LngLatTuple;
}

export interface Found {
  shelter: Shelter;
  distanceM: number;
  bearing: number; // degrees clockwise from north
}

const earthRadiusM = 6_371_008.8; // the mean radius of WGS 84
const walkedInAMinuteM = 80; // as Japanese advertising of real estate counts

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

export function distanceM([lonA, latA]: LngLatTuple, [lonB, latB]: LngLatTuple): number {
  const half = (degrees: number): number => Math.sin(radians(degrees) / 2) ** 2;
  const share = half(latB - latA) + Math.cos(radians(latA)) * Math.cos(radians(latB)) * half(lonB - lonA);
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(share)));
}

/** Degrees clockwise from north, 0 to 360, in which to set out. */
export function bearingOf([lonA, latA]: LngLatTuple, [lonB, latB]: LngLatTuple): number {
  const east = Math.sin(radians(lonB - lonA)) * Math.cos(radians(latB));
  const north =
    Math.cos(radians(latA)) * Math.sin(radians(latB)) - Math.sin(radians(latA)) * Math.cos(radians(latB)) * Math.cos(radians(lonB - lonA));
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** 0 north, 1 north-east … 7 north-west. */
export function compassPoint(bearing: number): number {
  return Math.round(bearing / 45) % 8;
}

/** At the least: along the straight line. A way with corners takes longer. */
export function walkingMinutes(metres: number): number {
  return Math.max(1, Math.ceil(metres / walkedInAMinuteM));
}

/** The nearest ones that are designated for every one of the hazards, the nearest first; of equally near ones the first by id. */
export function nearestShelters(shelters: readonly Shelter[], from: LngLatTuple, hazards: readonly string[], count: number): Found[] {
  return shelters
    .filter((shelter) => hasAll(shelter.properties, hazards))
    .map((shelter) => ({ shelter, distanceM: distanceM(from, shelter.at), bearing: bearingOf(from, shelter.at) }))
    .sort((a, b) => a.distanceM - b.distanceM || (a.shelter.id < b.shelter.id ? -1 : 1))
    .slice(0, count);
}

function positionsOf(geometry: GeoJSON.Geometry): LngLatTuple[] {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(positionsOf);
  const found: LngLatTuple[] = [];
  const take = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    if (typeof value[0] === "number") found.push([value[0], Number(value[1])]);
    else value.forEach(take);
  };
  take(geometry.coordinates);
  return found;
}

/** Where one goes to: the point itself, else the middle of the box around an area. Nothing without a position. */
export function placeOf(geometry: GeoJSON.Geometry | null): LngLatTuple | undefined {
  const positions = geometry === null ? [] : positionsOf(geometry);
  if (positions.length === 0) return undefined;
  const lons = positions.map(([lon]) => lon);
  const lats = positions.map(([, lat]) => lat);
  return [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
}

/** Of the pack's GeoJSON; what has no place is no place to flee to. */
export function sheltersOf(collection: GeoJSON.FeatureCollection | null): Shelter[] {
  return (collection?.features ?? []).flatMap((feature) => {
    const at = placeOf(feature.geometry);
    return at === undefined ? [] : [{ id: String(feature.id ?? ""), properties: (feature.properties ?? {}) as Properties, at }];
  });
}
