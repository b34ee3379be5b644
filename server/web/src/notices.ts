// One bar that tells what went wrong or changed, in the page's language, until it is mended or dismissed.
import { byId, element } from "./dom";
import { onLanguage, word, type Word } from "./language";

export interface Notice {
  /** The word, and what fills its placeholders; read again when the language changes. */
  key: Word;
  values?: () => Record<string, string>;
  urgent: boolean;
  retry?: () => void;
}

let shown: Notice | undefined;

function draw(): void {
  const bar = byId("notice", HTMLElement);
  bar.replaceChildren();
  bar.hidden = shown === undefined;
  if (shown === undefined) return;
  const notice = shown;
  bar.className = notice.urgent ? "notice notice-urgent" : "notice";
  bar.setAttribute("role", notice.urgent ? "alert" : "status");
  bar.append(element("p", {}, word(notice.key, notice.values?.() ?? {})));
  if (notice.retry !== undefined) {
    const retry = element("button", { type: "button", class: "button" }, word("retry"));
    retry.addEventListener("click", () => notice.retry?.());
    bar.append(retry);
  }
  const dismiss = element("button", { type: "button", class: "button button-quiet" }, word("dismiss"));
  dismiss.addEventListener("click", () => clearNotice(notice.key));
  bar.append(dismiss);
}

/** An urgent notice is not pushed away by a quiet one. */
export function showNotice(notice: Notice): void {
  if (shown?.urgent === true && !notice.urgent) return;
  if (shown?.key === notice.key && notice.values === undefined) return;
  shown = notice;
  draw();
}

export function clearNotice(...keys: Word[]): void {
  if (shown === undefined || !keys.includes(shown.key)) return;
  shown = undefined;
  draw();
}

onLanguage(draw);
