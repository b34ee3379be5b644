// Makes the style the map is drawn with: the server's style, joined with the tiles, the reader's language and the month.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import { toThisServer, type TileSet } from "./city_api";
import { inSeasonExpression } from "./facts";
import type { Language } from "./language";
import { inLanguage, nameIn } from "../styles/labels";
import { baseSource, citySource, regularFont } from "../styles/parts";

export { citySource };

/**
 * The page writes with its reader's fonts, of which MapLibre takes the weight from the first name: they are there already, and have every character. Of the
 * server's glyphs, made for renderers without fonts, a map of Japan would fetch some fifty ranges, five million bytes.
 */
const readersFonts = ["Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "Yu Gothic UI", "Meiryo", "sans-serif"];
const boldLetters = ["Keyaki Bold", ...readersFonts];
const regularLetters = ["Keyaki", ...readersFonts];

/** Which of the city's layers is drawn; undefined for what is of the base map or a draft, whose layers may have the same names. */
export function cityLayerOf(layer: LayerSpecification): string | undefined {
  return "source-layer" in layer && layer.source === citySource ? layer["source-layer"] : undefined;
}

/** The style's labels in the reader's language; those that are the same in every language (numbers of spots) are left out. */
export function labelsOf(layers: readonly LayerSpecification[], language: Language): [string, ExpressionSpecification][] {
  const found: [string, ExpressionSpecification][] = [];
  for (const layer of layers) {
    const label = layer.type === "symbol" ? layer.layout?.["text-field"] : undefined;
    if (label === undefined || !layer.id.endsWith("-label")) continue;
    found.push([layer.id, inLanguage(label, language) as ExpressionSpecification]);
  }
  return found;
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
      layout: { "text-field": nameIn.ja, "text-font": boldLetters, "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.7] },
      paint: { "text-color": "#23475d", "text-halo-color": "#ffffff", "text-halo-width": 1.8 },
    },
  ];
}

/** Plain drawing for the tile set's layers that the style does not have. */
export function missingLayers(layers: readonly LayerSpecification[], tileSet: TileSet): LayerSpecification[] {
  const styled = new Set(layers.map(cityLayerOf));
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

function withReadersFonts(layer: LayerSpecification): LayerSpecification {
  if (layer.type !== "symbol" || layer.layout?.["text-font"] === undefined) return layer;
  const isRegular = JSON.stringify(layer.layout["text-font"]) === JSON.stringify(regularFont);
  return { ...layer, layout: { ...layer.layout, "text-font": isRegular ? regularLetters : boldLetters } };
}

function inReadersLanguage(layers: LayerSpecification[], language: Language, month: number): void {
  const labels = new Map(labelsOf(layers, language));
  for (const layer of layers) {
    if (layer.type !== "symbol") continue;
    const label = labels.get(layer.id);
    if (label !== undefined) layer.layout = { ...layer.layout, "text-field": label };
    if (layer.id !== "farm_stands") continue;
    layer.layout = { ...layer.layout, "icon-image": standIcon(month), "symbol-sort-key": standSortKey(month) };
  }
}

/** The base map's tiles are fetched from where the page came from, like all else. */
function baseSourceOf(style: StyleSpecification): StyleSpecification["sources"] {
  const base = style.sources[baseSource];
  return base?.type === "vector" && base.url !== undefined ? { [baseSource]: { ...base, url: toThisServer(base.url) } } : {};
}

/** The style to draw with. Layers unknown to the server's style are put below its first symbols, so they never hide a shelter. */
export function buildStyle(serverStyle: StyleSpecification, tileSet: TileSet, language: Language, month: number): StyleSpecification {
  const layers: LayerSpecification[] = structuredClone(serverStyle.layers).map(withReadersFonts);
  const plain = missingLayers(layers, tileSet);
  const firstSymbol = layers.findIndex((layer) => layer.type === "symbol");
  layers.splice(firstSymbol < 0 ? layers.length : firstSymbol, 0, ...plain);
  inReadersLanguage(layers, language, month);
  const { glyphs: _notFetched, sprite, ...rest } = serverStyle;
  return {
    ...rest,
    ...(typeof sprite === "string" ? { sprite: toThisServer(sprite) } : {}),
    sources: { ...baseSourceOf(serverStyle), [citySource]: citySourceOf(tileSet) },
    layers,
  };
}
