// The page of a pack: which disaster, where am I, where do I go. Works from a folder, and from the cache when the server is gone.
import "maplibre-gl/dist/maplibre-gl.css";
import "../src/page.css";
import "./viewer.css";
import { byId, element, narrowScreen } from "../src/dom";
import { hazards } from "../src/facts";
import { localized, names, setHazardsInUse } from "../src/feature_text";
import { isWord, language, onLanguage, setLanguage, word, type Word } from "../src/language";
import type { LngLatTuple } from "../src/city_api";
import { compassPoint, nearestShelters, sheltersOf, walkingMinutes, type Found, type Shelter } from "./nearest";
import { keepOffline, type OfflineState } from "./offline";
import type { PackData } from "./pack_data";
import { PackMap } from "./pack_map";
import { directionWords, distanceWords, isPackWord, say } from "./words";

const shownAtOnce = 5;

class Viewer {
  readonly shelters: Shelter[];
  view: PackMap | undefined;
  found: Found[] = [];
  private readonly m_data: PackData;
  private readonly m_hazards = new Set<string>();
  private m_from: LngLatTuple | undefined;
  private m_status = (): string => "";
  private m_offline: OfflineState = { kind: "none" };
  private m_style: string;

  constructor(data: PackData) {
    this.m_data = data;
    this.m_style = Object.keys(data.styles)[0] ?? "";
    this.shelters = sheltersOf(data.shelters);
    setHazardsInUse(this.hazardsInUse());
    byId("loading", HTMLElement).remove();
    this.makeChips();
    this.watchButtons();
    try {
      this.view = new PackMap(byId("map", HTMLElement), data, this.m_style, (at) => this.choosePlace(at, () => say("chosen")));
    } catch (error) {
      console.warn("map:", error);
      this.m_status = () => say("noWebGl");
    }
    onLanguage(() => {
      this.write();
      this.view?.onLanguageChange();
    });
    this.write();
    keepOffline((state) => {
      this.m_offline = state;
      this.writeOffline();
    });
  }

  /** Searches from a place; `status` says how it was found. */
  choosePlace(at: LngLatTuple, status: () => string): void {
    this.m_from = at;
    this.m_status = status;
    this.search();
    this.view?.showWay(at, this.found[0]);
    if (narrowScreen.matches) byId("nearest-section", HTMLElement).scrollIntoView({ block: "start" }); // it lies below the questions
  }

  private hazardsInUse(): string[] {
    return hazards.filter((name) => this.shelters.some(({ properties }) => properties[name] === true));
  }

  private makeChips(): void {
    const chips = this.hazardsInUse().map((name) => this.chip(`hazard-${name}`, name, () => this.toggleHazard(name)));
    byId("hazards", HTMLElement).append(...chips);
    const styles = Object.keys(this.m_data.styles).map((id) => this.chip(`style-${id}`, `style_${id}`, () => this.chooseStyle(id)));
    byId("styles", HTMLElement).append(...styles);
    this.press();
  }

  private chip(id: string, key: string, onClick: () => void): HTMLButtonElement {
    const chip = element("button", { id, type: "button", class: "chip", "data-word": key, "aria-pressed": "false" });
    chip.addEventListener("click", onClick);
    return chip;
  }

  private press(): void {
    for (const name of hazards) document.getElementById(`hazard-${name}`)?.setAttribute("aria-pressed", String(this.m_hazards.has(name)));
    for (const id of Object.keys(this.m_data.styles)) {
      document.getElementById(`style-${id}`)?.setAttribute("aria-pressed", String(id === this.m_style));
    }
  }

  private toggleHazard(name: string): void {
    if (!this.m_hazards.delete(name)) this.m_hazards.add(name);
    this.press();
    this.view?.setHazards([...this.m_hazards]);
    this.search();
    if (this.m_from !== undefined) this.view?.showWay(this.m_from, this.found[0]);
  }

  private chooseStyle(id: string): void {
    this.m_style = id;
    this.press();
    this.view?.changeStyle(id);
  }

  private watchButtons(): void {
    byId("language", HTMLButtonElement).addEventListener("click", () => setLanguage(language() === "ja" ? "en" : "ja"));
    byId("use-device", HTMLButtonElement).addEventListener("click", () => this.useDevice());
    byId("use-centre", HTMLButtonElement).addEventListener("click", () => {
      if (this.view !== undefined) this.choosePlace(this.view.centre(), () => say("chosen"));
    });
    byId("newer", HTMLButtonElement).addEventListener("click", () => location.reload());
  }

  private useDevice(): void {
    this.tell(() => say("locating"));
    const onFailure = (error?: GeolocationPositionError): void => this.tell(() => say(error?.code === 1 ? "locationDenied" : "noLocation"));
    if (!("geolocation" in navigator)) return onFailure();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        this.choosePlace([coords.longitude, coords.latitude], () => say("located", { metres: Math.max(10, Math.round(coords.accuracy / 10) * 10) })),
      onFailure,
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
    );
  }

  private tell(status: () => string): void {
    this.m_status = status;
    byId("where-status", HTMLElement).textContent = status();
  }

  private search(): void {
    this.found = this.m_from === undefined ? [] : nearestShelters(this.shelters, this.m_from, [...this.m_hazards], shownAtOnce);
    this.writeFound();
  }

  private write(): void {
    document.documentElement.lang = language();
    const { title, madeOf, attribution } = this.m_data.about;
    document.title = `${title[language()]} ${say("what")}`;
    byId("city-title", HTMLElement).textContent = title[language()];
    const button = byId("language", HTMLButtonElement);
    button.textContent = word("switchLanguage");
    button.lang = language() === "ja" ? "en" : "ja";
    for (const marked of document.querySelectorAll<HTMLElement>("[data-word]")) {
      const key = marked.dataset["word"] ?? "";
      if (isPackWord(key)) marked.textContent = say(key);
      else if (isWord(key)) marked.textContent = word(key as Word);
    }
    const time = new Intl.DateTimeFormat(language() === "ja" ? "ja-JP" : "en-GB", { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Tokyo" });
    byId("made-of", HTMLElement).textContent = say("madeOf", { time: time.format(new Date(madeOf)) });
    const plain = new DOMParser().parseFromString(attribution, "text/html").body.textContent ?? "";
    byId("sources", HTMLElement).textContent = `${word("sources")}: ${plain}`;
    this.writeFound();
    this.writeOffline();
  }

  private writeFound(): void {
    this.tell(this.m_status);
    const [nearest] = this.found;
    byId("nearest-status", HTMLElement).textContent = this.summary(nearest);
    byId("nearest", HTMLElement).replaceChildren(...this.found.map((found) => this.entry(found)));
    byId("straight", HTMLElement).hidden = nearest === undefined;
  }

  private summary(nearest: Found | undefined): string {
    if (this.shelters.length === 0) return say("noShelters");
    if (nearest !== undefined) {
      const [name] = names(nearest.shelter.properties, nearest.shelter.id);
      return say("summary", { name, direction: directionWords(compassPoint(nearest.bearing)), distance: distanceWords(nearest.distanceM) });
    }
    return say(this.m_from === undefined ? "nearestEmpty" : "none");
  }

  private entry({ shelter, distanceM, bearing }: Found): HTMLElement {
    const [name] = names(shelter.properties, shelter.id);
    const arrow = element("span", { class: "arrow", "aria-hidden": "true" }, "↑");
    arrow.style.transform = `rotate(${Math.round(bearing)}deg)`;
    const way = `${directionWords(compassPoint(bearing))} ${distanceWords(distanceM)} ・ ${say("minutes", { count: walkingMinutes(distanceM) })}`;
    const address = localized(shelter.properties, "address");
    const usable = hazards.filter((hazard) => shelter.properties[hazard] === true).map((hazard) => word(hazard));
    const button = element(
      "button",
      { type: "button", class: "entry" },
      element("span", { class: "entry-name" }, name),
      element("span", { class: "entry-way" }, arrow, way),
      address === undefined ? null : element("span", { class: "entry-second" }, address),
      element("span", { class: "entry-summary" }, usable.join(language() === "ja" ? "・" : ", ")),
    );
    button.addEventListener("click", () => {
      const layer = this.m_data.about.layers.find(({ id }) => id === "shelters");
      this.view?.showShelter(shelter, layer?.title[language()] ?? "");
    });
    return element("li", {}, button);
  }

  private writeOffline(): void {
    const state = this.m_offline;
    const texts: Record<OfflineState["kind"], () => string> = {
      file: () => say("fromFile"),
      none: () => "",
      saving: () => (state.kind === "saving" ? say("saving", { done: state.done, all: state.all }) : ""),
      saved: () => say("saved"),
      newer: () => say("newer"),
      failed: () => (state.kind === "failed" ? say("notSaved", { reason: state.reason }) : ""),
    };
    const status = byId("offline", HTMLElement);
    status.textContent = texts[state.kind]();
    status.dataset["state"] = state.kind;
    byId("newer", HTMLButtonElement).hidden = state.kind !== "newer";
  }
}

let viewer: Viewer | undefined;
window.keyakiPack = {
  begin: (data) => {
    viewer = new Viewer(data);
  },
  tiles: (tiles) => viewer?.view?.tiles.arrive(tiles),
};

/** For developers (and tests) in the browser's console. */
window.keyaki = {
  get map() {
    return viewer?.view?.map;
  },
  get found() {
    return viewer?.found ?? [];
  },
  get shelters() {
    return viewer?.shelters ?? [];
  },
  choosePlace: (at: LngLatTuple) => viewer?.choosePlace(at, () => say("chosen")),
  drawn: (layer: string) => viewer?.view?.drawn(layer) ?? [],
};

declare global {
  interface Window {
    keyaki: object;
  }
}
