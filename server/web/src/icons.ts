// The map's pictograms, drawn here so that map, legend and list show the same and nothing is fetched. Shape and colour both tell the
// kinds apart: green rounded square = evacuation, disc = farm stand, hexagon = shop, dark square = station.

/** Paths in a box of 24 × 24; `fill` is filled (even-odd), `stroke` drawn as a round line. */
interface Glyph {
  fill?: string;
  stroke?: string;
  strokeWidth?: number;
}

interface Badge {
  shape: "square" | "disc" | "hexagon";
  colour: string;
  ring: string;
  ink: string;
  glyph: Glyph;
}

const circle = (x: number, y: number, radius: number): string =>
  `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0z`;

const runner: Glyph = {
  fill: circle(14.6, 4.3, 2.3),
  stroke: "M12.8 8.6L9.8 13.6L13.4 16.2L12 21.4M9.8 13.6L7 18.2H3M12.8 8.6L16.4 12.2L20 10.6M12.8 8.6H8.4L6 12",
  strokeWidth: 2.4,
};
const carrot: Glyph = {
  fill: "M3.6 20.6C5.2 14.6 7.6 9.2 11.4 8.6C14.2 8.2 16 10 15.6 12.8C15 16.6 9.6 18.9 3.6 20.6z",
  stroke: "M14.6 9.4L15.4 3.8M14.6 9.4L20.2 8.8M14.6 9.4L19.6 4.4",
  strokeWidth: 2,
};
const storefront: Glyph = {
  fill: "M4.4 4H19.6L22 10.2H2zM4.2 11.6H19.8V20.4H4.2zM7 14V18H11V14zM13.4 14V20.4H17.4V14z",
};
const train: Glyph = {
  fill: `M7.4 2.6H16.6A3 3 0 0 1 19.6 5.6V15A3 3 0 0 1 16.6 18H7.4A3 3 0 0 1 4.4 15V5.6A3 3 0 0 1 7.4 2.6zM7 6V11H17V6z${circle(8.4, 14.3, 1.3)}${circle(15.6, 14.3, 1.3)}`,
  stroke: "M8.4 18.6L6 21.8M15.6 18.6L18 21.8",
  strokeWidth: 2,
};

const badges: Record<string, Badge> = {
  shelter: { shape: "square", colour: "#0b7a43", ring: "#ffffff", ink: "#ffffff", glyph: runner },
  "farm-stand": { shape: "disc", colour: "#d9600a", ring: "#ffffff", ink: "#ffffff", glyph: carrot },
  "farm-stand-out": { shape: "disc", colour: "#f4f1ea", ring: "#8d8371", ink: "#7c725f", glyph: carrot },
  shop: { shape: "hexagon", colour: "#6b3fa0", ring: "#ffffff", ink: "#ffffff", glyph: storefront },
  station: { shape: "square", colour: "#1c2b3a", ring: "#ffffff", ink: "#ffffff", glyph: train },
};

const sideCss = 30; // CSS pixels of a badge at icon-size 1

function outline(shape: Badge["shape"], inset: number): Path2D {
  const path = new Path2D();
  const radius = sideCss / 2 - inset;
  const middle = sideCss / 2;
  if (shape === "disc") path.arc(middle, middle, radius, 0, 2 * Math.PI);
  else if (shape === "square") path.roundRect(inset + 1, inset + 1, sideCss - 2 * inset - 2, sideCss - 2 * inset - 2, 6);
  else {
    for (let corner = 0; corner < 6; ++corner) {
      const angle = (Math.PI / 3) * corner - Math.PI / 2;
      path.lineTo(middle + radius * Math.cos(angle), middle + radius * Math.sin(angle));
    }
    path.closePath();
  }
  return path;
}

/** Draws the named badge into a canvas of its own; undefined for a name that is not ours. */
export function drawBadge(name: string, pixelRatio: number): HTMLCanvasElement | undefined {
  const badge = badges[name];
  if (badge === undefined) return undefined;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.round(sideCss * pixelRatio);
  const pen = canvas.getContext("2d");
  if (pen === null) return undefined;
  pen.scale(pixelRatio, pixelRatio);
  pen.lineJoin = pen.lineCap = "round";
  pen.shadowColor = "rgba(20, 30, 20, 0.35)";
  pen.shadowBlur = 2 * pixelRatio;
  pen.fillStyle = badge.ring;
  pen.fill(outline(badge.shape, 1));
  pen.shadowColor = "transparent";
  pen.fillStyle = badge.colour;
  pen.fill(outline(badge.shape, 3));
  drawGlyph(pen, badge);
  return canvas;
}

function drawGlyph(pen: CanvasRenderingContext2D, badge: Badge): void {
  const glyphSide = badge.shape === "hexagon" ? 13.5 : 17;
  pen.translate((sideCss - glyphSide) / 2, (sideCss - glyphSide) / 2);
  pen.scale(glyphSide / 24, glyphSide / 24);
  pen.fillStyle = pen.strokeStyle = badge.ink;
  if (badge.glyph.fill !== undefined) pen.fill(new Path2D(badge.glyph.fill), "evenodd");
  if (badge.glyph.stroke === undefined) return;
  pen.lineWidth = badge.glyph.strokeWidth ?? 2;
  pen.stroke(new Path2D(badge.glyph.stroke));
}

/** For `map.addImage`. */
export function badgeImage(name: string): { image: ImageData; pixelRatio: number } | undefined {
  const pixelRatio = Math.min(Math.max(devicePixelRatio, 2), 3);
  const canvas = drawBadge(name, pixelRatio);
  const pen = canvas?.getContext("2d");
  if (canvas === undefined || pen === null || pen === undefined) return undefined;
  return { image: pen.getImageData(0, 0, canvas.width, canvas.height), pixelRatio };
}

const layerSymbols: Record<string, string> = {
  shelters: "shelter",
  farm_stands: "farm-stand",
  shops: "shop",
  stations: "station",
};

/** The picture beside a layer's name; decoration only, so it is hidden from screen readers. */
export function legendSymbol(layer: string): HTMLElement {
  const name = layerSymbols[layer];
  const canvas = name === undefined ? undefined : drawBadge(name, Math.max(devicePixelRatio, 2));
  const symbol = canvas ?? document.createElement("span");
  symbol.className = canvas === undefined ? `symbol symbol-line symbol-${layer.replace(/[^a-z0-9_-]/g, "")}` : "symbol";
  symbol.setAttribute("aria-hidden", "true");
  return symbol;
}
