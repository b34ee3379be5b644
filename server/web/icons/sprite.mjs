// Packs icons into one sheet and draws it: a sprite as MapLibre's styles take it (an index and a picture, both also at twice the size).
import { execFileSync } from "node:child_process";

const gap = 2; // CSS pixels of nothing around each, so that no icon bleeds into its neighbour when it is drawn smaller
const sheetWidth = 256;

/** Rows of icons, the largest first. @param {Record<string, import("./icons").Icon>} icons */
function placed(icons) {
  const order = Object.entries(icons).sort(([nameA, a], [nameB, b]) => b.side - a.side || (nameA < nameB ? -1 : 1));
  const places = [];
  let x = gap;
  let y = gap;
  let rowHeight = 0;
  for (const [name, { side, svg }] of order) {
    if (x + side + gap > sheetWidth) {
      x = gap;
      y += rowHeight + gap;
      rowHeight = 0;
    }
    places.push({ name, svg, x, y, side });
    x += side + gap;
    rowHeight = Math.max(rowHeight, side);
  }
  return { places, height: y + rowHeight + gap };
}

/**
 * @param {Record<string, import("./icons").Icon>} icons
 * @param {string} converter the program rsvg-convert
 * @returns {{ratio: number, index: string, picture: Buffer}[]}
 */
export function makeSprites(icons, converter) {
  const { places, height } = placed(icons);
  const body = places.map(({ svg, x, y }) => svg.replace("<svg ", `<svg x="${x}" y="${y}" `)).join("");
  const sheet = `<svg xmlns="http://www.w3.org/2000/svg" width="${sheetWidth}" height="${height}">${body}</svg>`;
  return [1, 2].map((ratio) => {
    const index = {};
    for (const { name, x, y, side } of [...places].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      index[name] = { width: side * ratio, height: side * ratio, x: x * ratio, y: y * ratio, pixelRatio: ratio };
    }
    const picture = execFileSync(converter, ["--format=png", `--zoom=${ratio}`], { input: sheet, maxBuffer: 16 << 20 });
    return { ratio, index: JSON.stringify(index), picture };
  });
}
