// The base map's ways: tunnels below streets below bridges, each a casing with its filling; then tracks, borders and ferries.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Palette } from "./palettes";
import { basePlace, growing, isOneOf } from "./parts";

/** Widths of the fillings in pixels by kind; each kind of Shortbread's `streets` stands in one row. */
const widths: readonly { kinds: readonly string[]; at5: number; at10: number; at14: number; at18: number }[] = [
  { kinds: ["motorway"], at5: 0.8, at10: 2.2, at14: 7, at18: 26 },
  { kinds: ["trunk", "primary"], at5: 0.5, at10: 1.7, at14: 6, at18: 24 },
  { kinds: ["secondary"], at5: 0.4, at10: 1.2, at14: 5, at18: 21 },
  { kinds: ["tertiary"], at5: 0.3, at10: 0.8, at14: 4, at18: 19 },
  { kinds: ["unclassified", "residential", "busway", "bus_guideway", "runway"], at5: 0.2, at10: 0.5, at14: 2.4, at18: 15 },
  { kinds: ["living_street", "service", "pedestrian", "taxiway"], at5: 0.2, at10: 0.4, at14: 1.5, at18: 9 },
];
const streetKinds = widths.flatMap((row) => row.kinds);
const mainKinds = ["motorway", "trunk", "primary", "secondary", "tertiary"];
const pathKinds = ["track", "footway", "path", "cycleway", "steps"];
const railKinds = ["rail", "narrow_gauge", "light_rail", "tram", "subway", "funicular", "monorail"];

function byKind(column: "at5" | "at10" | "at14" | "at18", more: number): ExpressionSpecification {
  const pairs = widths.flatMap((row) => [[...row.kinds], row[column] + more]);
  const width = ["match", ["get", "kind"], ...pairs, 1 + more] as unknown as ExpressionSpecification;
  return ["*", width, ["case", ["==", ["get", "link"], true], 0.7, 1]];
}

/** The width of a filling, and of its casing where `edge` is more than nothing: so many pixels on each side. */
function width(edge: number): ExpressionSpecification {
  return [
    "interpolate", ["exponential", 1.5], ["zoom"],
    5, byKind("at5", 0), 10, byKind("at10", edge), 14, byKind("at14", 2 * edge), 18, byKind("at18", 2.6 * edge),
  ];
}

const isTunnel: ExpressionSpecification = ["==", ["get", "tunnel"], true];
const isBridge: ExpressionSpecification = ["==", ["get", "bridge"], true];
const isOpen: ExpressionSpecification = ["all", ["!", isTunnel], ["!", isBridge]];
/** Later rows of `widths` are drawn earlier. */
const largestLast: ExpressionSpecification = [
  "match", ["get", "kind"], ...widths.flatMap((row, index) => [[...row.kinds], widths.length - index]), 0,
] as unknown as ExpressionSpecification;

function fillColour(palette: Palette): ExpressionSpecification {
  return ["match", ["get", "kind"], "motorway", palette.motorway, ["trunk", "primary", "secondary", "tertiary"], palette.main, palette.minor];
}
function casingColour(palette: Palette): ExpressionSpecification {
  return ["match", ["get", "kind"], mainKinds, palette.mainCasing, palette.minorCasing];
}

function streetLayers(palette: Palette, name: string, which: ExpressionSpecification, opacity: number): LayerSpecification[] {
  const filter: ExpressionSpecification = ["all", isOneOf("kind", streetKinds), which];
  const layout = { "line-join": "round", "line-cap": name === "bridge" ? "butt" : "round", "line-sort-key": largestLast } as const;
  return [
    {
      id: `base-${name}-casing`, type: "line", ...basePlace("streets"), filter, layout,
      paint: { "line-color": casingColour(palette), "line-width": width(0.8), "line-opacity": opacity },
    },
    {
      id: `base-${name}`, type: "line", ...basePlace("streets"), filter, layout,
      paint: { "line-color": fillColour(palette), "line-width": width(0), "line-opacity": opacity },
    },
  ];
}

function pathLayers(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "base-paths", type: "line", ...basePlace("streets"), minzoom: 13, filter: isOneOf("kind", pathKinds),
      layout: { "line-join": "round" },
      paint: {
        "line-color": palette.path,
        "line-width": growing([13, 0.6], [18, 2.6]),
        "line-dasharray": [2.4, 1.2],
        "line-opacity": ["case", isTunnel, 0.4, 1],
      },
    },
    {
      id: "base-squares", type: "fill", ...basePlace("street_polygons"),
      paint: { "fill-color": palette.minor, "fill-outline-color": palette.minorCasing },
    },
  ];
}

/** Tracks as Japanese maps draw them: a dark line with light pieces in it. */
function railLayers(palette: Palette): LayerSpecification[] {
  const filter = isOneOf("kind", railKinds);
  const opacity: ExpressionSpecification = ["case", isTunnel, 0.35, 1];
  return [
    {
      id: "base-rail", type: "line", ...basePlace("streets"), filter,
      paint: { "line-color": palette.rail, "line-width": growing([8, 0.8], [14, 3], [18, 6]), "line-opacity": opacity },
    },
    {
      id: "base-rail-gaps", type: "line", ...basePlace("streets"), minzoom: 12.5, filter,
      paint: {
        "line-color": palette.railGap, "line-width": growing([12.5, 1], [14, 1.6], [18, 3.8]), "line-dasharray": [4, 4], "line-opacity": opacity,
      },
    },
  ];
}

function otherWays(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "base-aerialways", type: "line", ...basePlace("aerialways"),
      paint: { "line-color": palette.rail, "line-width": growing([12, 0.8], [18, 2.4]), "line-dasharray": [6, 2] },
    },
    {
      id: "base-ferries", type: "line", ...basePlace("ferries"),
      paint: { "line-color": palette.textWater, "line-width": growing([10, 0.8], [18, 2]), "line-dasharray": [4, 3] },
    },
    {
      id: "base-boundaries", type: "line", ...basePlace("boundaries"), filter: ["!=", ["get", "maritime"], true],
      layout: { "line-join": "round" },
      paint: {
        "line-color": palette.border,
        "line-width": ["interpolate", ["linear"], ["zoom"], 3, ["match", ["get", "admin_level"], 2, 1, 0.5], 12, ["match", ["get", "admin_level"], 2, 3, 1.6]],
        "line-dasharray": [4, 1.5, 1, 1.5],
      },
    },
  ];
}

export function baseStreets(palette: Palette): LayerSpecification[] {
  return [
    ...pathLayers(palette),
    ...streetLayers(palette, "tunnel", isTunnel, 0.45),
    ...streetLayers(palette, "street", isOpen, 1),
    ...streetLayers(palette, "bridge", isBridge, 1),
    ...railLayers(palette),
    ...otherWays(palette),
  ];
}
