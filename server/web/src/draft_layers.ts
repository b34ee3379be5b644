// How a draft's changes are drawn over the map: by colour, and by shape for those who do not see the colours: a removed feature is a ring, a moved one has
// a line from where it was.
import type { ExpressionSpecification, LayerSpecification, Map as MapLibreMap } from "maplibre-gl";
import { address } from "./city_api";
import type { ChangeName, DraftTiles } from "./staff_api";

export const changeColours: Record<ChangeName, string> = { added: "#0b7a43", removed: "#b3261e", moved: "#5b3fc4", changed: "#b05a00" };

const source = "keyaki-draft";
const colour: ExpressionSpecification = [
  "match", ["get", "change"], "added", changeColours.added, "removed", changeColours.removed, "moved", changeColours.moved, changeColours.changed,
];
const isBefore: ExpressionSpecification = ["==", ["get", "side"], "before"];

function layersOf(layer: string): LayerSpecification[] {
  const place = { source, "source-layer": layer };
  return [
    { id: `${source}-fill`, type: "fill", ...place, filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": 0.3 } },
    {
      id: `${source}-line`, type: "line", ...place, filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": colour, "line-width": 3, "line-opacity": ["case", isBefore, 0.6, 1] },
    },
    {
      id: `${source}-point`, type: "circle", ...place, filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": ["case", isBefore, "#ffffff", colour],
        "circle-opacity": ["case", isBefore, 0.4, 1],
        "circle-radius": 9, "circle-stroke-color": ["case", isBefore, colour, "#ffffff"], "circle-stroke-width": 3,
      },
    },
  ];
}

/** Shows what a draft changes; undefined takes it away. Tiles are asked for with the key, see isDraftTile(). */
export function showDraft(map: MapLibreMap, draft: DraftTiles | undefined): void {
  for (const drawn of map.getStyle().layers) if ("source" in drawn && drawn.source === source) map.removeLayer(drawn.id);
  if (map.getSource(source) !== undefined) map.removeSource(source);
  if (draft === undefined) return;
  const { layer, minzoom, maxzoom, bounds } = draft;
  map.addSource(source, { type: "vector", tiles: [`${address(`tiles/${layer}@diff/`)}{z}/{x}/{y}.mvt`], minzoom, maxzoom, bounds });
  for (const drawn of layersOf(layer)) map.addLayer(drawn);
}

export function isDraftTile(url: string): boolean {
  const { pathname, origin } = new URL(url);
  return origin === location.origin && /\/tiles\/[^/]+(@|%40)(diff|draft)\//.test(pathname);
}
