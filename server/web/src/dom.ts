// Elements are made here and filled with text nodes only: nothing from the data is ever read as HTML.

type Attributes = Record<string, string | number | boolean | undefined>;
type Child = Node | string | null | undefined;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child !== null && child !== undefined) made.append(child);
  return made;
}

/** The element with the id, which index.html promises to have. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html should hold #${id} as ${kind.name}, but holds ${String(found)}`);
  return found;
}

/** The screens on which page.css turns the panel into a sheet. */
export const narrowScreen = matchMedia("(max-width: 799px)");

export function prefersReducedMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
