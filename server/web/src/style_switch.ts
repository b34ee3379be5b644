// Which of the server's styles the map is drawn in: ?style= wins, then the last choice, then the light one.
import { byId, element } from "./dom";
import { onLanguage, word } from "./language";

export const styleIds = ["light", "dark", "disaster"] as const;
export type StyleId = (typeof styleIds)[number];

const storageKey = "keyaki:style";

function isStyleId(text: unknown): text is StyleId {
  return styleIds.some((id) => id === text);
}

function firstStyle(): StyleId {
  const asked = new URL(location.href).searchParams.get("style");
  if (isStyleId(asked)) return asked;
  try {
    const stored = localStorage.getItem(storageKey);
    if (isStyleId(stored)) return stored;
  } catch {
    // Storage may be forbidden; the light style remains.
  }
  return "light";
}

function store(id: StyleId): void {
  try {
    localStorage.setItem(storageKey, id);
  } catch {
    // The choice then lasts as long as the page.
  }
}

/** One button for each style; the one that is pressed is drawn. */
export class StyleSwitch {
  private readonly m_onChange: () => void;
  private m_chosen = firstStyle();

  constructor(onChange: () => void) {
    this.m_onChange = onChange;
    onLanguage(() => this.draw());
    this.draw();
  }

  get chosen(): StyleId {
    return this.m_chosen;
  }

  private draw(): void {
    const holder = byId("style-chips", HTMLElement);
    const focused = [...holder.children].indexOf(document.activeElement as Element);
    holder.replaceChildren(
      ...styleIds.map((id) => {
        const button = element("button", { type: "button", class: "chip", id: `style-${id}`, "aria-pressed": String(id === this.m_chosen) }, word(`style_${id}`));
        button.addEventListener("click", () => this.choose(id));
        return button;
      }),
    );
    const again = holder.children[focused];
    if (again instanceof HTMLElement) again.focus();
  }

  private choose(id: StyleId): void {
    if (id === this.m_chosen) return;
    this.m_chosen = id;
    store(id);
    this.draw();
    this.m_onChange();
  }
}
