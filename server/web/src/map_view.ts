// The map itself: drawing, picking, the description of what was picked, and the exchange of tiles when a layer gets a new revision.
import {
  AttributionControl,
  GeolocateControl,
  LngLatBounds,
  Map as MapLibreMap,
  NavigationControl,
  Popup,
  ScaleControl,
  VectorTileSource,
  type FilterSpecification,
  type GeoJSONSource,
  type MapGeoJSONFeature,
  type PointLike,
  type StyleSpecification,
  type Tile,
} from "maplibre-gl";
import type { CityFeature, LngLatTuple, Properties, TileSet } from "./city_api";
import { BaseTiles, redrawBase } from "./base_tiles";
import { isDraftTile, showDraft } from "./draft_layers";
import { byId, element, narrowScreen, prefersReducedMotion } from "./dom";
import { hasAllFilter, inSeasonExpression, monthInTokyo } from "./facts";
import { describe } from "./feature_text";
import { drawIcon } from "./icons";
import { language, onLanguage, word, type Word } from "./language";
import type { ArchiveReplaced, LayerPublished } from "./layer_events";
import { clearNotice, showNotice } from "./notices";
import type { DraftTiles } from "./staff_api";
import { staffKey } from "./staff_key";
import { revisionIn, tilesToRefresh, withRevision, type TileAddress } from "./tile_refresh";
import { baseSource } from "../styles/parts";
import { buildStyle, citySource, labelsOf, missingLayers, cityLayerOf } from "./map_style";

/** What the reader has chosen to see. */
export interface Choice {
  hiddenLayers: ReadonlySet<string>;
  hazards: readonly string[];
  shopClasses: readonly string[];
  inSeasonOnly: boolean;
}

type Picked = Pick<CityFeature, "layer" | "properties"> & { geometry: GeoJSON.Geometry };

const pickRadiusPx = 9; // a fingertip is wider than a cursor
const notPicked = new Set(["boundary"]); // the city itself lies under everything
const closeZoom = 16;
const selectionSource = "keyaki-selection";
const deepestZoom = 19;
const zoomsDrawnFromCoarser = 4; // of these zooms MapLibre draws pieces of a coarser tile larger, of those before it cuts tiles of its own
/** The deepest zoom of which the map names tiles of its own. */
const deepestCut = (source: VectorTileSource) => Math.max(source.maxzoom, deepestZoom - zoomsDrawnFromCoarser);

export class MapView {
  readonly map: MapLibreMap;
  private readonly m_titleOf: (layer: string) => string;
  private readonly m_geolocate: GeolocateControl;
  private m_popup: Popup | undefined;
  private m_picked: { found: Picked[]; index: number; at: LngLatTuple } | undefined;
  private readonly m_failedTiles = new Map<string, TileAddress>();
  private m_opener: HTMLElement | undefined;
  private m_tileSet: TileSet;
  private m_choice: Choice | undefined;
  private m_draft: DraftTiles | undefined;
  private m_highlighted: GeoJSON.Geometry | undefined;
  private readonly m_baseTiles = new BaseTiles();
  private m_styleChanges = 0;
  private m_isStyleChanging = false;

  constructor(container: HTMLElement, style: StyleSpecification, tileSet: TileSet, titleOf: (layer: string) => string) {
    this.m_titleOf = titleOf;
    this.m_tileSet = tileSet;
    this.map = new MapLibreMap({
      container,
      style: buildStyle(style, tileSet, language(), monthInTokyo(new Date())),
      hash: true,
      ...(tileSet.bounds === undefined ? { center: [137, 37], zoom: 4 } : { bounds: tileSet.bounds, fitBoundsOptions: { padding: 24 } }),
      minZoom: 4,
      maxZoom: deepestZoom,
      zoomLevelsToOverscale: zoomsDrawnFromCoarser,
      // Tiles out of sight are kept by the browser, under the address that has their revisions. MapLibre would keep them by their place alone, and show
      // an old one again after a publish.
      maxTileCacheSize: 0,
      transformRequest: (url) => (isDraftTile(url) ? { url, headers: { Authorization: `Bearer ${staffKey()}` } } : (this.m_baseTiles.request(url) ?? { url })),
      maxPitch: 0,
      dragRotate: false,
      attributionControl: false,
      fadeDuration: prefersReducedMotion() ? 0 : 200,
      locale: { "Map.Title": word("map") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.m_geolocate = this.addControls();
    this.addPictograms();
    this.watchTiles();
    this.watchPicking();
    this.map.on("style.load", () => this.addSelection()); // of the first style and of each that follows, even before the first tiles
    onLanguage(() => this.onLanguageChange());
  }

  /** Hides and filters as the reader wishes; the drawn style is the only state. */
  apply(choice: Choice): void {
    this.m_choice = choice;
    if (this.m_isStyleChanging) return; // what is drawn next has the choice
    for (const layer of this.map.getStyle().layers) {
      const of = cityLayerOf(layer);
      if (of === undefined) continue;
      this.map.setLayoutProperty(layer.id, "visibility", choice.hiddenLayers.has(of) ? "none" : "visible");
    }
    this.filterLayer("shelters", hasAllFilter(choice.hazards));
    this.filterLayer("shops", hasAllFilter(choice.shopClasses));
    this.filterLayer("farm_stands", choice.inSeasonOnly ? inSeasonExpression(monthInTokyo(new Date())) : null);
  }

  /** Pictograms and labels of a layer follow the same filter. */
  private filterLayer(layer: string, filter: FilterSpecification | null): void {
    for (const drawn of this.map.getStyle().layers) {
      if (cityLayerOf(drawn) === layer) this.map.setFilter(drawn.id, filter);
    }
  }

  /**
   * Other tiles (a new revision, a new layer): what is drawn stays until the new tiles have come. A change of style in the same frame would make
   * MapLibre 6.17 redraw the old tiles instead of fetching the new ones, so layers that are new are drawn first.
   */
  async replaceTiles(tileSet: TileSet, choice: Choice): Promise<void> {
    this.m_tileSet = tileSet;
    if (this.m_isStyleChanging) return; // the style that comes is given them
    const missing = missingLayers(this.map.getStyle().layers, tileSet);
    for (const layer of missing) this.map.addLayer(layer, this.firstSymbol());
    if (missing.length > 0) this.apply(choice);
    await this.styleDrawn();
    this.citySource()?.setTiles([...tileSet.tiles]);
    this.retryTiles();
  }

  /** Layers that were not there when the style was fetched: the server's style may know how to draw them. */
  hasNewLayers(tileSet: TileSet): boolean {
    return tileSet.layerIds.some((id) => !this.m_tileSet.layerIds.includes(id));
  }

  /**
   * Another style, with all that stands on the map: the choice, the draft, what is highlighted. Tiles come from the browser's cache, those that are drawn
   * now where no others are given.
   */
  async changeStyle(style: StyleSpecification, newTileSet?: TileSet): Promise<void> {
    const change = ++this.m_styleChanges;
    const tileSet = newTileSet ?? { ...this.m_tileSet, tiles: [...(this.citySource()?.tiles ?? this.m_tileSet.tiles)] };
    this.m_tileSet = tileSet;
    this.m_isStyleChanging = true;
    this.map.setStyle(buildStyle(style, tileSet, language(), monthInTokyo(new Date())), { diff: false });
    await this.map.once("style.load");
    if (change !== this.m_styleChanges) return; // yet another was chosen meanwhile
    this.m_isStyleChanging = false;
    if (this.m_tileSet !== tileSet) this.citySource()?.setTiles([...this.m_tileSet.tiles]);
    this.highlight(this.m_highlighted);
    showDraft(this.map, this.m_draft);
    this.onLanguageChange();
    if (this.m_choice !== undefined) this.apply(this.m_choice);
  }

  /** The revision of a layer whose tiles are drawn. */
  revisionOf(layer: string): number | undefined {
    const url = this.citySource()?.tiles[0];
    return url === undefined ? undefined : revisionIn(url, layer);
  }

  /**
   * Fetches exactly the tiles that a publish has changed; the others stay as they are, under the new address too, where they are the same. False where
   * it is not known which these are, or another publish came between: then all tiles have to be exchanged.
   */
  async refreshChanged(event: LayerPublished): Promise<boolean> {
    await this.styleDrawn();
    const source = this.citySource();
    if (source === undefined || this.revisionOf(event.layer) !== event.before) return false;
    const tiles = tilesToRefresh(event, Math.floor(this.map.getZoom()), source.maxzoom, deepestCut(source));
    if (tiles === undefined) return false;
    // In place: setTiles() would fetch every tile anew, and the style that MapLibre restores after a lost context has the same list.
    source.tiles.splice(0, source.tiles.length, ...source.tiles.map((url) => withRevision(url, event.layer, event.revision)));
    // A tile that is on its way was asked for under the old address.
    const isLoading = !this.map.areTilesLoaded();
    this.map.refreshTiles(citySource, tiles);
    if (isLoading) void this.map.once("idle", () => this.map.refreshTiles(citySource, tiles));
    return true;
  }

  /** Which version of the base map the server has, after something may have been missed. */
  noteBase(version: string | undefined): void {
    if (this.m_baseTiles.note(version) && !this.m_isStyleChanging) redrawBase(this.map, undefined);
  }

  /** The same for the base map. A style that is on its way asks for all of them, the old ones past the browser's cache. */
  refreshBase(event: ArchiveReplaced): void {
    if (event.archive !== "base") return;
    this.m_baseTiles.replaced(event);
    const source = this.map.getSource(baseSource);
    if (this.m_isStyleChanging || !(source instanceof VectorTileSource)) return;
    redrawBase(this.map, tilesToRefresh(event, Math.floor(this.map.getZoom()), source.maxzoom, deepestCut(source)));
  }

  showDraft(draft: DraftTiles | undefined): void {
    this.m_draft = draft;
    if (!this.m_isStyleChanging) showDraft(this.map, draft);
  }

  /** Moves to where something is, without describing it. */
  showPlace(geometry: GeoJSON.Geometry): void {
    this.map.fitBounds(boundsOf(geometry), { padding: 80, maxZoom: closeZoom });
    this.highlight(geometry);
  }

  private citySource(): VectorTileSource | undefined {
    const source = this.map.getSource(citySource);
    return source instanceof VectorTileSource ? source : undefined;
  }

  /** Until no change of style waits to be drawn. */
  private async styleDrawn(): Promise<void> {
    this.map.triggerRepaint();
    await this.map.once("render");
  }

  /** Tiles that failed are named one by one: without names MapLibre 6.17 leaves a failed tile waiting for an answer that never comes. */
  retryTiles(): void {
    const failed = [...this.m_failedTiles.values()];
    this.m_failedTiles.clear();
    if (failed.length > 0) this.map.refreshTiles(citySource, failed);
  }

  /** Moves to a feature of the list and describes it. */
  show(feature: CityFeature): void {
    const bounds = boundsOf(feature.geometry);
    const centre = bounds.getCenter();
    if (feature.geometry.type === "Point") {
      // Below the middle, so that the description above it has room.
      const offset: [number, number] = [0, this.map.getContainer().clientHeight * 0.22];
      this.map.flyTo({ center: centre, zoom: Math.max(this.map.getZoom(), closeZoom), offset });
    } else {
      this.map.fitBounds(bounds, { padding: 60 });
    }
    const at = middleOf(feature.geometry) ?? [centre.lng, centre.lat];
    if (this.map.isMoving()) void this.map.once("moveend", () => this.open([feature], at));
    else this.open([feature], at);
  }

  closeDescription(): void {
    this.m_popup?.remove();
  }

  private addControls(): GeolocateControl {
    const geolocate = new GeolocateControl({
      positionOptions: { enableHighAccuracy: true, timeout: 10_000 },
      trackUserLocation: true,
      showAccuracyCircle: true,
      fitBoundsOptions: { maxZoom: closeZoom },
    });
    geolocate.on("error", (event: { code?: number }) => showNotice({ key: event.code === 1 ? "locateDenied" : "locateUnavailable", urgent: false }));
    geolocate.on("outofmaxbounds", () => showNotice({ key: "locateOutside", urgent: false }));
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(geolocate, "top-right");
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-left");
    this.map.addControl(new AttributionControl({ compact: true }), "bottom-right");
    this.map.once("idle", () => {
      this.nameControls();
      if (this.map.getSource(baseSource) !== undefined) return; // its makers' names are seen until the reader moves the map: their licence asks for it
      const sources = this.map.getContainer().querySelector(".maplibregl-ctrl-attrib");
      sources?.classList.remove("maplibregl-compact-show");
      sources?.removeAttribute("open");
    });
    return geolocate;
  }

  /** MapLibre reads its words once; these follow the page's language. */
  private nameControls(): void {
    const names: [string, Word][] = [
      [".maplibregl-ctrl-zoom-in", "zoomIn"],
      [".maplibregl-ctrl-zoom-out", "zoomOut"],
      [".maplibregl-ctrl-geolocate", "locate"],
      [".maplibregl-ctrl-attrib-button", "toggleSources"],
      [".maplibregl-popup-close-button", "closePopup"],
    ];
    for (const [selector, key] of names) {
      const control = this.map.getContainer().querySelector(selector);
      control?.setAttribute("aria-label", word(key));
      control?.setAttribute("title", word(key));
    }
    this.map.getCanvas().setAttribute("aria-label", word("map"));
  }

  /** The sprites of the style have them; where these could not be fetched, the page draws its own. */
  private addPictograms(): void {
    this.map.on("styleimagemissing", (event) => {
      void drawIcon(event.id).then((drawn) => {
        if (drawn !== undefined && !this.map.hasImage(event.id)) this.map.addImage(event.id, drawn.image, { pixelRatio: drawn.pixelRatio });
      });
    });
  }

  private watchTiles(): void {
    this.map.on("error", (event) => {
      console.warn("map:", event.error?.message ?? event);
      const tile = (event as { tile?: Tile }).tile;
      if (tile === undefined || tile.uses === 0) return; // of what is no longer drawn nobody misses anything
      const failed = tile.tileID.canonical;
      this.m_failedTiles.set(`${failed.z}/${failed.x}/${failed.y}`, { z: failed.z, x: failed.x, y: failed.y });
      showNotice({ key: navigator.onLine ? "tilesFailed" : "offline", urgent: true, retry: () => this.retryTiles() });
    });
    this.map.on("idle", () => {
      if (this.m_failedTiles.size === 0) clearNotice("tilesFailed");
    });
    addEventListener("offline", () => showNotice({ key: "offline", urgent: true }));
    addEventListener("online", () => {
      clearNotice("offline");
      this.retryTiles();
    });
  }

  private watchPicking(): void {
    this.map.on("click", (event) => {
      const found = this.pick(event.point);
      if (found.length === 0) this.closeDescription();
      else this.open(found, [event.lngLat.lng, event.lngLat.lat]);
    });
    this.map.on("mousemove", (event) => {
      this.map.getCanvas().style.cursor = this.pick(event.point).length > 0 ? "pointer" : "";
    });
    addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closeDescription();
    });
  }

  /** What lies under a point of the screen: points before lines before areas, each feature once. */
  private pick(point: { x: number; y: number }): Picked[] {
    const box: [PointLike, PointLike] = [
      [point.x - pickRadiusPx, point.y - pickRadiusPx],
      [point.x + pickRadiusPx, point.y + pickRadiusPx],
    ];
    const order = ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"];
    const found = new Map<string, Picked>();
    for (const feature of this.map.queryRenderedFeatures(box)) {
      const layer = feature.sourceLayer;
      if (feature.source !== citySource || layer === undefined || notPicked.has(layer)) continue;
      const key = `${layer}/${String(feature.id ?? "")}/${String(feature.properties["name"] ?? "")}`;
      if (!found.has(key)) found.set(key, { layer, properties: feature.properties as Properties, geometry: geometryOf(feature) });
    }
    return [...found.values()].sort((a, b) => order.indexOf(a.geometry.type) - order.indexOf(b.geometry.type));
  }

  private open(found: Picked[], at: LngLatTuple): void {
    const opener = document.activeElement instanceof HTMLElement ? document.activeElement : undefined;
    this.m_popup?.remove();
    this.m_opener = opener?.isConnected === true ? opener : undefined;
    this.m_picked = { found, index: 0, at };
    const narrow = this.map.getContainer().clientWidth < 480; // a description as wide as the map stands above its point, always
    const anchor = narrow ? { anchor: "bottom" as const } : {};
    const popup = new Popup({ ...anchor, offset: 18, maxWidth: "min(340px, calc(100vw - 32px))", closeOnClick: false, focusAfterOpen: false });
    popup.on("close", () => {
      this.m_picked = undefined;
      this.m_popup = undefined;
      this.highlight(undefined);
      this.returnFocus();
    });
    this.m_popup = popup.setLngLat(at).addTo(this.map);
    this.describePicked();
    popup.getElement().querySelector<HTMLElement>(".maplibregl-popup-close-button")?.focus({ preventScroll: true });
    this.bringIntoView(popup.getElement());
  }

  /** Writes (again, after leafing or a change of language) what the open description says. */
  private describePicked(): void {
    if (this.m_picked === undefined || this.m_popup === undefined) return;
    const { found, index, at } = this.m_picked;
    const feature = found[index];
    if (feature === undefined) return;
    const content = describe(feature, this.m_titleOf(feature.layer));
    if (found.length > 1) content.append(this.pager(found.length, index));
    this.m_popup.setLngLat(feature.geometry.type === "Point" ? (feature.geometry.coordinates as LngLatTuple) : at).setDOMContent(content);
    this.nameControls();
    this.highlight(feature.geometry);
  }

  /** The keyboard goes back to what opened the description; on a phone that lies under the sheet, and the map takes it. */
  private returnFocus(): void {
    if (document.activeElement !== null && document.activeElement !== document.body) return; // it has gone elsewhere already
    const opener = this.m_opener?.isConnected === true && !narrowScreen.matches ? this.m_opener : this.map.getCanvas();
    opener.focus({ preventScroll: true });
  }

  /** A description near the edge (or under the sheet of a phone) moves the map until all of it can be read. */
  private bringIntoView(popup: HTMLElement): void {
    const margin = 12;
    const outer = this.map.getContainer().getBoundingClientRect();
    const inner = popup.getBoundingClientRect();
    const x = inner.left < outer.left + margin ? inner.left - outer.left - margin : Math.max(0, inner.right - outer.right + margin);
    const y = inner.top < outer.top + margin ? inner.top - outer.top - margin : Math.max(0, inner.bottom - outer.bottom + 2 * margin);
    if (x !== 0 || y !== 0) this.map.panBy([x, y]);
  }

  private pager(count: number, index: number): HTMLElement {
    const step = (key: "previous" | "next", by: number): HTMLButtonElement => {
      const button = element("button", { type: "button", class: `button pager-${key}` }, word(key));
      button.addEventListener("click", () => {
        if (this.m_picked === undefined) return;
        this.m_picked.index = (index + by + count) % count;
        this.describePicked();
        this.m_popup?.getElement().querySelector<HTMLElement>(`.pager-${key}`)?.focus({ preventScroll: true });
      });
      return button;
    };
    const label = element("span", { class: "pager-count" }, `${word("ofHere", { count })} (${index + 1}/${count})`);
    return element("div", { class: "pager", role: "group" }, step("previous", -1), label, step("next", 1));
  }

  private firstSymbol(): string | undefined {
    return this.map.getStyle().layers.find((layer) => layer.type === "symbol")?.id;
  }

  private addSelection(): void {
    this.map.addSource(selectionSource, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    // Under the courses, so that a chosen one keeps its colour within the glow.
    const below = this.map.getStyle().layers.find((layer) => cityLayerOf(layer) === "walking_courses")?.id;
    this.map.addLayer({
      id: "keyaki-selection-line", type: "line", source: selectionSource, filter: ["!=", ["geometry-type"], "Point"],
      layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#ffb400", "line-width": 17, "line-opacity": 0.75 },
    }, below ?? this.firstSymbol());
    this.map.addLayer({
      id: "keyaki-selection-point", type: "circle", source: selectionSource, filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 24, "circle-color": "#ffb400", "circle-opacity": 0.35, "circle-stroke-color": "#c77700", "circle-stroke-width": 2 },
    }, this.firstSymbol());
  }

  private highlight(geometry: GeoJSON.Geometry | undefined): void {
    this.m_highlighted = geometry;
    const source = this.map.getSource<GeoJSONSource>(selectionSource);
    const features: GeoJSON.Feature[] = geometry === undefined ? [] : [{ type: "Feature", properties: {}, geometry }];
    source?.setData({ type: "FeatureCollection", features });
  }

  private onLanguageChange(): void {
    if (this.m_isStyleChanging) return; // it will be asked for again
    const layers = this.map.getStyle().layers;
    for (const [id, label] of labelsOf(layers, language())) this.map.setLayoutProperty(id, "text-field", label);
    this.nameControls();
    this.describePicked();
  }

  /** For the developer's hook. */
  startLocating(): boolean {
    return this.m_geolocate.trigger();
  }
}

function geometryOf(feature: MapGeoJSONFeature): GeoJSON.Geometry {
  return feature.geometry;
}

function positionsOf(geometry: GeoJSON.Geometry): LngLatTuple[] {
  if (geometry.type === "GeometryCollection") return geometry.geometries.flatMap(positionsOf);
  const flat: unknown[] = geometry.type === "Point" ? [geometry.coordinates] : geometry.coordinates.flat(
    geometry.type === "Polygon" || geometry.type === "MultiLineString" ? 1 : geometry.type === "MultiPolygon" ? 2 : 0);
  return flat as LngLatTuple[];
}

function boundsOf(geometry: GeoJSON.Geometry): LngLatBounds {
  const bounds = new LngLatBounds();
  for (const position of positionsOf(geometry)) bounds.extend(position);
  return bounds;
}

/** A point on the line, where its description can stand. */
function middleOf(geometry: GeoJSON.Geometry): LngLatTuple | undefined {
  if (geometry.type !== "LineString" && geometry.type !== "MultiLineString") return undefined;
  const positions = positionsOf(geometry);
  return positions[Math.floor(positions.length / 2)];
}

/** Can this browser draw the map at all? */
export function canDraw(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

export function mapContainer(): HTMLElement {
  return byId("map", HTMLElement);
}
