// The map of a pack: drawn from its scripts, with the place that was chosen and the way to the nearest shelter on it.
import {
  addProtocol,
  AttributionControl,
  Map as MapLibreMap,
  NavigationControl,
  Popup,
  ScaleControl,
  setWorkerUrl,
  type GeoJSONSource,
  type StyleSpecification,
} from "maplibre-gl";
import { prefersReducedMotion } from "../src/dom";
import { hasAllFilter, monthInTokyo } from "../src/facts";
import { describe } from "../src/feature_text";
import { drawIcon } from "../src/icons";
import { language, word } from "../src/language";
import { buildStyle, cityLayerOf } from "../src/map_style";
import type { LngLatTuple, Properties } from "../src/city_api";
import type { Found, Shelter } from "./nearest";
import { PackTiles, type PackData } from "./pack_data";

declare const KEYAKI_WORKER_SOURCE: string;

const waySource = "keyaki-way";
const closeZoom = 15;

export class PackMap {
  readonly map: MapLibreMap;
  readonly tiles: PackTiles;
  private readonly m_data: PackData;
  private m_style: string;
  private m_hazards: readonly string[] = [];
  private m_from: LngLatTuple | undefined;
  private m_to: LngLatTuple | undefined;
  private m_popup: Popup | undefined;

  /** Throws where the device cannot draw. */
  constructor(container: HTMLElement, data: PackData, style: string, onPlace: (at: LngLatTuple) => void) {
    this.m_data = data;
    this.m_style = style;
    this.tiles = new PackTiles(data.groups);
    // A worker's script may not lie beside a page that was opened from a file; made of a text it may.
    setWorkerUrl(URL.createObjectURL(new Blob([KEYAKI_WORKER_SOURCE], { type: "text/javascript" })));
    addProtocol("pack", async ({ url }) => {
      const [z = 0, x = 0, y = 0] = url.replace("pack://", "").split("/").map(Number);
      return { data: await this.tiles.find(z, x, y) };
    });
    this.map = new MapLibreMap({
      container,
      style: this.style(),
      bounds: data.about.bounds,
      minZoom: 4,
      maxZoom: 19,
      maxPitch: 0,
      dragRotate: false,
      attributionControl: false,
      fadeDuration: prefersReducedMotion() ? 0 : 200,
      locale: { "Map.Title": word("map") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-left");
    this.map.addControl(new AttributionControl({ compact: true }), "bottom-right");
    this.map.setMissingStyleImageResolver(async (id) => {
      const drawn = await drawIcon(id);
      if (drawn !== undefined && !this.map.hasImage(id)) this.map.addImage(id, drawn.image, { pixelRatio: drawn.pixelRatio });
    });
    this.map.on("style.load", () => this.onStyle());
    this.map.once("idle", () => {
      this.nameControls();
      if (!data.about.hasBase) this.foldSources(); // a base map's makers are seen until the reader does something: their licence asks for it
    });
    this.map.on("click", (event) => onPlace([event.lngLat.lng, event.lngLat.lat]));
  }

  /** Only shelters for every one of the hazards are drawn. */
  setHazards(hazards: readonly string[]): void {
    this.m_hazards = hazards;
    if (this.map.isStyleLoaded() === true) this.filterShelters();
    else void this.map.once("idle", () => this.filterShelters());
  }

  changeStyle(style: string): void {
    this.m_style = style;
    this.map.setStyle(this.style(), { diff: false });
  }

  onLanguageChange(): void {
    this.changeStyle(this.m_style);
    this.nameControls();
    this.m_popup?.remove();
  }

  centre(): LngLatTuple {
    const { lng, lat } = this.map.getCenter();
    return [lng, lat];
  }

  /** Marks the place, and draws the line to the nearest shelter where there is one. */
  showWay(from: LngLatTuple, nearest: Found | undefined): void {
    this.m_from = from;
    this.m_to = nearest?.shelter.at;
    this.drawWay();
    this.foldSources();
    const [west, east] = [from[0], this.m_to?.[0] ?? from[0]].sort((a, b) => a - b) as LngLatTuple;
    const [south, north] = [from[1], this.m_to?.[1] ?? from[1]].sort((a, b) => a - b) as LngLatTuple;
    this.map.fitBounds([west, south, east, north], { padding: 70, maxZoom: closeZoom, animate: !prefersReducedMotion() });
  }

  showShelter(shelter: Shelter, layerTitle: string): void {
    this.m_popup?.remove();
    const told = describe({ layer: "shelters", properties: shelter.properties }, layerTitle);
    this.m_popup = new Popup({ maxWidth: "320px", focusAfterOpen: true }).setLngLat(shelter.at).setDOMContent(told).addTo(this.map);
    this.map.easeTo({ center: shelter.at, zoom: Math.max(this.map.getZoom(), closeZoom), animate: !prefersReducedMotion() });
    this.nameControls();
  }

  /** Names of the features of a layer that are drawn now, each once; for tests and developers. */
  drawn(layer: string): string[] {
    const ids = this.map.getStyle().layers.filter((entry) => cityLayerOf(entry) === layer).map((entry) => entry.id);
    const found = this.map.queryRenderedFeatures({ layers: ids });
    return [...new Set(found.map((feature) => String((feature.properties as Properties)["name"] ?? feature.id)))];
  }

  private style(): StyleSpecification {
    const { sprite: _drawnHere, ...style } = this.m_data.styles[this.m_style] as StyleSpecification;
    const { about } = this.m_data;
    const tileSet = {
      tiles: ["pack://{z}/{x}/{y}"],
      minzoom: 0,
      maxzoom: about.maxzoom,
      bounds: about.bounds,
      attribution: about.attribution,
      layerIds: about.layers.map((layer) => layer.id),
    };
    return buildStyle(style, tileSet, language(), monthInTokyo(new Date()));
  }

  private onStyle(): void {
    this.filterShelters();
    this.map.addSource(waySource, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    const isLine = ["==", ["geometry-type"], "LineString"] as ["==", ["geometry-type"], string];
    this.map.addLayer({
      id: "keyaki-way-rim", type: "line", source: waySource, filter: isLine, layout: { "line-cap": "round" },
      paint: { "line-color": "#ffffff", "line-width": 8 },
    });
    this.map.addLayer({
      id: "keyaki-way", type: "line", source: waySource, filter: isLine, layout: { "line-cap": "round" },
      paint: { "line-color": "#c4001a", "line-width": 4, "line-dasharray": [1, 1.6] },
    });
    this.map.addLayer({
      id: "keyaki-here", type: "circle", source: waySource, filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-color": "#0b57d0", "circle-radius": 9, "circle-stroke-color": "#ffffff", "circle-stroke-width": 4 },
    });
    this.drawWay();
  }

  private drawWay(): void {
    const source = this.map.getSource(waySource) as GeoJSONSource | undefined;
    if (source === undefined || this.m_from === undefined) return;
    const shape = (geometry: GeoJSON.Geometry): GeoJSON.Feature => ({ type: "Feature", properties: {}, geometry });
    const features = [shape({ type: "Point", coordinates: this.m_from })];
    if (this.m_to !== undefined) features.unshift(shape({ type: "LineString", coordinates: [this.m_from, this.m_to] }));
    void source.setData({ type: "FeatureCollection", features });
  }

  /** They stand beneath the list of shelters too, and on a phone they would cover the map. */
  private foldSources(): void {
    const sources = this.map.getContainer().querySelector(".maplibregl-ctrl-attrib");
    sources?.classList.remove("maplibregl-compact-show");
    sources?.removeAttribute("open");
  }

  private filterShelters(): void {
    for (const layer of this.map.getStyle().layers) {
      if (cityLayerOf(layer) === "shelters") this.map.setFilter(layer.id, hasAllFilter(this.m_hazards));
    }
  }

  /** MapLibre reads its words once; these follow the reader's language. */
  private nameControls(): void {
    const names = [
      [".maplibregl-ctrl-zoom-in", word("zoomIn")],
      [".maplibregl-ctrl-zoom-out", word("zoomOut")],
      [".maplibregl-ctrl-attrib-button", word("toggleSources")],
      [".maplibregl-popup-close-button", word("closePopup")],
    ] as const;
    for (const [selector, name] of names) {
      const control = this.map.getContainer().querySelector(selector);
      control?.setAttribute("aria-label", name);
      control?.setAttribute("title", name);
    }
    this.map.getCanvas().setAttribute("aria-label", word("map"));
  }
}
