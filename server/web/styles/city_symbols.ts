// The city's own labels and icons, the most urgent last: what is drawn later finds its room first.
import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";
import { hazards } from "./hazards";
import { hazardIn, lengthIn, nameIn, otherNameIn } from "./labels";
import type { Palette } from "./palettes";
import { boldFont, cityPlace, even, label, letters, ownColour } from "./parts";

/** Icons lie over everything; labels keep away from them. */
const alwaysDrawn = { "icon-allow-overlap": true, "icon-padding": 0 } as const;

function iconSize(palette: Palette): ExpressionSpecification {
  const times = palette.iconsTimes;
  return even([11, 0.5 * times], [13, 0.72 * times], [15, 0.92 * times], [17, 1.1 * times]);
}

/** A label stands above, below or beside the icon, wherever there is room. `share` of the usual icon's size is what the icon has. */
function besideIcon(palette: Palette, share = 1): Record<string, unknown> {
  const times = (palette.iconsTimes / palette.lettersTimes) * share;
  const at = (up: number, side: number): unknown =>
    ["literal", ["top", [0, up * times], "bottom", [0, -up * times], "left", [side * times, 0], "right", [-side * times, 0]]];
  return {
    "text-variable-anchor-offset": ["interpolate", ["linear"], ["zoom"], 13, at(1.5, 1.25), 17, at(1.7, 1.45)],
    "text-justify": "auto", "text-max-width": 9, "text-padding": 2,
  };
}

function lineLabels(palette: Palette): LayerSpecification[] {
  return [
    label(palette, "rivers-label", cityPlace("rivers"), palette.textWater, {
      minzoom: 12,
      layout: {
        "symbol-placement": "line", "symbol-spacing": 320, "text-letter-spacing": 0.25, "text-max-angle": 40, "text-size": letters(palette, [12, 12], [16, 16]),
      },
    }),
    label(palette, "streets-label", cityPlace("streets"), palette.textStreet, {
      minzoom: 12.5, layout: { "symbol-placement": "line", "symbol-spacing": 360, "text-letter-spacing": 0.15, "text-size": letters(palette, [12, 11], [16, 14]) },
    }),
    label(palette, "walking_courses-label", cityPlace("walking_courses"), ownColour(palette, "#8a3d10"), {
      minzoom: palette.isForDisaster ? 15 : 13,
      layout: {
        "symbol-placement": "line-center", "text-rotation-alignment": "viewport", "text-pitch-alignment": "viewport", "text-max-width": 14,
        "text-field": ["format", nameIn.ja, {}, "\n", {}, lengthIn.ja, { "font-scale": 0.9 }],
        "text-size": letters(palette, [13, 11.5], [16, 14]),
        "text-variable-anchor": ["bottom", "left", "right", "top", "center"], "text-radial-offset": 0.7, "text-justify": "auto",
      },
    }),
    label(palette, "hazard_zones-label", cityPlace("hazard_zones"), palette.text, {
      minzoom: 14, layout: { "text-field": hazardIn.ja, "text-size": letters(palette, [14, 11], [17, 13]), "text-padding": 30 },
    }),
    label(palette, "boundary-label", cityPlace("boundary"), palette.textBoundary, {
      maxzoom: 11.2, layout: { "text-size": letters(palette, [8, 18], [11, 18]), "text-letter-spacing": 0.3 },
    }),
  ];
}

/** In a disaster people look for shelters first: what else the city shows keeps small until they come near. */
function later(palette: Palette, zoom: number): number {
  return palette.isForDisaster ? Math.max(zoom + 1.8, 16) : zoom;
}

function pointLabels(palette: Palette): LayerSpecification[] {
  const beside = besideIcon(palette, palette.isForDisaster ? 0.7 : 1);
  const sizes = letters(palette, [13, 11.5], [17, 14]);
  return [
    label(palette, "spots-label", cityPlace("spots"), ownColour(palette, "#8a3d10"), { minzoom: later(palette, 14.2), layout: { ...beside, "text-size": sizes } }),
    label(palette, "shops-label", cityPlace("shops"), palette.textShop, { minzoom: later(palette, 14.2), layout: { ...beside, "text-size": sizes } }),
    label(palette, "farm_stands-label", cityPlace("farm_stands"), palette.textStand, { minzoom: later(palette, 13.6), layout: { ...beside, "text-size": sizes } }),
    label(palette, "stations-label", cityPlace("stations"), palette.text, { minzoom: 11.3, layout: { ...besideIcon(palette), "text-size": letters(palette, [11, 12], [16, 16]) } }),
    shelterLabel(palette),
  ];
}

/** In a disaster a shelter's label says both names, and by signs for which hazards the site is designated. */
function shelterLabel(palette: Palette): LayerSpecification {
  const place = cityPlace("shelters");
  if (!palette.isForDisaster) {
    return label(palette, "shelters-label", place, palette.textShelter, { minzoom: 12.9, layout: { ...besideIcon(palette), "text-size": letters(palette, [13, 11.5], [17, 14]) } });
  }
  const signs = hazards.flatMap(({ id }) => [["image", ["case", ["==", ["get", `hazard_${id}`], true], `hazard-${id.replaceAll("_", "-")}`, ""]], {}]);
  const both: ExpressionSpecification = ["format", nameIn.ja, {}, otherNameIn.ja, { "font-scale": 0.7 }];
  const all = ["format", nameIn.ja, {}, otherNameIn.ja, { "font-scale": 0.7 }, "\n", {}, ...signs] as unknown as ExpressionSpecification;
  return label(palette, "shelters-label", place, palette.textShelter, {
    minzoom: 12.4,
    layout: {
      ...besideIcon(palette),
      "text-field": ["step", ["zoom"], nameIn.ja, 14, both, 15, all],
      "text-size": letters(palette, [12.4, 10.5], [14, 12.5], [17, 15]),
      "text-max-width": 12,
    },
  });
}

function spotIcons(palette: Palette): LayerSpecification[] {
  return [
    {
      id: "spots-disc", type: "circle", ...cityPlace("spots"), minzoom: palette.isForDisaster ? 14 : 12,
      paint: {
        "circle-color": palette.spotDisc, "circle-radius": even([12, 3.2], [13, 7], [15, 10.5]), "circle-stroke-width": even([12, 2], [15, 3]),
        "circle-stroke-color": palette.isForDisaster ? palette.textSoft : ["to-color", ["get", "colour"], "#b4531a"],
      },
    },
    {
      id: "spots", type: "symbol", ...cityPlace("spots"), minzoom: palette.isForDisaster ? 14 : 13,
      layout: {
        "text-field": ["coalesce", ["to-string", ["get", "order"]], ""], "text-font": boldFont, "text-size": even([13, 10], [15, 13]),
        "text-allow-overlap": true, "text-padding": 5,
      },
      paint: { "text-color": palette.isForDisaster ? palette.textSoft : ["to-color", ["get", "colour"], "#8a3d10"] },
    },
  ];
}

function icons(palette: Palette): LayerSpecification[] {
  const size = iconSize(palette);
  const small = palette.isForDisaster ? even([14, 0.45], [17, 0.9]) : size;
  const shelter: ExpressionSpecification | string = palette.isForDisaster
    ? ["case", ["==", ["get", "designated_shelter"], true], "shelter-to-stay", "shelter"] : "shelter";
  return [
    ...spotIcons(palette),
    { id: "shops", type: "symbol", ...cityPlace("shops"), minzoom: palette.isForDisaster ? 14 : 12, layout: { "icon-image": "shop", "icon-size": small, ...alwaysDrawn } },
    { id: "farm_stands", type: "symbol", ...cityPlace("farm_stands"), minzoom: palette.isForDisaster ? 14 : 11.5, layout: { "icon-image": "farm-stand", "icon-size": small, ...alwaysDrawn } },
    { id: "stations", type: "symbol", ...cityPlace("stations"), minzoom: 10, layout: { "icon-image": "station", "icon-size": even([10, 0.6], [15, 0.95]), ...alwaysDrawn } },
    { id: "shelters", type: "symbol", ...cityPlace("shelters"), minzoom: palette.isForDisaster ? 9 : 11, layout: { "icon-image": shelter, "icon-size": size, ...alwaysDrawn } },
  ];
}

export function citySymbols(palette: Palette): LayerSpecification[] {
  return [...lineLabels(palette), ...pointLabels(palette), ...icons(palette)];
}
