// The map as a list: for keyboards, screen readers, and for devices that cannot draw a map.
import { fetchItems, type CityFeature, type CityLayer } from "./city_api";
import { byId, element } from "./dom";
import { hasAll, isInSeason, monthInTokyo } from "./facts";
import { names, summary } from "./feature_text";
import { language, onLanguage, word } from "./language";
import type { Choice } from "./map_view";

const rowsShown = 300; // more rows make a phone slow; the search narrows them

export class FeatureList {
  private readonly m_onChosen: (feature: CityFeature) => void;
  private readonly m_items = new Map<string, { revision: number; features: CityFeature[] }>();
  private m_layers: CityLayer[] = [];
  private m_choice: Choice | undefined;
  private m_failed = false;
  private readonly m_select = byId("list-layer", HTMLSelectElement);
  private readonly m_search = byId("list-search", HTMLInputElement);

  constructor(onChosen: (feature: CityFeature) => void) {
    this.m_onChosen = onChosen;
    this.m_select.addEventListener("change", () => void this.load());
    this.m_search.addEventListener("input", () => this.draw());
    onLanguage(() => {
      this.drawLayers();
      this.draw();
    });
  }

  async setLayers(layers: CityLayer[]): Promise<void> {
    this.m_layers = layers;
    this.drawLayers();
    await this.load();
  }

  setChoice(choice: Choice): void {
    this.m_choice = choice;
    this.draw();
  }

  /** The items of a layer at its present revision; from memory when they are there. */
  async items(layer: string): Promise<CityFeature[]> {
    const revision = this.m_layers.find((entry) => entry.id === layer)?.revision ?? 0;
    const known = this.m_items.get(layer);
    if (known !== undefined && known.revision === revision) return known.features;
    const features = await fetchItems(layer);
    this.m_items.set(layer, { revision, features });
    return features;
  }

  private async load(): Promise<void> {
    const layer = this.m_select.value;
    if (layer === "") return;
    try {
      await this.items(layer);
      this.m_failed = false;
    } catch (error) {
      console.warn("list:", error);
      this.m_failed = !this.m_items.has(layer);
    }
    if (this.m_select.value === layer) this.draw();
  }

  private drawLayers(): void {
    const chosen = this.m_select.value;
    this.m_select.replaceChildren(...this.m_layers.map((layer) => element("option", { value: layer.id }, layer.title[language()])));
    const wanted = [chosen, "shelters"].find((id) => this.m_layers.some((layer) => layer.id === id));
    if (wanted !== undefined) this.m_select.value = wanted;
  }

  private matches(feature: CityFeature, needle: string): boolean {
    const choice = this.m_choice;
    if (choice !== undefined) {
      if (feature.layer === "shelters" && !hasAll(feature.properties, choice.hazards)) return false;
      if (feature.layer === "shops" && !hasAll(feature.properties, choice.shopClasses)) return false;
      const stand = feature.layer === "farm_stands" && choice.inSeasonOnly;
      if (stand && !isInSeason(feature.properties, monthInTokyo(new Date()))) return false;
    }
    return needle === "" || Object.values(feature.properties).some((value) => typeof value === "string" && fold(value).includes(needle));
  }

  private draw(): void {
    const layer = this.m_select.value;
    const needle = fold(this.m_search.value.trim());
    const found = (this.m_items.get(layer)?.features ?? []).filter((feature) => this.matches(feature, needle));
    const status = byId("list-status", HTMLElement);
    if (this.m_failed) status.textContent = word("listFailed");
    else if (this.m_items.has(layer)) status.textContent = found.length === 0 ? word("listEmpty") : word("listCount", { count: found.length });
    byId("list", HTMLElement).replaceChildren(...found.slice(0, rowsShown).map((feature) => this.row(feature)));
  }

  private row(feature: CityFeature): HTMLElement {
    const title = this.m_layers.find((layer) => layer.id === feature.layer)?.title[language()] ?? feature.layer;
    const [first, second] = names(feature.properties, title);
    const button = element(
      "button",
      { type: "button", class: "entry" },
      element("span", { class: "entry-name" }, first),
      second === undefined ? null : element("span", { class: "entry-second", lang: language() === "ja" ? "en" : "ja" }, second),
      element("span", { class: "entry-summary" }, summary(feature)),
    );
    button.addEventListener("click", () => this.m_onChosen(feature));
    return element("li", {}, button);
  }
}

/** Full and half width, capital and small letters are the same to a searcher. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
