// Makes the style the map is drawn with: the server's style, joined with the tiles, the reader's language and the month.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { TileSet } from "./city_api";
import { inSeasonExpression } from "./facts";
import type { Language } from "./language";

export const citySource = "city";

const labelFonts = ["Keyaki Bold", "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", "Meiryo", "sans-serif"];

export function sourceLayerOf(layer: LayerSpecification): string | undefined {
  return "source-layer" in layer ? layer["source-layer"] : undefined;
}

export function nameExpression(language: Language): ExpressionSpecification {
  return language === "en"
    ? ["coalesce", ["get", "name_en"], ["get", "name"], ""]
    : ["coalesce", ["get", "name"], ["get", "name_en"], ""];
}

/** A course's label: its name, kilometres and minutes. */
export function courseLabelExpression(language: Language): ExpressionSpecification {
  const km: ExpressionSpecification = [
    "number-format", ["/", ["get", "length_m"], 1000], { "min-fraction-digits": 1, "max-fraction-digits": 1 },
  ];
  const minutes: ExpressionSpecification = ["to-string", ["get", "walking_minutes"]];
  const words: [string, string] = language === "en" ? [" km, about ", " min"] : [" km・約", "分"];
  return ["format", nameExpression(language), {}, "\n", {}, ["concat", km, words[0], minutes, words[1]], { "font-scale": 0.9 }];
}

/** Style layers whose label is a name; the others (numbers of spots) are the same in every language. */
export function labelsOf(layers: readonly LayerSpecification[], language: Language): [string, ExpressionSpecification][] {
  return layers
    .filter((layer) => layer.type === "symbol" && layer.id.endsWith("-label"))
    .map((layer) => [layer.id, layer.id === "walking_courses-label" ? courseLabelExpression(language) : nameExpression(language)]);
}

/** Which pictogram a farm stand gets this month. */
export function standIcon(month: number): ExpressionSpecification {
  return ["case", inSeasonExpression(month), "farm-stand", "farm-stand-out"];
}

/** In-season stands are drawn over the others (a higher sort key is drawn later when icons may overlap). */
export function standSortKey(month: number): ExpressionSpecification {
  return ["case", inSeasonExpression(month), 1, 0];
}

/** Plain drawing for a public layer that the style does not know, whatever its geometry. */
export function plainLayers(layer: string): LayerSpecification[] {
  const place = { source: citySource, "source-layer": layer };
  const isA = (kind: string): ExpressionSpecification => ["==", ["geometry-type"], kind];
  return [
    { id: `${layer}-plain-fill`, type: "fill", ...place, filter: isA("Polygon"), paint: { "fill-color": "#3f6f8f", "fill-opacity": 0.18 } },
    { id: `${layer}-plain-line`, type: "line", ...place, filter: ["!", isA("Point")], paint: { "line-color": "#3f6f8f", "line-width": 1.6 } },
    {
      id: `${layer}-plain-point`, type: "circle", ...place, filter: isA("Point"),
      paint: { "circle-color": "#3f6f8f", "circle-radius": 5, "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    },
    {
      id: `${layer}-plain-label`, type: "symbol", ...place, minzoom: 14, filter: isA("Point"),
      layout: { "text-field": nameExpression("ja"), "text-font": labelFonts, "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.7] },
      paint: { "text-color": "#23475d", "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
    },
  ];
}

/** Plain drawing for the tile set's layers that the style does not have. */
export function missingLayers(layers: readonly LayerSpecification[], tileSet: TileSet): LayerSpecification[] {
  const styled = new Set(layers.map(sourceLayerOf));
  return tileSet.layerIds.filter((id) => id !== "" && !styled.has(id)).flatMap(plainLayers);
}

export function citySourceOf(tileSet: TileSet): StyleSpecification["sources"][string] {
  return {
    type: "vector",
    tiles: tileSet.tiles,
    minzoom: tileSet.minzoom,
    maxzoom: tileSet.maxzoom,
    attribution: tileSet.attribution, // TileJSON says HTML: the server escapes what staff typed, and MapLibre sanitizes it
    ...(tileSet.bounds === undefined ? {} : { bounds: tileSet.bounds }),
  };
}

/** The style to start with. Layers unknown to the server's style are put below its first symbols, so they never hide a shelter. */
export function buildStyle(serverStyle: StyleSpecification, tileSet: TileSet, language: Language, month: number): StyleSpecification {
  const layers: LayerSpecification[] = structuredClone(serverStyle.layers);
  const plain = missingLayers(layers, tileSet);
  const firstSymbol = layers.findIndex((layer) => layer.type === "symbol");
  layers.splice(firstSymbol < 0 ? layers.length : firstSymbol, 0, ...plain);
  const labels = new Map(labelsOf(layers, language));
  for (const layer of layers) {
    if (layer.type !== "symbol") continue;
    const label = labels.get(layer.id);
    if (label !== undefined) layer.layout = { ...layer.layout, "text-field": label };
    if (layer.id !== "farm_stands") continue;
    layer.layout = { ...layer.layout, "icon-image": standIcon(month), "symbol-sort-key": standSortKey(month) };
  }
  return { ...serverStyle, sources: { ...serverStyle.sources, [citySource]: citySourceOf(tileSet) }, layers };
}
