// The panel: a column on a wide screen, a sheet that rises from below on a phone. Also the words that stand in index.html.
import { byId, narrowScreen } from "./dom";
import { isWord, language, onLanguage, setLanguage, word, type Language } from "./language";

function setOpen(open: boolean): void {
  const toggle = byId("panel-toggle", HTMLButtonElement);
  byId("panel", HTMLElement).classList.toggle("panel-open", open);
  toggle.setAttribute("aria-expanded", String(open));
  toggle.setAttribute("aria-label", word(open ? "closePanel" : "openPanel"));
  if (!open) byId("panel-body", HTMLElement).scrollTop = 0;
}

/** On a phone the sheet makes room for the map; elsewhere nothing moves. */
export function makeRoomForMap(): void {
  if (narrowScreen.matches) setOpen(false);
}

function translatePage(title: Record<Language, string>): void {
  document.documentElement.lang = language();
  byId("city-title", HTMLElement).textContent = title[language()];
  document.title = `${title[language()]} · ${word("documentTitle")}`;
  for (const marked of document.querySelectorAll<HTMLElement>("[data-word]")) {
    const key = marked.dataset["word"] ?? "";
    if (isWord(key)) marked.textContent = word(key);
  }
  for (const marked of document.querySelectorAll<HTMLElement>("[data-label]")) {
    const key = marked.dataset["label"] ?? "";
    if (isWord(key)) marked.setAttribute("aria-label", word(key));
  }
  byId("list-search", HTMLInputElement).placeholder = word("search");
  byId("language", HTMLElement).lang = language() === "ja" ? "en" : "ja";
}

export function startPanel(title: Record<Language, string>): void {
  const toggle = byId("panel-toggle", HTMLButtonElement);
  toggle.addEventListener("click", () => setOpen(toggle.getAttribute("aria-expanded") !== "true"));
  byId("language", HTMLButtonElement).addEventListener("click", () => setLanguage(language() === "ja" ? "en" : "ja"));
  byId("panel-body", HTMLElement).addEventListener("focusin", (event) => {
    // What the keyboard reaches must be seen; the first chips are visible on the lowered sheet already.
    const visible = byId("shelter-chips", HTMLElement);
    if (narrowScreen.matches && event.target instanceof Node && !visible.contains(event.target)) setOpen(true);
  });
  byId("skip", HTMLElement).addEventListener("click", () => setOpen(true));
  onLanguage(() => {
    translatePage(title);
    setOpen(toggle.getAttribute("aria-expanded") === "true");
  });
  narrowScreen.addEventListener("change", () => setOpen(!narrowScreen.matches));
  translatePage(title);
  setOpen(!narrowScreen.matches);
}
