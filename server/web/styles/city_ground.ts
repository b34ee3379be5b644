// The city's own areas and lines: its border, rivers, streets, walking courses, and the zones that a hazard reaches.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import type { Palette } from "./palettes";
import { cityPlace, growing, ownColour } from "./parts";

const roundLine = { "line-cap": "round", "line-join": "round" } as const;

function boundaryFill(palette: Palette): LayerSpecification {
  return { id: "boundary-fill", type: "fill", ...cityPlace("boundary"), paint: { "fill-color": palette.ground, "fill-antialias": true } };
}

function boundaryLayers(palette: Palette): LayerSpecification[] {
  const glow: LayerSpecification = {
    id: "boundary-glow", type: "line", ...cityPlace("boundary"), layout: { "line-join": "round" },
    paint: { "line-color": palette.boundary, "line-opacity": palette.boundaryGlow, "line-width": growing([10, 4], [14, 14]) },
  };
  const line: LayerSpecification = {
    id: "boundary-line", type: "line", ...cityPlace("boundary"), layout: { "line-join": "round" },
    paint: { "line-color": palette.boundary, "line-width": growing([10, 1.2], [14, 2.2]), "line-dasharray": [5, 1.6, 1, 1.6] },
  };
  return [glow, line];
}

/** With a base map beneath, which has the same rivers and streets in full, the city's few are marked on it. */
function lineLayers(palette: Palette, hasBase: boolean): LayerSpecification[] {
  const opacity = hasBase ? 0.45 : 1;
  const casing = (id: string, layer: string, colour: string): LayerSpecification[] => hasBase ? [] : [{
    id, type: "line", ...cityPlace(layer), layout: roundLine,
    paint: { "line-color": colour, "line-width": growing([10, 2.4], [14, 8], [17, 22]) },
  }];
  return [
    ...casing("rivers-casing", "rivers", palette.isForDisaster ? palette.waterEdge : palette.courseCasing),
    {
      id: "rivers", type: "line", ...cityPlace("rivers"), layout: roundLine,
      paint: { "line-color": palette.isForDisaster ? palette.water : palette.waterEdge, "line-width": growing([10, 1.4], [14, 5.5], [17, 18]), "line-opacity": opacity },
    },
    ...casing("streets-casing", "streets", palette.mainCasing),
    {
      id: "streets", type: "line", ...cityPlace("streets"), layout: roundLine,
      paint: { "line-color": palette.main, "line-width": growing([10, 1.4], [14, 6], [17, 19]), "line-opacity": opacity },
    },
  ];
}

function courseLayers(palette: Palette): LayerSpecification[] {
  if (palette.isForDisaster) {
    return [{
      id: "walking_courses", type: "line", ...cityPlace("walking_courses"), layout: { "line-join": "round" },
      paint: { "line-color": palette.path, "line-width": growing([12, 1], [17, 3]), "line-dasharray": [3, 1.5] },
    }];
  }
  return [
    {
      id: "walking_courses-casing", type: "line", ...cityPlace("walking_courses"), layout: roundLine,
      paint: { "line-color": palette.courseCasing, "line-opacity": 0.9, "line-width": growing([10, 3], [14, 7], [17, 12]) },
    },
    {
      id: "walking_courses", type: "line", ...cityPlace("walking_courses"), layout: roundLine,
      paint: { "line-color": ownColour(palette, "#b4531a"), "line-width": growing([10, 1.6], [14, 4], [17, 7]), "line-dasharray": [2.2, 1.1] },
    },
  ];
}

const isWater: ExpressionSpecification = ["in", ["get", "hazard"], ["literal", ["flood", "inland_flood", "tsunami", "storm_surge"]]];

/** Water by its depth, in the steps and colours of Japan's hazard maps; slopes yellow, and red where houses may be destroyed. */
const zoneColour: ExpressionSpecification = [
  "case",
  isWater,
  ["step", ["to-number", ["get", "depth_m"], 0], "#f7f5a9", 0.5, "#ffd8c0", 3, "#ffb7b7", 5, "#ff9191", 10, "#f285c9", 20, "#dc7adc"],
  ["==", ["get", "hazard"], "landslide"],
  ["case", ["==", ["get", "severe"], true], "#e8473f", "#ffd400"],
  "#c9a6e4",
];
const zonePattern: ExpressionSpecification = ["case", isWater, "pattern-water", ["==", ["get", "hazard"], "landslide"], "pattern-slope", "pattern-dots"];
const zoneEdge: ExpressionSpecification = ["case", isWater, "#0b3d91", ["==", ["get", "hazard"], "landslide"], "#5c2c00", "#3d0066"];
const isArea: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];

function zoneLayers(palette: Palette): LayerSpecification[] {
  const pattern: LayerSpecification[] = !palette.isForDisaster ? [] : [{
    id: "hazard_zones-pattern", type: "fill", ...cityPlace("hazard_zones"), minzoom: 12, filter: isArea, paint: { "fill-pattern": zonePattern, "fill-opacity": 0.5 },
  }];
  return [
    { id: "hazard_zones", type: "fill", ...cityPlace("hazard_zones"), filter: isArea, paint: { "fill-color": zoneColour, "fill-opacity": palette.zoneOpacity } },
    ...pattern,
    {
      id: "hazard_zones-edge", type: "line", ...cityPlace("hazard_zones"), layout: { "line-join": "round" },
      paint: {
        "line-color": palette.isForDisaster || palette.id === "light" ? zoneEdge : zoneColour,
        "line-width": palette.isForDisaster ? growing([10, 0.8], [16, 2.6]) : growing([10, 0.4], [16, 1.2]),
      },
    },
  ];
}

/** What lies below all streets: they must be seen within a zone. With a base map the ground is the base map's. */
export function cityAreas(palette: Palette, hasBase: boolean): LayerSpecification[] {
  return [...(hasBase ? [] : [boundaryFill(palette)]), ...zoneLayers(palette)];
}

export function cityLines(palette: Palette, hasBase: boolean): LayerSpecification[] {
  return [...boundaryLayers(palette), ...lineLayers(palette, hasBase), ...courseLayers(palette)];
}
