// For staff: what a draft would change, as a list and on the map; publishing it with a message, and taking it back. Everything by keyboard too.
import { byId, element } from "./dom";
import { changeColours } from "./draft_layers";
import { names } from "./feature_text";
import { language, onLanguage, word, type Word } from "./language";
import {
  discard, fetchChanges, fetchCounts, fetchDrafts, fetchDraftTiles, fetchRevisions, publish, Refusal,
  type ChangeName, type DraftChange, type DraftCounts, type DraftLayer, type DraftTiles, type Revision,
} from "./staff_api";
import { setStaffKey, staffKey } from "./staff_key";

/** What the panel asks of the map. */
export interface StaffView {
  showDraft(draft: DraftTiles | undefined): void;
  showPlace(geometry: GeoJSON.Geometry): void;
}

const marks: Record<ChangeName, string> = { added: "＋", removed: "－", moved: "→", changed: "✎" };
const changeWords: Record<ChangeName, Word> = { added: "changeAdded", removed: "changeRemoved", moved: "changeMoved", changed: "changeChanged" };
const order: ChangeName[] = ["added", "removed", "moved", "changed"];

/** All that the panel shows of one draft. */
interface Looked {
  counts: DraftCounts;
  changes: DraftChange[];
  tiles: DraftTiles | undefined;
}

export class StaffPanel {
  private readonly m_view: StaffView;
  private readonly m_body = byId("staff-body", HTMLElement);
  private readonly m_status = byId("staff-status", HTMLElement);
  private m_drafts: DraftLayer[] = [];
  private m_layer: DraftLayer | undefined;
  private m_looked: Looked | undefined;
  private m_message = ""; // what is being written stays while the panel is drawn anew
  /** After a publish: the layer and the revision whose content was there before. */
  private m_undo: { layer: DraftLayer; published: number; before: Revision } | undefined;

  constructor(view: StaffView) {
    this.m_view = view;
    onLanguage(() => this.draw());
    byId("staff-key-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const input = byId("staff-key", HTMLInputElement);
      setStaffKey(input.value.trim());
      input.value = "";
      void this.run(() => this.loadDrafts());
    });
    if (staffKey() !== "") {
      byId("staff", HTMLDetailsElement).open = true;
      void this.run(() => this.loadDrafts());
    }
    this.draw();
  }

  /** Does what a button says, and says what came of it. */
  private async run(action: () => Promise<void>): Promise<void> {
    try {
      this.say("staffWorking");
      await action();
    } catch (error) {
      this.sayFailure(error);
    }
    this.draw();
  }

  private say(key: Word | undefined, values: Record<string, string | number> = {}): void {
    this.m_status.textContent = key === undefined ? "" : word(key, values);
  }

  private sayFailure(error: unknown): void {
    console.warn("staff:", error);
    if (!(error instanceof Refusal)) this.say("staffFailed");
    else if (error.status === 401) {
      this.forget();
      this.say("staffKeyWrong");
    } else if (error.status === 403) this.say("staffKeyMayNot");
    else if (error.status === 412) this.say("staffMovedOn");
    else this.m_status.textContent = `${word("staffRefused")} ${error.message}`;
  }

  private forget(): void {
    setStaffKey("");
    this.m_drafts = [];
    this.m_undo = undefined;
    this.show(undefined, undefined);
  }

  private async loadDrafts(): Promise<void> {
    this.m_drafts = await fetchDrafts();
    const again = this.m_drafts.find((draft) => draft.id === this.m_layer?.id) ?? this.m_drafts[0];
    await this.look(again);
    this.say(this.m_drafts.length === 0 ? "staffNoDrafts" : undefined);
  }

  private async look(layer: DraftLayer | undefined): Promise<void> {
    if (layer === undefined) {
      this.show(undefined, undefined);
      return;
    }
    const [counts, changes, tiles] = await Promise.all([fetchCounts(layer.id), fetchChanges(layer.id), fetchDraftTiles(layer.id)]);
    this.show(layer, { counts, tiles, changes: changes.sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change)) });
  }

  private show(layer: DraftLayer | undefined, looked: Looked | undefined): void {
    this.m_layer = layer;
    this.m_looked = looked;
    this.m_view.showDraft(looked?.tiles);
  }

  private async publishDraft(message: string, confirm: boolean): Promise<void> {
    const { m_layer: layer, m_looked: looked } = this;
    if (layer === undefined || looked === undefined) return;
    try {
      const before = (await fetchRevisions(layer.id))[0];
      const published = await publish(layer.id, "draft", message, confirm, looked.counts.tag);
      this.m_undo = before === undefined ? undefined : { layer, published, before };
      this.m_message = "";
      await this.loadDrafts();
      this.say("staffPublished", { layer: layer.title[language()], revision: published });
    } catch (error) {
      if (error instanceof Refusal && error.status === 412) await this.loadDrafts();
      throw error;
    }
  }

  private async takeBack(): Promise<void> {
    const undo = this.m_undo;
    if (undo === undefined) return;
    const message = word("staffTakenBackMessage", { revision: undo.published });
    const revision = await publish(undo.layer.id, undo.before.revision, message, true, `"revisions-${undo.published}"`);
    this.m_undo = undefined;
    await this.loadDrafts();
    this.say("staffTakenBack", { layer: undo.layer.title[language()], revision });
  }

  private async discardDraft(): Promise<void> {
    const { m_layer: layer, m_looked: looked } = this;
    if (layer === undefined || looked === undefined || !window.confirm(word("staffDiscardSure", { layer: layer.title[language()] }))) {
      this.say(undefined);
      return;
    }
    await discard(layer.id, looked.counts.tag);
    await this.loadDrafts();
    this.say("staffDiscarded", { layer: layer.title[language()] });
  }

  private draw(): void {
    const focused = document.activeElement?.id ?? "";
    byId("staff-key-form", HTMLElement).hidden = staffKey() !== "";
    this.m_body.replaceChildren();
    if (staffKey() === "") return;
    if (this.m_drafts.length > 0) this.m_body.append(this.drawChoice());
    if (this.m_looked !== undefined) this.m_body.append(this.drawCounts(this.m_looked.counts), this.drawChanges(this.m_looked.changes), this.drawForm(this.m_looked));
    this.m_body.append(this.drawButtons());
    if (focused !== "") document.getElementById(focused)?.focus();
  }

  private drawChoice(): HTMLElement {
    const select = element("select", { id: "staff-layer" });
    for (const draft of this.m_drafts) select.append(element("option", { value: draft.id, selected: draft.id === this.m_layer?.id }, draft.title[language()]));
    select.addEventListener("change", () => {
      void this.run(async () => {
        await this.look(this.m_drafts.find((draft) => draft.id === select.value));
        this.say(undefined);
      });
    });
    return element("label", { class: "staff-field", for: "staff-layer" }, word("staffLayer"), select);
  }

  private drawCounts(counts: DraftCounts): HTMLElement {
    const entry = (name: ChangeName): HTMLElement => element("li", {}, mark(name), `${word(changeWords[name])} ${counts[name]}`);
    return element("ul", { class: "staff-counts", "aria-label": word("staffCounts") }, ...order.map(entry));
  }

  private drawChanges(changes: DraftChange[]): HTMLElement {
    const row = (change: DraftChange): HTMLElement => {
      const [name] = names(change.properties, change.id);
      const details = [
        word(changeWords[change.change]),
        change.distanceM === undefined ? "" : `${Math.round(change.distanceM)} m`,
        change.fields.join(", "),
      ].filter((text) => text !== "");
      const button = element("button", { type: "button", class: "entry" },
        element("span", { class: "entry-name" }, mark(change.change), name),
        element("span", { class: "entry-second" }, details.join(" · ")));
      button.addEventListener("click", () => this.m_view.showPlace(change.geometry));
      return element("li", {}, button);
    };
    return element("ul", { class: "list staff-changes", id: "staff-changes", tabindex: 0, "aria-label": word("staffChanges") }, ...changes.map(row));
  }

  private drawForm(looked: Looked): HTMLElement {
    const message = element("input", { id: "staff-message", type: "text", required: true, maxlength: 500, autocomplete: "off", value: this.m_message });
    message.addEventListener("input", () => (this.m_message = message.value));
    const form = element("form", { id: "staff-publish" }, element("label", { class: "staff-field", for: "staff-message" }, word("staffMessage"), message));
    let confirmation: HTMLInputElement | undefined;
    if (looked.counts.wantsConfirmation) {
      confirmation = element("input", { id: "staff-confirm", type: "checkbox", required: true });
      form.append(element("label", { class: "switch", for: "staff-confirm" }, confirmation, word("staffConfirm", { count: looked.counts.removed })));
    }
    form.append(element("button", { type: "submit", id: "staff-publish-button", class: "button button-main" }, word("staffPublish")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.run(() => this.publishDraft(message.value.trim(), confirmation?.checked === true));
    });
    return form;
  }

  private drawButtons(): HTMLElement {
    const row = element("div", { class: "staff-buttons" });
    const add = (id: string, label: string, action: () => Promise<void>): void => {
      const button = element("button", { type: "button", class: "button", id }, label);
      button.addEventListener("click", () => void this.run(action));
      row.append(button);
    };
    if (this.m_undo !== undefined) add("staff-undo", word("staffTakeBack", { revision: this.m_undo.before.revision }), () => this.takeBack());
    if (this.m_looked !== undefined) add("staff-discard", word("staffDiscard"), () => this.discardDraft());
    row.append(element("a", { id: "staff-import", class: "button", href: new URL("staff/import", document.baseURI).href }, word("staffImport")));
    add("staff-reload", word("staffReload"), () => this.loadDrafts());
    add("staff-leave", word("staffLeave"), async () => {
      this.forget();
      this.say(undefined);
    });
    return row;
  }
}

function mark(name: ChangeName): HTMLElement {
  const drawn = element("span", { class: `staff-mark staff-mark-${name}`, "aria-hidden": "true" }, marks[name]);
  drawn.style.setProperty("--change", changeColours[name]);
  return drawn;
}
