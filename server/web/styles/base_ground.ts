// The base map's ground: water, land and buildings of Shortbread 1.0 (https://shortbread-tiles.org/schema/1.0/), whoever made its tiles.
import type { LayerSpecification } from "maplibre-gl";
import type { Palette } from "./palettes";
import { basePlace, even, growing, isOneOf } from "./parts";

function landLayers(palette: Palette): LayerSpecification[] {
  const kinds: [name: string, kinds: string[], colour: string][] = [
    ["built", ["residential", "garages"], palette.built],
    ["trade", ["industrial", "commercial", "retail", "railway", "landfill", "brownfield", "greenfield", "quarry"], palette.trade],
    ["farm", ["farmland", "farmyard", "orchard", "vineyard", "allotments", "greenhouse_horticulture", "plant_nursery"], palette.farm],
    ["sand", ["sand", "beach", "bare_rock", "scree", "shingle"], palette.sand],
    [
      "grass",
      ["grass", "meadow", "village_green", "recreation_ground", "heath", "scrub", "grassland", "golf_course", "park", "garden", "playground",
        "miniature_golf", "cemetery", "grave_yard", "swamp", "bog", "string_bog", "wet_meadow", "marsh"],
      palette.grass,
    ],
    ["wood", ["forest"], palette.wood],
  ];
  return kinds.map(([name, values, colour]) => ({
    id: `base-land-${name}`, type: "fill", ...basePlace("land"), filter: isOneOf("kind", values), paint: { "fill-color": colour },
  }));
}

function waterLayers(palette: Palette): LayerSpecification[] {
  const water = { "fill-color": palette.water, "fill-outline-color": palette.waterEdge };
  return [
    { id: "base-ocean", type: "fill", ...basePlace("ocean"), paint: { "fill-color": palette.water } },
    { id: "base-water", type: "fill", ...basePlace("water_polygons"), filter: ["!=", ["get", "kind"], "glacier"], paint: water },
    {
      id: "base-glacier", type: "fill", ...basePlace("water_polygons"), filter: ["==", ["get", "kind"], "glacier"],
      paint: { "fill-color": palette.ground, "fill-outline-color": palette.waterEdge },
    },
    {
      id: "base-water-lines", type: "line", ...basePlace("water_lines"),
      layout: { "line-cap": "round", "line-join": "round" },
      paint: {
        "line-color": palette.waterEdge,
        "line-opacity": ["case", ["==", ["get", "tunnel"], true], 0.35, 1],
        "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 9, 0.8, 14, ["match", ["get", "kind"], ["river", "canal"], 3, 1.2], 17,
          ["match", ["get", "kind"], ["river", "canal"], 9, 3.5]],
      },
    },
    { id: "base-dams", type: "fill", ...basePlace("dam_polygons"), paint: { "fill-color": palette.buildingEdge } },
    { id: "base-dam-lines", type: "line", ...basePlace("dam_lines"), paint: { "line-color": palette.buildingEdge, "line-width": growing([12, 1], [17, 5]) } },
    { id: "base-piers", type: "fill", ...basePlace("pier_polygons"), paint: { "fill-color": palette.ground } },
    { id: "base-pier-lines", type: "line", ...basePlace("pier_lines"), paint: { "line-color": palette.ground, "line-width": growing([12, 1], [17, 6]) } },
  ];
}

function siteLayers(palette: Palette): LayerSpecification[] {
  return [
    { id: "base-sites", type: "fill", ...basePlace("sites"), paint: { "fill-color": palette.site, "fill-outline-color": palette.buildingEdge } },
    {
      id: "base-buildings", type: "fill", ...basePlace("buildings"), minzoom: 14,
      paint: { "fill-color": palette.building, "fill-outline-color": palette.buildingEdge, "fill-opacity": even([14, 0.6], [15.5, 1]) },
    },
    { id: "base-bridges", type: "fill", ...basePlace("bridges"), paint: { "fill-color": palette.site, "fill-outline-color": palette.minorCasing } },
  ];
}

export function baseGround(palette: Palette): LayerSpecification[] {
  return [...landLayers(palette), ...waterLayers(palette), ...siteLayers(palette)];
}
