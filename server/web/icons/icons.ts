// The map's icons as SVG texts: badges of the glyphs beside this file, and the patterns of areas. The sprites are made of them when the pages are built,
// and the page shows the same ones in its list of layers. Shape and colour both tell kinds apart: green square = evacuation, orange disc = farm stand,
// violet hexagon = shop, dark square = station, small discs = what OpenStreetMap knows.
import { glyphs, type GlyphName } from "./glyphs";

export interface Icon {
  side: number; // CSS pixels
  svg: string; // a whole document
}
type Shape = "square" | "disc" | "hexagon";
interface Look {
  colour: string;
  ring?: string;
  ink?: string;
  side?: number;
  ringWidth?: number;
  share?: number; // of the side, for the glyph
}

const rim = "#141e14"; // keeps a badge apart from ground of its own colour

/** The beginning of an element, without its fill. */
function outline(shape: Shape, side: number, inset: number): string {
  const middle = side / 2;
  if (shape === "disc") return `<circle cx="${middle}" cy="${middle}" r="${middle - inset}"`;
  if (shape === "square") {
    const width = side - 2 * inset - 1;
    return `<rect x="${inset + 0.5}" y="${inset + 0.5}" width="${width}" height="${width}" rx="${Math.max(side / 5 - inset / 2, 2)}"`;
  }
  const corners = [0, 1, 2, 3, 4, 5].map((corner) => {
    const angle = (Math.PI / 3) * corner - Math.PI / 2;
    return `${(middle + (middle - inset) * Math.cos(angle)).toFixed(2)},${(middle + (middle - inset) * Math.sin(angle)).toFixed(2)}`;
  });
  return `<polygon points="${corners.join(" ")}"`;
}

function icon(body: string, side: number): Icon {
  return { side, svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 ${side} ${side}">${body}</svg>` };
}

function drawGlyph(name: GlyphName, side: number, share: number, ink: string): string {
  const glyph = glyphs[name];
  const glyphSide = side * share;
  const at = ((side - glyphSide) / 2).toFixed(2);
  const fill = glyph.fill === undefined ? "" : `<path d="${glyph.fill}" fill="${ink}" fill-rule="evenodd"/>`;
  const stroke = glyph.stroke === undefined ? "" :
    `<path d="${glyph.stroke}" fill="none" stroke="${ink}" stroke-width="${glyph.strokeWidth ?? 2}" stroke-linecap="round" stroke-linejoin="round"/>`;
  return `<g transform="translate(${at} ${at}) scale(${(glyphSide / 24).toFixed(4)})">${fill}${stroke}</g>`;
}

function badge(shape: Shape, glyph: GlyphName, look: Look): Icon {
  const { colour, ring = "#ffffff", ink = "#ffffff", side = 30, ringWidth = 2, share = shape === "hexagon" ? 0.46 : 0.58 } = look;
  return icon(
    `${outline(shape, side, 0)} fill="${rim}" fill-opacity="0.4"/>` +
      `${outline(shape, side, 0.6)} fill="${ring}"/>` +
      `${outline(shape, side, 0.6 + ringWidth)} fill="${colour}"/>` +
      drawGlyph(glyph, side, share, ink),
    side,
  );
}

/** A place of the base map. */
const poi = (glyph: GlyphName, colour: string): Icon => badge("disc", glyph, { colour, side: 20, ringWidth: 1.2, share: 0.58 });
/** A hazard, as a warning sign: black on yellow. */
const hazard = (glyph: GlyphName): Icon => badge("square", glyph, { colour: "#ffe14d", ring: "#000000", ink: "#000000", side: 22, ringWidth: 1.4, share: 0.66 });

const health = "#c2185b";
const office = "#3a4a63";
const faith = "#6d5a3c";
const trade = "#7a4fa3";
const table = "#b3541e";
const green = "#3c7a3f";
const traffic = "#1f5fa8";
const rescue = "#c62828";

/** Areas have a pattern beside their colour, for those who do not tell the colours apart. */
const patternSide = 16;
const lines = (path: string, colour: string, width: number): string => `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linecap="square"/>`;

const drawn = {
  shelter: badge("square", "runner", { colour: "#0b7a43" }),
  "shelter-to-stay": badge("square", "personInHouse", { colour: "#0b7a43" }),
  "farm-stand": badge("disc", "carrot", { colour: "#d9600a" }),
  "farm-stand-out": badge("disc", "carrot", { colour: "#f4f1ea", ring: "#8d8371", ink: "#7c725f" }),
  shop: badge("hexagon", "storefront", { colour: "#6b3fa0" }),
  station: badge("square", "train", { colour: "#1c2b3a" }),
  course: badge("disc", "walker", { colour: "#a23b72" }),

  "hazard-flood": hazard("flood"),
  "hazard-inland-flood": hazard("inlandFlood"),
  "hazard-landslide": hazard("landslide"),
  "hazard-earthquake": hazard("earthquake"),
  "hazard-fire": hazard("fire"),
  "hazard-tsunami": hazard("tsunami"),
  "hazard-storm-surge": hazard("stormSurge"),
  "hazard-volcano": hazard("volcano"),

  hospital: poi("cross", health),
  pharmacy: poi("capsule", health),
  aed: poi("heartBolt", rescue),
  "fire-station": poi("fork", rescue),
  "fire-hydrant": poi("hydrant", rescue),
  police: poi("saltire", office),
  water: poi("drop", traffic),
  toilet: poi("toilet", traffic),
  school: poi("school", office),
  "town-hall": poi("rings", office),
  "post-office": poi("post", rescue),
  library: poi("book", office),
  museum: poi("columns", faith),
  sight: poi("star", faith),
  shrine: poi("torii", faith),
  temple: poi("pagoda", faith),
  church: poi("latinCross", faith),
  park: poi("tree", green),
  playground: poi("slide", green),
  convenience: poi("bag", trade),
  store: poi("storefront", trade),
  supermarket: poi("cart", trade),
  restaurant: poi("cutlery", table),
  cafe: poi("cup", table),
  bank: poi("yen", office),
  hotel: poi("bed", trade),
  bus: poi("bus", traffic),
  railway: poi("train", "#1c2b3a"),
  parking: poi("letterP", traffic),
  ferry: poi("boat", traffic),
  airport: poi("plane", traffic),

  "pattern-water": icon(lines("M0 5q2-2.6 4 0t4 0t4 0t4 0M0 13q2-2.6 4 0t4 0t4 0t4 0", "#0b3d91", 1), patternSide),
  "pattern-slope": icon(lines("M-4 12L12 -4M-4 20L20 -4M4 20L20 4", "#5c2c00", 1.2), patternSide),
  "pattern-dots": icon(`<circle cx="4" cy="4" r="1.5" fill="#3d0066"/><circle cx="12" cy="12" r="1.5" fill="#3d0066"/>`, patternSide),
} as const satisfies Record<string, Icon>;

export type IconName = keyof typeof drawn;
export const icons: Record<IconName, Icon> = drawn;
