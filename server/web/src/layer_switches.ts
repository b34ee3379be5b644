// The switches: which layers the map shows, and the chips that filter shelters, stands and shops.
import type { CityFeature, CityLayer } from "./city_api";
import { byId, element } from "./dom";
import { hasAll, hazards, monthInTokyo, shopClasses } from "./facts";
import { legendSymbol } from "./icons";
import { language, onLanguage, word, type Word } from "./language";
import type { Choice } from "./map_view";

export class LayerSwitches {
  private readonly m_onChange: () => void;
  private readonly m_hidden = new Set<string>();
  private readonly m_hazards = new Set<string>();
  private readonly m_classes = new Set<string>();
  private m_inSeasonOnly = false;
  private m_layers: CityLayer[] = [];
  private m_shelters: CityFeature[] = [];

  constructor(onChange: () => void) {
    this.m_onChange = onChange;
    onLanguage(() => this.draw());
  }

  choice(): Choice {
    return { hiddenLayers: this.m_hidden, hazards: [...this.m_hazards], shopClasses: [...this.m_classes], inSeasonOnly: this.m_inSeasonOnly };
  }

  setLayers(layers: CityLayer[]): void {
    this.m_layers = layers;
    this.draw();
  }

  /** The sites of the list: they tell which hazards exist here and how many sites remain. */
  setShelters(shelters: CityFeature[]): void {
    this.m_shelters = shelters;
    this.draw();
  }

  usedHazards(): string[] {
    return hazards.filter((name) => this.m_shelters.some((site) => site.properties[name] === true));
  }

  private has(layer: string): boolean {
    return this.m_layers.some((entry) => entry.id === layer);
  }

  private changed(): void {
    this.drawCount();
    this.m_onChange();
  }

  private draw(): void {
    this.drawLayers();
    const month = word("seasonNow", { month: monthName() });
    this.drawChips("shelter-chips", "shelters", this.usedHazards().map((name) => [name, word(name as Word)]), this.m_hazards);
    this.drawChips("class-chips", "shops", shopClasses.map((name) => [name, word(`class_${name}`)]), this.m_classes);
    byId("season-section", HTMLElement).hidden = !this.has("farm_stands");
    byId("season-chips", HTMLElement).replaceChildren(
      chip(`${word("seasonFilter")}（${month}）`, this.m_inSeasonOnly, (on) => {
        this.m_inSeasonOnly = on;
        this.changed();
      }),
    );
    this.drawCount();
  }

  private drawChips(id: string, layer: string, entries: [string, string][], chosen: Set<string>): void {
    const holder = byId(id, HTMLElement);
    const section = holder.closest("section");
    if (section !== null) section.hidden = !this.has(layer);
    const focused = holder.contains(document.activeElement) ? [...holder.children].indexOf(document.activeElement as Element) : -1;
    holder.replaceChildren(
      ...entries.map(([name, label]) =>
        chip(label, chosen.has(name), (on) => {
          if (on) chosen.add(name);
          else chosen.delete(name);
          this.changed();
        }),
      ),
    );
    const again = holder.children[focused];
    if (again instanceof HTMLElement) again.focus();
  }

  private drawCount(): void {
    const shown = this.m_shelters.filter((site) => hasAll(site.properties, [...this.m_hazards])).length;
    byId("shelter-count", HTMLElement).textContent =
      this.m_shelters.length === 0 ? "" : word("shelterCount", { shown, all: this.m_shelters.length });
  }

  private drawLayers(): void {
    const rows = this.m_layers.map((layer) => {
      const box = element("input", { type: "checkbox", id: `layer-${layer.id}`, checked: !this.m_hidden.has(layer.id) });
      box.addEventListener("change", () => {
        if (box.checked) this.m_hidden.delete(layer.id);
        else this.m_hidden.add(layer.id);
        this.changed();
      });
      const name = element("span", {}, layer.title[language()]);
      return element("li", {}, element("label", { class: "switch", for: box.id }, box, legendSymbol(layer.id), name));
    });
    byId("layers", HTMLElement).replaceChildren(...rows);
  }
}

function monthName(): string {
  const month = monthInTokyo(new Date());
  return language() === "ja" ? String(month) : new Intl.DateTimeFormat("en", { month: "long", timeZone: "UTC" }).format(Date.UTC(2000, month - 1, 1));
}

/** A button that stays pressed. */
function chip(label: string, pressed: boolean, onToggle: (on: boolean) => void): HTMLButtonElement {
  const button = element("button", { type: "button", class: "chip", "aria-pressed": String(pressed) }, label);
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    onToggle(on);
  });
  return button;
}
