// The map page: fetches what the city publishes, draws it, and keeps it fresh.
import "maplibre-gl/dist/maplibre-gl.css";
import "./page.css";
import { setWorkerUrl, type StyleSpecification } from "maplibre-gl";
import { address, Collections, fetchStyle, fetchTileSet, fetchTitle, type CityLayer } from "./city_api";
import { inReadingOrder } from "./facts";
import { setHazardsInUse } from "./feature_text";
import { FeatureList } from "./feature_list";
import { listen, type LayerPublished } from "./layer_events";
import { LayerSwitches } from "./layer_switches";
import { language, setLanguage, word } from "./language";
import { cityLayerOf } from "./map_style";
import { canDraw, mapContainer, MapView } from "./map_view";
import { clearNotice, showNotice } from "./notices";
import { makeRoomForMap, startPanel } from "./panel";
import { StaffPanel } from "./staff_panel";
import { StyleSwitch } from "./style_switch";

/** Set by the build: where the worker of MapLibre lies. */
declare const KEYAKI_WORKER: string;

const refreshIntervalMs = 30_000;

class Page {
  private readonly m_collections = new Collections();
  private readonly m_switches = new LayerSwitches(() => this.onChoice());
  private readonly m_list = new FeatureList((feature) => {
    makeRoomForMap();
    this.view?.show(feature);
  });
  private readonly m_styles = new StyleSwitch(() => void this.changeStyle());
  layers: CityLayer[] = [];
  view: MapView | undefined;

  async start(): Promise<void> {
    startPanel(await fetchTitle().catch(() => ({ ja: word("documentTitle", {}, "ja"), en: word("documentTitle", {}, "en") })));
    await Promise.all([this.startMap(), this.refresh()]);
    this.startStaff();
    listen({
      onPublished: (event) => void this.onPublished(event),
      onArchiveReplaced: (event) => this.view?.refreshBase(event),
      onState: (revisions, archives) => {
        this.view?.noteBase(archives["base"]);
        const known = Object.fromEntries(this.layers.map((layer) => [layer.id, layer.revision]));
        if (Object.keys({ ...known, ...revisions }).some((layer) => known[layer] !== revisions[layer])) void this.refresh();
      },
    });
    setInterval(() => {
      if (!document.hidden) void this.refresh();
    }, refreshIntervalMs);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) void this.refresh();
    });
    addEventListener("online", () => void this.refresh());
  }

  private async startMap(): Promise<void> {
    if (!canDraw()) {
      showNotice({ key: "noWebGl", urgent: true });
      return;
    }
    try {
      const [style, tileSet] = await this.chosenStyle(fetchTileSet());
      const titleOf = (layer: string): string => this.layers.find((entry) => entry.id === layer)?.title[language()] ?? layer;
      const view = new MapView(mapContainer(), style, tileSet, titleOf);
      this.view = view;
      await new Promise<void>((resolve) => void view.map.once("load", () => resolve()));
      view.apply(this.m_switches.choice());
      clearNotice("mapFailed");
    } catch (error) {
      console.warn("map:", error);
      showNotice({ key: navigator.onLine ? "mapFailed" : "offline", urgent: true, retry: () => void this.startMap() });
    }
  }

  /** The style that is chosen once it and the tiles are there: where another was chosen meanwhile, that one. */
  private async chosenStyle<Tiles>(tiles: Promise<Tiles>): Promise<[StyleSpecification, Tiles]> {
    for (;;) {
      const id = this.m_styles.chosen;
      const [style, tileSet] = await Promise.all([fetchStyle(id), tiles]);
      if (id === this.m_styles.chosen) return [style as StyleSpecification, tileSet];
    }
  }

  /** Before there is a view the start takes what is chosen. */
  private async changeStyle(): Promise<void> {
    try {
      const [style] = await this.chosenStyle(Promise.resolve());
      await this.view?.changeStyle(style);
    } catch (error) {
      console.warn("style:", error);
      showNotice({ key: navigator.onLine ? "mapFailed" : "offline", urgent: true, retry: () => void this.changeStyle() });
    }
  }

  private startStaff(): void {
    new StaffPanel({
      showDraft: (draft) => this.view?.showDraft(draft),
      showPlace: (geometry) => {
        makeRoomForMap();
        this.view?.showPlace(geometry);
      },
    });
  }

  /** First the tiles, exactly those that have changed; the lists follow. What cannot be done so the refresh does. */
  private async onPublished(event: LayerPublished): Promise<void> {
    try {
      await this.view?.refreshChanged(event);
    } catch (error) {
      console.warn("tiles:", error);
    }
    await this.refresh();
  }

  private onChoice(): void {
    const choice = this.m_switches.choice();
    this.view?.apply(choice);
    this.m_list.setChoice(choice);
  }

  /** Asks whether a layer has a new revision; if so, exchanges tiles and lists without a reload. */
  async refresh(): Promise<void> {
    let layers: CityLayer[] | undefined;
    try {
      layers = await this.m_collections.fetchIfChanged();
    } catch (error) {
      console.warn("collections:", error); // the next round asks again; what is shown stays
      if (this.layers.length === 0) showNotice({ key: navigator.onLine ? "mapFailed" : "offline", urgent: true, retry: () => void this.refresh() });
      return;
    }
    if (layers === undefined) return;
    layers = inReadingOrder(layers);
    const before = new Map(this.layers.map((layer) => [layer.id, layer.revision]));
    const changed = before.size === 0 ? [] : layers.filter((layer) => before.get(layer.id) !== layer.revision);
    this.layers = layers;
    this.m_switches.setLayers(layers);
    await this.m_list.setLayers(layers);
    await this.loadShelters();
    if (changed.some((layer) => this.view?.revisionOf(layer.id) !== layer.revision)) await this.exchangeTiles();
    if (changed.length > 0) this.tellOf(changed);
  }

  private async loadShelters(): Promise<void> {
    if (!this.layers.some((layer) => layer.id === "shelters")) return;
    try {
      this.m_switches.setShelters(await this.m_list.items("shelters"));
      setHazardsInUse(this.m_switches.usedHazards());
    } catch (error) {
      console.warn("shelters:", error); // the list says so itself
    }
  }

  private tellOf(changed: CityLayer[]): void {
    const values = (): Record<string, string> => ({ layers: changed.map((layer) => layer.title[language()]).join(language() === "ja" ? "、" : ", ") });
    showNotice({ key: "refreshed", values, urgent: false });
  }

  private async exchangeTiles(): Promise<void> {
    try {
      const tileSet = await fetchTileSet();
      if (this.view?.hasNewLayers(tileSet) === true) await this.view.changeStyle(...(await this.chosenStyle(Promise.resolve(tileSet))));
      else await this.view?.replaceTiles(tileSet, this.m_switches.choice());
    } catch (error) {
      console.warn("tiles:", error);
      showNotice({ key: "tilesFailed", urgent: true, retry: () => void this.exchangeTiles() });
    }
  }
}

setWorkerUrl(address(KEYAKI_WORKER));
const page = new Page();
const ready = page.start();

/** For developers (and tests) in the browser's console: `keyaki.map.getZoom()`, `await keyaki.refresh()`. */
declare global {
  interface Window {
    keyaki: object;
  }
}
window.keyaki = {
  ready,
  get map() {
    return page.view?.map;
  },
  get layers() {
    return page.layers;
  },
  refresh: () => page.refresh(),
  setLanguage,
  /** Names of the features of a layer that are drawn now, each once. */
  drawn(layer: string): string[] {
    const map = page.view?.map;
    if (map === undefined) return [];
    const ids = map.getStyle().layers.filter((entry) => cityLayerOf(entry) === layer).map((entry) => entry.id);
    return [...new Set(map.queryRenderedFeatures({ layers: ids }).map((feature) => String(feature.properties["name"] ?? feature.id)))];
  },
};
ready.catch((error: unknown) => {
  console.error(error);
  showNotice({ key: "mapFailed", urgent: true, retry: () => location.reload() });
});
