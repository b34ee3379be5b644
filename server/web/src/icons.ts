// The map's icons in the page: beside the names of layers, and on the map where its sprites have not come.
import { icons, type IconName } from "../icons/icons";

function isIcon(name: string): name is IconName {
  return Object.hasOwn(icons, name);
}

function addressOf(name: IconName): string {
  return `data:image/svg+xml,${encodeURIComponent(icons[name].svg)}`;
}

/** Draws the icon anew from the page's own copy; undefined for a name that is not ours. For `map.addImage`. */
export async function drawIcon(name: string): Promise<{ image: ImageData; pixelRatio: number } | undefined> {
  if (!isIcon(name)) return undefined;
  const pixelRatio = Math.min(Math.max(devicePixelRatio, 2), 3);
  const side = Math.round(icons[name].side * pixelRatio);
  const drawing = new Image(side, side);
  drawing.src = addressOf(name);
  await drawing.decode();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  if (pen === null) return undefined;
  pen.drawImage(drawing, 0, 0, side, side);
  return { image: pen.getImageData(0, 0, side, side), pixelRatio };
}

const layerIcons: Record<string, IconName> = {
  shelters: "shelter",
  farm_stands: "farm-stand",
  shops: "shop",
  stations: "station",
};

/** The picture beside a layer's name; decoration only, so it is hidden from screen readers. */
export function legendSymbol(layer: string): HTMLElement {
  const name = layerIcons[layer];
  const symbol = document.createElement(name === undefined ? "span" : "img");
  if (name !== undefined && symbol instanceof HTMLImageElement) {
    symbol.src = addressOf(name);
    symbol.alt = "";
  }
  symbol.className = name === undefined ? `symbol symbol-line symbol-${layer.replace(/[^a-z0-9_-]/g, "")}` : "symbol";
  symbol.setAttribute("aria-hidden", "true");
  return symbol;
}
